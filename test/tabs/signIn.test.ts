import { describe, expect, it } from 'vitest'
import type { SessionRecord } from '../../src/tabs/record'
import { type FamilyOptions, HOUR, LIFE, type Member, MINUTE, openFamily, SECOND, type SignIn } from './family'

const KEY = 'outlast:session'
const LOOK = 'outlast: look'
/** How long a tab that is not heard of any more is believed to sign somebody in. */
const CLAIM = 90 * SECOND

interface Begun extends Pick<SignIn, 'signal'> {
  readonly tab: number
  readonly at: number
  /** The person does what is asked of them. */
  succeed(): void
  fail(): void
}

/** Tabs in which a sign-in takes until the test says so; the session has ended in all of them. */
async function openEnded({ behaviours, ...options }: FamilyOptions & { behaviours?: Partial<ReturnType<typeof openFamily>['browser']['behaviours']> } = {}) {
  const begun: Begun[] = []
  const family = openFamily({
    server: { lifeMs: LIFE },
    // Without one chance is always the same, and all tabs have one name.
    seed: 1,
    ...options,
    tabs: 0,
    signsIn: ({ tab, signal, request }) =>
      new Promise((resolve, reject) => {
        begun.push({ tab: tab.number, at: family.world.now(), signal, succeed: () => void request().then(resolve, reject), fail: () => reject(new Error('the window was closed')) })
      }),
  })
  const { world, browser, members, open } = family
  Object.assign(browser.behaviours, behaviours)
  for (let tab = 0; tab < (options.tabs ?? 3); tab++) open()
  await family.settle()
  world.server.revoke(browser.token)
  for (const { session } of members) void session.check()
  await world.advance(5 * SECOND)
  const [first, second, third] = members as [Member, Member, Member]
  return {
    ...family,
    begun,
    first,
    second,
    third,
    states: () => members.filter(({ tab }) => !tab.isGone).map(({ session }) => session.get().state),
    /** Those in which somebody signs in, as far as they know. */
    signingIn: () => begun.filter(({ signal }) => !signal.aborted).map(({ tab }) => tab),
    /** Writes something in place of the record, and has all look. */
    async write(change: (record: SessionRecord, now: number) => unknown) {
      const { primitives } = browser.openTab()
      const wall = browser.machine.wallNow()
      void primitives.store?.update<SessionRecord>(KEY, (record) => change(record as SessionRecord, wall) as SessionRecord)
      await world.advance(SECOND)
      new primitives.BroadcastChannel!(KEY).postMessage(LOOK)
      await world.advance(SECOND)
    },
    async record() {
      const reading = browser.openTab().primitives.store?.get<SessionRecord>(KEY)
      await world.advance(SECOND)
      return reading
    },
  }
}
type Ended = Awaited<ReturnType<typeof openEnded>>

const ENDED = 'expired.ended'
const ELSEWHERE = 'reauthenticating.elsewhere'
const SIGNING_IN = 'reauthenticating.signingIn'
const begin = async ({ world, first }: Pick<Ended, 'world' | 'first'>) => {
  void first.session.reauthenticate()
  await world.advance(2 * SECOND)
}
const last = <T>(list: readonly T[]) => list.at(-1) as T
const expectAllBack = ({ members }: Pick<Ended, 'members'>) => {
  for (const { tab, session } of members) if (!tab.isGone && !tab.isFrozen) expect(session.get()).toMatchObject({ signedIn: true, certain: true, busy: false, reason: undefined, problem: undefined })
}

