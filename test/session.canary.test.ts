import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createSession, type Session, SessionError, type SessionBackend } from '../src/core'
import { createVirtualTime } from '../src/testing/virtualTime'
import { texts } from './texts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

let planted = 0
const secret = (where: string) => `canary-${where}-${++planted}`

const leaks = (value: unknown) => texts(value).filter((text) => text.includes('canary'))

/** An error as an SDK throws it, with the request and the response on it. */
function sdkError(where: string, extra: object = {}) {
  const error = new TypeError(secret(`${where}.message`), { cause: new Error(secret(`${where}.cause`)) })
  error.name = secret(`${where}.name`)
  error.stack = secret(`${where}.stack`)
  return Object.assign(error, {
    code: secret(`${where}.code`),
    status: secret(`${where}.status`),
    config: { headers: { cookie: secret(`${where}.cookie`) } },
    response: { status: 500, data: { lookupId: secret(`${where}.data`) }, headers: new Map([['set-cookie', secret(`${where}.set-cookie`)]]) },
    [Symbol('hidden')]: secret(`${where}.symbol`),
    ...extra,
  })
}

/** A verdict with more on it than was asked for. */
const laden = (verdict: object, where: string) => ({
  ...verdict,
  token: secret(`${where}.token`),
  user: { id: secret(`${where}.id`), shares: new Map([['share', secret(`${where}.share`)]]) },
  [Symbol('hidden')]: secret(`${where}.symbol`),
})

type Listener = Parameters<NonNullable<SessionBackend['events']>>[0]

/** A server that spills everything it has, and what of it can be seen from outside. */
function open() {
  const time = createVirtualTime()
  let person = secret('person')
  let expiresAt = time.now() + HOUR
  let tell: Listener = () => {}
  const scripts: Record<string, (() => unknown)[]> = { check: [], extend: [], signIn: [], revoke: [] }
  const verdict = (where: string) =>
    expiresAt > time.now()
      ? laden({ status: 'alive', expiresAt, serverNow: time.now(), subject: person, reason: secret('reason') }, where)
      : laden({ status: 'ended', reason: secret('reason') }, where)
  const server: Record<string, () => unknown> = {
    check: () => verdict('check'),
    extend: () => (expiresAt > time.now() && (expiresAt = time.now() + HOUR), verdict('extend')),
    signIn: () => ((expiresAt = time.now() + HOUR), laden({ status: 'alive', subject: person }, 'signIn')),
    revoke: () => ((expiresAt = 0), secret('revoke')),
  }
  const call = (kind: string) => async () => (scripts[kind]?.shift() ?? server[kind])?.() as never
  const backend: SessionBackend = {
    check: call('check'),
    extend: call('extend'),
    signIn: call('signIn'),
    revoke: call('revoke'),
    peek: () => laden({ status: 'alive', expiresAt, subject: person }, 'peek') as never,
    events: (listener) => ((tell = listener), () => secret('clean-up')),
  }
  let dice = 0
  const session = createSession(backend, {}, { clock: time.clock, random: () => (dice = (dice + 0.382) % 1) })
  return {
    time,
    session,
    script: (kind: string, ...steps: (() => unknown)[]) => void scripts[kind]?.push(...steps),
    calm: () => void Object.values(scripts).forEach((steps) => steps.splice(0)),
    end: () => void (expiresAt = 0),
    become: (somebody: string) => void (person = somebody),
    tell: (event: 'signedIn' | 'signedOut') => (tell as (...args: unknown[]) => void)(event, laden({}, 'event')),
  }
}

/** Everything that the session shows. Only what leaks is kept: a life has many snapshots. */
function watch(session: Session) {
  const leaked: string[] = []
  const states = new Set<string>()
  const kinds = new Set<string>()
  const look = (where: string, value: unknown) => leaked.push(...leaks(value).map((text) => `${where}: ${text}`))
  const heard: string[] = []
  for (const type of ['session.extended', 'session.expired', 'session.reauthenticated', 'session.subjectChanged'] as const) {
    session.on(type, (event) => (heard.push(type), look('emitted', event)))
  }
  session.subscribe((view) => {
    states.add(view.state)
    look('view', view)
    look('snapshot', session.actor.getSnapshot())
    look('snapshot as JSON', JSON.stringify(session.actor.getSnapshot()))
    look('persisted', session.actor.getPersistedSnapshot())
  })
  const attach = () =>
    session.actor.system.inspect((event) => {
      kinds.add(event.type)
      look(event.type, event)
    })
  attach()
  return { leaked, states, kinds, heard, look, attach }
}

const consoles = (['log', 'info', 'warn', 'error', 'debug', 'trace'] as const).map((name) => vi.spyOn(console, name).mockImplementation(() => {}))
const printed = () => consoles.flatMap((spy) => spy.mock.calls)
beforeEach(() => consoles.forEach((spy) => spy.mockClear()))
afterEach(() => void (planted = 0))

const throws = (where: string, extra?: object) => () => {
  throw sdkError(where, extra)
}

