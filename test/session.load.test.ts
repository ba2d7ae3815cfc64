import { describe, expect, it } from 'vitest'
import { createClock, createSession } from '../src/core'
import { createFakeBackend, createVirtualTime, type Step } from '../src/testing'
import { CALLS_PER_HOUR } from '../src/timing'
import { SECOND, MINUTE, HOUR, DAY, LIFE, LEAST_WAIT, LONGEST_WAIT, LONGEST_QUESTION_WAIT, outage, busy, no, seeded, dice, open, live, shown, kindsOf, timesOf, gapsOf } from './liveSession'
import { runInNode } from './runInNode'

const mostWithin = (ms: number, times: readonly number[]) => Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + ms).length))
const mostInAnHour = (times: readonly number[]) => mostWithin(HOUR, times)

describe('every wait is bounded, every timer safe (law 8)', () => {
  it.each(['check', 'extend', 'signIn', 'revoke'] as const)('a %s that never answers is given up, and told to stop', async (kind) => {
    const { time, fake, session } = await live()
    let signal: AbortSignal | undefined
    let timeoutMs = 0
    fake.script(kind, (call) => {
      ;({ signal, timeoutMs } = call)
      return new Promise(() => {})
    })
    let done = false
    const command = kind === 'signIn' ? 'reauthenticate' : kind === 'revoke' ? 'signOut' : kind
    void session[command]().then(() => (done = true))
    await time.settle()
    await time.advance(timeoutMs - 1)
    expect([done, signal?.aborted]).toEqual([false, false])
    await time.advance(1)
    expect([done, signal?.aborted]).toEqual([true, true])
    expect(timeoutMs).toBeLessThanOrEqual(kind === 'signIn' ? 15 * MINUTE : 30 * SECOND)
  })

  it.each([2 * SECOND, MINUTE, LIFE])('a call takes at most a third of what is left of %d ms, within a second and half a minute', async (lifeMs) => {
    const limits: number[] = []
    const { session } = await live({ lifeMs, change: (backend) => ({ ...backend, extend: (call) => (limits.push(call.timeoutMs), backend.extend?.(call) ?? true) }) })
    await session.extend()
    expect(limits).toEqual([Math.min(30 * SECOND, Math.max(SECOND, lifeMs / 3))])
  })

  it('a session of thirty days waits on one timer that a platform can carry, and wakes for nothing but the extension (F26)', async () => {
    const lifeMs = 30 * DAY
    const { time, fake } = await live({ lifeMs })
    for (let extension = 1; extension <= 8; extension++) {
      const [delay = 0, ...others] = time.delays()
      expect(others).toEqual([])
      expect(delay / DAY).toBeGreaterThanOrEqual(0.8)
      expect(delay / DAY).toBeLessThanOrEqual(1)
      const woken = time.wakeUps()
      const calls = fake.calls.length
      await time.advance(delay - 1)
      expect([time.wakeUps(), fake.calls.length]).toEqual([woken, calls])
      await time.advance(1)
      expect([time.wakeUps(), fake.calls.length]).toEqual([woken + 1, calls + 1])
    }
    expect(fake.calls.filter(({ kind }) => kind === 'extend')).toHaveLength(8)
  })

  it('a deadline beyond what a platform can carry is split, not fired at once (F26)', async () => {
    const { time, fake, session } = await live({ lifeMs: 100 * DAY, policy: { keepAlive: 'off' } })
    expect(time.delays()).toEqual([2 ** 31 - 1])
    await time.advance(100 * DAY - 1)
    expect([time.wakeUps(), fake.calls.length]).toEqual([4, 1])
    await time.advance(1)
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'expired' })
    expect(fake.calls.length).toBe(2)
  })

  it('never are there two platform timers, whatever happens', async () => {
    const { time, fake, session } = await live()
    const waiting = new Set<number>()
    session.subscribe(() => waiting.add(time.pending()))
    const steps = [undefined, outage, 'hang', no, busy(MINUTE), undefined] as const
    for (const step of steps) {
      fake.always(step)
      for (const command of ['check', 'extend', 'reauthenticate'] as const) {
        void session[command]()
        await time.advance(10 * MINUTE)
        waiting.add(time.pending())
      }
    }
    void session.signOut()
    await time.advance(HOUR)
    expect([...waiting, time.pending()].every((timers) => timers <= 1)).toBe(true)
  })

  it('a Node process with nothing but an idle session comes to its end', { timeout: 30_000 }, async () => {
    const source = new URL('../src/index.ts', import.meta.url).href
    const code = `import { createSession } from ${JSON.stringify(source)}
      const session = createSession({ check: async () => ({ status: 'alive', ttlMs: 3600000 }), extend: async () => true })
      session.start()
      console.log((await session.ready()).state)`
    expect(await runInNode(code)).toEqual({ exitCode: 0, said: 'active.scheduled\n' })
  })
})

