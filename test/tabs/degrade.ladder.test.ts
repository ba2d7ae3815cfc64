import { describe, expect, it } from 'vitest'
import { type Behaviours, HOUR, LIFE, type Member, MINUTE, openFamily, SECOND } from './family'

// What each rung of the ladder costs, and what it never does. All primitives are broken before any tab has taken them.

const TABS = 3
const DAY = 24 * HOUR
/** An extension comes after a fifth of a life at the earliest, but for the second that dates are rounded to, and a quarter at the latest. */
const SOONEST = LIFE / 5 - SECOND
const PERIOD = LIFE / 4
const MOST = Math.floor(DAY / SOONEST)

type Family = ReturnType<typeof openFamily>

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

async function live({ behaviours, seed, tabs = TABS }: { behaviours?: Behaviours; seed?: number; tabs?: number }) {
  const family = openFamily({ tabs, seed, behaviours, server: { lifeMs: LIFE } })
  await family.settle()
  return family
}

/** Since the first verdict. */
const known = ({ views }: Member) => views.slice(views.findIndex(({ signedIn }) => signedIn !== undefined))
const uncertain = (member: Member) => known(member).filter(({ certain }) => !certain).length
/** How often the app was told that nothing can be stored: from when to when counts once. */
const told = ({ views }: Member) => views.filter(({ problem }, i) => problem?.code === 'ERR_SESSION_STORAGE' && views[i - 1]?.problem?.code !== 'ERR_SESSION_STORAGE').length
const everOut = ({ members }: Family) => members.some((member) => known(member).some(({ signedIn }) => !signedIn))
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
    const family = await live(rung)
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
    const one = await live({ tabs: 1 })
    await one.world.advance(DAY)
    for (const { behaviours } of rungs.filter(({ isAsOne }) => isAsOne)) {
      const three = await live({ behaviours })
      await three.world.advance(DAY)
      expect(three.calls('extend')).toHaveLength(one.calls('extend').length)
    }
  })
})

