import { describe, expect, it, vi } from 'vitest'
import { type SessionView } from '../src/core'
import { MINUTE, HOUR, DAY, outage, open, live, hold, kindsOf, commands, issue, type World } from './liveSession'

const failsWith = (code: string) => expect.objectContaining({ name: 'SessionError', code }) as unknown
const reasonOf = (promise: Promise<unknown>) => promise.then((value) => ({ resolved: value }), (error: unknown) => error)

describe('check', () => {
  it('asks the server, and resolves with the view', async () => {
    const { fake, session } = await live()
    const view = await session.check()
    expect(view).toBe(session.get())
    expect(view).toMatchObject({ signedIn: true, busy: false })
    expect(kindsOf(fake)).toEqual(['check', 'check'])
  })

  it('joins what is in flight: a hundred at once are one call', async () => {
    const { fake, session } = await live()
    const views = await Promise.all(Array.from({ length: 100 }, () => session.check()))
    expect(new Set(views)).toEqual(new Set([session.get()]))
    expect(kindsOf(fake)).toEqual(['check', 'check'])
  })

  it('joins the first question', async () => {
    const { fake, session } = open()
    session.start()
    expect(await session.check()).toMatchObject({ signedIn: true })
    expect(kindsOf(fake)).toEqual(['check'])
  })

  it('resolves with the last verdict and a problem when nobody answers', async () => {
    const { fake, session } = await live()
    fake.script('check', outage)
    expect(await session.check()).toMatchObject({ signedIn: true, problem: { code: 'ERR_SESSION_UNREACHABLE' } })
  })

  it('does not wait for the next attempt of an outage', async () => {
    const { time, fake, session } = open()
    fake.script('check', outage)
    session.start()
    await time.settle()
    expect(session.get().state).toBe('unknown.waiting')
    expect(await session.check()).toMatchObject({ signedIn: true, certain: true })
    expect(time.wakeUps()).toBe(0)
  })

  it('finds a session that was opened again behind our back', async () => {
    const { fake, session } = await live({ subject: null })
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'absent' })
    fake.signInAs('ada')
    expect(await session.check()).toMatchObject({ signedIn: true, reason: undefined })
  })
})

describe('extend', () => {
  /** The backend can see it. */
  const extendedElsewhere: World = {
    change: (backend) => ({ ...backend, peek: () => ({ status: 'alive', expiresAt: Date.UTC(2026, 0, 1) + 3 * HOUR }) }),
  }

  it('extends now, and resolves with the new end', async () => {
    const { time, fake, session } = await live()
    await time.advance(10 * MINUTE)
    expect(await session.extend()).toMatchObject({ signedIn: true, expiresAt: time.now() + 2 * HOUR })
    expect(kindsOf(fake)).toEqual(['check', 'extend'])
  })

  it('joins what is in flight: a hundred at once are one call', async () => {
    const { fake, session } = await live()
    await Promise.all(Array.from({ length: 100 }, () => session.extend()))
    expect(kindsOf(fake)).toEqual(['check', 'extend'])
  })

  it('asks where the backend cannot extend', async () => {
    const { fake, session } = await live({ change: ({ check }) => ({ check }) })
    expect(await session.extend()).toMatchObject({ signedIn: true })
    expect(kindsOf(fake)).toEqual(['check', 'check'])
  })

  it('asks where the session is not known to be alive', async () => {
    const { time, fake, session } = open()
    fake.script('check', outage)
    session.start()
    await time.settle()
    expect(session.get().state).toBe('unknown.waiting')
    expect(await session.extend()).toMatchObject({ signedIn: true, certain: true })
    expect(kindsOf(fake)).toEqual(['check', 'check'])
  })

  it('asks where nobody was signed in', async () => {
    const { fake, session } = await live({ subject: null })
    fake.signInAs('ada')
    expect(await session.extend()).toMatchObject({ signedIn: true })
    expect(kindsOf(fake)).toEqual(['check', 'check'])
  })

  it('makes no call when the backend can see that somebody else did', async () => {
    const { time, fake, session } = await live(extendedElsewhere)
    await time.advance(MINUTE)
    expect(await session.extend()).toMatchObject({ expiresAt: Date.UTC(2026, 0, 1) + 3 * HOUR })
    expect(fake.count('extend')).toBe(0)
  })

  it('but what it can see is no answer to a question', async () => {
    const { fake, session } = await live(extendedElsewhere)
    const asked = fake.count('check')
    await session.check()
    expect(fake.count('check')).toBe(asked + 1)
  })
})