describe('load is bounded (law 9)', () => {
  it('the backoff of a question grows up to its cap, and begins anew after a success', async () => {
    const { time, fake, session } = open({ random: () => 0.99 })
    fake.always(outage)
    session.start()
    await time.advance(HOUR)
    const gaps = gapsOf(timesOf(fake))
    expect(gaps.length).toBeGreaterThan(10)
    for (const [i, gap] of gaps.slice(1).entries()) expect(gap).toBeGreaterThanOrEqual(gaps[i] ?? 0)
    expect(gaps.at(-1) ?? 0).toBeGreaterThan(30 * (gaps[0] ?? 0))
    expect(Math.max(...gaps)).toBeLessThanOrEqual(LONGEST_QUESTION_WAIT)
    fake.always(undefined)
    await time.advance(LONGEST_QUESTION_WAIT)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
    const before = fake.calls.length
    fake.always(outage)
    fake.tell('signedOut')
    await time.advance(MINUTE)
    expect(new Set(kindsOf(fake))).toEqual(new Set(['check']))
    expect(gapsOf(timesOf(fake).slice(before))[0]).toBe(gaps[0])
  })

  it('the backoff of an extension does not grow: it is a third of what is left, and twenty minutes at most', async () => {
    const { time, fake, session } = await live({ random: () => 0.99 })
    const end = time.now() + LIFE
    fake.always(outage)
    await time.advance(LIFE - 1)
    const tries = timesOf(fake).slice(1)
    expect(new Set(kindsOf(fake).slice(1))).toEqual(new Set(['extend']))
    // Twenty minutes as long as an hour is left, and then ever less, down to the last seconds.
    expect(tries.length).toBeGreaterThan(10)
    for (const [i, gap] of gapsOf(tries).entries()) expect(gap).toBeCloseTo(LEAST_WAIT + 0.99 * Math.min(20 * MINUTE, (end - (tries[i] ?? 0)) / 3), -1)
    expect(end - (tries.at(-1) ?? 0)).toBeLessThanOrEqual(1.5 * LEAST_WAIT)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: { code: 'ERR_SESSION_UNREACHABLE' } })
  })

  it.each([1, 2, 3, 4, 5])('an outage that begins with the first extension makes at most sixty calls until the deadline (seed %d)', async (seed) => {
    const { time, fake } = await live({ random: seeded(seed * 7_919) })
    fake.always(outage)
    await time.advance(LIFE - 1)
    expect(fake.count('extend')).toBeGreaterThan(10)
    expect(fake.calls.length - 1).toBeLessThanOrEqual(60)
  })

  it.each([1, 2, 3, 4, 5])('a sign-in that needs no person and fails is tried at most sixty times in its first hour (seed %d)', async (seed) => {
    const { time, fake, session } = open({ subject: null, random: seeded(seed * 7_919), change: (backend) => ({ ...backend, unattended: true }) })
    fake.script('signIn', ...Array.from({ length: 1_000 }, () => outage))
    session.start()
    await time.advance(HOUR)
    expect(fake.count('signIn')).toBeGreaterThan(10)
    expect(fake.count('signIn')).toBeLessThanOrEqual(60)
    expect(session.get()).toMatchObject({ signedIn: false, problem: { code: 'ERR_SESSION_SIGN_IN_FAILED' } })
  })

  it.each([1, 2, 3, 4, 5])('a month in which every extension is refused is no month of questions (seed %d)', async (seed) => {
    const { time, fake, session } = await live({ lifeMs: 30 * DAY, random: seeded(seed * 7_919), change: (backend) => ({ ...backend, extend: () => false }) })
    await time.advance(30 * DAY - 1)
    expect(session.get()).toMatchObject({ signedIn: true, problem: { code: 'ERR_SESSION_REFUSED' } })
    expect(fake.count('check')).toBeGreaterThan(5)
    expect(fake.count('check')).toBeLessThanOrEqual(150)
  })

  it('the backoff is spread: no two clients come back together', async () => {
    const waits = await Promise.all(
      dice(50, 7).map(async (random) => {
        const { time, fake, session } = await live({ random })
        fake.script('extend', outage)
        await session.extend()
        await time.advance(LONGEST_WAIT)
        return (fake.calls[2]?.at ?? 0) - (fake.calls[1]?.at ?? 0)
      }),
    )
    expect(new Set(waits).size).toBeGreaterThan(45)
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(LEAST_WAIT)
    expect(Math.min(...waits)).toBeLessThan(2 * MINUTE)
    expect(Math.max(...waits)).toBeGreaterThan(18 * MINUTE)
    expect(Math.max(...waits)).toBeLessThanOrEqual(LONGEST_WAIT)
  })

  it.each([1, 2, 3])('after an outage of ten minutes two hundred clients that began together come back in no storm (seed %d)', async (seed) => {
    const back = await Promise.all(
      dice(200, seed).map(async (random) => {
        const { time, fake, session } = await live({ random })
        // Every first extension falls into it.
        await time.advance(22 * MINUTE)
        fake.always(outage)
        await time.advance(10 * MINUTE)
        fake.always(undefined)
        const from = fake.calls.length
        await time.advance(LONGEST_WAIT)
        expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
        return fake.calls[from]?.at ?? NaN
      }),
    )
    // One in six seconds, were they spread evenly; by dice, a handful may meet.
    expect(mostWithin(SECOND, back)).toBeLessThanOrEqual(4)
    expect(mostWithin(MINUTE, back)).toBeLessThanOrEqual(30)
  })

  it.each(['busy server', 'outage'] as const)('nobody of ten clients is back within a second of another after a %s of ten minutes', async (how) => {
    const back = await Promise.all(
      dice(10, 7).map(async (random) => {
        const { time, fake, session } = await live({ random })
        const until = time.now() + 10 * MINUTE
        fake.always(how === 'outage' ? outage : () => Promise.reject(busy(until - time.now())))
        await session.extend()
        await time.advance(until - time.now())
        fake.always(undefined)
        const from = fake.calls.length
        await time.advance(LONGEST_WAIT)
        expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
        return fake.calls[from]?.at ?? NaN
      }),
    )
    expect(mostWithin(SECOND, back)).toBe(1)
  })

  it.each(['check', 'extend'] as const)('Retry-After of a %s is obeyed by every call, also those that somebody asks for', async (kind) => {
    const { time, fake, session } = await live()
    fake.script(kind, busy(10 * MINUTE))
    expect(await session[kind]()).toMatchObject({ signedIn: true, problem: { code: 'ERR_SESSION_RATE_LIMITED' } })
    const calls = fake.calls.length
    for (let minute = 0; minute < 10; minute++) {
      await session.check()
      await session.extend()
      fake.tell('signedIn')
      await time.advance(MINUTE - 1)
      expect(fake.calls.length).toBe(calls)
    }
    expect(session.get()).toMatchObject({ signedIn: true })
    await time.advance(LONGEST_QUESTION_WAIT)
    expect(fake.calls.length).toBe(calls + 1)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
  })

  it('a person who signs in or out is not held back by it (F13)', async () => {
    const { fake, session } = await live()
    fake.script('check', busy(10 * MINUTE))
    await session.check()
    expect(await session.signOut()).toMatchObject({ state: 'expired.ended' })
    expect(await session.reauthenticate()).toMatchObject({ signedIn: true, certain: true })
  })

  it('nor does such a person end it: a sign-out that failed is tried again once it is over', async () => {
    const { time, fake, session } = await live()
    fake.script('check', busy(10 * MINUTE))
    await session.check()
    fake.script('revoke', outage)
    await session.signOut()
    await time.advance(10 * MINUTE - 1)
    expect(fake.count('revoke')).toBe(1)
    await time.advance(LONGEST_QUESTION_WAIT)
    expect(fake.count('revoke')).toBe(2)
  })

  it('it is no longer for a clock that was set back meanwhile', async () => {
    const { fake, session, setClockBy } = await live()
    fake.script('check', busy(10 * MINUTE))
    await session.check()
    setClockBy(-DAY)
    expect(await session.check()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
  })

  it.each([1, 2, 3, 4, 5])('an outage of a third of the life does no harm: afterwards the session is extended (seed %d)', async (seed) => {
    const { time, fake, session, views } = await live({ random: seeded(seed * 7_919) })
    await time.advance(25 * MINUTE)
    fake.always(outage)
    await time.advance(LIFE / 3)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: { code: 'ERR_SESSION_UNREACHABLE' } })
    fake.always(undefined)
    await time.advance(LONGEST_WAIT)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined, expiresAt: fake.expiresAt })
    expect((fake.expiresAt ?? 0) - time.now()).toBeGreaterThanOrEqual(LIFE - LONGEST_WAIT)
    expect(shown(views)).toEqual([true])
  })

  it.each([36, 5].flatMap((left) => [1, 2, 3, 4, 5].map((seed) => [left, seed])))('an outage that lasts until %d seconds before the end does no harm: attempts come closer together (seed %d)', async (left, seed) => {
    const { time, fake, session, views } = await live({ random: seeded(seed * 104_729) })
    const leftMs = left * SECOND
    fake.always(outage)
    await time.advance(LIFE - leftMs)
    fake.always(undefined)
    await time.advance(leftMs / 3 + LEAST_WAIT)
    expect(fake.count('check')).toBe(1)
    expect((fake.expiresAt ?? 0) - time.now()).toBeGreaterThanOrEqual(LIFE - leftMs / 3 - LEAST_WAIT)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined, expiresAt: fake.expiresAt })
    expect(shown(views)).toEqual([true])
  })

  it.each([36, 5].flatMap((left) => [1, 2, 3, 4, 5].map((seed) => [left, seed])))('nor does one that begins with a question and lasts until %d seconds before the end (seed %d)', async (left, seed) => {
    const { time, fake, session, views } = await live({ random: seeded(seed * 104_729) })
    const leftMs = left * SECOND
    fake.always(outage)
    fake.tell('signedOut')
    await time.advance(LIFE - leftMs)
    expect(session.get()).toMatchObject({ signedIn: true, certain: false })
    fake.always(undefined)
    await time.advance(leftMs / 3 + LEAST_WAIT)
    expect((fake.expiresAt ?? 0) - time.now()).toBeGreaterThanOrEqual(LIFE - leftMs / 3 - LEAST_WAIT)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined, expiresAt: fake.expiresAt })
    expect(shown(views)).toEqual([true])
  })

  it.each<[string, Step]>([['refuses at once', outage], ['is busy', busy(1)], ['says garbage', { answer: '<html>' }], ['says false', no], ['never answers', 'hang']])('a day on which the server %s stays inside the published cap, in every hour', async (_, step) => {
    const { time, fake, session } = await live({ lifeMs: 10 * MINUTE })
    fake.always(step)
    void session.extend()
    await time.advance(DAY)
    fake.always(undefined)
    await time.advance(HOUR)
    expect(mostInAnHour(timesOf(fake))).toBeLessThanOrEqual(CALLS_PER_HOUR)
  })

  it('an impatient app that asks without end stays inside the published cap', async () => {
    const { time, fake, session } = await live()
    for (let second = 0; second < 2 * 3_600; second += 2) {
      await session.check()
      await session.extend()
      await time.advance(2 * SECOND)
    }
    expect(mostInAnHour(timesOf(fake))).toBeLessThanOrEqual(CALLS_PER_HOUR)
    expect(session.get()).toMatchObject({ signedIn: true, problem: { code: 'ERR_SESSION_RATE_LIMITED' } })
  }, 30_000)
})

