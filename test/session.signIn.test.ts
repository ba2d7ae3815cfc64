import { describe, expect, it } from 'vitest'
import { type Session, type SessionBackend, SessionError } from '../src/core'
import type { FakeBackend, Step } from '../src/testing'
import { CALLS_PER_HOUR } from '../src/timing'
import { SECOND, MINUTE, HOUR, DAY, outage, type World, live, hold, kindsOf, gapsOf } from './liveSession'

/** The same, after the server said no. */
async function expired(world: World = {}) {
  const made = await live(world)
  made.fake.end()
  await made.session.check()
  expect(made.session.get()).toMatchObject({ signedIn: false, reason: 'expired' })
  return made
}

const timesOf = ({ calls }: FakeBackend) => calls.filter(({ kind }) => kind === 'signIn').map(({ at }) => at)
const signsInAs = (fake: FakeBackend, subject: string): Step => () => fake.signInAs(subject)

describe('a server that says no while the SDK believes', () => {
  const believing = { change: (backend: SessionBackend): SessionBackend => ({ ...backend, peek: () => ({ status: 'alive', expiresAt: Date.UTC(2027, 0, 1) }) }) }

  it('is right: the session has expired, the app hears it, and knows why', async () => {
    const { fake, session, heard } = await live(believing)
    fake.script('check', { answer: false })
    expect(await session.check()).toMatchObject({ signedIn: false, certain: true, reason: 'ended', status: 'expired' })
    expect(heard).toEqual(['session.expired'])
  })

  it('is asked no more until somebody signs in', async () => {
    const { time, fake } = await expired(believing)
    const calls = fake.calls.length
    fake.tell('signedOut')
    time.sleep(HOUR)
    time.clock.poke()
    await time.advance(DAY)
    expect(fake.calls.length).toBe(calls)
    expect(time.pending()).toBe(0)
  })
})

