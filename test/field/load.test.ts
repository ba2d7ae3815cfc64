import { describe, expect, it } from 'vitest'
import { createSession } from '../../src/core'
import { createVirtualTime } from '../../src/testing'
import { hold, HOUR, kindsOf, LIFE, live, MINUTE, open, outage, timesOf } from '../liveSession'
import { openFamily } from '../tabs/family'

// What users of other libraries did to their servers without knowing it, each through the public API.

const inAnyHour = (times: readonly number[]) => Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + HOUR).length))

describe('F10: asking for the session hangs, hourly (supabase/auth-js#762)', () => {
  it('does not: whoever hears of an extension may ask, run and ask again before it returns, in every tab, and is answered', async () => {
    const { world, members, settle } = openFamily({ tabs: 2, seed: 10 })
    await settle()
    let begun = 0
    let done = 0
    for (const { session } of members) {
      const work = async () => {
        begun++
        await session.ready()
        await session.run(() => 'work')
        await session.check()
        done++
      }
      session.on('session.extended', () => work() as never)
    }
    await world.advance(24 * HOUR)
    await world.advance(MINUTE)
    expect(done).toBe(begun)
    expect(begun).toBeGreaterThan(80)
  })

  it('and a listener that never comes to an end holds up nobody', async () => {
    const { world, members, session, settle } = openFamily({ tabs: 2, seed: 10 })
    await settle()
    for (const member of members) member.session.on('session.extended', () => new Promise(() => {}) as never)
    await world.advance(24 * HOUR)
    expect(session()?.ended).toBeUndefined()
    for (const { session: { get } } of members) expect(get()).toMatchObject({ signedIn: true, certain: true })
  })
})

describe('F12: ten people, sixty thousand calls an hour (supabase/supabase-js#2145)', () => {
  it('are at most six hundred each: whatever the server answers, and however often the app asks', async () => {
    const time = createVirtualTime()
    const calls: number[] = []
    // Extended, and expired at once; and so for ever.
    const ask = () => (calls.push(time.now()), { status: 'alive' as const, ttlMs: 1 })
    const session = createSession({ check: ask, extend: ask }, {}, { clock: time.clock, random: () => 0.5 })
    session.start()
    for (let i = 0; i < 3 * 3_600; i++) {
      void session.check()
      void session.extend()
      await time.advance(1_000)
    }
    expect(inAnyHour(calls)).toBeLessThanOrEqual(600)
    expect(session.get().signedIn).toBe(true)
  })
})

describe('F13: a storm of retries trips the firewall, and nobody can sign in (superset-sh/superset#5513)', () => {
  it('does not: an hour without a server costs few calls, and a person who signs in is let through at once', async () => {
    const { time, fake, session } = await live()
    fake.always(outage)
    const before = fake.calls.length
    void session.check()
    await time.advance(HOUR)
    expect(fake.calls.length - before).toBeLessThan(40)
    // All that is allowed is used up, by an app that asks without end.
    for (let i = 0; i < 700; i++) {
      void session.check()
      await time.advance(10)
    }
    fake.always(undefined)
    fake.end()
    const calls = fake.count('check')
    await session.check()
    expect([fake.count('check'), session.get().problem?.code]).toEqual([calls, 'ERR_SESSION_RATE_LIMITED'])
    void session.signOut()
    await time.settle()
    const signedIn = session.reauthenticate()
    await time.settle()
    expect(await signedIn).toMatchObject({ signedIn: true, certain: true })
  })
})

describe('F23: thousands of aborted requests (better-auth/better-auth#10740)', () => {
  it('are two: what is mounted, unmounted and asked again joins what is under way, before the first verdict and after it', async () => {
    const aborted: unknown[] = []
    const { time, session, fake } = open({
      change: (backend) => ({
        ...backend,
        check(call) {
          call.signal.addEventListener('abort', () => aborted.push(call))
          return backend.check(call)
        },
      }),
    })
    const release = session.start()
    for (let rounds = 1; rounds <= 2; rounds++) {
      const answer = hold(fake, 'check')
      for (let i = 0; i < 1_000; i++) {
        const another = session.start()
        void session.ready()
        void session.check()
        another()
        if (i % 100 === 0) await time.advance(1)
      }
      expect([kindsOf(fake), aborted]).toEqual([Array(rounds).fill('check'), []])
      answer({ status: 'alive', ttlMs: LIFE })
      await time.advance(1_000)
    }
    release()
    await time.advance(MINUTE)
    expect([time.pending(), fake.calls.length, aborted]).toEqual([0, 2, []])
  })
})

describe('F24: StrictMode refreshes twice (authts/react-oidc-context#1638)', () => {
  it.each([
    ['in one go', 0],
    ['before anything else can happen', 5],
  ])('does not: started, stopped and started again %s is started once', async (_, promises) => {
    const { time, session, fake } = open()
    const begins = session.start()
    for (let i = 0; i < promises; i++) await Promise.resolve()
    begins()
    for (let i = 0; i < promises; i++) await Promise.resolve()
    session.start()
    await time.settle()
    await time.advance(24 * HOUR)
    expect(fake.count('check')).toBe(1)
    expect(Math.min(...timesOf(fake).slice(1).map((at, i) => at - (timesOf(fake)[i] ?? 0)))).toBeGreaterThan(20 * MINUTE)
    expect(time.pending()).toBe(1)
  })
})
