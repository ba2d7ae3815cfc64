import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Lease } from '../machines/session.machine'
import { createSession } from '../src/createSession'
import { createFakeBackend, type FakeBackendOptions } from '../src/testing/fakeBackend'
import { createVirtualTime } from '../src/testing/virtualTime'
import * as timing from '../src/timing'
import { CALLS_PER_HOUR, createCallBudget, expiryOf, type Failure, hasMoved, type Policy } from '../src/timing'
import { busy, seeded } from './liveSession'

const SECOND = 1_000
const MINUTE = 60_000
const HOUR = 3_600_000
const DAY = 24 * HOUR
const T = Date.UTC(2026, 0, 1)
const planFrom = (lease: Lease | undefined, now: number, by: Policy, random: timing.Random, failed: Failure = { failures: 0 }) => timing.planFrom(lease, now, by, random, failed)
const policy: Policy = { keepAlive: true, intervalMs: 5 * MINUTE }

const finite = fc.double({ noNaN: true, noDefaultInfinity: true })
const epoch = fc.integer({ min: T - 400 * DAY, max: T + 400 * DAY })
const lives = fc.oneof(fc.integer({ min: 2 * SECOND, max: 2 * HOUR }), fc.integer({ min: HOUR, max: 400 * DAY }))
/** No attempt follows a failure sooner. */
const leastOf = (lifeMs: number) => Math.min(2_500, Math.max(100, lifeMs / 200))
/** What `Math.random` may give. */
const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const seeds = fc.integer({ min: 1, max: 2 ** 31 - 2 })
const maybe = <V>(value: fc.Arbitrary<V>) => fc.option(value, { nil: undefined })

const seen = (aliveAt: number, expiresAt: number | undefined, extending = false) => ({ aliveAt, expiresAt, latestExpiresAt: expiresAt, maxExpiresAt: undefined, permanent: false, extending })
const renewLease = (lease: Lease | undefined, { extending, ...sighting }: timing.Sighting & { extending: boolean }) => timing.renewLease(lease, sighting, extending)
const granted = (sentAt: number, lifeMs: number, extending = true) => renewLease(undefined, seen(sentAt, sentAt + lifeMs, extending))
const leases: fc.Arbitrary<Lease> = fc.constantFrom<fc.Arbitrary<number>>(epoch, finite).chain((time) =>
  fc.record({
    startedAt: time,
    aliveAt: time,
    expiresAt: maybe(time),
    latestExpiresAt: maybe(time),
    grantedAt: time,
    lifeMs: maybe(fc.double({ min: 1, noNaN: true, noDefaultInfinity: true })),
    maxExpiresAt: maybe(time),
    extendedAt: maybe(time),
    permanent: fc.boolean(),
  }),
)
const policies = fc.record({ keepAlive: fc.boolean(), intervalMs: fc.double({ min: SECOND, noNaN: true, noDefaultInfinity: true }) })
const failures = fc.record({ failures: fc.nat(), extending: fc.boolean(), refused: fc.boolean(), retryAfterMs: maybe(fc.double({ min: 1, max: HOUR, noNaN: true })) })

describe('the expiry', () => {
  it('counts a time to live from when the request was sent', () => {
    fc.assert(
      fc.property(epoch, lives, epoch, (sentAt, ttlMs, expiresAt) => {
        expect(expiryOf({ ttlMs, expiresAt }, sentAt)).toBe(sentAt + ttlMs)
      }),
    )
  })

  it('is corrected by the difference of the clocks, in the right direction (F16)', () => {
    fc.assert(
      fc.property(epoch, lives, fc.integer({ min: -DAY, max: DAY }), (serverNow, lifeMs, fastBy) => {
        const localNow = serverNow + fastBy
        const local = expiryOf({ expiresAt: serverNow + lifeMs, serverNow }, localNow)
        expect(local).toBe(localNow + lifeMs)
        expect(local).toBe(serverNow + lifeMs + fastBy)
      }),
    )
  })

  it('is never seen later because an answer was slow', () => {
    fc.assert(
      fc.property(epoch, lives, fc.nat(30 * SECOND), (sentAt, lifeMs, thereMs) => {
        const end = sentAt + lifeMs
        const serverNow = sentAt + thereMs
        expect(expiryOf({ ttlMs: end - serverNow }, sentAt)).toBeLessThanOrEqual(end)
        expect(expiryOf({ expiresAt: end, serverNow }, sentAt)).toBeLessThanOrEqual(end)
      }),
    )
  })

  it('is taken as it is while the clock of the server is unknown, and unknown while nothing is said', () => {
    expect(expiryOf({ expiresAt: T }, T - DAY)).toBe(T)
    expect(expiryOf({ serverNow: T }, T)).toBeUndefined()
    expect(expiryOf({}, T)).toBeUndefined()
  })
})