describe('a sign-in in one tab', () => {
  it('is seen in the others, is not begun a second time by any of them, and signs all in', async () => {
    const family = await openEnded()
    const { world, second, third, begun, states, members, calls } = family
    await begin(family)
    expect(states()).toEqual([SIGNING_IN, ELSEWHERE, ELSEWHERE])
    const views = [second.session.reauthenticate(), third.session.reauthenticate()]
    await world.advance(10 * MINUTE)
    expect([states(), begun.length]).toEqual([[SIGNING_IN, ELSEWHERE, ELSEWHERE], 1])
    begun[0]?.succeed()
    await world.advance(2 * SECOND)
    expectAllBack(family)
    for (const view of await Promise.all(views)) expect(view).toMatchObject({ signedIn: true })
    expect([begun.length, calls('signIn').length]).toEqual([1, 1])
    for (const { heard } of members) expect(heard.filter((type) => type === 'session.reauthenticated')).toHaveLength(1)
  })

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('that is begun in all tabs at once is one (seed %i)', async (seed) => {
    const family = await openEnded({ seed })
    const { world, members, begun, states } = family
    for (const { session } of members) void session.reauthenticate()
    await world.advance(2 * SECOND)
    expect([begun.length, states().filter((state) => state === ELSEWHERE).length]).toEqual([1, 2])
    begun[0]?.succeed()
    await world.advance(2 * SECOND)
    expectAllBack(family)
  })

  it('is seen by a tab that is opened meanwhile when it is next heard of, and by whoever signs in there at once', async () => {
    const family = await openEnded({ tabs: 1 })
    const { world, open, begun } = family
    await begin(family)
    const [late, other] = [open(), open()]
    await world.advance(2 * SECOND)
    void other.session.reauthenticate()
    await world.advance(SECOND)
    expect([other.session.get().state, begun.length]).toEqual([ELSEWHERE, 1])
    await world.advance(30 * SECOND)
    expect(late.session.get().state).toBe(ELSEWHERE)
    begun[0]?.succeed()
    await world.advance(2 * SECOND)
    expectAllBack(family)
  })

  it('that fails, or leaves nobody signed in, frees the others at once', async () => {
    for (const how of ['fail', 'deny'] as const) {
      const family = await openEnded()
      const { world, browser, begun, states, second } = family
      await begin(family)
      if (how === 'fail') begun[0]?.fail()
      else {
        browser.network.conditions = (kind) => ({ thereMs: 50, backMs: 50, fault: kind === 'signIn' ? { status: 200 } : undefined })
        begun[0]?.succeed()
      }
      await world.advance(SECOND)
      expect(states()).toEqual([ENDED, ENDED, ENDED])
      void second.session.reauthenticate()
      await world.advance(SECOND)
      expect([last(begun).tab, states()]).toEqual([2, [ELSEWHERE, SIGNING_IN, ELSEWHERE]])
    }
  })

  it('that nobody finishes in a quarter of an hour frees the others then', async () => {
    const family = await openEnded()
    await begin(family)
    await family.world.advance(15 * MINUTE)
    expect(family.states()).toEqual([ENDED, ENDED, ENDED])
  })

  it('is given up by `cancel()` in whichever tab, and then each can sign in at once', async () => {
    for (const by of [0, 1, 2]) {
      for (const next of [0, 1, 2]) {
        // The first one again, at once: see below.
        if (by + next === 0) continue
        const family = await openEnded()
        const { world, members, begun, states, signingIn } = family
        await begin(family)
        members[by]?.session.cancel()
        if (by !== next) await world.advance(SECOND)
        void members[next]?.session.reauthenticate()
        await world.advance(SECOND)
        expect([signingIn(), begun.length]).toEqual([[next + 1], 2])
        expect(states()).toEqual([0, 1, 2].map((tab) => (tab === next ? SIGNING_IN : ELSEWHERE)))
        // It is too late for the first.
        begun[0]?.fail()
        last(begun).succeed()
        await world.advance(2 * SECOND)
        expectAllBack(family)
      }
    }
  })

  it('is given up by `cancel()` in the same tab, which begins another one, and nobody else one beside it', async () => {
    const family = await openEnded()
    const { world, first, signingIn, states } = family
    await begin(family)
    first.session.cancel()
    await world.advance(SECOND)
    await begin(family)
    expect([signingIn(), states()]).toEqual([[1], [SIGNING_IN, ELSEWHERE, ELSEWHERE]])
    await world.advance(5 * MINUTE)
    expect([signingIn(), states()]).toEqual([[1], [SIGNING_IN, ELSEWHERE, ELSEWHERE]])
  })

  // BUG: what the sign-in that was given up tidies away is the claim of the next one, which the others do not see.
  it.fails('is given up by `cancel()` in the same tab, which begins another one in the same moment, and nobody else one beside it', async () => {
    const family = await openEnded()
    const { world, first, states } = family
    await begin(family)
    first.session.cancel()
    await begin(family)
    await world.advance(SECOND)
    expect(states()).toEqual([SIGNING_IN, ELSEWHERE, ELSEWHERE])
  })

  const holdsNobodyUp = async (ms: number) => {
    const family = await openEnded()
    const { world, first, second, states, begun } = family
    void first.session.reauthenticate()
    await world.advance(ms)
    first.session.cancel()
    await world.advance(SECOND)
    expect(states()).toEqual([ENDED, ENDED, ENDED])
    const before = begun.length
    void second.session.reauthenticate()
    await world.advance(SECOND)
    expect([second.session.get().state, begun.length - before]).toEqual([SIGNING_IN, 1])
  }
  it.each([8, 13, 21, 50])('that is given up %i ms after it was begun holds nobody up', holdsNobodyUp)
  // BUG: a sign-in that is given up while its claim is being written leaves the claim behind, for a minute and a half.
  it.fails.each([0, 1, 2, 3, 5])('that is given up %i ms after it was begun holds nobody up', holdsNobodyUp)

  // BUG: the claim is taken back, but by then nobody can be told of it: the others wait until it would have run out.
  it.fails('ends with the handle that began it, and the others are free', async () => {
    const family = await openEnded()
    const { world, first, states } = family
    await begin(family)
    first.release()
    await world.advance(SECOND)
    expect(states().slice(1)).toEqual([ENDED, ENDED])
  })

  it('that somebody signs out in another tab in the middle of is their own, and the one who signed out is out', async () => {
    const family = await openEnded()
    const { world, second, begun, states } = family
    await begin(family)
    void second.session.signOut()
    await world.advance(5 * SECOND)
    expect(second.session.get()).toMatchObject({ signedIn: false, reason: 'signedOut' })
    begun[0]?.succeed()
    await world.advance(5 * SECOND)
    expect(states()[0]).toMatch(/^active/)
    expectAllBack(family)
  })

  it('whose answer is not confirmed holds nobody up', async () => {
    const family = await openEnded()
    const { world, browser, begun, second } = family
    await begin(family)
    browser.network.conditions = (kind) => ({ thereMs: 50, backMs: 50, fault: kind === 'check' ? 'refused' : undefined })
    begun[0]?.succeed()
    await world.advance(2 * SECOND)
    void second.session.reauthenticate()
    await world.advance(SECOND)
    expect(begun.map(({ tab }) => tab)).toEqual([1, 2])
  })
})

