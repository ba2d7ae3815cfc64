import { describe, expect, it } from 'vitest'
import { assertBackend, type BackendEvent } from '../../src/backend'
import { createFakeBackend, type FakeBackendOptions } from '../../src/testing/fakeBackend'
import { createVirtualTime } from '../../src/testing/virtualTime'

const HOUR = 3_600_000
const call = { signal: new AbortController().signal, timeoutMs: 1_000 }

function setUp(options?: FakeBackendOptions) {
  const time = createVirtualTime()
  const fake = createFakeBackend(time.clock, options)
  const { check, extend, signIn, revoke } = fake.backend
  return {
    time,
    fake,
    check: async () => check(call),
    extend: async () => extend?.(call),
    signIn: async () => signIn?.(call),
    revoke: async () => revoke?.(call),
  }
}

describe('the server of the fake backend', () => {
  it('is a backend', () => {
    expect(() => assertBackend(setUp().fake.backend)).not.toThrow()
  })

  it('has somebody signed in for two hours, unless told otherwise', async () => {
    const { time, fake, check } = setUp()
    const start = time.now()
    expect(await check()).toEqual({ status: 'alive', expiresAt: start + 2 * HOUR, subject: 'ada' })
    expect(fake.expiresAt).toBe(start + 2 * HOUR)
    await time.advance(2 * HOUR - 1)
    expect(await check()).toMatchObject({ status: 'alive' })
    await time.advance(1)
    expect(await check()).toEqual({ status: 'ended', reason: 'expired' })
    expect(fake.expiresAt).toBeUndefined()
  })

  it('takes its length and its person', async () => {
    const { time, check } = setUp({ lifeMs: 1_000, subject: 'bob' })
    expect(await check()).toEqual({ status: 'alive', expiresAt: time.now() + 1_000, subject: 'bob' })
  })

  it('has nobody signed in when told so', async () => {
    const { fake, check, extend } = setUp({ subject: null })
    expect(fake.expiresAt).toBeUndefined()
    expect([await check(), await extend()]).toMatchObject([{ status: 'ended' }, { status: 'ended' }])
  })

  it('moves the end of a rolling session when it is extended, never when it is checked', async () => {
    const { time, fake, check, extend } = setUp()
    const end = fake.expiresAt
    await time.advance(HOUR)
    await check()
    expect(fake.expiresAt).toBe(end)
    expect(await extend()).toMatchObject({ status: 'alive', expiresAt: time.now() + 2 * HOUR })
    expect(fake.expiresAt).toBe(time.now() + 2 * HOUR)
  })

  it('never moves the end of a fixed one', async () => {
    const { time, fake, extend } = setUp({ extension: 'fixed' })
    const end = fake.expiresAt
    await time.advance(HOUR)
    expect(await extend()).toMatchObject({ status: 'alive', expiresAt: end })
  })

  it('revives nothing by extending it', async () => {
    const { time, fake, extend } = setUp()
    await time.advance(2 * HOUR)
    expect(await extend()).toEqual({ status: 'ended', reason: 'expired' })
    expect(fake.expiresAt).toBeUndefined()
  })

  it('ends when told, when revoked, and begins anew with a sign-in of the same person', async () => {
    const { time, fake, check, signIn, revoke } = setUp({ subject: 'bob' })
    await time.advance(3 * HOUR)
    await signIn()
    expect(await check()).toEqual({ status: 'alive', expiresAt: time.now() + 2 * HOUR, subject: 'bob' })
    await revoke()
    expect(await check()).toMatchObject({ status: 'ended' })
    await signIn()
    expect(await check()).toMatchObject({ status: 'alive', subject: 'ada' })
    fake.signInAs('eve')
    expect(await check()).toMatchObject({ status: 'alive', subject: 'eve' })
    fake.end()
    expect(await check()).toMatchObject({ status: 'ended' })
  })
})

describe('the script of the fake backend', () => {
  it('is done once, in order, for each kind of its own; then the server answers again', async () => {
    const { fake, check, extend } = setUp()
    fake.script('check', { answer: false }, new Error('down'))
    fake.script('check', () => 'odd')
    expect(await extend()).toMatchObject({ status: 'alive' })
    expect(await check()).toBe(false)
    await expect(check()).rejects.toThrow('down')
    expect(await check()).toBe('odd')
    expect(await check()).toMatchObject({ status: 'alive' })
  })

  it('may answer undefined, and run with the call', async () => {
    const { fake, check } = setUp()
    const seen: unknown[] = []
    fake.script('check', { answer: undefined }, (given) => seen.push(given))
    expect(await check()).toBeUndefined()
    await check()
    expect(seen).toEqual([call])
  })

  it('never settles a call that hangs, and counts it', async () => {
    const { time, fake, check } = setUp()
    let settled = false
    fake.script('check', 'hang')
    void check().finally(() => (settled = true))
    await time.advance(100 * HOUR)
    expect([settled, fake.unsettled('check'), fake.unsettled('extend')]).toEqual([false, 1, 0])
    fake.signInAs('ada')
    await check()
    expect(fake.unsettled('check')).toBe(1)
  })

  it('comes before what always happens, which lasts until told', async () => {
    const { fake, check, extend, signIn, revoke } = setUp()
    fake.always(new Error('cut off'))
    fake.script('check', { answer: true })
    expect(await check()).toBe(true)
    for (const kind of [check, extend, signIn, revoke]) await expect(kind()).rejects.toThrow('cut off')
    fake.always(undefined)
    expect(await check()).toMatchObject({ status: 'alive' })
    for (const kind of ['check', 'extend', 'signIn', 'revoke'] as const) expect(fake.unsettled(kind)).toBe(0)
  })

  it('throws nothing at once: what it runs rejects', async () => {
    const { fake } = setUp()
    fake.script('check', () => {
      throw new Error('sync')
    })
    const promise = fake.backend.check(call)
    await expect(promise).rejects.toThrow('sync')
    expect(fake.unsettled('check')).toBe(0)
  })
})

describe('the diary of the fake backend', () => {
  it('lists every call with its time, those that failed and hang as well', async () => {
    const { time, fake, check, extend, signIn, revoke } = setUp()
    const start = time.now()
    fake.script('check', new Error('down'))
    await check().catch(() => {})
    await time.advance(5)
    fake.script('extend', 'hang')
    void extend()
    await signIn()
    await revoke()
    await check()
    expect(fake.calls).toEqual([
      { kind: 'check', at: start },
      { kind: 'extend', at: start + 5 },
      { kind: 'signIn', at: start + 5 },
      { kind: 'revoke', at: start + 5 },
      { kind: 'check', at: start + 5 },
    ])
    expect([fake.count('check'), fake.count('extend'), fake.count('signIn'), fake.count('revoke')]).toEqual([2, 1, 1, 1])
  })

  it('tells its listeners, until they stop', () => {
    const { fake } = setUp()
    const heard: BackendEvent[] = []
    const stop = fake.backend.events?.((event) => heard.push(event))
    expect(fake.listening()).toBe(1)
    fake.tell('signedIn')
    stop?.()
    fake.tell('signedOut')
    expect([heard, fake.listening()]).toEqual([['signedIn'], 0])
  })
})
