import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { httpBackend } from '../../../src/backends/http'
import { createSession } from '../../../src/core'
import type { Browser } from '../../../src/testing/world/browser'
import { createWorld, type World, type WorldOptions } from '../../../src/testing/world/createWorld'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const LIFE = 2 * HOUR

/** A session as shipped, in a tab of its own, and what it sent and showed. */
function openSession(browser: Browser, person = 'ada') {
  const tab = browser.openTab()
  const signIn = ({ signal }: { signal: AbortSignal }) => tab.fetch(`/session/sign-in?as=${person}`, { method: 'POST', signal })
  const backend = httpBackend({ check: '/session', extend: '/session/extend', revoke: '/session/revoke', fetch: tab.fetch, signIn })
  const session = createSession(backend, {}, tab.ports)
  const sent: string[] = []
  tab.on((event) => {
    if (event.type === 'request.sent') sent.push(event.kind)
  })
  const shown: (boolean | undefined)[] = []
  session.subscribe(({ signedIn }) => {
    if (shown.at(-1) !== signedIn) shown.push(signedIn)
  })
  return { tab, session, sent, shown, release: session.start() }
}

/** A world where Ada has just signed in. */
function live(options?: WorldOptions) {
  const world = createWorld(options)
  const browser = world.openBrowser()
  browser.token = world.server.signIn('ada')
  const known = () => world.server.find(browser.token)
  return { ...world, world, browser, machine: browser.machine, network: browser.network, known, ...openSession(browser) }
}

describe('a world', () => {
  it('begins in 2026 or when it is told, and its time moves only when told', async () => {
    const { now, advance, after } = createWorld()
    expect([now(), createWorld({ startAt: 5 }).now()]).toEqual([Date.UTC(2026, 0, 1), 5])
    let happened = 0
    after(HOUR, () => happened++)
    await advance(HOUR - 1)
    expect([now(), happened]).toEqual([Date.UTC(2026, 0, 1) + HOUR - 1, 0])
    await advance(1)
    expect(happened).toBe(1)
  })

  it('has a server with the settings it is given', () => {
    expect(createWorld({ server: { lifeMs: HOUR, limit: 'fixed' } }).server.options).toMatchObject({ lifeMs: HOUR, limit: 'fixed' })
  })

  it('happens again for the same seed, otherwise for another, and without one as plain as can be', async () => {
    const tell = async (seed?: number) => {
      const { advance, after, openBrowser } = createWorld({ seed })
      const diary = [openBrowser().openTab().ports.random()] as unknown[]
      for (const name of 'abcdef') after(5, () => diary.push(name))
      await advance(5)
      return diary.join()
    }
    const stories = await Promise.all([1, 2, 3].map(tell))
    expect(new Set(stories).size).toBe(3)
    expect(await Promise.all([1, 2, 3].map(tell))).toEqual(stories)
    expect(await tell()).toBe('0.5,a,b,c,d,e,f')
  })
})

describe('a browser', () => {
  it('numbers its tabs, and has those that are open', () => {
    const browser = createWorld().openBrowser()
    const [one, two] = [browser.openTab(), browser.openTab()]
    expect([one.number, two.number, one.browser]).toEqual([1, 2, browser])
    one.freeze()
    one.hide()
    expect(browser.tabs).toEqual([one, two])
    one.vanish()
    expect([browser.tabs, browser.openTab().number]).toEqual([[two], 3])
  })

  it('has a cookie, a machine, a network and primitives of its own', async () => {
    const { openBrowser, advance } = createWorld()
    const [one, other] = [openBrowser(), openBrowser()]
    one.machine.sleep(HOUR)
    one.network.cut()
    one.behaviours.store = 'missing'
    void other.openTab().fetch('/session/sign-in?as=bob')
    await advance(MINUTE)
    expect([one.token, typeof other.token, other.machine.asleep, other.network.cutBy]).toEqual([undefined, 'string', false, undefined])
    expect([one.openTab().primitives.store, typeof other.openTab().primitives.store]).toEqual([undefined, 'object'])
  })
})

