import { describe, expect, it } from 'vitest'
import { type Behaviours, everOut, type Family, HOUR, known, LIFE, liveFamily, type Member, MINUTE, openFamily, PERIOD, SECOND } from './family'

// What each rung of the ladder costs, and what it never does. All primitives are broken before any tab has taken them.

const TABS = 3
const DAY = 24 * HOUR
/** An extension comes after a fifth of a life at the earliest, but for the second that dates are rounded to, and a quarter at the latest. */
const SOONEST = LIFE / 5 - SECOND
const MOST = Math.floor(DAY / SOONEST)

/** How the primitives of a browser are broken, and what that may cost. */
interface Rung {
  readonly what: string
  readonly behaviours: Behaviours
  /** Extensions in a day, of all tabs together. */
  readonly most: number
  /** Never two of them in one period. */
  readonly isAsOne?: boolean
  /** The app is told that nothing can be stored. */
  readonly isTold?: boolean
  /** How often a tab may have to ask who is signed in. */
  readonly doubts?: number
  /** Others may learn of a sign-out only when they call. */
  readonly isMute?: boolean
}

const asOne = { most: MOST, isAsOne: true }
const aFewMore = { most: MOST + TABS }
const halfAsMany = { most: 1.5 * MOST }
const eachItsOwn = { most: TABS * MOST }

const rungs: Rung[] = [
  { what: 'nothing is broken', behaviours: {}, ...asOne },
  ...(['missing', 'throws', 'hangs'] as const).flatMap((how): Rung[] => [
    { what: `channel: ${how}`, behaviours: { channel: how }, ...asOne, isMute: true },
    { what: `locks: ${how}`, behaviours: { locks: how }, ...aFewMore },
    { what: `store: ${how}`, behaviours: { store: how }, ...eachItsOwn, isTold: true, isMute: how === 'hangs' },
    { what: `all: ${how}`, behaviours: { locks: how, store: how, channel: how, notes: how === 'hangs' ? 'missing' : how }, ...eachItsOwn, isTold: true, isMute: true },
  ]),
  { what: 'notes: missing', behaviours: { notes: 'missing' }, ...asOne },
  { what: 'notes: throws', behaviours: { notes: 'throws' }, ...asOne },
  { what: 'notes: loses', behaviours: { notes: 'loses' }, ...asOne },
  { what: 'channel: loses', behaviours: { channel: 'loses' }, ...asOne, isMute: true },
  { what: 'channel: reorders', behaviours: { channel: 'reorders' }, ...asOne },
  { what: 'locks: loses', behaviours: { locks: 'loses' }, ...halfAsMany },
  // When the first answer is lost, the first two may be written as two sign-ins.
  { what: 'store: loses', behaviours: { store: 'loses' }, ...eachItsOwn, doubts: 1, isMute: true },
  { what: 'all: loses', behaviours: { locks: 'loses', store: 'loses', channel: 'loses', notes: 'loses' }, ...eachItsOwn, doubts: 1, isMute: true },
]
const cases = rungs.flatMap((rung) => [1, 2].map((seed) => ({ ...rung, seed })))

const uncertain = (member: Member) => known(member).filter(({ certain }) => !certain).length
/** How often the app was told that nothing can be stored: from when to when counts once. */
const told = ({ views }: Member) => views.filter(({ problem }, i) => problem?.code === 'ERR_SESSION_STORAGE' && views[i - 1]?.problem?.code !== 'ERR_SESSION_STORAGE').length
const gaps = (times: number[]) => times.slice(1).map((at, i) => at - (times[i] ?? 0))
const shortestGap = (times: number[]) => Math.min(...gaps(times), Infinity)
/** Nobody was signed in again after it. */
function expectFinal({ members }: Family) {
  for (const { session, views } of members) {
    expect(session.get()).toMatchObject({ signedIn: false, state: 'expired.ended' })
    const outSince = views.findIndex(({ signedIn }) => signedIn === false)
    expect(views.slice(outSince).some(({ signedIn }) => signedIn !== false)).toBe(false)
  }
}

