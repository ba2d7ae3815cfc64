import { describe, expect, it } from 'vitest'
import { createSession } from '../../src/core'
import { createVirtualTime } from '../../src/testing'
import { HOUR, kindsOf, live, MINUTE, open, outage, timesOf } from '../liveSession'

// What users of other libraries did to their servers without knowing it, each through the public API.

const inAnyHour = (times: readonly number[]) => Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + HOUR).length))

describe('F10: asking for the session hangs, hourly (supabase/auth-js#762)', () => {
  it('does not: whoever hears of an extension may ask, extend and run at once, and is answered', async () => {
    const { time, session } = await live()
    let begun = 0
    let done = 0
    const work = async () => {
      begun++
      await session.run(() => 'work')
      await session.ready()
      if (begun % 3 === 0) await session.check()
      done++
    }
    session.on('session.extended', () => void work())
    session.subscribe(() => void session.ready().then(() => session.get()))
    await time.advance(24 * HOUR)
    expect(begun).toBeGreaterThan(40)
    expect(done).toBe(begun)
  })

  it('and a listener that never comes to an end holds up nobody', async () => {
    const { time, session, fake } = await live()
    session.on('session.extended', () => new Promise(() => {}) as never)
    await time.advance(24 * HOUR)
    expect(fake.count('extend')).toBeGreaterThan(40)
    expect(await session.run(() => 'work')).toBe('work')
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
  it('are one: whatever is mounted, unmounted and asked again joins what is under way', async () => {
    const { time, session, fake } = open()
    const release = session.start()
    for (let i = 0; i < 1_000; i++) {
      const another = session.start()
      void session.ready()
      void session.check()
      another()
    }
    await time.advance(1_000)
    expect(kindsOf(fake)).toEqual(['check'])
    release()
    await time.advance(MINUTE)
    expect([time.pending(), fake.calls.length]).toEqual([0, 1])
  })
})

describe('F24: StrictMode refreshes twice (authts/react-oidc-context#1638)', () => {
  it('does not: started, stopped and started again in one go is started once', async () => {
    const { time, session, fake } = open()
    session.start()()
    session.start()
    await time.settle()
    await time.advance(24 * HOUR)
    expect(fake.count('check')).toBe(1)
    expect(Math.min(...timesOf(fake).slice(1).map((at, i) => at - (timesOf(fake)[i] ?? 0)))).toBeGreaterThan(20 * MINUTE)
    expect(time.pending()).toBe(1)
  })
})
