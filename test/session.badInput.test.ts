import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSession, SessionError, type SessionBackend } from '../src/core'
import type { ProblemCode } from '../machines/session.machine'
import { createFakeBackend, type Step } from '../src/testing/fakeBackend'
import { createVirtualTime } from '../src/testing/virtualTime'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

const escaped: unknown[] = []
const note = (error: unknown) => void escaped.push(error)
const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
beforeAll(() => void process.on('unhandledRejection', note).on('uncaughtException', note))
afterAll(() => void process.off('unhandledRejection', note).off('uncaughtException', note))
beforeEach(() => reported.mockClear())

const settle = () => new Promise<void>((resolve) => void setImmediate(resolve))

function open(change: (backend: SessionBackend) => Record<string, unknown> = () => ({}), random = () => 0.5) {
  const time = createVirtualTime()
  const fake = createFakeBackend(time.clock)
  const backend = { ...fake.backend, ...change(fake.backend) } as unknown as SessionBackend
  const session = createSession(backend, {}, { clock: time.clock, random })
  return { time, fake, backend, session }
}

/** A life that begins badly, and goes well after at most ten minutes. Nothing escapes, and all is let go. */
async function recovers(made: ReturnType<typeof open>, code: ProblemCode | undefined, detail?: RegExp) {
  const { time, fake, session } = made
  const problems = new Set<string>()
  const details: string[] = []
  session.subscribe(({ problem }) => {
    if (problem) problems.add(problem.code)
    if (problem?.detail) details.push(problem.detail)
  })
  const release = session.start()
  await time.advance(10 * MINUTE)
  expect(session.get()).toMatchObject({ signedIn: true, certain: true, status: 'active', problem: undefined })
  expect([...problems]).toEqual(code ? [code] : [])
  if (detail) expect(details.join()).toMatch(detail)
  expect(session.actor.getSnapshot().status).toBe('active')
  await leave(made, release)
  expect(fake.listening()).toBe(0)
}

async function leave({ time }: ReturnType<typeof open>, release: () => void) {
  release()
  // The next macrotask: no platform fires a timer sooner.
  await time.advance(1)
  expect(time.pending()).toBe(0)
  await settle()
  await settle()
  expect(escaped.splice(0)).toEqual([])
}

const throws = (error: unknown): Step => () => {
  throw error
}
const trap = (): never => {
  throw new Error('looked at')
}
const hostile = {
  'undefined': undefined,
  'null': null,
  'a string': 'gone',
  'a number': 42,
  'a symbol': Symbol('gone'),
  'an error': new Error('gone'),
  'a frozen object': Object.freeze({ name: 'SessionError', message: 'gone' }),
  'an object without a prototype': Object.create(null) as unknown,
  'an object whose getters throw': { get name() { return trap() }, get code() { return trap() }, get retryAfterMs() { return trap() }, get message() { return trap() }, get then() { return undefined } },
  'a proxy whose every trap throws': new Proxy({}, { get: trap, has: trap, ownKeys: trap, getPrototypeOf: trap, getOwnPropertyDescriptor: trap }),
  'a revoked proxy': (() => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return proxy
  })(),
  'a SessionError of somebody else': { name: 'SessionError', code: 'sid=secret', message: 'gone' },
  'a SessionError whose code is an object': { name: 'SessionError', code: { sid: 'secret' }, message: 'gone' },
}

describe('a backend that is none', () => {
  const check = () => true
  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a number', 7],
    ['a string', 'backend'],
    ['an empty object', {}],
    ['check that is no function', { check: true }],
    ...['extend', 'signIn', 'revoke', 'peek', 'events'].flatMap((name): [string, unknown][] => [
      [`${name} that is a boolean`, { check, [name]: true }],
      [`${name} that is null`, { check, [name]: null }],
    ]),
  ])('is refused at creation: %s', (_, backend) => {
    const { clock } = createVirtualTime()
    let thrown: unknown
    try {
      createSession(backend as SessionBackend, {}, { clock, random: () => 0.5 })
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(SessionError)
    expect(thrown).toMatchObject({ code: 'ERR_SESSION_BAD_BACKEND' })
  })
})

