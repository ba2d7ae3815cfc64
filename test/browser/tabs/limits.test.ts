import { describe, expect, it } from 'vitest'
import type { ChromiumTab } from '../site/chromium'
import { browser, site } from '../site/opened'
import type { TestPage } from '../site/page'
import type { SiteWorld } from '../site/server'
import { eventsOf, expectQuiet, isLive, openTabs, stateOf, until, viewOf, viewsOf } from '../site/visitor'

// Limits are not shorter than 20 seconds, and time is real: each law has a world of its own, and all are tried at once.

/** Only limits end such a session. */
const LIFE = 600_000
const LIMIT = 24_000
const WARNING = 20_000
/** Within which all tabs are of one mind: they look once a second, hidden ones a second late, and many are tried at once. */
const SOON = { timeout: 5_000, interval: 20 }
const UNTIL_WARNED = { timeout: LIMIT - WARNING + 4_000, interval: 20 }
const UNTIL_OVER = { timeout: LIMIT + 8_000, interval: 20 }
const idle = `idle=${String(LIMIT)}&warning=${String(WARNING)}`
const absolute = `absolute=${String(LIMIT)}&warning=${String(WARNING)}`

const closeAll = async (tabs: readonly ChromiumTab[]) => void (await Promise.all(tabs.map((tab) => tab.close())))
const warningOf = async (tab: ChromiumTab) => (await viewOf(tab)).warning
const isWarned = (tab: ChromiumTab) => until(() => warningOf(tab), (seen) => expect(seen).toBeDefined(), UNTIL_WARNED)
const isOver = (tab: ChromiumTab) => until(async () => (await viewOf(tab)).signedIn, (seen) => expect(seen).toBe(false), UNTIL_OVER)
const passes = (at: number) => until(() => Date.now(), (seen) => expect(seen).toBeGreaterThan(at), UNTIL_OVER)
const revokes = ({ log }: SiteWorld) => log.filter(({ kind }) => kind === 'revoke')
const sinceSignedIn = (views: TestPage['views']) => views.slice(views.findIndex(({ signedIn }) => signedIn === true))
const endedAt = async (tab: ChromiumTab) => sinceSignedIn(await viewsOf(tab)).find(({ signedIn }) => signedIn === false)?.at ?? NaN
/** When somebody was last active, as all tabs of the world can read it. */
const noted = (tab: ChromiumTab) => tab.evaluate<string | null>("localStorage.getItem(`outlast:${location.pathname.split('/')[1]}:active`)")

/** It was signed in, then it was over for that reason, and it never came back. */
async function expectEnded(tab: ChromiumTab, reason: 'idle' | 'limit') {
  await until(() => viewOf(tab), (seen) => expect(seen).toMatchObject({ signedIn: false, certain: true, reason, state: 'expired.ended' }), UNTIL_OVER)
  const views = sinceSignedIn(await viewsOf(tab))
  const over = views.findIndex(({ signedIn }) => signedIn === false)
  expect(views.slice(0, over).every(({ signedIn }) => signedIn === true)).toBe(true)
  expect(views.slice(over).filter(({ signedIn, reason: why }) => signedIn !== false || why !== reason)).toEqual([])
  expect(views.at(-1)?.warning).toBeUndefined()
  expect((await eventsOf(tab)).filter((event) => event === 'session.expired')).toHaveLength(1)
  await expectQuiet(tab)
}

/** The server was told once, and it was the session that it knew. */
async function expectRevoked(world: SiteWorld) {
  await until(() => revokes(world).length, (seen) => expect(seen).toBe(1), SOON)
  expect(world.isAlive).toBe(false)
}