describe('a step to another sign-in from a live session', () => {
  async function openLive() {
    const family = await openEnded()
    await begin(family)
    family.begun[0]?.succeed()
    await family.world.advance(2 * SECOND)
    expectAllBack(family)
    return family
  }

  it('disturbs nobody else, is one, and is followed by all', async () => {
    const family = await openLive()
    const { world, first, second, begun, states, record } = family
    const { reference } = (await record()) as SessionRecord
    void first.session.reauthenticate()
    await world.advance(SECOND)
    expect(states()).toEqual([SIGNING_IN, 'active.scheduled', 'active.scheduled'])
    void second.session.reauthenticate()
    await world.advance(SECOND)
    expect([states()[1], begun.length]).toEqual([ELSEWHERE, 2])
    begun[1]?.succeed()
    await world.advance(2 * SECOND)
    expectAllBack(family)
    expect((await record())?.reference).not.toBe(reference)
  })

  // BUG: the claim outlives a sign-in that was made, but not confirmed, when the session before it has not ended.
  it.fails('that is not confirmed holds nobody up', async () => {
    const family = await openLive()
    const { world, browser, first, second, begun } = family
    void first.session.reauthenticate()
    await world.advance(SECOND)
    browser.network.conditions = (kind) => ({ thereMs: 50, backMs: 50, fault: kind === 'check' ? 'refused' : undefined })
    begun[1]?.succeed()
    await world.advance(2 * SECOND)
    void second.session.reauthenticate()
    await world.advance(SECOND)
    expect(begun.map(({ tab }) => tab)).toEqual([1, 1, 2])
  })

  // BUG: nobody takes the claim back, and after the sign-out the others wait for a sign-in that is none.
  it.fails('that is signed out before it is confirmed holds nobody up', async () => {
    const family = await openLive()
    const { world, browser, first, second, begun, states } = family
    void first.session.reauthenticate()
    await world.advance(SECOND)
    browser.network.conditions = (kind) => ({ thereMs: 50, backMs: kind === 'check' ? 5 * SECOND : 50 })
    begun[1]?.succeed()
    await world.advance(SECOND)
    expect(states()[0]).toBe('reauthenticating.confirming')
    void first.session.signOut()
    await world.advance(10 * SECOND)
    expect(states()).toEqual([ENDED, ENDED, ENDED])
    void second.session.reauthenticate()
    await world.advance(SECOND)
    expect(begun.map(({ tab }) => tab)).toEqual([1, 1, 2])
  })

  // BUG: whoever writes the record anew writes it without the claim, and that is taken for a word to give it up.
  it.fails('goes on when the record is evicted meanwhile', async () => {
    const family = await openLive()
    const { world, browser, first, second, begun, states } = family
    void first.session.reauthenticate()
    await world.advance(SECOND)
    void browser.tabs[0]?.primitives.store?.del(KEY)
    await world.advance(SECOND)
    void second.session.extend()
    await world.advance(40 * SECOND)
    expect(states()[0]).toBe(SIGNING_IN)
    begun[1]?.succeed()
    await world.advance(2 * SECOND)
    expectAllBack(family)
  })

  // BUG: the empty record of a sign-in says that the session has ended; the others ask, write it anew, and the claim is gone.
  it.fails('goes on when the record was evicted before', async () => {
    const family = await openLive()
    const { world, browser, first, states } = family
    void browser.tabs[0]?.primitives.store?.del(KEY)
    await world.advance(SECOND)
    void first.session.reauthenticate()
    await world.advance(40 * SECOND)
    expect(states()[0]).toBe(SIGNING_IN)
  })
})

