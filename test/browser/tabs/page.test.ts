import { describe, expect, it } from 'vitest'
import { type ChromiumTab, launchChromium } from '../site/chromium'
import { browser, site } from '../site/opened'
import { eventsOf, expectQuiet, isLive, openTabs, PATIENCE, stateOf, viewOf, viewsOf } from '../site/visitor'

const LIFE = 8_000
const LONG = 600_000

const closeAll = async (tabs: readonly ChromiumTab[]) => void (await Promise.all(tabs.map((tab) => tab.close())))
const signsOut = (tab: ChromiumTab) => expect.poll(async () => (await viewOf(tab)).signedIn, PATIENCE).toBe(false)

describe('a renderer that crashes while it extends', () => {
  it('is followed by another tab as soon as the browser has noticed', async () => {
    const world = site.world(LIFE)
    const tabs = await openTabs(browser, world, 3)
    const held = await world.holdNext('extend')
    const next = world.next('extend')
    const at = Date.now()
    tabs[held.tab - 1]?.crash()
    expect((await next).at - at).toBeLessThan(3_000)
    held.release()
    expect(world.isAlive).toBe(true)
    for (const [i, tab] of tabs.entries()) {
      if (i + 1 !== held.tab) await isLive(tab)
    }
    await closeAll(tabs)
  })
})

describe('a sign-out', () => {
  it('that the server cannot hear of is final in all tabs at once, outlives a reload, and is told later', async () => {
    const world = site.world(LONG)
    const tabs = await openTabs(browser, world, 3)
    const [first, second, third] = tabs as [ChromiumTab, ChromiumTab, ChromiumTab]
    world.refuse(true)
    await first.evaluate('void page.session.signOut()')
    for (const tab of [second, third]) {
      await expect.poll(() => viewOf(tab), { timeout: 1_000, interval: 10 }).toMatchObject({ signedIn: false, reason: 'signedOut' })
    }
    await second.go(world.url(2))
    await expect.poll(() => stateOf(second), PATIENCE).toMatch(/^expired/)
    expect(await viewsOf(second)).not.toContainEqual(expect.objectContaining({ signedIn: true }))
    expect(await viewOf(second)).toMatchObject({ signedIn: false, reason: 'signedOut' })
    // Whoever was there when it happened is gone.
    await closeAll([first, third])
    const told = world.next('revoke')
    world.refuse(false)
    await told
    await expect.poll(() => stateOf(second), PATIENCE).toBe('expired.ended')
    expect(world.isAlive).toBe(false)
    await second.go(world.url(2))
    await expect.poll(() => viewOf(second), PATIENCE).toMatchObject({ signedIn: false, state: 'expired.ended' })
    await expectQuiet(second)
    await second.close()
  })

  it('of a page that is closed in the same moment is not lost', async () => {
    const world = site.world(LONG)
    const [first] = (await openTabs(browser, world, 1)) as [ChromiumTab]
    world.refuse(true)
    // The page is gone before any transaction is through.
    void first.evaluate('void page.session.signOut(), location.replace(location.href)').catch(() => {})
    await expect.poll(async () => (await viewOf(first).catch(() => undefined))?.reason, PATIENCE).toBe('signedOut')
    const told = world.next('revoke')
    world.refuse(false)
    await told
    await first.close()
  })
})

describe('the back button', () => {
  const persisted = async (tab: ChromiumTab) => (await eventsOf(tab)).includes('pageshow persisted')

  it('brings back a page that is not certain until it has asked, and then goes on', async (context) => {
    const world = site.world(LIFE)
    const [tab, other] = (await openTabs(browser, world, 2)) as [ChromiumTab, ChromiumTab]
    await tab.go(world.url(1).replace('/?', '/elsewhere?'))
    await isLive(tab)
    // The other tab extends meanwhile, and tells nobody who is in the cache.
    await world.next('extend')
    await tab.evaluate('history.back()')
    await expect.poll(async () => (await tab.evaluate<string>('location.pathname')).endsWith('elsewhere'), PATIENCE).toBe(false)
    await isLive(tab)
    if (!(await persisted(tab))) {
      await closeAll([tab, other])
      context.skip(`${browser.version} keeps no pages in a back/forward cache`)
    }
    const views = await viewsOf(tab)
    expect(views).toContainEqual(expect.objectContaining({ state: expect.stringMatching(/^unknown/) as unknown, signedIn: true, certain: false }))
    await world.next('extend')
    expect(world.isAlive).toBe(true)
    await closeAll([tab, other])
  })

  it('does not bring back who has signed out on another page', async (context) => {
    const world = site.world(LONG)
    const [tab] = (await openTabs(browser, world, 1)) as [ChromiumTab]
    const leftAt = Date.now()
    await tab.go(world.url(1).replace('/?', '/elsewhere?'))
    await isLive(tab)
    world.refuse(true)
    await tab.evaluate('void page.session.signOut()')
    await tab.evaluate('history.back()')
    await expect.poll(() => tab.evaluate<string>('location.pathname').catch(() => 'elsewhere'), PATIENCE).not.toContain('elsewhere')
    await expect.poll(() => stateOf(tab), PATIENCE).toMatch(/^expired/)
    const ran = await tab.evaluate<string>('page.session.run(() => "ran").catch(({ code }) => code)')
    expect(ran).toBe('ERR_SESSION_ENDED')
    if (!(await persisted(tab))) {
      await tab.close()
      context.skip(`${browser.version} keeps no pages in a back/forward cache`)
    }
    // So the page itself saw it in the moment in which it came back, and ever since.
    expect(await eventsOf(tab)).toContain('signedIn false')
    const views = await viewsOf(tab)
    const out = views.map(({ signedIn }) => signedIn).lastIndexOf(true)
    expect(views.slice(out + 1).length).toBeGreaterThan(0)
    expect(views[out]?.at).toBeLessThan(leftAt)
    world.refuse(false)
    await tab.close()
  })
})