describe('with keepAlive off', () => {
  it('it never extends by itself, and asks at the deadline', async () => {
    const { time, fake, session } = await live({ policy: { keepAlive: 'off' } })
    await time.advance(2 * HOUR - 1)
    expect(kindsOf(fake)).toEqual(['check'])
    await time.advance(1)
    expect(kindsOf(fake)).toEqual(['check', 'check'])
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'expired' })
  })

  it('it extends when told, once', async () => {
    const { time, fake, session } = await live({ policy: { keepAlive: 'off' } })
    await time.advance(HOUR)
    expect(await session.extend()).toMatchObject({ expiresAt: time.now() + 2 * HOUR })
    await time.advance(2 * HOUR - 1)
    expect(kindsOf(fake)).toEqual(['check', 'extend'])
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
  })

  it('what was told and failed is tried again, also where no end is known', async () => {
    let failing = true
    const { time, session } = await live({ policy: { keepAlive: 'off' }, change: () => ({ check: () => true, extend: () => (failing ? Promise.reject(outage) : true) }) })
    expect(await session.extend()).toMatchObject({ signedIn: true, state: 'extending.waiting' })
    expect(time.pending()).toBe(1)
    failing = false
    await time.advance(20 * MINUTE + 2_500)
    expect(session.get()).toMatchObject({ signedIn: true, state: 'active.resting', problem: undefined })
  })

  it('it rests while no end is known', async () => {
    const { time, fake, session } = await live({ policy: { keepAlive: 'off' }, change: ({ extend }) => ({ check: () => true, extend: extend as () => boolean }) })
    expect(session.get()).toMatchObject({ signedIn: true, state: 'active.resting' })
    await time.advance(30 * DAY)
    expect([fake.calls.length, time.wakeUps()]).toEqual([0, 0])
  })
})

describe('reauthenticate', () => {
  it('needs a backend that signs in', async () => {
    const { session, release, time } = await live({ change: ({ check }) => ({ check }) })
    await expect(session.reauthenticate()).rejects.toEqual(failsWith('ERR_SESSION_NO_SIGN_IN'))
    release()
    await time.advance(1)
    await expect(session.reauthenticate()).rejects.toEqual(failsWith('ERR_SESSION_NO_SIGN_IN'))
  })

  it('joins what is in flight: a hundred at once are one sign-in and one question', async () => {
    const { fake, session } = await live({ subject: null })
    const views = await Promise.all(Array.from({ length: 100 }, () => session.reauthenticate()))
    expect(new Set(views)).toEqual(new Set([session.get()]))
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    expect(kindsOf(fake)).toEqual(['check', 'signIn', 'check'])
  })

  it('meets no revocation of the sign-out before it', async () => {
    const { time, fake, session } = await live()
    const told = hold(fake, 'revoke')
    void session.signOut()
    const view = session.reauthenticate()
    await time.settle()
    expect(kindsOf(fake)).toEqual(['check', 'revoke'])
    told(undefined)
    expect(await view).toMatchObject({ signedIn: true })
    expect(kindsOf(fake)).toEqual(['check', 'revoke', 'signIn', 'check'])
  })

  it('that waits for a revocation is not taken back by a sign-out that was given up before it began', async () => {
    const { fake, session, time } = await live()
    const told = hold(fake, 'revoke')
    void session.signOut()
    const view = session.reauthenticate()
    await expect(session.signOut({ signal: AbortSignal.abort() })).rejects.toEqual(failsWith('ERR_SESSION_ABORTED'))
    await time.settle()
    told(undefined)
    expect(await view).toMatchObject({ signedIn: true })
  })
})