describe('a move', () => {
  it('is seen of every rolling session', () => {
    fc.assert(
      fc.property(epoch, lives, fc.integer({ min: 1, max: 30 * DAY }), (at, lifeMs, later) => {
        expect(hasMoved(granted(at, lifeMs), seen(at + later, at + later + lifeMs))).toBe(true)
      }),
    )
  })

  it('is seen of a rolling session whose dates are rounded to seconds, from two seconds on', () => {
    const second = (ms: number) => Math.floor(ms / SECOND) * SECOND
    fc.assert(
      fc.property(epoch, lives, fc.integer({ min: 2_001, max: 30 * DAY }), (at, lifeMs, later) => {
        const lease = renewLease(undefined, seen(at, second(at + lifeMs)))
        expect(hasMoved(lease, seen(at + later, second(at + later + lifeMs)))).toBe(true)
      }),
    )
  })

  it('is not seen of a fixed session, rounded by up to a second', () => {
    fc.assert(
      fc.property(epoch, lives, fc.integer({ min: 2 * SECOND, max: DAY }), fc.integer({ min: -SECOND, max: SECOND }), (at, lifeMs, later, noise) => {
        expect(hasMoved(granted(at, lifeMs), seen(at + later, at + lifeMs + noise))).toBe(false)
      }),
    )
  })

  /** What is seen of an end, where a request takes so long to get there and its answer so long to come back. */
  const slowly = (sentAt: number, thereMs: number, backMs: number, endAt: (arrivedAt: number) => number) => {
    const ttlMs = endAt(sentAt + thereMs) - (sentAt + thereMs)
    return { ...seen(sentAt, expiryOf({ ttlMs }, sentAt)), latestExpiresAt: expiryOf({ ttlMs }, sentAt + thereMs + backMs) }
  }
  const slowness = fc.tuple(fc.nat(15 * SECOND), fc.nat(15 * SECOND))

  it('is not seen of a fixed session, however slow one answer was and however fast the next', () => {
    fc.assert(
      fc.property(epoch, lives, fc.boolean(), slowness, slowness, fc.nat(DAY), (at, lifeMs, extending, [there, back], [thereNext, backNext], later) => {
        const end = () => at + lifeMs
        const lease = renewLease(undefined, { ...slowly(at, there, back, end), extending })
        expect(hasMoved(lease, slowly(at + there + back + later, thereNext, backNext, end))).toBe(false)
      }),
    )
  })

  it('is seen of a rolling session though answers are slow, from a second, or as long as the first answer took, after that answer', () => {
    fc.assert(
      fc.property(epoch, lives, slowness, slowness, fc.integer({ min: 1, max: DAY }), (at, lifeMs, [there, back], [thereNext, backNext], later) => {
        const end = (arrivedAt: number) => arrivedAt + lifeMs
        const lease = renewLease(undefined, { ...slowly(at, there, back, end), extending: true })
        const next = at + there + back + Math.min(SECOND, there + back) + later
        expect(hasMoved(lease, slowly(next, thereNext, backNext, end))).toBe(true)
      }),
    )
  })

  it('is unknown while an end is unknown', () => {
    expect(hasMoved(undefined, seen(T, T))).toBeUndefined()
    expect(hasMoved(granted(T, HOUR), seen(T, undefined))).toBeUndefined()
    expect(hasMoved(renewLease(undefined, seen(T, undefined)), seen(T, T))).toBeUndefined()
  })
})

