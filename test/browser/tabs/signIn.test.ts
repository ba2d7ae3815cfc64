import { describe, expect, it } from 'vitest'
import type { ChromiumTab } from '../site/chromium'
import { browser, site } from '../site/opened'
import type { SiteWorld } from '../site/server'
import { eventsOf, expectQuiet, isLive, openTabs, stateOf, until, viewOf } from '../site/visitor'

const LIFE = 600_000
const SOON = { timeout: 2_000, interval: 10 }

type Three = readonly [ChromiumTab, ChromiumTab, ChromiumTab]
const closeAll = async (tabs: readonly ChromiumTab[]) => void (await Promise.all(tabs.map((tab) => tab.close())))
const isIn = (tab: ChromiumTab, state: string) => until(() => stateOf(tab), (seen) => expect(seen).toBe(state), SOON)
const signIns = ({ log }: SiteWorld) => log.filter(({ kind }) => kind === 'signIn').map(({ tab }) => tab)
const signsIn = (tab: ChromiumTab) => tab.evaluate('void page.session.reauthenticate()')
const cancels = (tab: ChromiumTab) => tab.evaluate('page.session.cancel()')

/** Three tabs in which the session has ended, and somebody signs in in the first of them; the server has not answered yet. */
async function signingIn() {
  const world = site.world(LIFE)
  const tabs = (await openTabs(browser, world, 3)) as unknown as Three
  world.end()
  await tabs[0].evaluate('page.session.check()')
  for (const tab of tabs) await isIn(tab, 'expired.ended')
  const before = signIns(world).length
  const holding = world.holdNext('signIn')
  await signsIn(tabs[0])
  const held = await holding
  expect(held.tab).toBe(1)
  const [, ...others] = tabs
  for (const tab of others) await isIn(tab, 'reauthenticating.elsewhere')
  return { world, tabs, held, others, made: () => signIns(world).slice(before) }
}

/** Everybody who was out is back, and heard of it once since. */
async function expectBack(tabs: readonly ChromiumTab[], times = 1) {
  for (const tab of tabs) {
    await isLive(tab)
    const { signedIn, certain, reason, problem } = await viewOf(tab)
    expect([signedIn, certain, reason, problem]).toEqual([true, true, undefined, undefined])
    await until(async () => (await eventsOf(tab)).filter((event) => event === 'session.reauthenticated').length, (seen) => expect(seen).toBe(times), SOON)
    await expectQuiet(tab)
  }
}

