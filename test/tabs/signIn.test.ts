import { describe, expect, it } from 'vitest'
import type { SessionRecord } from '../../src/tabs/record'
import { HOUR, type Member, MINUTE, SECOND } from './family'
import { begin, CLAIM, ELSEWHERE, type Ended, ENDED, expectAllBack, KEY, last, openEnded, SIGNING_IN } from './signingIn'

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

  it('is given up by `cancel()` in the same tab, which begins another one in the same moment, and nobody else one beside it', async () => {
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
  it.each([0, 1, 2, 3, 5])('that is given up %i ms after it was begun holds nobody up', holdsNobodyUp)

  it('ends with the handle that began it, and the others are free', async () => {
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

  /** The session has ended in all tabs but one, which cannot ask, and there somebody signs out. */
  async function signOutUnheard(family: Awaited<ReturnType<typeof openEnded>>) {
    const { world, browser, open } = family
    browser.network.cut()
    const late = open()
    await world.advance(2 * SECOND)
    void late.session.signOut()
    await world.advance(5 * SECOND)
    expect(late.session.get()).toMatchObject({ signedIn: false, reason: 'signedOut' })
    return late
  }

  it('that somebody signs out in a tab that knew of no end is seen there', async () => {
    const family = await openEnded()
    const { world, browser, begun } = family
    await begin(family)
    const late = await signOutUnheard(family)
    browser.network.restore()
    await world.advance(10 * SECOND)
    void late.session.reauthenticate()
    await world.advance(SECOND)
    expect([late.session.get().state, begun.length]).toEqual([ELSEWHERE, 1])
  })

  it('after a sign-out that nobody could tell begins when the server has heard of it, and not before', async () => {
    const family = await openEnded()
    const { world, browser, first, begun, calls } = family
    const late = await signOutUnheard(family)
    // It would have told.
    late.tab.vanish()
    await world.advance(2 * MINUTE)
    const view = first.session.reauthenticate()
    await world.advance(MINUTE)
    expect(await view).toMatchObject({ signedIn: false, state: ENDED, problem: { code: 'ERR_SESSION_UNREACHABLE' } })
    expect(begun).toEqual([])
    browser.network.restore()
    await world.advance(MINUTE)
    const told = calls('revoke').length
    void first.session.reauthenticate()
    await world.advance(5 * SECOND)
    expect([calls('revoke').length, begun.length]).toEqual([told + 1, 1])
    begun[0]?.succeed()
    await world.advance(2 * SECOND)
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

  it('that is not confirmed holds nobody up', async () => {
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

  it('that is signed out before it is confirmed holds nobody up', async () => {
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

  it('goes on when the record is evicted meanwhile', async () => {
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

  it('goes on when the record was evicted before, and is seen as soon as there is one again', async () => {
    const family = await openLive()
    const { world, browser, first, second, begun, states } = family
    void browser.tabs[0]?.primitives.store?.del(KEY)
    await world.advance(SECOND)
    void first.session.reauthenticate()
    await world.advance(SECOND)
    void second.session.extend()
    await world.advance(40 * SECOND)
    void second.session.reauthenticate()
    await world.advance(SECOND)
    expect([states(), begun.length]).toEqual([[SIGNING_IN, ELSEWHERE, 'active.scheduled'], 2])
    last(begun).succeed()
    await world.advance(2 * SECOND)
    expectAllBack(family)
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

  describe('and is loaded again', () => {
    const reload = async (family: Ended, before: Member) => {
      before.tab.vanish()
      const again = family.open(before)
      await family.world.advance(2 * SECOND)
      return again
    }

    it.each([0, 15 * SECOND, 5 * MINUTE])('signs in at once, whatever was left in the middle %i ms after it began, and the others follow', async (ms) => {
      const family = await openEnded()
      const { world, begun, states, first } = family
      await begin(family)
      await world.advance(ms)
      const again = await reload(family, first)
      expect(states()).toEqual([ELSEWHERE, ELSEWHERE, ENDED])
      void again.session.reauthenticate()
      await world.advance(SECOND)
      expect([states(), begun.length]).toEqual([[ELSEWHERE, ELSEWHERE, SIGNING_IN], 2])
      await world.advance(CLAIM)
      expect([states(), begun.length]).toEqual([[ELSEWHERE, ELSEWHERE, SIGNING_IN], 2])
      last(begun).succeed()
      await world.advance(2 * SECOND)
      expectAllBack(family)
    })

    it('waits for whoever has begun another one meanwhile', async () => {
      const family = await openEnded()
      const { world, begun, second, first } = family
      await begin(family)
      first.tab.vanish()
      second.session.cancel()
      void second.session.reauthenticate()
      await world.advance(SECOND)
      const again = family.open(first)
      await world.advance(2 * SECOND)
      void again.session.reauthenticate()
      await world.advance(SECOND)
      expect([again.session.get().state, begun.map(({ tab }) => tab)]).toEqual([ELSEWHERE, [1, 2]])
    })

    it('waits, as any other would, where nothing can be noted', async () => {
      const family = await openEnded({ behaviours: { notes: 'throws' } })
      const { world, begun, first } = family
      await begin(family)
      const again = await reload(family, first)
      void again.session.reauthenticate()
      await world.advance(SECOND)
      expect([again.session.get().state, begun.length]).toEqual([ELSEWHERE, 1])
    })
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

describe('two pages with the notes of one tab', () => {
  it('are two all the same: one follows what is begun in the other', async () => {
    const family = await openEnded({ tabs: 1 })
    const { world, first, open, states } = family
    open(first)
    await world.advance(2 * SECOND)
    await begin(family)
    expect(states()).toEqual([SIGNING_IN, ELSEWHERE])
  })

  it('have one sign-in between them, also where one was made from the other in the middle of it', async () => {
    const family = await openEnded({ tabs: 1 })
    const { world, first, open, states, signingIn } = family
    await begin(family)
    const copy = open(first)
    await world.advance(2 * SECOND)
    void copy.session.reauthenticate()
    await world.advance(40 * SECOND)
    expect([states(), signingIn()]).toEqual([[ELSEWHERE, SIGNING_IN], [2]])
  })
})

describe('sign-ins that need no person', () => {
  it.each([1, 2, 3])('are made once for all tabs, each time that the session has ended (seed %i)', async (seed) => {
    const family = await openEnded({ seed, declares: { unattended: true }, tabs: 5 })
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

  it('that fail are tried at most twice as often as in one tab', async () => {
    const triesIn = async (tabs: number) => {
      let tries = 0
      for (const seed of [1, 2, 3]) {
        const { world, begun } = await openEnded({ seed, declares: { unattended: true }, tabs })
        for (const until = world.now() + 2 * HOUR; world.now() < until; await world.advance(10 * SECOND)) for (const { signal, fail } of begun) if (!signal.aborted) fail()
        tries += begun.length
      }
      return tries
    }
    const [one, five] = [await triesIn(1), await triesIn(5)]
    expect(five).toBeLessThanOrEqual(2 * one)
  })

  it('go on in another tab when the one that makes it crashes', async () => {
    const family = await openEnded({ declares: { unattended: true } })
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