describe('signOut', () => {
  it('is true at once, and resolves when the server was told', async () => {
    const { fake, session } = await live()
    const told = hold(fake, 'revoke')
    const view = session.signOut()
    expect(session.get()).toMatchObject({ signedIn: false, certain: true, reason: 'signedOut', expiresAt: undefined })
    told(undefined)
    expect(await view).toMatchObject({ signedIn: false, state: 'expired.ended', problem: undefined })
  })

  it('joins what is in flight: a hundred at once are one call', async () => {
    const { fake, session } = await live()
    await Promise.all(Array.from({ length: 100 }, () => session.signOut()))
    expect(kindsOf(fake)).toEqual(['check', 'revoke'])
  })

  it('resolves after the first attempt, though the server has not heard', async () => {
    const { fake, session } = await live()
    fake.always(outage)
    expect(await session.signOut()).toMatchObject({ signedIn: false, state: 'expired.unrevoked', problem: { code: 'ERR_SESSION_UNREACHABLE' } })
  })

  it('needs no server to tell', async () => {
    const { session } = await live({ change: ({ check }) => ({ check }) })
    expect(await session.signOut()).toMatchObject({ signedIn: false, state: 'expired.ended' })
  })
})

describe('run', () => {
  it('runs at once in a certain session, and asks nobody: a thousand operations make no call', async () => {
    const { fake, session } = await live()
    const results = await Promise.all(Array.from({ length: 1_000 }, (_, i) => session.run(() => i)))
    expect(results).toEqual(Array.from({ length: 1_000 }, (_, i) => i))
    expect(kindsOf(fake)).toEqual(['check'])
  })

  it('asks once for all who wait when the session is uncertain: a thousand operations make one call', async () => {
    const { time, fake, session } = await live()
    fake.always(outage)
    time.sleep(10 * MINUTE)
    time.clock.poke()
    await time.settle()
    expect(session.get()).toMatchObject({ signedIn: true, certain: false, state: 'unknown.waiting' })
    fake.always(undefined)
    const before = fake.calls.length
    await Promise.all(Array.from({ length: 1_000 }, (_, i) => session.run(async () => i)))
    expect(fake.calls.length).toBe(before + 1)
  })

  it('joins the first question', async () => {
    const { fake, session } = open()
    session.start()
    expect(await session.run(() => 7)).toBe(7)
    expect(kindsOf(fake)).toEqual(['check'])
  })

  it('runs on while the session is extended', async () => {
    const { fake, session } = await live()
    const extended = hold(fake, 'extend')
    void session.extend()
    expect(await session.run(() => 'ran')).toBe('ran')
    extended(true)
  })

  it.each(['ended', 'absent', 'signedOut'] as const)('is refused when nobody is signed in, and the operation never runs: %s', async (reason) => {
    const { fake, session } = await live({ subject: reason === 'absent' ? null : 'ada' })
    if (reason === 'ended') {
      fake.end()
      await session.check()
    }
    if (reason === 'signedOut') await session.signOut()
    const calls = fake.calls.length
    const operation = vi.fn()
    await expect(session.run(operation)).rejects.toEqual(failsWith('ERR_SESSION_ENDED'))
    expect(operation).not.toHaveBeenCalled()
    expect(fake.calls.length).toBe(calls)
  })

  it('is refused when the question it asks ends the session', async () => {
    const { time, fake, session } = await live()
    fake.end()
    time.sleep(10 * MINUTE)
    time.clock.poke()
    const operation = vi.fn()
    await expect(session.run(operation)).rejects.toEqual(failsWith('ERR_SESSION_ENDED'))
    expect(operation).not.toHaveBeenCalled()
  })

  it('asks before the first request after a sleep, though no timer has noticed it yet (F03)', async () => {
    const { time, fake, session } = await live()
    time.sleep(3 * HOUR)
    expect(fake.expiresAt).toBeUndefined()
    const operation = vi.fn()
    await expect(session.run(operation)).rejects.toEqual(failsWith('ERR_SESSION_ENDED'))
    expect(operation).not.toHaveBeenCalled()
  })

  it.each(['is unreachable', 'never answers'])('is refused when the server %s and the session is uncertain', async (how) => {
    const { time, fake, session } = await live()
    fake.always(how === 'never answers' ? 'hang' : outage)
    time.sleep(10 * MINUTE)
    time.clock.poke()
    const operation = vi.fn()
    const result = reasonOf(session.run(operation))
    await time.advance(MINUTE)
    expect(await result).toEqual(failsWith('ERR_SESSION_UNREACHABLE'))
    expect(operation).not.toHaveBeenCalled()
    expect(session.get().signedIn).toBe(true)
  })

  it('waits for a sign-in that is under way', async () => {
    const { fake, session } = await live({ subject: null })
    const signedIn = hold(fake, 'signIn')
    void session.reauthenticate()
    const result = session.run(() => 'ran')
    await Promise.resolve()
    fake.signInAs('ada')
    signedIn(undefined)
    expect(await result).toBe('ran')
  })

  it('passes errors of the operation through untouched, thrown or rejected, and replays nothing', async () => {
    const { session, fake } = await live()
    const mine = new Error('mine')
    const thrown = vi.fn(() => {
      throw mine
    })
    const rejected = vi.fn(async () => Promise.reject(mine))
    expect(await reasonOf(session.run(thrown))).toBe(mine)
    expect(await reasonOf(session.run(rejected))).toBe(mine)
    expect([thrown.mock.calls, rejected.mock.calls]).toEqual([[[]], [[]]])
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
    expect(kindsOf(fake)).toEqual(['check'])
  })
})