describe('a sign-in in one tab', () => {
  it('is seen in the others, is not begun a second time by any of them, and signs all in', async () => {
    const { tabs, held, others, made } = await signingIn()
    for (const tab of others) expect(await viewOf(tab)).toMatchObject({ signedIn: false, certain: false, busy: true, reason: 'ended' })
    await others[0]?.evaluate('globalThis.answers = []; for (let i = 0; i < 3; i++) void page.session.reauthenticate().then(({ signedIn }) => answers.push(signedIn))')
    expect(await stateOf(others[0] as ChromiumTab)).toBe('reauthenticating.elsewhere')
    expect(await stateOf(tabs[0])).toBe('reauthenticating.signingIn')
    held.release()
    // The first signed in once before, at the very beginning.
    await expectBack([tabs[0]], 2)
    await expectBack(others)
    expect(made()).toEqual([1])
    expect(await others[0]?.evaluate('answers')).toEqual([true, true, true])
    await closeAll(tabs)
  })

  it('that is begun in all tabs at once is one', async () => {
    const world = site.world(LIFE)
    const tabs = await openTabs(browser, world, 3)
    world.end()
    await tabs[0]?.evaluate('page.session.check()')
    for (const tab of tabs) await isIn(tab, 'expired.ended')
    const before = signIns(world).length
    await Promise.all(tabs.map(signsIn))
    for (const tab of tabs) await isLive(tab)
    expect(signIns(world).slice(before)).toHaveLength(1)
    await closeAll(tabs)
  })

  it.each([
    { what: 'fails', ends: 'drop' },
    { what: 'leaves nobody signed in', ends: 'deny' },
  ] as const)('that $what frees the others at once', async ({ ends }) => {
    const { world, tabs, held, others, made } = await signingIn()
    // Chromium asks again when a connection was closed.
    world.refuse(ends === 'drop')
    held[ends]()
    for (const tab of tabs) await isIn(tab, 'expired.ended')
    world.refuse(false)
    expect((await viewOf(tabs[0])).problem?.code).toBe(ends === 'drop' ? 'ERR_SESSION_SIGN_IN_FAILED' : undefined)
    await others[0]?.evaluate('page.session.reauthenticate()')
    for (const tab of tabs) await isLive(tab)
    expect(made()).toEqual([2])
    await closeAll(tabs)
  })

  it('is given up by `cancel()` in another one, and that one can sign in at once', async () => {
    const { tabs, held, others, made } = await signingIn()
    const [second] = others as [ChromiumTab, ChromiumTab]
    await second.evaluate('page.session.cancel(), void page.session.reauthenticate()')
    for (const tab of tabs) await isLive(tab)
    await until(() => held.isGone, (seen) => expect(seen).toBe(true), SOON)
    // It is too late for it.
    held.release()
    expect(made()).toEqual([2])
    await expectBack([tabs[0]], 2)
    await expectBack(others)
    await closeAll(tabs)
  })

  it('is given up by `cancel()` in the same one, and the others are free at once', async () => {
    const { tabs, held, made } = await signingIn()
    await cancels(tabs[0])
    for (const tab of tabs) await isIn(tab, 'expired.ended')
    await until(() => held.isGone, (seen) => expect(seen).toBe(true), SOON)
    expect(made()).toEqual([])
    await closeAll(tabs)
  })

  it('is given up by `cancel()` in another one for all, and nobody signs in', async () => {
    const { tabs, held, others, made } = await signingIn()
    await cancels(others[1] as ChromiumTab)
    for (const tab of tabs) await isIn(tab, 'expired.ended')
    await until(() => held.isGone, (seen) => expect(seen).toBe(true), SOON)
    expect(made()).toEqual([])
    await closeAll(tabs)
  })
})

describe('a tab that is gone while somebody signs in in it', () => {
  const ways: { what: string; goes: (tab: ChromiumTab, url: string) => unknown }[] = [
    { what: 'closed', goes: (tab) => tab.close() },
    { what: 'crashed', goes: (tab) => tab.crash() },
    { what: 'reloaded', goes: (tab, url) => tab.go(url) },
  ]
  it.each(ways)('holds the others up until one of them gives it up, and then that one signs in: $what', async ({ what, goes }) => {
    const { world, tabs, others, made } = await signingIn()
    const [second, third] = others as [ChromiumTab, ChromiumTab]
    await goes(tabs[0], world.url(1))
    if (what === 'reloaded') await isIn(tabs[0], 'expired.ended')
    expect(await stateOf(second)).toBe('reauthenticating.elsewhere')
    await cancels(second)
    for (const tab of others) await isIn(tab, 'expired.ended')
    await second.evaluate('page.session.reauthenticate()')
    await expectBack(others)
    expect(made()).toEqual([2])
    if (what === 'reloaded') await isLive(tabs[0])
    await closeAll(what === 'reloaded' ? tabs : [second, third])
  })

  it('and comes back, signs in at once: what it had begun is its own', async () => {
    const { world, tabs, made } = await signingIn()
    const [first] = tabs
    await first.go(world.url(1))
    await isIn(first, 'expired.ended')
    await signsIn(first)
    for (const tab of tabs) await isLive(tab)
    expect(made()).toEqual([1])
    await closeAll(tabs)
  })

  it('frozen, has nothing to say when it resumes: another one has signed in meanwhile', async () => {
    const { tabs, others, held, made } = await signingIn()
    await tabs[0].freeze()
    await others[0]?.evaluate('page.session.cancel(), page.session.reauthenticate()')
    for (const tab of others) await isLive(tab)
    await tabs[0].resume()
    await isLive(tabs[0])
    held.release()
    expect(made()).toEqual([2])
    await expectQuiet(tabs[0])
    await closeAll(tabs)
  })
})