describe('a page whose timers are aligned, as hidden ones are', () => {
  /** Timers fire at multiples of this time alone, from when it is hidden. */
  function hidden(alignMs: number) {
    const time = createVirtualTime()
    const { monotonicNow } = time.platform
    const clock = createClock({
      ...time.platform,
      setTimeout: (callback, delay) => time.platform.setTimeout(callback, Math.ceil((monotonicNow() + delay) / alignMs) * alignMs - monotonicNow()),
    })
    const fake = createFakeBackend(time.clock)
    const session = createSession(fake.backend, undefined, { clock, random: seeded(7) })
    return { time, fake, session }
  }

  it.each([SECOND, 3 * SECOND, MINUTE, 15 * MINUTE])('by %d ms extends in time, however late each timer comes (F03)', async (alignMs) => {
    const { time, fake, session } = hidden(alignMs)
    session.start()
    await time.advance(12 * HOUR)
    expect(session.get().signedIn).toBe(true)
    expect(fake.count('extend')).toBeGreaterThanOrEqual(20)
    expect(fake.calls.length).toBeLessThanOrEqual(31)
  })

  it.each([SECOND, 3 * SECOND, MINUTE])('by %d ms is not taken for one that sleeps: nothing is asked, nothing is uncertain', async (alignMs) => {
    const { time, fake, session } = hidden(alignMs)
    session.start()
    await session.ready()
    const uncertain: string[] = []
    session.subscribe(({ certain, state }) => certain || uncertain.push(state))
    await time.advance(12 * HOUR)
    expect(uncertain).toEqual([])
    expect(fake.count('check')).toBe(1)
  })

  it('presumes a call lost that hung once', async () => {
    const { time, fake, session } = hidden(MINUTE)
    session.start()
    await time.advance(SECOND)
    fake.script('check', 'hang')
    void session.check()
    await time.advance(LIFE)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    expect(fake.count('extend')).toBeGreaterThan(1)
  })
})