describe('a session as shipped, in a world', () => {
  it('lives through the example', async () => {
    const world: World = createWorld({ server: { lifeMs: 3_600_000 } })
    const browser = world.openBrowser()
    const tab = browser.openTab()
    const backend = httpBackend({ check: '/session', extend: '/session/extend', fetch: tab.fetch })
    browser.token = world.server.signIn('ada')
    const session = createSession(backend, {}, tab.ports)
    session.start()
    browser.machine.sleep(2_400_000)
    await world.advance(7_200_000)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
    expect(world.server.find(browser.token)?.ended).toBeUndefined()
  })

  it.each<WorldOptions>([
    {},
    { seed: 1 },
    { server: { tells: 'ttlMs' } },
    { server: { tells: 'nothing' } },
    { server: { clockOffsetMs: -3 * HOUR } },
    { server: { dated: false, clockOffsetMs: 400 } },
    { server: { rotates: true } },
    { server: { lifeMs: 15 * MINUTE } },
  ])('is extended in time, day after day, and not too often: %j', async (options) => {
    const { advance, session, known, sent, shown } = live(options)
    await advance(3 * DAY)
    expect([session.get().signedIn, session.get().certain, known()?.ended, shown]).toEqual([true, true, undefined, [true]])
    const { lifeMs = options.server?.tells === 'nothing' ? 20 * MINUTE : LIFE } = options.server ?? {}
    expect(sent.length).toBeLessThan((3 * DAY) / (lifeMs / 8))
  })

  it('survives a sleep of 70 % of its life, whenever it begins', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: MINUTE, max: LIFE }), async (seed, at) => {
        const { advance, machine, session, known, shown } = live({ seed })
        await advance(at)
        machine.sleep(0.7 * LIFE)
        await advance(1.7 * LIFE)
        expect([session.get().signedIn, session.get().certain, known()?.ended, shown]).toEqual([true, true, undefined, [true]])
      }),
      { numRuns: 40 },
    )
  })

  it('learns that it ended in a sleep that was longer, as soon as it looks at the time', async () => {
    const { advance, machine, session, known, tab } = live()
    await advance(MINUTE)
    machine.sleep(DAY)
    machine.onceAwake(() => tab.ports.clock.poke())
    await advance(DAY + MINUTE)
    expect([session.get().signedIn, session.get().certain, known()?.ended]).toEqual([false, true, 'expired'])
  })

  it.each(['refused', 'lostRequest'] as const)('survives an outage (%s), and says what is wrong meanwhile', async (how) => {
    const { advance, network, session, known, shown } = live()
    await advance(MINUTE)
    network.cut(how)
    await advance(0.7 * LIFE)
    expect([session.get().signedIn, session.get().problem?.code]).toEqual([true, how === 'refused' ? 'ERR_SESSION_UNREACHABLE' : 'ERR_SESSION_TIMEOUT'])
    network.restore()
    await advance(0.2 * LIFE)
    expect([session.get().problem, known()?.ended, shown]).toEqual([undefined, undefined, [true]])
  })

  it('is told of a revocation with the next question', async () => {
    const { advance, browser, server, session, shown } = live()
    await advance(MINUTE)
    server.revoke(browser.token)
    await advance(MINUTE)
    expect(session.get().signedIn).toBe(true)
    await advance(LIFE)
    expect([session.get().signedIn, session.get().reason, shown]).toEqual([false, 'ended', [true, false]])
  })

  it.each<WorldOptions>([{}, { server: { rotates: true } }, { seed: 5, server: { rotates: true } }])('shares its cookie with another tab: %j', async (options) => {
    const { advance, browser, session, sent, known, server } = live(options)
    const other = openSession(browser, 'bob')
    await advance(DAY)
    expect([session.get().signedIn, other.session.get().signedIn, known()?.ended]).toEqual([true, true, undefined])
    expect([sent.includes('extend'), other.sent.includes('check')]).toEqual([true, true])
    const ada = browser.token
    void other.session.signOut()
    await advance(LIFE)
    expect([session.get().signedIn, other.session.get().signedIn, browser.token, server.find(ada)?.ended]).toEqual([false, false, undefined, 'signedOut'])
    void other.session.reauthenticate()
    await advance(MINUTE)
    void session.check()
    await advance(MINUTE)
    expect([session.get().signedIn, other.session.get().signedIn, known()?.subject]).toEqual([true, true, 'bob'])
  })

  it('leaves no timer behind when it is released, and sends nothing when its tab is gone', async () => {
    const { advance, browser, tab, release, sent } = live()
    const other = openSession(browser)
    await advance(DAY)
    release()
    other.tab.vanish()
    await advance(MINUTE)
    expect(tab.pendingTimers()).toBe(0)
    const before = [sent.length, other.sent.length]
    await advance(DAY)
    expect([sent.length, other.sent.length]).toEqual(before)
  })

  it.each([HOUR, -HOUR])('lives on when somebody sets the clock by %d', async (ms) => {
    const { advance, machine, session, known, shown } = live()
    await advance(30 * MINUTE)
    machine.setClockBy(ms)
    await advance(DAY)
    expect([session.get().signedIn, known()?.ended, shown]).toEqual([true, undefined, [true]])
  })
})
