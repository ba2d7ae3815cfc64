import { describe, expect, it } from 'vitest'
import type { SessionOptions } from '../../../src/policy'
import { harmlessChoices } from '../../../src/testing/world/choices'
import { worldOf } from '../../../src/testing/world/createWorld'
import { createLedger } from '../../../src/testing/world/ledger'
import type { Life, Seat } from '../../../src/testing/world/life'
import type { ServerOptions } from '../../../src/testing/world/server'
import type { Violation } from '../../../src/testing/world/witness'
import { MINUTE } from './visit'

const LIFE = 120 * MINUTE

interface Circumstances {
  readonly server?: ServerOptions
  readonly policy?: SessionOptions
  readonly signedIn?: boolean | undefined
  readonly expiresAt?: number | undefined
  readonly knowsTime?: boolean
  readonly canExtend?: boolean
}

/** A browser where Ada is signed in and where nobody ever extends, and a ledger that looks once a minute. */
function neglect({ server = {}, policy = {}, knowsTime = true, canExtend = true, ...view }: Circumstances = {}) {
  const world = worldOf(harmlessChoices(), { server: { lifeMs: LIFE, ...server } })
  const browser = world.openBrowser()
  const tab = browser.openTab()
  browser.token = world.server.signIn('ada')
  const shown = { signedIn: true, expiresAt: world.now() + LIFE, ...view }
  const seat = { tab, canExtend, session: { get: () => shown }, witness: { knowsTime: () => knowsTime } } as unknown as Seat
  const scenario = { server: world.server.options, policy: { keepAlive: 'always', ...policy } }
  const violations: Violation[] = []
  const fail = (violation: Violation) => void violations.push(violation)
  const life = { world, browser, scenario, seats: [seat], quietSince: world.now(), fail } as unknown as Life
  const ledger = createLedger(life)
  async function live(ms: number) {
    const until = world.now() + ms
    for (let at = world.now() + MINUTE; at <= until; at += MINUTE) world.after(at - world.now(), () => {})
    while (await world.next(until)) ledger.look()
  }
  /** Something is in the way for a while. */
  const obstacle = (ms: number) => void (life.quietSince = world.now() + ms)
  ledger.look()
  return { ...ledger, world, browser, tab, life, live, obstacle, violations }
}

const LOST = { lost: 1, unsurvivable: 0 }
const UNSURVIVABLE = { lost: 1, unsurvivable: 1 }
const KEPT = { lost: 0, unsurvivable: 0 }

describe('a session that is lost in quiet', () => {
  it('breaks law 5, and could have been kept', async () => {
    const { live, violations, counts } = neglect()
    await live(LIFE - MINUTE)
    expect([violations, counts()]).toEqual([[], KEPT])
    await live(2 * LIFE)
    expect([violations, counts()]).toEqual([[{ law: 5, what: 'lost a session after 7200 s of quiet' }], LOST])
  })

  it.each<[string, Circumstances]>([
    ['knows no end, and extends often enough', { expiresAt: undefined, policy: { intervalMs: LIFE / 4 - 1 } }],
    ['knows no end, and extends all the time', { expiresAt: undefined }],
  ])('breaks law 5 where the session %s', async (_, circumstances) => {
    const { live, violations } = neglect(circumstances)
    await live(LIFE)
    expect(violations).toMatchObject([{ law: 5 }])
  })

  it.each<[string, Circumstances]>([
    ['nothing is to be kept alive', { policy: { keepAlive: 'off' } }],
    ['nobody knows that somebody is signed in', { signedIn: undefined }],
    ['the session believes nobody signed in', { signedIn: false }],
    ['no end is known, and periods are longer than a quarter of the life', { expiresAt: undefined, policy: { intervalMs: LIFE / 4 } }],
    ['the backend cannot extend', { canExtend: false }],
    ['nobody knows what time it is at the server', { knowsTime: false }],
  ])('is lost, and breaks no law, where %s', async (_, circumstances) => {
    const { live, violations, counts } = neglect(circumstances)
    await live(2 * LIFE)
    expect([violations, counts()]).toEqual([[], LOST])
  })

  it('is lost, and breaks no law, in a page that nobody looks at', async () => {
    const { live, tab, violations, counts } = neglect()
    tab.hide()
    await live(2 * LIFE)
    expect([violations, counts()]).toEqual([[], LOST])
  })

  it.each([
    [0.61, []],
    [0.57, [5]],
  ])('breaks law 5 if it was quiet for longer than 40 % of its life and two minutes: since %d', async (at, laws) => {
    const { live, obstacle, violations } = neglect()
    await live(at * LIFE - MINUTE)
    obstacle(MINUTE)
    await live(LIFE)
    expect(violations.map(({ law }) => law)).toEqual(laws)
  })
})