describe('a sign-out', () => {
  it.each(cases)('is known to all within a period, and nobody comes back: $what (seed $seed)', async ({ isMute, ...rung }) => {
    const family = await live(rung)
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
    const { world, members, session } = await live(rung)
    void members[1]?.session.signOut()
    await world.advance(10 * SECOND)
    void members[1]?.session.reauthenticate()
    await world.advance(DAY)
    expect(session()).toMatchObject({ ended: undefined })
    expect(members[1]?.session.get()).toMatchObject({ signedIn: true, certain: true })
  })

  it.each(rungs)('is known to whoever opens the page later: $what', async ({ behaviours }) => {
    const { world, members, open } = await live({ behaviours, seed: 1 })
    void members[0]?.session.signOut()
    await world.advance(PERIOD)
    const late = open()
    await world.advance(DAY)
    expect(late.session.get()).toMatchObject({ signedIn: false, state: 'expired.ended' })
    expect(late.views.some(({ signedIn }) => signedIn)).toBe(false)
  })

  // Without a store the note alone tells of it, and without notes the record; one of them is enough.
  const halves: { what: string; behaviours: Behaviours }[] = [
    { what: 'nothing is broken', behaviours: {} },
    ...(['store', 'notes', 'locks', 'channel'] as const).map((what) => ({ what: `no ${what}`, behaviours: { [what]: 'missing' } })),
  ]
  it.each(halves)('without a network outlives the page, and is told by the next one: $what', async ({ behaviours }) => {
    const { world, browser, members, open } = await live({ behaviours, tabs: 1 })
    const { token } = browser
    browser.network.cut()
    void members[0]?.session.signOut()
    await world.advance(SECOND)
    members[0]?.tab.close()
    await world.advance(MINUTE)
    const late = open()
    await world.advance(MINUTE)
    expect(late.views.some(({ signedIn }) => signedIn)).toBe(false)
    expect(late.session.get()).toMatchObject({ signedIn: false, reason: 'signedOut', state: 'expired.unrevoked' })
    browser.network.restore()
    await world.advance(10 * MINUTE)
    expect(late.session.get()).toMatchObject({ signedIn: false, reason: 'signedOut', state: 'expired.ended' })
    expect(world.server.find(token)?.ended).toBe('signedOut')
  })

  it.each([0, 1, 2, 5, 10])('of a page that is closed %d ms later is told by the next one at the latest', async (ms) => {
    const { world, browser, members, open } = await live({ tabs: 1 })
    const { token } = browser
    void members[0]?.session.signOut()
    await world.advance(ms)
    members[0]?.tab.close()
    await world.advance(MINUTE)
    const late = open()
    await world.advance(MINUTE)
    expect(late.views.some(({ signedIn }) => signedIn)).toBe(false)
    expect([late.session.get().signedIn, world.server.find(token)?.ended]).toEqual([false, 'signedOut'])
  })

  it('is seen by a page that comes back before it shows anything', async () => {
    const { world, browser, members } = await live({ tabs: 2 })
    const [one, other] = members
    one?.tab.freeze()
    browser.network.cut()
    void other?.session.signOut()
    await world.advance(HOUR)
    const seen = one?.views.length
    one?.tab.resume()
    expect(one?.session.get()).toMatchObject({ signedIn: false, reason: 'signedOut' })
    await world.advance(MINUTE)
    expect(one?.views.slice(seen).some(({ signedIn }) => signedIn)).toBe(false)
  })

  const forgetful: { what: string; before: (family: Family) => void }[] = [
    { what: 'the record was evicted', before: ({ browser }) => void browser.tabs[0]?.primitives.store?.del('outlast:session') },
    { what: 'the store broke', before: ({ browser }) => void (browser.behaviours.store = 'throws') },
  ]
  it.each(forgetful)('that was told to the server by a later page is over, also when $what: who then signs in without Outlast stays signed in', async ({ before }) => {
    const family = await live({ tabs: 1 })
    const { world, browser, members, open, session } = family
    before(family)
    await world.advance(SECOND)
    browser.network.cut()
    void members[0]?.session.signOut()
    await world.advance(MINUTE)
    members[0]?.tab.close()
    browser.network.restore()
    const teller = open()
    await world.advance(MINUTE)
    teller.tab.close()
    await world.advance(MINUTE)
    browser.token = world.server.signIn('ada')
    const late = open()
    await world.advance(MINUTE)
    expect(late.session.get()).toMatchObject({ signedIn: true, certain: true })
    expect(session()).toMatchObject({ ended: undefined })
  })

  it('that was told is not told again by a page that comes back when the store is broken', async () => {
    const { world, browser, members, open, session } = await live({ tabs: 2 })
    const [one, other] = members
    one?.tab.freeze()
    void other?.session.signOut()
    await world.advance(MINUTE)
    other?.tab.close()
    browser.token = world.server.signIn('ada')
    browser.behaviours.store = 'throws'
    open()
    await world.advance(MINUTE)
    one?.tab.resume()
    await world.advance(MINUTE)
    expect(session()).toMatchObject({ ended: undefined })
  })

  /** In the first of two tabs without a store, and then a sign-in; the second one's call to tell the server fares differently. */
  async function signOutAndIn(second: { backMs?: number; fault?: { status: number } }) {
    const family = await live({ behaviours: { store: 'missing' }, tabs: 2 })
    const { world, browser, members } = family
    let revocations = 0
    browser.network.conditions = (kind) => ({ thereMs: 50, backMs: 50, ...(kind === 'revoke' && revocations++ === 1 && second) })
    void members[0]?.session.signOut()
    await world.advance(2 * SECOND)
    void members[0]?.session.reauthenticate()
    await world.advance(SECOND)
    await world.advance(10 * MINUTE)
    return family
  }

  it('of which both tabs tell the server in time does not touch a later sign-in', async () => {
    const { session, members } = await signOutAndIn({})
    expect(session()).toMatchObject({ ended: undefined })
    expect(members[0]?.session.get()).toMatchObject({ signedIn: true, certain: true })
  })

  it('that the server was told of is not told again by another tab after somebody signed in', async () => {
    const { session } = await signOutAndIn({ fault: { status: 503 } })
    expect(session()).toMatchObject({ ended: undefined })
  })

  it('that the server was told of is told once, so that no late answer takes away the cookie of a new sign-in', async () => {
    const { session } = await signOutAndIn({ backMs: 5 * SECOND })
    expect(session()).toMatchObject({ ended: undefined })
  })
})