describe('a tab that is gone while somebody signs in in it', () => {
  const ways: { what: string; goes: (member: Member) => void }[] = [
    { what: 'closed', goes: ({ tab }) => tab.close() },
    { what: 'crashed', goes: ({ tab }) => tab.vanish() },
    { what: 'frozen', goes: ({ tab }) => tab.freeze() },
  ]
  it.each(ways)('holds the others up for the time of its claim at most: $what', async ({ goes }) => {
    for (const ms of [0, 15 * SECOND, 31 * SECOND, 5 * MINUTE]) {
      const family = await openEnded()
      const { world, first, second, third, begun } = family
      await begin(family)
      await world.advance(ms)
      goes(first)
      await world.advance(SECOND)
      expect([second, third].map(({ session }) => session.get().state)).toEqual([ELSEWHERE, ELSEWHERE])
      await world.advance(CLAIM)
      expect([second, third].map(({ session }) => session.get().state)).toEqual([ENDED, ENDED])
      void third.session.reauthenticate()
      await world.advance(SECOND)
      expect([second, third].map(({ session }) => session.get().state)).toEqual([ELSEWHERE, SIGNING_IN])
      last(begun).succeed()
      await world.advance(2 * SECOND)
      expectAllBack(family)
      first.tab.resume()
      await world.advance(2 * MINUTE)
      expectAllBack(family)
    }
  })

  it.each(ways)('is given up for by another one at once, which then signs in: $what', async ({ goes }) => {
    const family = await openEnded()
    const { world, first, second, third, begun } = family
    await begin(family)
    goes(first)
    await world.advance(SECOND)
    second.session.cancel()
    void second.session.reauthenticate()
    await world.advance(SECOND)
    expect([second, third].map(({ session }) => session.get().state)).toEqual([SIGNING_IN, ELSEWHERE])
    first.tab.resume()
    await world.advance(MINUTE)
    expect([second, third].map(({ session }) => session.get().state)).toEqual([SIGNING_IN, ELSEWHERE])
    last(begun).succeed()
    await world.advance(2 * SECOND)
    expectAllBack(family)
  })

  it('in a machine that sleeps in the middle, goes on when it wakes', async () => {
    const family = await openEnded()
    const { world, browser, begun, states } = family
    await begin(family)
    browser.machine.sleep(5 * MINUTE)
    await world.advance(6 * MINUTE)
    expect([states(), begun.length]).toEqual([[SIGNING_IN, ELSEWHERE, ELSEWHERE], 1])
    begun[0]?.succeed()
    await world.advance(2 * SECOND)
    expectAllBack(family)
  })
})

