import { describe, expect, it } from 'vitest'
import type { SessionRecord } from '../../src/tabs/record'
import { seeded } from '../liveSession'
import { type Behaviours, HOUR, type Member, MINUTE, SECOND } from './family'
import { begin, CLAIM, ELSEWHERE, ENDED, expectAllBack, last, openEnded, SIGNING_IN } from './signingIn'

// What becomes of a sign-in where the tabs cannot agree, or are lied to: it is made twice at worst, and nobody is held up for ever.

describe('a sign-in where a primitive fails', () => {
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

describe('random lives of tabs in which people sign in', () => {
  it.each([1, 2, 3, 4])('leave nobody stuck, and the next sign-in signs all in: seeds %i01 to %i20', async (hundred) => {
    for (let seed = hundred * 100 + 1; seed <= hundred * 100 + 20; seed++) {
      const random = seeded(seed)
      const draw = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T
      const family = await openEnded({ seed })
      const { world, browser, members, begun, second } = family
      const underWay = () => begun.filter(({ signal }) => !signal.aborted).at(-1)
      const acts: ((member: Member) => unknown)[] = [
        ...Array.from({ length: 3 }, () => ({ session }: Member) => session.reauthenticate()),
        ({ session }) => session.cancel(),
        ...Array.from({ length: 2 }, () => () => underWay()?.succeed()),
        () => underWay()?.fail(),
        ({ session }) => session.check(),
        ({ session }) => session.extend(),
        ({ session }) => session.signOut(),
        ({ tab }) => tab.freeze(),
        ({ tab }) => tab.resume(),
        () => world.server.revoke(browser.token),
      ]
      for (let act = 0; act < 12; act++) {
        draw(acts)(draw(members))
        await world.advance(draw([0, 2, 30, 200, 1.5 * SECOND, 5 * SECOND, 40 * SECOND]))
      }
      for (const { tab } of members) tab.resume()
      // Nobody finishes what they have begun.
      await world.advance(5 * SECOND)
      for (const { fail } of begun) fail()
      await world.advance(2 * CLAIM)
      expect([seed, members.filter(({ session }) => session.get().busy).length]).toEqual([seed, 0])
      const before = begun.length
      void second.session.reauthenticate()
      await world.advance(2 * SECOND)
      last(begun).succeed()
      await world.advance(10 * SECOND)
      expect([seed, begun.length - before, members.map(({ session }) => [session.get().signedIn, session.get().certain])]).toEqual([seed, 1, members.map(() => [true, true])])
    }
  })
})