describe('a lease', () => {
  it('grows with each extension that moves its end', () => {
    const lease = renewLease(granted(T, HOUR), seen(T + MINUTE, T + MINUTE + 2 * HOUR, true))
    expect(lease).toEqual({ ...granted(T + MINUTE, 2 * HOUR), startedAt: T, maxExpiresAt: undefined })
    expect(lease).toMatchObject({ grantedAt: T + MINUTE, lifeMs: 2 * HOUR, extendedAt: T + MINUTE })
    expect(timing.isUnmoved(lease)).toBe(false)
  })

  it('remembers that an extension moved nothing, until something moves', () => {
    const unmoved = renewLease(granted(T, HOUR), seen(T + MINUTE, T + HOUR, true))
    expect(unmoved).toMatchObject({ aliveAt: T + MINUTE, grantedAt: T, lifeMs: HOUR, extendedAt: T + MINUTE })
    expect(timing.isUnmoved(unmoved)).toBe(true)
    const checked = renewLease(unmoved, seen(T + 2 * MINUTE, T + HOUR))
    expect(checked).toMatchObject({ aliveAt: T + 2 * MINUTE, extendedAt: T + MINUTE })
    expect(timing.isUnmoved(checked)).toBe(true)
    expect(timing.isUnmoved(renewLease(checked, seen(T + 3 * MINUTE, T + 2 * HOUR)))).toBe(false)
  })

  it('takes the longest life that was seen while it was never extended', () => {
    const lease = renewLease(granted(T, 10 * MINUTE, false), seen(T + MINUTE, T + HOUR))
    expect(lease.lifeMs).toBe(59 * MINUTE)
    expect(renewLease(lease, seen(T + 2 * MINUTE, undefined)).lifeMs).toBe(59 * MINUTE)
  })

  it('keeps the end that no extension moves, and what is permanent', () => {
    const lease = renewLease(undefined, { ...seen(T, T + HOUR), maxExpiresAt: T + DAY, permanent: true })
    expect(lease).toMatchObject({ maxExpiresAt: T + DAY, permanent: true })
    expect(renewLease(lease, seen(T + MINUTE, T + HOUR))).toMatchObject({ maxExpiresAt: T + DAY, permanent: false })
  })

  it('learns the length of a life once a wrong clock is put right', () => {
    const wrong = renewLease(undefined, seen(T + 3 * HOUR, T + 2 * HOUR))
    expect(timing.isExpiredOnArrival(wrong)).toBe(true)
    expect(wrong.lifeMs).toBeUndefined()
    expect(renewLease(wrong, seen(T, T + 2 * HOUR)).lifeMs).toBe(2 * HOUR)
  })

  it('has nothing left when its end is unknown or past', () => {
    expect(timing.remainingOf(undefined, T)).toBeUndefined()
    expect(timing.remainingOf(granted(T, HOUR), T + HOUR)).toBeUndefined()
    expect(timing.remainingOf(granted(T, HOUR), T + MINUTE)).toBe(59 * MINUTE)
  })
})