describe('a sign-in as somebody else', () => {
  it('is told in the other tabs, and nothing of the session before is adopted', async () => {
    const world = site.world(LONG)
    const tabs = await openTabs(browser, world, 3)
    await tabs[0]?.evaluate('page.signIn("bob")')
    for (const tab of tabs) {
      await expect.poll(() => eventsOf(tab), PATIENCE).toContain('session.subjectChanged')
      await isLive(tab)
    }
    await closeAll(tabs)
  })
})

describe('without a primitive', () => {
  const remove = (what: string) => `Object.defineProperty(globalThis.${what.replace(/\.?\w+$/, '') || 'self'}, '${what.split('.').pop() ?? ''}', { value: undefined })`
  const fail = (what: string) =>
    `Object.defineProperty(globalThis.${what.replace(/\.?\w+$/, '') || 'self'}, '${what.split('.').pop() ?? ''}', { get() { throw new DOMException('blocked', 'SecurityError') } })`
  const all = ['navigator.locks', 'self.indexedDB', 'self.BroadcastChannel', 'self.localStorage']
  const cases = [
    ...all.flatMap((what) => [{ what: `${what} missing`, before: remove(what) }, { what: `${what} throwing`, before: fail(what) }]),
    { what: 'all missing', before: all.map(remove).join(';') },
    { what: 'all throwing', before: all.map(fail).join(';') },
    {
      what: 'a quota that is used up',
      before: 'IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError") }; Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError") }',
    },
  ]

  async function live({ before, what }: (typeof cases)[number]) {
    const world = site.world(LIFE)
    const tabs = await openTabs(browser, world, 2, before)
    for (let period = 0; period < 4; period++) await world.next('extend')
    expect(world.isAlive).toBe(true)
    for (const tab of tabs) {
      await isLive(tab)
      const views = await viewsOf(tab)
      const since = views.findIndex(({ signedIn }) => signedIn === true)
      expect(views.slice(since).every(({ signedIn }) => signedIn === true)).toBe(true)
      const told = views.some(({ problem }) => problem?.code === 'ERR_SESSION_STORAGE')
      expect(told).toBe(/indexedDB|all|quota/.test(what))
      await expectQuiet(tab)
    }
    await tabs[0]?.evaluate('page.session.signOut()')
    for (const tab of tabs) await signsOut(tab)
    await closeAll(tabs)
  }

  it(`no session is lost: ${cases.map(({ what }) => what).join(', ')}`, async () => {
    // Each in a world of its own, all at the same time.
    await Promise.all(cases.map((each) => live(each).catch((error: unknown) => Promise.reject(new Error(each.what, { cause: error })))))
  })
})

describe('the network', () => {
  it('that goes and comes back is no end, and is asked again soon after it is back', async () => {
    const world = site.world(LIFE)
    const [tab] = (await openTabs(browser, world, 1)) as [ChromiumTab]
    await tab.offline(true)
    await expect.poll(async () => (await viewOf(tab)).problem?.code, PATIENCE).toBe('ERR_SESSION_UNREACHABLE')
    expect(await viewOf(tab)).toMatchObject({ signedIn: true, certain: true })
    await tab.offline(false)
    await isLive(tab)
    expect(world.isAlive).toBe(true)
    await closeAll([tab])
  })
})

describe('a sleep', () => {
  it('makes all tabs uncertain until somebody has asked, and ends nothing', async () => {
    const world = site.world(LONG)
    const before = 'const now = Date.now.bind(Date); globalThis.slept = 0; Date.now = () => now() + globalThis.slept'
    const tabs = await openTabs(browser, world, 2, before)
    const asked = world.log.length
    // The wall clock of the machine goes on, and nothing else did.
    await Promise.all(tabs.map((tab) => tab.evaluate('globalThis.slept = 3_600_000, dispatchEvent(new Event("focus"))')))
    for (const tab of tabs) {
      await isLive(tab)
      expect(await viewsOf(tab)).toContainEqual(expect.objectContaining({ state: expect.stringMatching(/^unknown/) as unknown, signedIn: true, certain: false }))
    }
    expect(world.log.length - asked).toBeGreaterThan(0)
    expect(world.log.length - asked).toBeLessThanOrEqual(4)
    await closeAll(tabs)
  })
})

describe('a hidden page whose timers are throttled', () => {
  it('keeps its session alive', async (context) => {
    const life = Number(process.env['THROTTLED_LIFE_MS'] ?? 6_000)
    const throttling = await launchChromium(['--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1'])
    try {
      const world = site.world(life)
      const [tab] = (await openTabs(throttling, world, 1)) as [ChromiumTab]
      await throttling.open('about:blank')
      const hidden = await expect.poll(() => tab.evaluate('document.visibilityState'), { timeout: 2_000 }).toBe('hidden').then(() => true, () => false)
      if (!hidden) context.skip(`${throttling.version} hides no pages`)
      const until = Date.now() + 5 * life
      while (Date.now() < until) await world.next('extend')
      console.log(`${throttling.version}: hidden and throttled for ${String(5 * life)} ms, ${String(world.grants.length)} extensions of a session of ${String(life)} ms`)
      expect(world.isAlive).toBe(true)
      expect((await viewsOf(tab)).at(-1)).toMatchObject({ signedIn: true })
    } finally {
      await throttling.close()
    }
  })
})