describe('no secret is seen (law 7)', () => {
  it('in a whole life: start, extension, refusal, outage, expiry, sign-in as the same and as another person, sign-out, restart', async () => {
    const { time, session, script, calm, end, become, tell } = open()
    const { leaked, states, kinds, heard, look, attach } = watch(session)
    const command = async (work: Promise<unknown>) => {
      const settled = work.then((view) => look('resolved', view), (error: unknown) => look('rejected', error))
      await time.advance(2 * MINUTE)
      await settled
    }

    script('check', throws('start'), () => secret('garbage'), () => laden({ status: secret('status') }, 'garbage'), () => laden({ status: 'alive', expiresAt: secret('date'), subject: { id: secret('subject') } }, 'flawed'))
    let release = session.start()
    await time.advance(MINUTE)
    expect(session.get()).toMatchObject({ signedIn: true, problem: { code: 'ERR_SESSION_BAD_VERDICT' } })
    await command(session.check())
    expect(session.get().problem).toBeUndefined()

    await time.advance(40 * MINUTE)
    script('extend', () => false, () => laden({ status: 'superseded' }, 'refused'))
    await command(session.extend())
    await time.advance(40 * MINUTE)

    const outage = [throws('outage'), throws('busy', { retryAfterMs: 30_000 }), throws('odd', { retryAfterMs: secret('patience') }), () => { throw Object.freeze(sdkError('frozen')) as Error }, () => { throw new SessionError('ERR_SESSION_UNREACHABLE', secret('own')) }]
    script('check', ...outage)
    script('extend', ...outage)
    await command(session.extend())
    await command(session.check())
    calm()
    tell('signedOut')
    await time.advance(30 * MINUTE)
    expect(session.get()).toMatchObject({ signedIn: true, problem: undefined })

    let late: (reply: unknown) => void = () => {}
    script('check', () => new Promise((resolve) => (late = resolve)))
    await command(session.check())
    late(laden({ status: 'ended' }, 'late'))
    await time.advance(MINUTE)

    // What an operation gives belongs to who asked.
    await command(session.run(async () => secret('operation')).then(() => 'done'))
    end()
    await command(session.check())
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'ended' })
    await command(session.run(() => secret('operation')))

    script('signIn', throws('signIn'))
    await command(session.reauthenticate())
    expect(session.get()).toMatchObject({ signedIn: false, problem: { code: 'ERR_SESSION_SIGN_IN_FAILED' } })
    await command(session.reauthenticate())
    become(secret('somebody else'))
    await command(session.reauthenticate())
    expect(session.get()).toMatchObject({ signedIn: true })
    tell('signedIn')
    time.sleep(30 * MINUTE)
    await time.advance(40 * MINUTE)

    script('revoke', throws('signOut'), throws('signOut'))
    await command(session.signOut())
    await time.advance(10 * MINUTE)
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'signedOut', state: 'expired.ended' })

    release()
    await time.advance(1)
    look('the next actor', session.actor)
    attach()
    release = session.start()
    await command(session.reauthenticate())
    await time.advance(30 * MINUTE)
    expect(session.get()).toMatchObject({ signedIn: true, status: 'active' })
    release()
    await time.advance(1)

    look('the handle', session)
    look('console', printed())
    expect(leaked).toEqual([])
    // What was watched was there to be seen.
    expect([...kinds].sort()).toEqual(['@xstate.action', '@xstate.actor', '@xstate.event', '@xstate.microstep', '@xstate.snapshot'])
    expect([...new Set(heard)].sort()).toEqual(['session.expired', 'session.extended', 'session.reauthenticated', 'session.subjectChanged'])
    for (const state of ['unknown.waiting', 'extending.asking', 'extending.waiting', 'active.checking', 'expired.ended', 'expired.unrevoked', 'reauthenticating.signingIn', 'reauthenticating.confirming']) expect(states).toContain(state)
    expect(planted).toBeGreaterThan(100)
  })

  it('in the code of an error that bears the name of ours', async () => {
    const { time, session, script } = open()
    const { leaked } = watch(session)
    script('check', throws('named', { name: 'SessionError' }), throws('named', { name: 'SessionError', code: { id: secret('code') } }))
    const release = session.start()
    await time.advance(MINUTE)
    release()
    await time.advance(1)
    expect(leaked).toEqual([])
  })

  it.each([
    ['events throws', throws('events')],
    ['the clean-up throws', () => throws('clean-up')],
  ])('on the console when %s', async (_, events) => {
    const time = createVirtualTime()
    const session = createSession({ check: () => true, events: events as never }, {}, { clock: time.clock, random: () => 0.4 })
    const release = session.start()
    await time.advance(MINUTE)
    release()
    await time.advance(1)
    expect(leaks(printed())).toEqual([])
  })

  it('unless the watch is blind: it finds one in every place it looks', () => {
    const error = sdkError('known')
    expect(new Set(leaks(error).map((text) => text.split('-')[1]))).toEqual(new Set(['message', 'cause', 'name', 'stack', 'code', 'status', 'cookie', 'data', 'set', 'symbol'].map((part) => `known.${part}`)))
    expect(leaks(new Map([[{}, new Set([secret('set')])]]))).toHaveLength(1)
  })
})