describe('a backend that fails to answer does not end the session', () => {
  it.each(Object.entries(hostile))('when check throws %s, at once', async (_, error) => {
    let calls = 0
    await recovers(open(({ check }) => ({ check: (call: never) => (++calls < 3 ? (throws(error) as () => never)() : check(call)) })), 'ERR_SESSION_UNREACHABLE')
    expect(calls).toBe(3)
  })

  it.each(Object.entries(hostile))('when check and extend reject with %s', async (_, error) => {
    const made = open()
    made.fake.script('check', throws(error), throws(error))
    await recovers(made, 'ERR_SESSION_UNREACHABLE')
    const again = open()
    again.fake.script('extend', throws(error), throws(error))
    const { session, time } = again
    const release = session.start()
    await time.advance(0)
    await session.extend()
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: { code: 'ERR_SESSION_UNREACHABLE' } })
    // Half of the longest backoff of an extension, twice.
    await time.advance(2 * (10 * MINUTE + 2_500))
    expect(session.get()).toMatchObject({ status: 'active', problem: undefined })
    expect(again.fake.count('extend')).toBe(3)
    await leave(again, release)
  })

  it.each(Object.entries(hostile))('when the sign-in and the sign-out reject with %s', async (_, error) => {
    const made = open()
    const { session, time, fake } = made
    fake.script('signIn', throws(error))
    fake.script('revoke', throws(error))
    const release = session.start()
    await time.advance(0)
    await session.reauthenticate()
    await time.advance(MINUTE)
    expect(session.get()).toMatchObject({ signedIn: true, status: 'active' })
    await session.signOut()
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'signedOut', problem: { code: 'ERR_SESSION_UNREACHABLE' } })
    await time.advance(10 * MINUTE)
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'signedOut', state: 'expired.ended' })
    expect(fake.count('revoke')).toBe(2)
    await leave(made, release)
  })

  it('when a call never settles', async () => {
    const made = open()
    made.fake.script('check', 'hang', 'hang')
    await recovers(made, 'ERR_SESSION_TIMEOUT')
  })

  it('when it answers at once instead of with a promise', async () => {
    await recovers(open(() => ({ check: () => true, extend: () => true })), undefined)
  })

  it('when it answers with a promise-like of its own, that throws after it answered', async () => {
    const then = (resolve: (reply: boolean) => void) => {
      resolve(true)
      throw new Error('too late')
    }
    await recovers(open(() => ({ check: () => ({ then }) })), undefined)
  })

  it('when the late answer of an abandoned call is a rejection', async () => {
    const made = open()
    made.fake.script('check', ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('late')))))
    await recovers(made, 'ERR_SESSION_TIMEOUT')
  })

  it.each([-1, NaN, Infinity, -Infinity, 1e12, 0, '60', null, {}, 1n])('however long it says to wait: %s', async (retryAfterMs) => {
    const made = open()
    made.fake.script('check', throws(Object.assign(new Error('busy'), { retryAfterMs })))
    const { session, time } = made
    const release = session.start()
    await time.advance(0)
    const sane = typeof retryAfterMs === 'number' && retryAfterMs > 0
    expect(session.get().problem).toEqual({ code: sane ? 'ERR_SESSION_RATE_LIMITED' : 'ERR_SESSION_UNREACHABLE', detail: undefined })
    await time.advance(sane ? 2 * HOUR : 10 * MINUTE)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
    await leave(made, release)
  })
})

describe('a verdict of the wrong shape is no verdict', () => {
  it.each<[string, unknown]>([
    ...[undefined, null, 0, 1, '', 'alive', [], {}, () => true, Symbol('alive'), NaN].map((answer): [string, unknown] => [String(typeof answer) + ' ' + JSON.stringify(answer), answer]),
    ['unknown status', { status: 'ALIVE' }],
    ['a status that is an object', { status: { toString: () => 'ended' } }],
    ['an HTTP response', new Response('<html>', { status: 200 })],
    ['a boxed boolean', Object(false)],
  ])('%s', async (_, answer) => {
    const made = open()
    made.fake.script('check', { answer }, { answer })
    await recovers(made, 'ERR_SESSION_BAD_VERDICT', /verdict/)
  })

  it('one whose getters throw', async () => {
    const made = open()
    made.fake.script('check', () => ({ get status() { return trap() } }))
    await recovers(made, 'ERR_SESSION_UNREACHABLE')
  })
})