describe('after an end', () => {
  it('the same person signs in again, and goes on', async () => {
    const { time, fake, session, heard } = await expired()
    expect(await session.reauthenticate()).toMatchObject({ signedIn: true, certain: true, reason: undefined, problem: undefined, status: 'active', expiresAt: fake.expiresAt })
    expect(heard).toEqual(['session.expired', 'session.reauthenticated'])
    await time.advance(DAY)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
  })

  it('another person signs in, and the app is told', async () => {
    const { fake, session, heard } = await expired()
    fake.script('signIn', signsInAs(fake, 'bob'))
    expect(await session.reauthenticate()).toMatchObject({ signedIn: true, certain: true, status: 'active' })
    expect(heard).toContain('session.subjectChanged')
  })

  it('a sign-in that leaves nobody signed in is none, and the reason stays', async () => {
    const { fake, session, heard } = await expired()
    fake.script('signIn', { answer: 'done' })
    expect(await session.reauthenticate()).toMatchObject({ signedIn: false, certain: true, busy: false, reason: 'expired', state: 'expired.ended' })
    expect(kindsOf(fake)).toEqual(['check', 'check', 'signIn', 'check'])
    expect(heard).toEqual(['session.expired'])
  })

  it('a sign-in that leaves nobody signed in is none after a sign-out as well, and the reason stays', async () => {
    const { fake, session } = await live()
    await session.signOut()
    fake.script('signIn', { answer: 'done' })
    expect(await session.reauthenticate()).toMatchObject({ signedIn: false, certain: true, busy: false, reason: 'signedOut', state: 'expired.ended' })
  })

  it('a sign-in that fails says so, and may be tried again', async () => {
    const { fake, session } = await expired()
    fake.script('signIn', new Error('popup closed'))
    expect(await session.reauthenticate()).toMatchObject({ signedIn: false, reason: 'expired', state: 'expired.ended', problem: { code: 'ERR_SESSION_SIGN_IN_FAILED' } })
    expect(await session.reauthenticate()).toMatchObject({ signedIn: true, problem: undefined })
  })

  it('a sign-in for which the browser opens no window says so', async () => {
    const { fake, session } = await expired()
    fake.script('signIn', new SessionError('ERR_SESSION_POPUP_BLOCKED', 'a secret'), Object.assign(new Error('a secret'), { code: 'ERR_SESSION_POPUP_BLOCKED' }))
    for (let time = 0; time < 2; time++) {
      const view = await session.reauthenticate()
      expect(view).toMatchObject({ signedIn: false, reason: 'expired', state: 'expired.ended', problem: { code: 'ERR_SESSION_POPUP_BLOCKED' } })
      expect(view.problem?.detail).toBe(undefined)
    }
    expect(await session.reauthenticate()).toMatchObject({ signedIn: true, problem: undefined })
  })

  it.each<unknown>(['ERR_SESSION_ENDED', 'ERR_SESSION_POPUP_BLOCKED ', ['ERR_SESSION_POPUP_BLOCKED'], new String('ERR_SESSION_POPUP_BLOCKED'), 401, undefined])('a sign-in that fails with another code shows none of it: %j', async (code) => {
    const { fake, session } = await expired()
    fake.script('signIn', Object.assign(new Error('a secret'), { code }))
    expect(await session.reauthenticate()).toMatchObject({ signedIn: false, problem: { code: 'ERR_SESSION_SIGN_IN_FAILED' } })
  })

  it('no other call can say that a window was blocked', async () => {
    const { fake, session } = await live()
    const blocked = new SessionError('ERR_SESSION_POPUP_BLOCKED')
    fake.script('check', blocked)
    expect((await session.check()).problem?.code).toBe('ERR_SESSION_UNREACHABLE')
    fake.script('extend', blocked)
    expect((await session.extend()).problem?.code).toBe('ERR_SESSION_UNREACHABLE')
  })

  it('a sign-in that is finished while the server is asked is asked about again, whatever the first answer says', async () => {
    const { time, fake, session, heard } = await expired()
    const answer = hold(fake, 'check')
    // The flow looked over, and was not.
    fake.script('signIn', { answer: 'done' })
    const view = session.reauthenticate()
    await time.settle()
    expect(session.get().state).toBe('reauthenticating.confirming')
    fake.signInAs('ada')
    fake.tell('signedIn')
    answer({ status: 'ended' })
    expect(await view).toMatchObject({ signedIn: true, certain: true })
    expect(heard).toEqual(['session.expired', 'session.reauthenticated'])
    expect(kindsOf(fake)).toEqual(['check', 'check', 'signIn', 'check', 'check'])
  })

  it('a sign-in that was given up in a window that never closes keeps nobody from the next one', async () => {
    const { time, fake, session } = await expired()
    fake.script('signIn', 'hang')
    void session.reauthenticate()
    await time.settle()
    session.cancel()
    expect(await session.reauthenticate()).toMatchObject({ signedIn: true })
    expect(fake.count('signIn')).toBe(2)
  })

  it('a sign-in that is given up changes nothing, and its late success is not believed', async () => {
    const { time, fake, session } = await expired()
    let signal: AbortSignal | undefined
    let finish = () => {}
    fake.script('signIn', (call) => new Promise<void>((resolve) => ((signal = call.signal), (finish = resolve))))
    const view = session.reauthenticate()
    await time.settle()
    expect(session.get()).toMatchObject({ status: 'reauthenticating', busy: true, signedIn: false })
    session.cancel()
    expect(await view).toMatchObject({ signedIn: false, busy: false, reason: 'expired', state: 'expired.ended', problem: undefined })
    expect(signal?.aborted).toBe(true)
    finish()
    await time.advance(DAY)
    expect(session.get()).toMatchObject({ signedIn: false })
    expect(fake.count('check')).toBe(2)
  })

  it('a sign-in that nobody finishes is given up after a quarter of an hour', async () => {
    const { time, fake, session } = await expired()
    fake.script('signIn', 'hang')
    void session.reauthenticate()
    await time.advance(15 * MINUTE - 1)
    expect(session.get().busy).toBe(true)
    await time.advance(1)
    expect(session.get()).toMatchObject({ signedIn: false, busy: false, problem: { code: 'ERR_SESSION_TIMEOUT' } })
  })

  it('a sign-in is confirmed as soon as the server can be reached', async () => {
    const { time, fake, session, heard } = await expired()
    fake.script('check', outage, outage)
    expect(await session.reauthenticate()).toMatchObject({ signedIn: false, certain: false, status: 'unknown' })
    await time.advance(MINUTE)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    expect(heard).toEqual(['session.expired', 'session.reauthenticated'])
  })

  it('a sign-in made elsewhere is found when the backend tells of it', async () => {
    const { time, fake, session, heard } = await expired()
    fake.signInAs('ada')
    fake.tell('signedIn')
    await time.settle()
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    expect(heard).toEqual(['session.expired', 'session.reauthenticated'])
  })
})

describe('a sign-in that is under way', () => {
  it('is disturbed by nothing: no second one, no hint, no sleep, no question', async () => {
    const { time, fake, session } = await expired()
    let signal: AbortSignal | undefined
    let finish = () => {}
    fake.script('signIn', (call) => new Promise<void>((resolve) => ((signal = call.signal), (finish = resolve))))
    const views = [session.reauthenticate()]
    await time.settle()
    views.push(session.reauthenticate(), session.check(), session.extend())
    for (const hint of ['signedIn', 'signedOut'] as const) fake.tell(hint)
    time.sleep(MINUTE)
    time.clock.poke()
    await time.settle()
    expect([session.get().state, signal?.aborted]).toEqual(['reauthenticating.signingIn', false])
    fake.signInAs('ada')
    finish()
    expect(new Set(await Promise.all(views))).toEqual(new Set([session.get()]))
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    expect(kindsOf(fake)).toEqual(['check', 'check', 'signIn', 'check'])
  })
})