describe.concurrent('an idle limit', () => {
  it('that nobody lifts ends the session in all tabs at once, and is told to the server once, however much a tab in the background polls', async () => {
    const world = site.world(LIFE)
    const tabs = await openTabs(browser, world, 4, undefined, idle)
    const [, , , poller] = tabs as [ChromiumTab, ChromiumTab, ChromiumTab, ChromiumTab]
    await poller.evaluate(`
      globalThis.polls = []
      setInterval(() => {
        fetch(location.pathname + 'news')
        page.session.run(() => fetch(location.pathname + 'news')).then(() => polls.push('ran'), ({ code }) => polls.push(code))
      }, 500)
      undefined
    `)
    for (const tab of tabs) {
      await isWarned(tab)
      expect(await warningOf(tab)).toMatchObject({ reason: 'idle' })
    }
    const endsAt = (await warningOf(poller))?.endsAt ?? NaN
    await Promise.all(tabs.map((tab) => expectEnded(tab, 'idle')))
    const ends = await Promise.all(tabs.map(endedAt))
    expect(Math.max(...ends) - Math.min(...ends)).toBeLessThan(2_000)
    expect(Math.min(...ends)).toBeGreaterThanOrEqual(endsAt - 10)
    await expectRevoked(world)
    const polls = () => poller.evaluate<string[]>('polls')
    await until(async () => (await polls()).at(-1), (seen) => expect(seen).toBe('ERR_SESSION_ENDED'), SOON)
    const ran = (await polls()).lastIndexOf('ran')
    expect(ran).toBeGreaterThan(10)
    expect((await polls()).slice(0, ran)).not.toContain('ERR_SESSION_ENDED')
    expect(revokes(world)).toHaveLength(1)
    await closeAll(tabs)
  })

  it('is lifted in all tabs by what a person does in one, and by nothing that a script does', async () => {
    const world = site.world(LIFE)
    const tabs = await openTabs(browser, world, 3, undefined, idle)
    const [first, second, third] = tabs as [ChromiumTab, ChromiumTab, ChromiumTab]
    const lifts = async (act: () => Promise<void>) => {
      for (const tab of tabs) await isWarned(tab)
      const { endsAt = NaN } = (await warningOf(first)) ?? {}
      await act()
      await Promise.all(tabs.map((tab) => until(() => warningOf(tab), (seen) => expect(seen).toBeUndefined(), SOON)))
      return endsAt
    }
    for (const tab of tabs) await isWarned(tab)
    const before = [await noted(second), await warningOf(second)]
    await second.evaluate(`
      for (const event of [
        new KeyboardEvent('keydown', { key: 'a', bubbles: true }),
        new PointerEvent('pointerdown', { bubbles: true }),
        new MouseEvent('click', { bubbles: true }),
        new WheelEvent('wheel', { bubbles: true }),
      ]) document.body.dispatchEvent(event)
      document.body.click()
    `)
    expect([await noted(second), await warningOf(second)]).toEqual(before)
    const endsAt = await lifts(() => third.press())
    await lifts(() => second.click())
    await passes(endsAt + 1_000)
    for (const tab of tabs) {
      expect(await viewOf(tab)).toMatchObject({ signedIn: true, certain: true })
      expect(sinceSignedIn(await viewsOf(tab)).every(({ signedIn }) => signedIn === true)).toBe(true)
      await expectQuiet(tab)
    }
    expect([revokes(world), world.isAlive]).toEqual([[], true])
    await closeAll(tabs)
  })

  it('that passed while no tab was open ends the session for whoever opens the page next, and is told then', async () => {
    const world = site.world(LIFE)
    const [tab] = (await openTabs(browser, world, 1, undefined, idle)) as [ChromiumTab]
    await tab.click()
    await isWarned(tab)
    const { endsAt = NaN } = (await warningOf(tab)) ?? {}
    await tab.close()
    await passes(endsAt)
    expect([revokes(world), world.isAlive]).toEqual([[], true])
    // The first script of the page asks for it, and later ones too.
    const before = `globalThis.ran = []; addEventListener('load', () => page.session.run(() => ran.push('ran')).catch(({ code }) => ran.push(code)))`
    const late = await browser.open(world.url(2, idle), before)
    await until(() => viewOf(late), (seen) => expect(seen).toMatchObject({ signedIn: false, reason: 'idle', state: 'expired.ended' }), UNTIL_OVER)
    expect(await late.evaluate('page.session.run(() => "ran").catch(({ code }) => code)')).toBe('ERR_SESSION_ENDED')
    expect(await late.evaluate('ran')).toEqual(['ERR_SESSION_ENDED'])
    await expectRevoked(world)
    await expectQuiet(late)
    await late.close()
  })
})