describe('a sign-in where a primitive fails', () => {
  type Behaviours = NonNullable<NonNullable<Parameters<typeof openEnded>[0]>['behaviours']>
  const broken: { what: string; behaviours: Behaviours }[] = (['missing', 'throws', 'hangs', 'loses'] as const).flatMap((how) => [
    ...(['locks', 'store', 'channel', 'notes'] as const).filter((what) => !(what === 'notes' && how === 'hangs')).map((what) => ({ what: `${what}: ${how}`, behaviours: { [what]: how } as Behaviours })),
    { what: `all: ${how}`, behaviours: { locks: how, store: how, channel: how, notes: how === 'hangs' ? 'missing' : how } as Behaviours },
  ])
  const cases = broken.flatMap((each) => [1, 2, 3].map((seed) => ({ ...each, seed })))
  const isFree = (state: string) => !state.startsWith('reauthenticating')

  it.each(cases)('signs in who is asked for it, and nobody is held up or lost: $what (seed $seed)', async (rung) => {
    const family = await openEnded(rung)
    const { world, begun, members, session } = family
    await begin(family)
    expect(begun.map(({ tab }) => tab)).toEqual([1])
    begun[0]?.succeed()
    await world.advance(CLAIM + 5 * SECOND)
    expect(members[0]?.session.get()).toMatchObject({ signedIn: true, certain: true })
    for (const { session } of members) expect(session.get().busy).toBe(false)
    await world.advance(6 * HOUR)
    expect([session()?.ended, members[0]?.session.get().signedIn]).toEqual([undefined, true])
  })

  it.each(cases)('whose tab crashed holds nobody up for longer than its claim: $what (seed $seed)', async (rung) => {
    const family = await openEnded(rung)
    const { world, first, second, third, begun } = family
    await begin(family)
    first.tab.vanish()
    await world.advance(CLAIM + 2 * SECOND)
    expect([second, third].filter(({ session }) => !isFree(session.get().state))).toEqual([])
    void third.session.reauthenticate()
    await world.advance(2 * SECOND)
    last(begun).succeed()
    await world.advance(5 * SECOND)
    expect([last(begun).tab, third.session.get().signedIn]).toEqual([3, true])
  })

  it.each(cases.filter(({ what }) => !/(store|all): loses/.test(what)))('is always possible after `cancel()`: $what (seed $seed)', async (rung) => {
    const family = await openEnded(rung)
    const { world, first, second, begun } = family
    await begin(family)
    first.tab.vanish()
    // Where nobody tells, it is found out when somebody tries.
    void second.session.reauthenticate()
    await world.advance(2 * SECOND)
    second.session.cancel()
    void second.session.reauthenticate()
    await world.advance(2 * SECOND)
    expect([second.session.get().state, last(begun).tab]).toEqual([SIGNING_IN, 2])
    last(begun).succeed()
    await world.advance(5 * SECOND)
    expect(second.session.get()).toMatchObject({ signedIn: true, certain: true })
  })

  it.each(['store', 'channel', 'locks'] as const)('in the middle of it is finished all the same: %s', async (what) => {
    for (const how of ['missing', 'throws', 'hangs'] as const) {
      const family = await openEnded()
      const { world, browser, begun, first, states } = family
      await begin(family)
      browser.behaviours[what] = how
      await world.advance(2 * MINUTE)
      expect([states()[0], begun.length]).toEqual([SIGNING_IN, 1])
      begun[0]?.succeed()
      await world.advance(5 * SECOND)
      expect(first.session.get()).toMatchObject({ signedIn: true, certain: true })
      await world.advance(CLAIM)
      expect(states().filter((state) => !isFree(state))).toEqual([])
    }
  })

  it.each([1, 2, 3, 4, 5, 6])('is not given up by anybody but a person, whatever the store loses (seed %i)', async (seed) => {
    const family = await openEnded({ seed, behaviours: { store: 'loses' } })
    await begin(family)
    await family.world.advance(10 * MINUTE)
    expect(family.states()[0]).toBe(SIGNING_IN)
  })
})

describe('a record of a sign-in that nobody can believe', () => {
  const claims: { what: string; signIn: (now: number) => unknown }[] = [
    { what: 'that lasts until 2099', signIn: () => ({ by: 'x', until: Date.UTC(2099, 0, 1) }) },
    { what: 'that lasts a second too long', signIn: (now) => ({ by: 'x', until: now + CLAIM + 5 * SECOND }) },
    { what: 'that lasts NaN', signIn: () => ({ by: 'x', until: NaN }) },
    { what: 'that lasts for ever', signIn: () => ({ by: 'x', until: Infinity }) },
    { what: 'of nobody', signIn: (now) => ({ until: now + MINUTE }) },
    { what: 'that is over', signIn: (now) => ({ by: 'x', until: now - 1 }) },
    { what: 'that is a word', signIn: () => 'x' },
    { what: 'that is null', signIn: () => null },
  ]
  it.each(claims)('holds nobody up: $what', async ({ signIn }) => {
    const family = await openEnded()
    const { world, write, states, third, begun } = family
    await write((record, now) => ({ ...record, signIn: signIn(now) }))
    expect(states()).toEqual([ENDED, ENDED, ENDED])
    void third.session.reauthenticate()
    await world.advance(SECOND)
    expect([states()[2], begun.length]).toEqual([SIGNING_IN, 1])
    begun[0]?.succeed()
    await world.advance(2 * SECOND)
    expectAllBack(family)
  })

  it('holds nobody up for longer than one that is true, and gives way to `cancel()`', async () => {
    const lie = (record: SessionRecord, now: number) => ({ ...record, signIn: { by: 'x', until: now + CLAIM } })
    const family = await openEnded()
    const { world, write, states, second } = family
    await write(lie)
    expect(states()).toEqual([ELSEWHERE, ELSEWHERE, ELSEWHERE])
    await world.advance(CLAIM)
    expect(states()).toEqual([ENDED, ENDED, ENDED])
    await write(lie)
    second.session.cancel()
    await world.advance(SECOND)
    expect(states()).toEqual([ENDED, ENDED, ENDED])
  })
})

