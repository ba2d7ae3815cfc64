import { describe, expect, it } from 'vitest'
import type { Step } from '../src/testing'
import { SECOND, MINUTE, HOUR, DAY, outage, live, watch, shown, hold, kindsOf } from './liveSession'

describe('the final word wins (law 6)', () => {
  const alive = { status: 'alive', expiresAt: Date.UTC(2027, 0, 1), subject: 'ada' }

  it.each(['check', 'extend'] as const)('a sign-out is not undone by the late answer of a %s', async (kind) => {
    const { time, fake, session } = await live()
    const answer = hold(fake, kind)
    void session[kind]()
    await time.settle()
    const out = session.signOut()
    const views = watch(session)
    answer(alive)
    await out
    await time.advance(DAY)
    expect(shown(views)).toEqual([false])
    expect(views.every(({ reason, certain }) => reason === 'signedOut' && certain)).toBe(true)
  })

  it('a sign-out during a sign-in wins, however the sign-in ends', async () => {
    const { time, fake, session } = await live()
    const signedIn = hold(fake, 'signIn')
    const back = session.reauthenticate()
    await time.settle()
    const out = session.signOut()
    const views = watch(session)
    fake.signInAs('ada')
    signedIn(undefined)
    await Promise.all([back, out])
    await time.advance(DAY)
    expect(shown(views)).toEqual([false])
    expect(session.get()).toMatchObject({ reason: 'signedOut', state: 'expired.ended' })
  })

  it('an end is not undone by the late answer of an extension', async () => {
    const { time, fake, session } = await live()
    const answer = hold(fake, 'extend')
    void session.extend()
    await time.settle()
    fake.end()
    fake.tell('signedOut')
    await time.settle()
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'expired' })
    const views = watch(session)
    answer(alive)
    await time.advance(DAY)
    expect(views).toHaveLength(1)
  })

  it('no check, no extension, no wake and no hint of a sign-out shows a signed-out session alive', async () => {
    const { time, fake, session } = await live()
    fake.script('revoke', ...Array.from({ length: 20 }, () => outage))
    await session.signOut()
    const views = watch(session)
    for (let minute = 0; minute < 10; minute++) {
      await session.check()
      await session.extend()
      fake.tell('signedOut')
      time.sleep(MINUTE)
      time.clock.poke()
      await time.advance(MINUTE)
    }
    expect(shown(views)).toEqual([false])
    expect(views.every(({ reason }) => reason === 'signedOut')).toBe(true)
    expect([fake.count('check'), fake.count('extend')]).toEqual([1, 0])
  })

  it('a sign-out is told to the server until it hears, through hours of outage; then all is well', async () => {
    const { time, fake, session } = await live()
    fake.always(outage)
    await session.signOut()
    const views = watch(session)
    await time.advance(5 * HOUR)
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'signedOut', problem: { code: 'ERR_SESSION_UNREACHABLE' } })
    expect(fake.count('revoke')).toBeGreaterThan(5)
    fake.always(undefined)
    await time.advance(HOUR)
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'signedOut', state: 'expired.ended' })
    expect(shown(views)).toEqual([false])
    const calls = fake.calls.length
    await time.advance(DAY)
    expect(fake.calls.length).toBe(calls)
  })

  it('a sign-out that was told at last leaves no problem behind', async () => {
    const { time, fake, session } = await live()
    fake.script('revoke', outage)
    await session.signOut()
    await time.advance(HOUR)
    expect(session.get()).toMatchObject({ state: 'expired.ended', problem: undefined })
  })

  it('a sign-out outlasts the handle: the next run tells the server', async () => {
    const { time, fake, session, release } = await live()
    fake.always('hang')
    void session.signOut()
    release()
    await time.advance(DAY)
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'signedOut' })
    fake.always(undefined)
    const views = watch(session)
    session.start()
    await time.advance(10 * MINUTE)
    expect(shown(views)).toEqual([false])
    expect(fake.expiresAt).toBeUndefined()
    expect(fake.count('check')).toBe(1)
  })

  it('a sign-out is told once: neither what is asked and heard meanwhile nor the next run tells it again', async () => {
    const { time, fake, session, release } = await live()
    const told = hold(fake, 'revoke')
    const answers = [session.signOut()]
    await time.settle()
    answers.push(session.check(), session.extend(), session.signOut())
    for (const hint of ['signedIn', 'signedOut'] as const) fake.tell(hint)
    time.sleep(10 * SECOND)
    time.clock.poke()
    await time.settle()
    told(undefined)
    await Promise.all(answers)
    release()
    await time.advance(1)
    session.start()
    await time.advance(DAY)
    expect(fake.calls.map(({ kind }) => kind)).toEqual(['check', 'revoke'])
  })

  it('a sign-out that the server has not heard of is not undone by word of a sign-in: that may be the old one', async () => {
    const { time, fake, session } = await live()
    fake.script('revoke', outage)
    await session.signOut()
    const views = watch(session)
    fake.tell('signedIn')
    await time.advance(HOUR)
    expect(shown(views)).toEqual([false])
    expect(session.get()).toMatchObject({ reason: 'signedOut', state: 'expired.ended' })
  })

  it('only a new sign-in undoes a sign-out: here, or told by the backend', async () => {
    const { time, fake, session } = await live()
    await session.signOut()
    expect(await session.reauthenticate()).toMatchObject({ signedIn: true, reason: undefined })
    await session.signOut()
    fake.signInAs('ada')
    fake.tell('signedIn')
    await time.settle()
    expect(session.get()).toMatchObject({ signedIn: true, reason: undefined })
  })

  it.each<[string, Step]>([['rejected', new Error('closed')], ['left open', 'hang']])('a sign-in that is %s does not undo a sign-out', async (_, step) => {
    const { time, fake, session } = await live()
    await session.signOut()
    const views = watch(session)
    fake.script('signIn', step)
    void session.reauthenticate()
    await time.advance(HOUR)
    expect(shown(views)).toEqual([false])
    expect(session.get()).toMatchObject({ reason: 'signedOut', state: 'expired.ended' })
    expect(fake.count('check')).toBe(1)
  })

  it('a sign-out that the server has not heard of is not undone by a sign-in that was closed: the server is told first', async () => {
    const { time, fake, session } = await live()
    fake.script('revoke', outage)
    await session.signOut()
    // Its window was closed, and it resolved all the same.
    fake.script('signIn', { answer: 'closed' })
    expect(await session.reauthenticate()).toMatchObject({ signedIn: false, reason: 'signedOut', state: 'expired.ended' })
    expect(kindsOf(fake)).toEqual(['check', 'revoke', 'revoke', 'signIn', 'check'])
    expect(await session.reauthenticate()).toMatchObject({ signedIn: true })
    await time.advance(DAY)
    expect(fake.count('revoke')).toBe(2)
  })

  it('nobody signs in while the server cannot be told of the sign-out', async () => {
    const { time, fake, session } = await live()
    fake.script('revoke', outage, outage, outage)
    await session.signOut()
    expect(await session.reauthenticate()).toMatchObject({ signedIn: false, busy: false, problem: { code: 'ERR_SESSION_UNREACHABLE' } })
    expect(fake.count('signIn')).toBe(0)
    await time.advance(HOUR)
    expect(await session.reauthenticate()).toMatchObject({ signedIn: true })
  })
})