describe('from a live session', () => {
  it.each<[string, Step, (session: Session) => void]>([
    ['is given up', 'hang', (session) => session.cancel()],
    ['fails', new Error('popup blocked'), () => {}],
    ['changes nothing', { answer: undefined }, () => {}],
  ])('a sign-in that %s leads back to the truth: it is still alive', async (_, step, then) => {
    const { time, fake, session, heard } = await live()
    fake.script('signIn', step)
    const view = session.reauthenticate()
    await time.settle()
    then(session)
    await view
    await time.settle()
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, status: 'active', expiresAt: fake.expiresAt })
    expect(heard).toEqual([])
  })

  it('another person may take over, and the app is told', async () => {
    const { fake, session, heard } = await live()
    fake.script('signIn', signsInAs(fake, 'bob'))
    await session.reauthenticate()
    expect(heard).toEqual(['session.subjectChanged'])
  })

  it('a sign-in that is given up may show that the session has ended meanwhile', async () => {
    const { time, fake, session, heard } = await live()
    hold(fake, 'signIn')
    void session.reauthenticate()
    await time.settle()
    fake.end()
    session.cancel()
    await time.settle()
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'expired' })
    expect(heard).toEqual(['session.expired'])
  })
})

describe('where the sign-in needs no person', () => {
  const unattended = { change: (backend: SessionBackend): SessionBackend => ({ ...backend, unattended: true }) }

  it('an ended session signs in again by itself', async () => {
    const { time, fake, session, heard } = await live(unattended)
    fake.end()
    await session.check()
    await time.advance(SECOND)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    expect(kindsOf(fake)).toEqual(['check', 'check', 'signIn', 'check'])
    expect(heard).toEqual(['session.expired', 'session.reauthenticated'])
  })

  it('a first visit signs in by itself', async () => {
    const { time, fake, session } = await live({ ...unattended, subject: null })
    await time.advance(SECOND)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    expect(kindsOf(fake)).toEqual(['check', 'signIn', 'check'])
  })

  it.each<[string, Step]>([['fails', new Error('no grant')], ['leaves nobody signed in', { answer: 'done' }], ['never ends', 'hang']])('a sign-in that %s is tried again, less and less often, in no storm', async (_, step) => {
    const { time, fake, session } = await live({ ...unattended, random: () => 0.9 })
    fake.script('signIn', ...Array.from({ length: 2_000 }, () => step))
    fake.end()
    const began = time.now()
    void session.check()
    await time.advance(6 * HOUR)
    const gaps = gapsOf(timesOf(fake))
    expect(gaps.length).toBeGreaterThan(10)
    expect(gaps[0]).toBeGreaterThan(SECOND)
    for (const [i, gap] of gaps.slice(1).entries()) expect(gap).toBeGreaterThanOrEqual(gaps[i] ?? 0)
    for (let hour = 0; hour < 6; hour++) expect(fake.calls.filter(({ at }) => at >= began + hour * HOUR && at < began + (hour + 1) * HOUR).length).toBeLessThanOrEqual(CALLS_PER_HOUR)
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'expired' })
  })

  it('it signs in as soon as it can after an outage', async () => {
    const { time, fake, session } = await live(unattended)
    fake.end()
    await session.check()
    fake.always(outage)
    await time.advance(HOUR)
    expect(session.get()).toMatchObject({ signedIn: false })
    fake.always(undefined)
    await time.advance(10 * MINUTE)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
  })

  it('it never signs in after a sign-out, not even in its next run', async () => {
    const { time, fake, session, release } = await live(unattended)
    await session.signOut()
    await time.advance(DAY)
    release()
    await time.advance(1)
    session.start()
    await session.check()
    await time.advance(DAY)
    expect(fake.count('signIn')).toBe(0)
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'signedOut' })
  })

  it('it never signs in after a sign-out, though a delayed event tells of an earlier sign-in', async () => {
    const { time, fake, session } = await live(unattended)
    await session.signOut()
    fake.tell('signedIn')
    await time.advance(HOUR)
    expect(fake.count('signIn')).toBe(0)
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'signedOut' })
  })

  it.each(['renewing', 'signingIn', 'confirming'])('a sign-out stops it while %s', async (step) => {
    const { time, fake, session } = await live(unattended)
    fake.end()
    if (step === 'signingIn') fake.script('signIn', 'hang')
    await session.check()
    if (step === 'confirming') fake.script('check', 'hang')
    if (step !== 'renewing') await time.advance(1)
    expect(session.get().state).toContain(step)
    const signIns = fake.count('signIn')
    await session.signOut()
    await time.advance(DAY)
    expect(fake.count('signIn')).toBe(signIns)
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'signedOut', state: 'expired.ended' })
  })

  it('it waits as long as the server asks for', async () => {
    const { time, fake, session } = await live(unattended)
    fake.end()
    fake.script('signIn', Object.assign(new Error('429'), { retryAfterMs: 10 * MINUTE }))
    await session.check()
    await time.advance(10 * MINUTE)
    expect(fake.count('signIn')).toBe(1)
    await time.advance(2 * MINUTE)
    expect(fake.count('signIn')).toBe(2)
    expect(session.get()).toMatchObject({ signedIn: true })
  })
})