describe('a clock that is set during a sign-in', () => {
  it.each([
    { what: 'back', ms: -HOUR },
    { what: 'forward by less than the sign-in may take', ms: 10 * MINUTE },
  ])('$what, gives up no sign-in, and holds nobody up once it is over', async ({ ms }) => {
    for (const after of [SECOND, 20 * SECOND, 2 * MINUTE]) {
      const family = await openEnded()
      const { world, browser, begun, states } = family
      await begin(family)
      await world.advance(after)
      browser.machine.setClockBy(ms)
      await world.advance(2 * MINUTE)
      expect([states(), begun.length]).toEqual([[SIGNING_IN, ELSEWHERE, ELSEWHERE], 1])
      begun[0]?.succeed()
      await world.advance(5 * SECOND)
      expectAllBack(family)
    }
  })

  it.each([-HOUR, HOUR])('by %i ms, frees the others of a tab that crashed in time', async (ms) => {
    const family = await openEnded()
    const { world, browser, first, third, begun } = family
    await begin(family)
    first.tab.vanish()
    browser.machine.setClockBy(ms)
    await world.advance(CLAIM)
    expect(family.states()).toEqual([ENDED, ENDED])
    void third.session.reauthenticate()
    await world.advance(SECOND)
    last(begun).succeed()
    await world.advance(2 * SECOND)
    expectAllBack(family)
  })

  it('forward by an hour, ends it as a quarter of an hour does, and all can sign in', async () => {
    const family = await openEnded()
    const { world, browser, second, begun } = family
    await begin(family)
    browser.machine.setClockBy(HOUR)
    await world.advance(CLAIM)
    expect(family.states()).toEqual([ENDED, ENDED, ENDED])
    void second.session.reauthenticate()
    await world.advance(SECOND)
    last(begun).succeed()
    await world.advance(2 * SECOND)
    expectAllBack(family)
  })
})

describe('sign-ins that need no person', () => {
  it.each([1, 2, 3])('are made once for all tabs, each time that the session has ended (seed %i)', async (seed) => {
    const family = await openEnded({ seed, unattended: true, tabs: 5 })
    const { world, browser, begun } = family
    await world.advance(SECOND)
    for (let time = 1; time <= 5; time++) {
      expect(begun).toHaveLength(time)
      last(begun).succeed()
      await world.advance(5 * SECOND)
      expectAllBack(family)
      await world.advance(MINUTE)
      world.server.revoke(browser.token)
      void family.second.session.check()
      await world.advance(5 * SECOND)
    }
  })

  it.each([1, 2, 3])('that fail are tried at most twice as often as in one tab (seed %i)', async (seed) => {
    const triesIn = async (tabs: number) => {
      const { world, begun } = await openEnded({ seed, unattended: true, tabs })
      for (const until = world.now() + 2 * HOUR; world.now() < until; await world.advance(SECOND)) for (const { signal, fail } of begun) if (!signal.aborted) fail()
      return begun.length
    }
    const [one, five] = [await triesIn(1), await triesIn(5)]
    expect(five).toBeLessThanOrEqual(2 * one)
  })

  it('go on in another tab when the one that makes it crashes', async () => {
    const family = await openEnded({ unattended: true })
    const { world, members, begun } = family
    await world.advance(SECOND)
    members[(begun[0]?.tab ?? 0) - 1]?.tab.vanish()
    await world.advance(2 * CLAIM)
    expect(begun.length).toBeGreaterThan(1)
    last(begun).succeed()
    await world.advance(5 * SECOND)
    expectAllBack(family)
  })
})