describe('a plan', () => {
  it('is finite and never negative, whatever the lease, the time, the policy and the luck', () => {
    fc.assert(
      fc.property(maybe(leases), fc.oneof(epoch, finite), policies, chances, failures, (lease, now, anyPolicy, chance, failed) => {
        const plan = planFrom(lease, now, anyPolicy, () => chance, failed)
        for (const ms of [plan.retryMs, plan.keepAliveMs ?? 0, plan.deadlineMs ?? 0]) expect(Number.isFinite(ms) && ms >= 0).toBe(true)
        expect(plan.keepAliveMs ?? -1).toBeLessThan(plan.deadlineMs ?? Infinity)
        if (!anyPolicy.keepAlive) expect(plan.keepAliveMs).toBeUndefined()
        expect(timing.isPlausible(plan)).toBe(true)
        const timeout = timing.attemptTimeout(lease, now, anyPolicy)
        expect(timeout >= SECOND && timeout <= 30 * SECOND).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  it('extends first between a fifth and a quarter of the life, and within a day', () => {
    fc.assert(
      fc.property(epoch, lives, fc.boolean(), chances, (at, lifeMs, extending, chance) => {
        const { keepAliveMs, deadlineMs, retryMs } = planFrom(granted(at, lifeMs, extending), at, policy, () => chance)
        const latest = Math.min(lifeMs / 4, DAY)
        expect(keepAliveMs).toBeGreaterThanOrEqual(latest * 0.8 - 1)
        expect(keepAliveMs).toBeLessThanOrEqual(latest + 1)
        expect([deadlineMs, retryMs]).toEqual([lifeMs, 0])
      }),
    )
  })

  it('leaves a minute, or a tenth of a short life, between extensions', () => {
    fc.assert(
      fc.property(epoch, lives, fc.nat(DAY), fc.integer({ min: -DAY, max: DAY }), chances, (at, lifeMs, laterMs, movedBy, chance) => {
        const lease = renewLease(granted(at, lifeMs), seen(at + laterMs, at + lifeMs + movedBy, true))
        fc.pre(!timing.isExpiredOnArrival(lease))
        const { keepAliveMs = Infinity } = planFrom(lease, at + laterMs, policy, () => chance)
        expect(keepAliveMs).toBeGreaterThanOrEqual(Math.min(MINUTE, (lease.lifeMs ?? Infinity) / 10) - 1)
      }),
    )
  })

  it('waits half of what remains when the last extension moved nothing', () => {
    const lease = renewLease(granted(T, 2 * HOUR), seen(T + HOUR, T + 2 * HOUR, true))
    expect(planFrom(lease, T + HOUR, policy, () => 0.5).keepAliveMs).toBe(30 * MINUTE)
  })

  it('extends no further than the end that no extension moves', () => {
    const lease = renewLease(undefined, { ...seen(T, T + HOUR), maxExpiresAt: T + HOUR })
    expect(planFrom(lease, T, policy, () => 0)).toEqual({ keepAliveMs: undefined, deadlineMs: HOUR, retryMs: 0 })
  })

  it('goes by the period while no end is known, and asks when it was missed twice', () => {
    const lease = renewLease(undefined, seen(T, undefined))
    expect(planFrom(lease, T, policy, () => 0)).toMatchObject({ keepAliveMs: 5 * MINUTE, deadlineMs: 10 * MINUTE })
    expect(planFrom(lease, T, { ...policy, keepAlive: false }, () => 0)).toMatchObject({ keepAliveMs: undefined, deadlineMs: undefined })
    expect(timing.attemptTimeout(lease, T, { ...policy, intervalMs: 9 * SECOND })).toBe(3 * SECOND)
  })

  it('that waits hours beyond the end was made by nobody', () => {
    const waits = (retryMs: number, deadlineMs?: number) => timing.isPlausible({ keepAliveMs: undefined, deadlineMs, retryMs })
    expect([waits(3 * HOUR, HOUR), waits(3 * HOUR + 1, HOUR)]).toEqual([true, false])
    expect([waits(DAY + 2 * HOUR), waits(DAY + 2 * HOUR + 1), waits(1e13, HOUR)]).toEqual([true, false, false])
  })

  it('has no dates without a lease, or with a permanent one', () => {
    const nothing = { keepAliveMs: undefined, deadlineMs: undefined, retryMs: 0 }
    expect(planFrom(undefined, T, policy, () => 0)).toEqual(nothing)
    expect(planFrom(renewLease(undefined, { ...seen(T, T + HOUR), permanent: true }), T, policy, () => 0)).toEqual(nothing)
  })

  describe.each([
    ['a time to live', (now: number, lifeMs: number) => now + lifeMs],
    ['an absolute end', (_: number, lifeMs: number) => T + lifeMs],
  ])('of a backend that says %s', (_, endOf) => {
    it('extends within the life though the wall clock was set back after the grant', () => {
      fc.assert(
        fc.property(lives, fc.integer({ min: SECOND, max: 30 * DAY }), chances, (lifeMs, backBy, chance) => {
          const now = T - backBy
          // Lost time is heard, and the server asked at once.
          const lease = renewLease(granted(T, lifeMs), seen(now, endOf(now, lifeMs)))
          expect(planFrom(lease, now, policy, () => chance).keepAliveMs ?? Infinity).toBeLessThan(lifeMs)
        }),
      )
    })
  })
})

describe('attempts', () => {
  it('take a third of what remains, within one and thirty seconds', () => {
    fc.assert(
      fc.property(epoch, lives, (at, lifeMs) => {
        const timeout = timing.attemptTimeout(granted(at, lifeMs), at, policy)
        expect(timeout).toBe(Math.min(30 * SECOND, Math.max(SECOND, lifeMs / 3)))
      }),
    )
  })

  it('to ask back off with jitter, from twice to a hundred times the least wait, within a third of what is left', () => {
    fc.assert(
      fc.property(lives, chances, fc.integer({ min: 1, max: 2_000 }), chances, fc.boolean(), (lifeMs, used, count, chance, refused) => {
        const { retryMs, deadlineMs = 0 } = planFrom(granted(T, lifeMs), T + Math.floor(lifeMs * used), policy, () => chance, { failures: count, refused })
        expect(retryMs).toBe(leastOf(lifeMs) + chance * Math.min(leastOf(lifeMs) * Math.min(100, 2 ** count), deadlineMs / 3))
        expect(retryMs).toBeLessThan(253 * SECOND)
      }),
    )
  })

  it.each<[string, Lease | undefined, number]>([
    ['past the end', granted(T - HOUR, HOUR), HOUR],
    ['past the end of a short life', granted(T - DAY, MINUTE), MINUTE],
    ['where no end is known', renewLease(undefined, seen(T, undefined)), HOUR],
    ['before the first verdict', undefined, HOUR],
  ])('to ask back off up to a hundred times the least wait %s', (_, lease, lifeMs) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), chances, (count, chance) => {
        const { retryMs } = planFrom(lease, T, { ...policy, keepAlive: false }, () => chance, { failures: count })
        expect(retryMs).toBe(leastOf(lifeMs) + chance * (leastOf(lifeMs) * Math.min(100, 2 ** count)))
      }),
    )
  })

  it('to extend wait for no longer than a third of what is left, and twenty minutes, beyond the least wait, however often they failed', () => {
    fc.assert(
      fc.property(lives, chances, fc.integer({ min: 1, max: 2_000 }), chances, (lifeMs, used, count, chance) => {
        const { retryMs, deadlineMs = 0 } = planFrom(granted(T, lifeMs), T + Math.floor(lifeMs * used), policy, () => chance, { failures: count, extending: true })
        expect(retryMs).toBe(leastOf(lifeMs) + chance * Math.min(deadlineMs / 3, 20 * MINUTE))
        expect(retryMs).toBeLessThanOrEqual(leastOf(lifeMs) + deadlineMs / 3)
        expect(retryMs).toBeLessThanOrEqual(leastOf(lifeMs) + 20 * MINUTE)
      }),
    )
  })

  it('to extend what was refused wait for up to a day, and a third of what is left', () => {
    fc.assert(
      fc.property(lives, chances, fc.integer({ min: 1, max: 2_000 }), chances, (lifeMs, used, count, chance) => {
        const { retryMs, deadlineMs = 0 } = planFrom(granted(T, lifeMs), T + Math.floor(lifeMs * used), policy, () => chance, { failures: count, extending: true, refused: true })
        expect(retryMs).toBe(leastOf(lifeMs) + chance * Math.min(deadlineMs / 3, DAY))
      }),
    )
  })

  it('to extend wait for twenty minutes where no deadline is known, and a day where it was refused', () => {
    const lease = renewLease(undefined, seen(T, undefined))
    const waits = (refused: boolean) => planFrom(lease, T, { ...policy, keepAlive: false }, () => 0.5, { failures: 9, extending: true, refused }).retryMs
    expect([waits(false), waits(true)]).toEqual([2_500 + 10 * MINUTE, 2_500 + DAY / 2])
  })

  /** When the server is called while nobody answers. */
  function attemptsUntil(end: number, from: number, lifeMs: number, random: () => number, extending = true) {
    const lease = granted(end - lifeMs, lifeMs)
    const attempts: number[] = []
    for (let now = from; now < end; now += planFrom(lease, now, policy, random, { failures: attempts.length, extending }).retryMs) attempts.push(now)
    return attempts
  }

  it.each([true, false])('come closer together towards the end: the last is made in the last four seconds, or the last hundredth of a short life (to extend: %s)', (extending) => {
    fc.assert(
      fc.property(lives, fc.oneof(seeds.map((seed) => seeded(seed)), fc.constant(() => 1 - Number.EPSILON)), (lifeMs, random) => {
        const end = T + lifeMs
        const attempts = attemptsUntil(end, end - Math.min(lifeMs * 0.75, 2 * HOUR), lifeMs, random, extending)
        expect(end - (attempts.at(-1) ?? 0)).toBeLessThanOrEqual(1.5 * leastOf(lifeMs) + 1)
        expect(attempts.length).toBeGreaterThanOrEqual(5)
      }),
    )
  })

  it('to extend are at most sixty in any hour of an outage', () => {
    fc.assert(
      fc.property(fc.constantFrom(MINUTE, 15 * MINUTE, 2 * HOUR, DAY), seeds, (lifeMs, seed) => {
        const end = T + lifeMs
        const attempts = attemptsUntil(end, T + lifeMs / 4, lifeMs, seeded(seed))
        expect(Math.max(...attempts.map((at) => attempts.filter((other) => other >= at && other < at + HOUR).length))).toBeLessThanOrEqual(60)
      }),
    )
  })

  it('never come earlier than the server asked for, and after that are spread over the whole backoff', () => {
    fc.assert(
      fc.property(maybe(leases), fc.oneof(epoch, finite), failures, chances, (lease, now, { retryAfterMs = HOUR, ...failed }, chance) => {
        const waits = (patience?: number) => planFrom(lease, now, policy, () => chance, { ...failed, failures: failed.failures + 1, retryAfterMs: patience }).retryMs
        expect(waits(retryAfterMs)).toBeGreaterThan(retryAfterMs)
        expect(waits(retryAfterMs)).toBeCloseTo(retryAfterMs + waits(), 3)
      }),
    )
  })
})

describe('whole lives', () => {
  /** What the machine does with the plans while the server grants extensions that move nothing. */
  function fixedLife(lifeMs: number, random: () => number, noiseMs: number) {
    const end = T + lifeMs
    let lease = granted(T, lifeMs, false)
    let now = T
    const extensions: { usedOfLife: number; problem: boolean }[] = []
    for (;;) {
      const { keepAliveMs } = planFrom(lease, now, policy, random)
      now += keepAliveMs ?? lifeMs
      // The very last second is the rounding's.
      if (now >= end - SECOND) return extensions
      lease = renewLease(lease, seen(now, end + Math.round((random() - 0.5) * noiseMs), true))
      extensions.push({ usedOfLife: (now - T) / lifeMs, problem: timing.isUnmovedNearEnd(lease, now) })
    }
  }

  it('extend a fixed session of thirty days at most 20 times, and see a problem only in its last fifth', () => {
    fc.assert(
      fc.property(seeds, fc.constantFrom(0, SECOND), (seed, noiseMs) => {
        const extensions = fixedLife(30 * DAY, seeded(seed), noiseMs)
        expect(extensions.length).toBeLessThanOrEqual(20)
        for (const { usedOfLife, problem } of extensions) expect(problem).toBe(usedOfLife > 0.8)
        expect(extensions.some(({ problem }) => problem)).toBe(true)
      }),
    )
  })

  it('of thirty days make at most a hundred and fifty attempts while every extension is refused', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = seeded(seed)
        const end = T + 30 * DAY
        let lease = granted(T, 30 * DAY)
        let now = T + 7 * DAY
        let refusals = 0
        while (now < end && refusals < 1_000) {
          lease = renewLease(lease, seen(now, end))
          const { retryMs, deadlineMs = 0 } = planFrom(lease, now, policy, random, { failures: ++refusals, extending: true, refused: true })
          now += Math.min(retryMs, deadlineMs)
        }
        expect(refusals).toBeLessThanOrEqual(150)
        expect(refusals).toBeGreaterThan(30)
      }),
    )
  })

  /** A session on the shipping parts, in virtual time. */
  async function live(options: FakeBackendOptions = {}, wrong = { clockFastBy: 0 }) {
    const time = createVirtualTime(T)
    const fake = createFakeBackend({ now: () => time.now() - wrong.clockFastBy }, options)
    const session = createSession(fake.backend, undefined, { clock: time.clock, random: seeded(7) })
    session.start()
    await time.settle()
    return { time, fake, session }
  }

  it('outlast a clock that is three hours fast, without a hot loop (F15)', async () => {
    const { time, fake, session } = await live({}, { clockFastBy: 3 * HOUR })
    for (let hour = 0; hour < 10; hour++) await time.advance(HOUR)
    expect(session.get()).toMatchObject({ signedIn: true })
    expect(session.get().problem?.code).toBe('ERR_SESSION_CLOCK_SKEW')
    expect(fake.calls.length).toBeLessThanOrEqual(10 * 12 + 15)
  })

  it.each([1, 500, 1_000, 3_000, 10_000])('make no hot loop of a clock that is fast by the life and %d ms', async (more) => {
    const { time, fake, session } = await live({}, { clockFastBy: 2 * HOUR + more })
    for (let hour = 0; hour < 10; hour++) await time.advance(HOUR)
    expect(session.get().signedIn).toBe(true)
    expect(fake.calls.length).toBeLessThanOrEqual(10 * 60)
  })

  it('make no hot loop of a fixed session after a wrong clock is put right', async () => {
    const wrong = { clockFastBy: DAY }
    const { time, fake, session } = await live({ lifeMs: 20 * HOUR, extension: 'fixed' }, wrong)
    time.setClockBy(-DAY)
    wrong.clockFastBy = 0
    time.clock.poke()
    for (let hour = 0; hour < 10; hour++) await time.advance(HOUR)
    expect(session.get().signedIn).toBe(true)
    expect(fake.calls.length).toBeLessThanOrEqual(20)
  })

  it('wait at most an hour, and then a backoff, for a server that asks for years', async () => {
    const { time, fake } = await live()
    fake.script('extend', busy(1e15))
    await time.advance(HOUR)
    const at = fake.calls.at(-1)?.at ?? 0
    const before = fake.calls.length
    await time.advance(at + HOUR - time.now() - 1)
    expect(fake.calls).toHaveLength(before)
    // The backoff of an extension.
    await time.advance(20 * MINUTE + 2_501)
    expect(fake.calls.length).toBeGreaterThan(before)
  })

  it('do not wait for the wall clock to catch up when it is set back after Retry-After', async () => {
    const { time, fake, session } = await live()
    fake.script('extend', busy(MINUTE))
    await time.advance(31 * MINUTE)
    const before = fake.calls.length
    time.setClockBy(-DAY)
    time.clock.poke()
    await time.advance(HOUR + MINUTE)
    expect(fake.calls.length).toBeGreaterThan(before)
    expect(session.get().signedIn).toBe(true)
  })
})