describe.concurrent('an absolute limit', () => {
  it('is moved by no activity, no extension and no reload, and ends the session in all tabs at once', async () => {
    const world = site.world(LIFE)
    const tabs = await openTabs(browser, world, 3, undefined, absolute)
    const [first, second, third] = tabs as [ChromiumTab, ChromiumTab, ChromiumTab]
    for (const tab of tabs) await isWarned(tab)
    const warned = await warningOf(first)
    expect(warned).toMatchObject({ reason: 'limit' })
    await first.press()
    await first.evaluate('page.session.touch()')
    await second.click()
    await second.evaluate('page.session.extend()')
    await third.go(world.url(3, absolute))
    await isLive(third)
    await isWarned(third)
    await first.evaluate('page.session.extend()')
    expect(world.grants).toHaveLength(2)
    for (const tab of tabs) expect(await warningOf(tab)).toEqual(warned)
    await Promise.all(tabs.map((tab) => expectEnded(tab, 'limit')))
    const ends = await Promise.all(tabs.map(endedAt))
    expect(Math.max(...ends) - Math.min(...ends)).toBeLessThan(2_000)
    expect(Math.abs(Math.min(...ends) - (warned?.endsAt ?? NaN))).toBeLessThan(1_000)
    await expectRevoked(world)
    await closeAll(tabs)
  })
})

describe.concurrent('why it ended', () => {
  it('is known to a tab without limits that only hears of it', async () => {
    const world = site.world(LIFE)
    const [first] = (await openTabs(browser, world, 1, undefined, idle)) as [ChromiumTab]
    const other = await browser.open(world.url(2))
    await isLive(other)
    await Promise.all([first, other].map((tab) => expectEnded(tab, 'idle')))
    await expectRevoked(world)
    await closeAll([first, other])
  })

  /** Two that were frozen when the limit was reached in another tab, with limits of their own and without; they have just resumed. */
  async function resumed() {
    const world = site.world(LIFE)
    const [first] = (await openTabs(browser, world, 1, undefined, idle)) as [ChromiumTab]
    const frozen = await Promise.all([browser.open(world.url(2, idle)), browser.open(world.url(3))])
    for (const tab of frozen) await isLive(tab)
    await isWarned(first)
    for (const tab of frozen) await tab.freeze()
    await isOver(first)
    await expectRevoked(world)
    for (const tab of frozen) await tab.resume()
    return { world, first, frozen }
  }

  it('or not: it is over in tabs that were frozen when it ended as soon as they resume, for good, and is told by none of them again', async () => {
    const { world, first, frozen } = await resumed()
    for (const tab of frozen) expect(await viewOf(tab)).toMatchObject({ signedIn: false, certain: true })
    for (const tab of frozen) {
      await until(() => stateOf(tab), (seen) => expect(seen).toBe('expired.ended'), SOON)
      const views = sinceSignedIn(await viewsOf(tab))
      expect(views.slice(views.findIndex(({ signedIn }) => signedIn === false)).every(({ signedIn }) => signedIn === false)).toBe(true)
      await expectQuiet(tab)
    }
    await expectEnded(first, 'idle')
    await expectRevoked(world)
    await closeAll([first, ...frozen])
  })

  it('is known to tabs that were frozen when it ended, as soon as they resume', async () => {
    const { first, frozen } = await resumed()
    const reasons = await Promise.all(frozen.map(async (tab) => (await viewOf(tab)).reason))
    await closeAll([first, ...frozen])
    expect(reasons).toEqual(['idle', 'idle'])
  })
})