describe('a command that a listener gives', () => {
  const calls = { check: 'check', extend: 'extend', reauthenticate: 'signIn', signOut: 'revoke' } as const

  it.each(['check', 'extend', 'reauthenticate', 'signOut'] as const)('waits for its answer as any other: %s by a subscriber', async (name) => {
    const { fake, session } = await live()
    let given: Promise<SessionView> | undefined
    session.subscribe(({ busy }) => {
      if (!busy) given ??= session[name]()
    })
    await session.check()
    const before = name === 'check' ? 2 : 0
    const view = await given
    expect(view).toMatchObject({ busy: false, signedIn: name !== 'signOut' })
    expect(view).toBe(session.get())
    expect([fake.count(calls[name]), fake.unsettled(calls[name])]).toEqual([before + 1, 0])
  })

  it.each(['check', 'extend', 'reauthenticate', 'signOut'] as const)('waits for its answer as any other: %s by who hears of an event', async (name) => {
    const { time, session } = await live()
    let given: Promise<SessionView> | undefined
    session.on('session.extended', () => void (given ??= session[name]()))
    await time.advance(MINUTE)
    await session.extend()
    const view = await given
    expect(view).toMatchObject({ busy: false, signedIn: name !== 'signOut' })
    expect(view).toBe(session.get())
  })

  it('signs in again as soon as the end is heard', async () => {
    const { fake, session } = await live()
    let given: Promise<SessionView> | undefined
    session.on('session.expired', () => void (given = session.reauthenticate()))
    fake.end()
    await session.check()
    expect(await given).toMatchObject({ signedIn: true, certain: true, busy: false })
    expect(fake.count('signIn')).toBe(1)
  })
})

describe('a signal', () => {
  it.each(commands)('that has aborted already stops %s before it sends anything', async (name) => {
    const { time, fake, session } = await live()
    const seen = session.get()
    const calls = fake.calls.length
    await expect(issue(session, name, AbortSignal.abort())).rejects.toEqual(failsWith('ERR_SESSION_ABORTED'))
    await time.settle()
    expect(session.get()).toBe(seen)
    expect(fake.calls.length).toBe(calls)
  })

  it.each(['ready', 'check', 'extend', 'reauthenticate', 'signOut', 'run'] as const)('rejects only the caller of %s: what others wait for goes on', async (name) => {
    const kind = name === 'extend' ? 'extend' : name === 'reauthenticate' ? 'signIn' : name === 'signOut' ? 'revoke' : 'check'
    const { time, fake, session } = kind === 'check' ? open() : await live()
    const answer = hold(fake, kind)
    session.start()
    const abort = new AbortController()
    const [mine, other] = [reasonOf(issue(session, name, abort.signal)), issue(session, name)]
    await time.settle()
    abort.abort('enough')
    expect(await mine).toEqual(failsWith('ERR_SESSION_ABORTED'))
    answer(kind === 'check' || kind === 'extend' ? true : undefined)
    await other
    expect(fake.count(kind)).toBe(1)
    expect(session.get()).toMatchObject({ signedIn: name !== 'signOut', certain: true, problem: undefined })
  })

  it('leaves nothing behind: neither listener nor observer', async () => {
    const { session } = await live()
    const { signal } = new AbortController()
    const balance = { added: 0, removed: 0 }
    vi.spyOn(signal, 'addEventListener').mockImplementation(() => void balance.added++)
    vi.spyOn(signal, 'removeEventListener').mockImplementation(() => void balance.removed++)
    for (const name of commands) await issue(session, name, signal).catch(() => {})
    expect(balance.removed).toBe(balance.added)
  })
})