describe('in a day with three tabs', () => {
  it.each(cases)('nobody is signed out or in doubt, and calls are as few as can be: $what (seed $seed)', async ({ most, isAsOne, isTold, doubts = 0, ...rung }) => {
    const family = await liveFamily(rung)
    const { world, members, calls, session } = family
    await world.advance(DAY)
    expect([session()?.ended, everOut(family)]).toEqual([undefined, false])
    expect(calls('extend').length).toBeLessThanOrEqual(most)
    expect(Math.max(...gaps(calls('extend')))).toBeLessThanOrEqual(PERIOD + MINUTE)
    if (isAsOne) expect(shortestGap(calls('extend'))).toBeGreaterThanOrEqual(SOONEST)
    for (const member of members) {
      expect(uncertain(member)).toBeLessThanOrEqual(doubts)
      expect(told(member)).toBe(isTold ? 1 : 0)
      expect(member.session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
    }
    // Each asks when it opens, and once more when it is in doubt.
    expect(calls('check').length).toBeLessThanOrEqual(TABS * (1 + doubts))
  })

  it('as many calls are made as with one, where nothing is left to chance', async () => {
    const one = await liveFamily({ tabs: 1 })
    await one.world.advance(DAY)
    for (const { behaviours } of rungs.filter(({ isAsOne }) => isAsOne)) {
      const three = await liveFamily({ behaviours })
      await three.world.advance(DAY)
      expect(three.calls('extend')).toHaveLength(one.calls('extend').length)
    }
  })
})

describe('a sign-out', () => {
  it.each(cases)('is known to all within a period, and nobody comes back: $what (seed $seed)', async ({ isMute, ...rung }) => {
    const family = await liveFamily(rung)
    const { world, browser, members, calls } = family
    await world.advance(HOUR)
    const { token } = browser
    void members[1]?.session.signOut()
    await world.advance(MINUTE)
    expect(world.server.find(token)?.ended).toBe('signedOut')
    if (!isMute) for (const { session } of members) expect(session.get()).toMatchObject({ signedIn: false, reason: 'signedOut' })
    await world.advance(PERIOD)
    expectFinal(family)
    const extended = calls('extend').length
    await world.advance(DAY)
    expectFinal(family)
    expect(calls('extend')).toHaveLength(extended)
    for (const { heard } of members) expect(heard.filter((type) => type === 'session.expired')).toHaveLength(1)
  })

  it.each(cases)('is followed by a sign-in that lasts: $what (seed $seed)', async (rung) => {
    const { world, members, session } = await liveFamily(rung)
    void members[1]?.session.signOut()
    await world.advance(10 * SECOND)
    void members[1]?.session.reauthenticate()
    await world.advance(DAY)
    expect(session()).toMatchObject({ ended: undefined })
    expect(members[1]?.session.get()).toMatchObject({ signedIn: true, certain: true })
  })

  it.each(rungs)('is known to whoever opens the page later: $what', async ({ behaviours }) => {
    const { world, members, open } = await liveFamily({ behaviours, seed: 1 })
    void members[0]?.session.signOut()
    await world.advance(PERIOD)
    const late = open()
    await world.advance(DAY)
    expect(late.session.get()).toMatchObject({ signedIn: false, state: 'expired.ended' })
    expect(late.views.some(({ signedIn }) => signedIn)).toBe(false)
  })
})

describe('what breaks in mid-life and recovers', () => {
  const breaking = rungs.filter(({ what }) => what !== 'nothing is broken')
  const allWork: Behaviours = { locks: 'works', store: 'works', channel: 'works', notes: 'works' }

  it.each(breaking)('costs nobody the session, and is as before afterwards: $what', async ({ behaviours, isTold, doubts = 0 }) => {
    const family = await liveFamily({ seed: 3 })
    const { world, browser, members, calls, session } = family
    await world.advance(HOUR)
    Object.assign(browser.behaviours, behaviours)
    await world.advance(5 * HOUR)
    Object.assign(browser.behaviours, allWork)
    await world.advance(PERIOD + MINUTE)
    const recovered = calls('extend').length
    await world.advance(DAY)
    expect([session()?.ended, everOut(family)]).toEqual([undefined, false])
    expect(shortestGap(calls('extend').slice(recovered))).toBeGreaterThanOrEqual(SOONEST)
    for (const member of members) {
      expect(uncertain(member)).toBeLessThanOrEqual(doubts)
      expect(told(member)).toBe(isTold ? 1 : 0)
      expect(member.session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
    }
  })

  it('in tabs that knew nothing of each other brings them together', async () => {
    const { world, browser, members, calls } = await liveFamily({ behaviours: { locks: 'missing', store: 'missing', channel: 'missing', notes: 'missing' }, seed: 3 })
    Object.assign(browser.behaviours, allWork)
    await world.advance(2 * PERIOD)
    const joined = calls('extend').length
    await world.advance(DAY)
    expect(shortestGap(calls('extend').slice(joined))).toBeGreaterThanOrEqual(SOONEST)
    // A channel is opened anew when somebody looks at the page again.
    for (const { tab } of members) {
      tab.hide()
      tab.show()
    }
    void members[0]?.session.signOut()
    await world.advance(SECOND)
    for (const { session } of members) expect(session.get()).toMatchObject({ signedIn: false, reason: 'signedOut' })
  })

  it.each(breaking)('during a sign-out brings nobody back: $what', async ({ behaviours }) => {
    const family = await liveFamily({ seed: 3 })
    const { world, browser, members } = family
    Object.assign(browser.behaviours, behaviours)
    void members[0]?.session.signOut()
    await world.advance(20 * SECOND)
    Object.assign(browser.behaviours, allWork)
    await world.advance(PERIOD)
    expectFinal(family)
  })
})

describe('that nothing can be stored', () => {
  it('is told once, also when the first answer tells of another problem', async () => {
    const { world, browser, members } = openFamily({ tabs: 1, server: { lifeMs: LIFE } })
    browser.behaviours.store = 'missing'
    browser.network.cut()
    await world.advance(MINUTE)
    browser.network.restore()
    await world.advance(DAY)
    expect(members.map(told)).toEqual([1])
  })
})