describe('what breaks in mid-life and recovers', () => {
  const breaking = rungs.filter(({ what }) => what !== 'nothing is broken')
  const allWork: Behaviours = { locks: 'works', store: 'works', channel: 'works', notes: 'works' }

  it.each(breaking)('costs nobody the session, and is as before afterwards: $what', async ({ behaviours, isTold, doubts = 0 }) => {
    const family = await live({ seed: 3 })
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
    const { world, browser, members, calls } = await live({ behaviours: { locks: 'missing', store: 'missing', channel: 'missing', notes: 'missing' }, seed: 3 })
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
    const family = await live({ seed: 3 })
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

describe('who signs in in one tab', () => {
  it('is found in another one that was answered of somebody else, and heard of nobody', async () => {
    const { world, browser, members, as } = await live({ behaviours: { channel: 'missing' }, tabs: 2 })
    const [one, other] = members
    browser.network.conditions = (kind) => ({ thereMs: 50, backMs: kind === 'check' ? 5 * SECOND : 50 })
    void one?.session.check()
    await world.advance(SECOND)
    browser.network.conditions = () => ({ thereMs: 50, backMs: 50 })
    as('bob')
    void other?.session.reauthenticate()
    await world.advance(SECOND)
    expect(one?.heard).toEqual([])
    await world.advance(10 * SECOND)
    expect(one?.heard).toContain('session.subjectChanged')
    for (const { session } of members) expect(session.get()).toMatchObject({ signedIn: true, certain: true })
  })

  it('is signed in in another one, too, in which a sign-in was under way and given up', async () => {
    const { world, browser, members } = await live({ tabs: 2 })
    const [one, other] = members
    world.server.revoke(browser.token)
    void one?.session.check()
    await world.advance(MINUTE)
    // A window that nobody looks at.
    browser.network.conditions = (kind) => ({ thereMs: kind === 'signIn' ? HOUR : 50, backMs: 50 })
    void other?.session.reauthenticate()
    await world.advance(SECOND)
    browser.network.conditions = () => ({ thereMs: 50, backMs: 50 })
    void one?.session.reauthenticate()
    await world.advance(SECOND)
    other?.session.cancel()
    await world.advance(PERIOD)
    for (const { session } of members) expect(session.get()).toMatchObject({ signedIn: true, certain: true })
  })
})

describe('a refused extension', () => {
  const refuse = (browser: Family['browser']) => void (browser.network.conditions = (kind) => ({ thereMs: 50, backMs: 50, ...(kind === 'extend' && { fault: { status: 403 } }) }))

  it('is asked about by the tab that was refused, and the others neither ask nor try', async () => {
    const family = await live({ seed: 1 })
    const { world, browser, members, calls } = family
    refuse(browser)
    await world.advance(PERIOD + SECOND)
    expect([calls('extend').length, calls('check').length]).toEqual([1, TABS + 1])
    for (const { session } of members) expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    await world.advance(LIFE / 4)
    expect(calls('check').length - TABS).toBe(calls('extend').length)
    expect(everOut(family)).toBe(false)
  })

  it('because the session has ended ends it in all tabs, each of which hears it from the server', async () => {
    const { world, browser, members, calls } = await live({ seed: 1 })
    refuse(browser)
    world.server.revoke(browser.token)
    await world.advance(PERIOD + SECOND)
    expect(calls('extend').length).toBeLessThanOrEqual(TABS)
    expect(calls('check').length).toBeLessThanOrEqual(2 * TABS + 1)
    for (const { session } of members) expect(session.get()).toMatchObject({ signedIn: false, reason: 'ended' })
  })
})

describe('a session that is stopped', () => {
  it('while it looks hears nothing of what it finds', async () => {
    const { world, browser, members } = await live({ tabs: 1 })
    const { store, BroadcastChannel } = browser.openTab().primitives
    void store?.update<{ generation: number }>('outlast:session', (record) => ({ ...record, generation: (record?.generation ?? 0) + 1 }))
    await world.advance(SECOND)
    new BroadcastChannel!('outlast:session').postMessage('outlast: look')
    members[0]?.release()
    // By now it is stopped, and looks.
    await world.advance(2)
    const seen = members[0]?.views.length
    await world.advance(SECOND)
    expect([members[0]?.views.length, members[0]?.heard]).toEqual([seen, []])
    expect(members[0]?.session.get()).toMatchObject({ signedIn: true, certain: false, busy: false })
  })

  it('hears nothing of the others, leaves nothing behind, and keeps nobody waiting', async () => {
    const { world, members, calls } = await live({ seed: 1 })
    const [stopped, other] = members
    void stopped?.session.extend().catch(() => {})
    await world.advance(10)
    stopped?.release()
    await world.advance(SECOND)
    expect(stopped?.tab.pendingTimers()).toBe(0)
    const seen = stopped?.views.length
    void other?.session.extend()
    await world.advance(SECOND)
    expect(calls('extend').length).toBeLessThanOrEqual(2)
    expect(other?.session.get()).toMatchObject({ signedIn: true, certain: true, busy: false })
    void other?.session.signOut()
    await world.advance(MINUTE)
    expect([stopped?.views.length, stopped?.session.get().signedIn]).toEqual([seen, true])
  })

  it('that begins again learns of a sign-out before it shows anything', async () => {
    const { world, members } = await live({ seed: 1 })
    const [stopped, other] = members
    stopped?.release()
    await world.advance(SECOND)
    void other?.session.signOut()
    await world.advance(MINUTE)
    const seen = stopped?.views.length ?? 0
    stopped?.session.start()
    await world.advance(MINUTE)
    expect(stopped?.views.slice(seen).some(({ signedIn, certain }) => signedIn && certain)).toBe(false)
    expect(stopped?.session.get()).toMatchObject({ signedIn: false, state: 'expired.ended' })
  })
})