describe('the budget of calls', () => {
  /** Asks at each of these times, and returns when it was allowed. */
  function spendAt(times: readonly number[], wallOf = (real: number) => real) {
    const allowed: number[] = []
    const waitFor = createCallBudget(wallOf(times[0] ?? 0))
    for (const at of times) {
      const waitMs = waitFor(wallOf(at))
      expect(waitMs >= 0 && waitMs <= HOUR / (CALLS_PER_HOUR / 2)).toBe(true)
      if (waitMs === 0) allowed.push(at)
    }
    return allowed
  }

  const mostInAnHour = (times: readonly number[]) => {
    let [most, first] = [0, 0]
    times.forEach((at, last) => {
      while (at - (times[first] ?? 0) >= HOUR) first++
      most = Math.max(most, last - first + 1)
    })
    return most
  }

  const gaps = fc.array(fc.record({ gap: fc.oneof(fc.nat(20), fc.nat(20 * SECOND), fc.nat(3 * HOUR)), times: fc.integer({ min: 1, max: 700 }) }), { minLength: 1, maxLength: 12 })
  const timesOf = (bursts: readonly { gap: number; times: number }[]) => {
    let at = T
    return bursts.flatMap(({ gap, times }) => Array.from({ length: times }, () => (at += gap)))
  }

  it('allows never more than the published cap in any hour, whenever calls are wanted', () => {
    fc.assert(
      fc.property(gaps, (bursts) => {
        expect(mostInAnHour(spendAt(timesOf(bursts)))).toBeLessThanOrEqual(CALLS_PER_HOUR)
      }),
    )
  })

  it('is not fooled, and not blocked, by a wall clock that is set back', () => {
    fc.assert(
      fc.property(gaps, fc.integer({ min: 0, max: 100 * DAY }), fc.nat(3 * HOUR), (bursts, backBy, after) => {
        const allowed = spendAt(timesOf(bursts), (real) => (real > T + after ? real - backBy : real))
        expect(mostInAnHour(allowed)).toBeLessThanOrEqual(CALLS_PER_HOUR)
      }),
    )
  })

  it('allows a call after the wait that it named', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(30 * SECOND), { maxLength: 20 }), (gaps) => {
        const waitFor = createCallBudget(T)
        while (waitFor(T) === 0);
        let now = T
        for (const gap of gaps) {
          const waitMs = waitFor((now += gap))
          if (waitMs > 0) expect(waitFor((now += waitMs + 1))).toBe(0)
        }
      }),
    )
  })

  it('reaches half of the cap at once, and as much again over an hour', () => {
    expect(spendAt(Array.from({ length: 1_000 }, () => T))).toHaveLength(CALLS_PER_HOUR / 2)
    expect(spendAt(Array.from({ length: 3_601 }, (_, second) => T + second * SECOND))).toHaveLength(CALLS_PER_HOUR)
  })
})
