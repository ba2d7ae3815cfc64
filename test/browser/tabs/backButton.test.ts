import { describe, expect, it, type TestContext } from 'vitest'
import type { ChromiumTab } from '../site/chromium'
import { browser, site } from '../site/opened'
import type { SiteWorld } from '../site/server'
import { eventsOf, expectQuiet, isLive, openTabs, PATIENCE, viewsOf } from '../site/visitor'

/** Runs before the page: in the very moment in which it comes back, it wants to do something. */
const EAGER = `
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return
    globalThis.executed = []
    globalThis.refused = []
    globalThis.cameBackAt = Date.now()
    globalThis.wanted = 0
    const want = () => {
      wanted++
      page.session.run(() => executed.push(page.session.get().certain)).catch(({ code }) => refused.push(code))
    }
    want()
    for (const wait of [0, 1, 50]) setTimeout(want, wait)
  })
`

/** A document of the same origin in which nothing runs: the script as a text. */
const nowhere = (world: SiteWorld) => world.url(1).replace(/\/\w+\/\?.*/, '/page.js')

async function leave(tab: ChromiumTab, world: SiteWorld) {
  await tab.go(nowhere(world))
  await expect.poll(() => tab.evaluate<boolean>('location.pathname === "/page.js" && document.readyState === "complete"').catch(() => false), PATIENCE).toBe(true)
}

/** Goes back; the test is skipped where the browser has kept no page. */
async function comeBack(tab: ChromiumTab, { skip }: TestContext) {
  await tab.evaluate('history.back()')
  await expect.poll(() => tab.evaluate<boolean>('globalThis.page !== undefined').catch(() => false), PATIENCE).toBe(true)
  if (!(await eventsOf(tab)).includes('pageshow persisted')) skip(`${browser.version} keeps no pages in a back/forward cache`)
}

const executedIn = (tab: ChromiumTab) => tab.evaluate<boolean[]>('executed')
const refusedIn = (tab: ChromiumTab) => tab.evaluate<string[]>('refused')
const viewsSinceBack = async (tab: ChromiumTab) => {
  const at = await tab.evaluate<number>('cameBackAt')
  return (await viewsOf(tab)).filter((view) => view.at >= at)
}

describe('a page that the back button brings back', () => {
  it('asks once, and nothing runs in it before the answer', async (context) => {
    const world = site.world(600_000)
    const [tab] = (await openTabs(browser, world, 1, EAGER)) as [ChromiumTab]
    await leave(tab, world)
    const from = world.log.length
    const asked = world.holdNext('check')
    await comeBack(tab, context)
    const held = await asked
    expect(await tab.evaluate('page.session.get()')).toMatchObject({ signedIn: true, certain: false })
    await expect.poll(() => tab.evaluate('wanted'), PATIENCE).toBe(4)
    expect(await executedIn(tab)).toEqual([])
    held.release()
    await expect.poll(() => executedIn(tab), PATIENCE).toEqual([true, true, true, true])
    expect(await refusedIn(tab)).toEqual([])
    await isLive(tab)
    expect(world.log.slice(from).map(({ kind, status }) => [kind, status])).toEqual([['check', 200]])
    await expectQuiet(tab)
    await tab.close()
  })

  it('asks again when the network was gone, and stays uncertain until then', async (context) => {
    const world = site.world(600_000)
    const [tab] = (await openTabs(browser, world, 1, EAGER)) as [ChromiumTab]
    await leave(tab, world)
    world.refuse(true)
    await comeBack(tab, context)
    await expect.poll(async () => (await viewsSinceBack(tab)).at(-1)?.problem?.code, PATIENCE).toBe('ERR_SESSION_UNREACHABLE')
    expect((await viewsSinceBack(tab)).filter(({ certain }) => certain)).toEqual([])
    expect(await executedIn(tab)).toEqual([])
    world.refuse(false)
    await isLive(tab)
    await expectQuiet(tab)
    await tab.close()
  })

  it.for(['before', 'after'] as const)('is signed out when another tab signed out meanwhile, %s the server heard of it, and runs nothing', async (when, context) => {
    const world = site.world(600_000)
    const [tab, other] = (await openTabs(browser, world, 2, EAGER)) as [ChromiumTab, ChromiumTab]
    await leave(tab, world)
    const untold = when === 'before'
    world.refuse(untold)
    await other.evaluate('void page.session.signOut()')
    await expect.poll(() => other.evaluate('page.session.get().state'), PATIENCE).toMatch(untold ? /^expired/ : 'expired.ended')
    expect(world.isAlive).toBe(untold)
    await comeBack(tab, context)
    await expect.poll(async () => (await refusedIn(tab)).length, PATIENCE).toBe(4)
    expect(await refusedIn(tab)).toEqual(Array(4).fill('ERR_SESSION_ENDED'))
    expect(await executedIn(tab)).toEqual([])
    expect((await viewsSinceBack(tab)).filter(({ signedIn }) => signedIn)).toEqual([])
    expect(await tab.evaluate('page.session.get()')).toMatchObject({ signedIn: false, reason: 'signedOut' })
    world.refuse(false)
    await expect.poll(() => world.isAlive, PATIENCE).toBe(false)
    await Promise.all([tab, other].map((each) => each.close()))
  })
})