describe('an "alive" with a flaw is alive all the same, and the flaw is said', () => {
  const soon = () => Date.UTC(2026, 0, 1) + 2 * HOUR
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['expiry in seconds', { expiresAt: Math.floor(soon() / 1_000) }, /expiresAt.*seconds/],
    ['the absolute end in seconds', { maxExpiresAt: Math.floor(soon() / 1_000) }, /maxExpiresAt.*seconds/],
    ['the server\'s time in seconds', { serverNow: Math.floor(soon() / 1_000) }, /serverNow.*seconds/],
    ['a date that does not parse', { expiresAt: Date.parse('tomorrow-ish') }, /expiresAt/],
    ['a Date object', { expiresAt: new Date(soon()) }, /expiresAt/],
    ['an invalid Date', { expiresAt: new Date('never') }, /expiresAt/],
    ['a string', { expiresAt: '2026-01-01T02:00:00Z' }, /expiresAt/],
    ['a bigint', { expiresAt: 1n }, /expiresAt/],
    ['a symbol', { expiresAt: Symbol('soon') }, /expiresAt/],
    ['an object that is no number when asked', { expiresAt: { valueOf: trap } }, /expiresAt/],
    ['Infinity', { expiresAt: Infinity }, /expiresAt/],
    ['a negative time to live', { ttlMs: -5 }, /ttlMs/],
    ['a subject that is an object', { subject: { id: 7 } }, /subject/],
  ])('%s', async (_, flawed, detail) => {
    const made = open()
    const { session, fake, time } = made
    fake.script('check', { answer: { status: 'alive', ...flawed } })
    const release = session.start()
    await time.advance(0)
    expect(session.get()).toMatchObject({ signedIn: true, status: 'active', expiresAt: undefined, problem: { code: 'ERR_SESSION_BAD_VERDICT' } })
    expect(session.get().problem?.detail).toMatch(detail)
    await session.check()
    expect(session.get()).toMatchObject({ signedIn: true, problem: undefined, expiresAt: fake.expiresAt })
    await leave(made, release)
  })
})

describe('what a backend tells by itself', () => {
  it.each<[string, unknown]>([
    ['throws', trap],
    ...[7, null, 'stop', {}, Promise.reject(new Error('late')).catch(() => {})].map((answer): [string, unknown] => [`gives back ${typeof answer} ${JSON.stringify(answer)}`, () => answer]),
    ['is asynchronous and rejects', async () => trap()],
    ['gives back a clean-up that throws', () => trap],
    ['gives back a clean-up that rejects', () => async () => trap()],
    ['sends names that are no events', (listener: (name: unknown) => void) => {
      for (const name of [undefined, null, 7, '', '*', 'session.signOut', 'signedout', 'done.actor.check', { type: 'session.signOut' }, Symbol('signedOut')]) listener(name)
      return () => {}
    }],
  ])('harms nobody when events %s', async (_, events) => {
    await recovers(open(() => ({ events })), undefined)
  })

  it('is not heard any more after the last release', async () => {
    let tell: (event: string) => void = () => {}
    const made = open(() => ({ events: (listener: typeof tell) => ((tell = listener), () => {}) }))
    const release = made.session.start()
    await made.time.advance(0)
    await leave(made, release)
    const before = made.fake.calls.length
    tell('signedOut')
    await made.time.advance(HOUR)
    expect(made.fake.calls.length).toBe(before)
  })

  it.each<[string, () => unknown]>([
    ['throws', trap],
    ...[undefined, null, true, false, 7, 'soon', {}, Promise.resolve(true), { status: 'ended' }, { status: 'alive', expiresAt: NaN }, { status: 'alive', expiresAt: 1_767_225_600 }].map((answer): [string, () => unknown] => [`gives back ${String(typeof answer)} ${JSON.stringify(answer)}`, () => answer]),
    ['is asynchronous and rejects', async () => trap()],
    ['gives back what throws when looked at', () => new Proxy({}, { get: trap })],
  ])('is asked instead when peek %s', async (_, peek) => {
    const made = open(() => ({ peek }))
    const { session, fake, time } = made
    const release = session.start()
    await time.advance(90 * MINUTE)
    expect(fake.count('extend')).toBeGreaterThan(1)
    expect(session.get()).toMatchObject({ signedIn: true, status: 'active', problem: undefined })
    await leave(made, release)
  })
})

describe('a command that nobody waits for', () => {
  it('rejects without being unhandled', async () => {
    const made = open()
    const { session } = made
    const all = () => void [session.ready(), session.check(), session.extend(), session.reauthenticate(), session.signOut(), session.run(trap)]
    all()
    const release = session.start()
    void session.check({ signal: AbortSignal.abort() })
    all()
    await leave(made, release)
    all()
    await settle()
    await settle()
    expect(escaped).toEqual([])
  })
})

describe('a listener that throws', () => {
  it('harms no other listener, and not the session', async () => {
    const made = open()
    const { session, time } = made
    const views: unknown[] = []
    const events: unknown[] = []
    session.subscribe(trap)
    session.subscribe({ next: trap })
    session.subscribe((view) => views.push(view.state))
    session.on('session.extended', trap)
    session.on('session.extended', (event) => events.push(event.type))
    const release = session.start()
    await time.advance(90 * MINUTE)
    expect(views).toContain('active.scheduled')
    expect(events.length).toBeGreaterThan(1)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    expect(reported).toHaveBeenCalled()
    await leave(made, release)
  })

  it('is reported even where what it throws is undefined', async () => {
    const made = open()
    made.session.subscribe(throws(undefined) as () => void)
    const release = made.session.start()
    await made.time.advance(0)
    expect(reported).toHaveBeenCalledWith(undefined)
    await leave(made, release)
  })
})