/** What lies between a session and its server, and how it is over. */
const obstacles: readonly [string, (circumstances: ReturnType<typeof neglect>, ms: number) => void][] = [
  ['a sleep', ({ browser }, ms) => browser.machine.sleep(ms)],
  ['an outage', ({ browser, world }, ms) => (browser.network.cut(), void world.after(ms, browser.network.restore))],
  ['a freeze', ({ tab, world }, ms) => (tab.freeze(), void world.after(ms, tab.resume))],
  [
    'a time without a tab',
    ({ life, tab, browser, world }, ms) => {
      tab.vanish()
      world.after(ms, () => life.seats.push({ ...(life.seats[0] as Seat), tab: browser.openTab() }))
    },
  ],
]

describe.each(obstacles)('a session that is lost behind %s', (_, begin) => {
  async function survive(ms: number) {
    const neglected = neglect()
    const { live, obstacle, violations, counts } = neglected
    await live(LIFE / 2)
    obstacle(ms)
    begin(neglected, ms)
    await live(3 * LIFE)
    expect(violations).toEqual([])
    return counts()
  }

  it('that lasts longer than its life could not have been kept', async () => {
    expect(await survive(LIFE + 2 * MINUTE)).toEqual(UNSURVIVABLE)
  })

  it('that is shorter than its life could have been kept', async () => {
    expect(await survive(0.75 * LIFE)).toEqual(LOST)
  })
})

describe('a ledger', () => {
  it.each<[string, ServerOptions]>([
    ['that is fixed', { limit: 'fixed' }],
    ['after which there is none', { limit: 'absolute', maxMs: LIFE }],
  ])('holds nobody responsible for an end %s', async (_, server) => {
    const { live, violations, counts } = neglect({ server })
    await live(2 * LIFE)
    expect([violations, counts()]).toEqual([[], KEPT])
  })

  it('holds somebody responsible for an end before the last', async () => {
    const { live, counts } = neglect({ server: { limit: 'absolute' } })
    await live(2 * LIFE)
    expect(counts()).toEqual(LOST)
  })

  it.each(['revoked', 'signedOut'] as const)('does not count a session that was %s', async (how) => {
    const { live, world, browser, violations, counts } = neglect()
    if (how === 'revoked') world.server.revoke(browser.token)
    else world.server.handle({ kind: 'revoke', token: browser.token })
    await live(2 * LIFE)
    expect([violations, counts()]).toEqual([[], KEPT])
  })

  it('does not count where nobody was signed in', async () => {
    const { live, browser, counts } = neglect()
    browser.token = undefined
    await live(2 * LIFE)
    expect(counts()).toEqual(KEPT)
  })

  it.each([
    [60_000, KEPT],
    [60_001, LOST],
  ])('holds nobody responsible for the last minute that the server allows: %d ms', async (ms, expected) => {
    const { live, counts } = neglect({ server: { limit: 'absolute', maxMs: LIFE + ms } })
    await live(2 * LIFE)
    expect(counts()).toEqual(expected)
  })

  it.each([
    ['longer', 1.5, UNSURVIVABLE],
    ['shorter', 0.75, LOST],
  ])('looks at a loss no sooner than at the wake where nothing happens in a sleep that is %s than a life', async (_, lives, expected) => {
    const { look, live, world, browser, counts } = neglect()
    await live(LIFE / 2)
    browser.machine.sleep(lives * LIFE)
    look()
    while (await world.next(world.now() + lives * LIFE)) look()
    await live(MINUTE)
    expect(counts()).toEqual(expected)
  })

  it('does not hold against anybody, when it closes, what may still come to an end in time', async () => {
    const { live, browser, counts, close } = neglect()
    await live(LIFE / 2)
    browser.machine.sleep(10 * LIFE)
    await live(0.9 * LIFE)
    close()
    expect(counts()).toEqual(LOST)
  })

  it('counts every session once', async () => {
    const { live, world, browser, counts } = neglect()
    await live(3 * LIFE)
    browser.token = world.server.signIn('ada')
    await live(3 * LIFE)
    expect(counts()).toEqual({ lost: 2, unsurvivable: 0 })
  })

  it('takes what is still behind an obstacle for more than its life, when it closes, for unsurvivable', async () => {
    const { live, browser, counts, close } = neglect()
    browser.machine.sleep(10 * LIFE)
    await live(2 * LIFE)
    expect(counts()).toEqual(LOST)
    close()
    expect(counts()).toEqual(UNSURVIVABLE)
    close()
    expect(counts()).toEqual(UNSURVIVABLE)
  })

  it.each([
    ['before', 0.9, LOST],
    ['after', 1.5, UNSURVIVABLE],
  ])('judges a loss when somebody signs in behind an obstacle, %s another client had lost it as well', async (_, lives, expected) => {
    const { live, browser, world, counts } = neglect()
    await live(LIFE / 2)
    browser.network.cut()
    await live(lives * LIFE)
    browser.token = world.server.signIn('ada')
    await live(MINUTE)
    expect(counts()).toEqual(expected)
  })
})
