import { describe, expect, it, vi } from 'vitest'
import { type Session, type SessionView } from '../src/core'
import { MINUTE, HOUR, outage, open, live } from './liveSession'

describe('the events', () => {
  const types = ['session.extended', 'session.expired', 'session.reauthenticated', 'session.subjectChanged'] as const
  const listen = (session: Session) => {
    const heard: unknown[] = []
    for (const type of types) session.on(type, (event) => heard.push(event))
    return heard
  }

  it('tell an extension, by whom so ever it was made, with the new end', async () => {
    const { time, fake, session } = await live()
    const heard = listen(session)
    await time.advance(30 * MINUTE)
    expect(heard).toEqual([{ type: 'session.extended', expiresAt: fake.expiresAt }])
    await session.extend()
    expect(heard).toHaveLength(2)
    await time.advance(MINUTE)
    await fake.backend.extend?.({ signal: new AbortController().signal, timeoutMs: 1 })
    await session.check()
    expect(heard.slice(1)).toEqual([{ type: 'session.extended', expiresAt: time.now() - MINUTE + 2 * HOUR }, { type: 'session.extended', expiresAt: time.now() + 2 * HOUR }])
  })

  it('tell no extension by a check that moved nothing, nor by one that was refused or went unanswered', async () => {
    const { time, fake, session } = await live({ extension: 'fixed' })
    const heard = listen(session)
    await session.check()
    await session.extend()
    fake.script('extend', { answer: false }, outage)
    await session.extend()
    await session.extend()
    await time.advance(HOUR)
    expect(heard).toEqual([])
  })

  it.each(['ended', 'expired', 'revoked'] as const)('tell the end of the session and why, once: %s', async (reason) => {
    const { fake, session } = await live()
    const heard = listen(session)
    fake.always({ answer: { status: 'ended', reason } })
    await session.check()
    await session.check()
    expect(heard).toEqual([{ type: 'session.expired', reason }])
    expect(session.get()).toMatchObject({ signedIn: false, reason })
  })

  it('tell a sign-out once, and not one of nobody', async () => {
    const { session } = await live()
    const heard = listen(session)
    await session.signOut()
    await session.signOut()
    expect(heard).toEqual([{ type: 'session.expired', reason: 'signedOut' }])
    const absent = await live({ subject: null })
    const nothing = listen(absent.session)
    await absent.session.signOut()
    expect(nothing).toEqual([])
  })

  it('are told once, however many use the session', async () => {
    const { session } = await live()
    const heard = listen(session)
    session.start()
    session.start()
    await session.signOut()
    expect(heard).toHaveLength(1)
  })

  it('tell nothing of a first visit', async () => {
    for (const subject of ['ada', null]) {
      const { session } = open({ subject })
      const heard = listen(session)
      session.start()
      await session.ready()
      expect(heard).toEqual([])
      expect(session.get().reason).toBe(subject ? undefined : 'absent')
    }
  })

  it('tell that the person is back', async () => {
    const { time, fake, session } = await live()
    await time.advance(MINUTE)
    fake.end()
    await session.check()
    const heard = listen(session)
    await session.reauthenticate()
    expect(heard).toEqual([{ type: 'session.reauthenticated' }])
    await session.reauthenticate()
    expect(heard).toHaveLength(1)
  })

  it('tell that somebody else is there, once, also where nobody signed in here', async () => {
    const { fake, session } = await live()
    const heard = listen(session)
    fake.signInAs('bob')
    await session.check()
    await session.check()
    expect(heard).toEqual([{ type: 'session.subjectChanged' }])
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
  })

  it('tell nothing of a person where the backend names none', async () => {
    const { fake, session } = await live()
    const heard = listen(session)
    fake.script('check', { answer: true })
    await session.check()
    await session.check()
    expect(heard).toEqual([])
  })

  it('are not told to those who stopped listening, nor to those of another type', async () => {
    const { session } = await live()
    const [gone, other, stays] = [vi.fn(), vi.fn(), vi.fn()]
    const stop = session.on('session.expired', gone)
    session.on('session.reauthenticated', other)
    session.on('session.expired', stays)
    stop()
    stop()
    await session.signOut()
    expect([gone, other, stays].map(({ mock }) => mock.calls.length)).toEqual([0, 0, 1])
  })

  it('are heard when the view shows them already', async () => {
    const { session } = await live()
    const seen: SessionView[] = []
    session.on('session.expired', () => seen.push(session.get()))
    await session.signOut()
    expect(seen).toMatchObject([{ signedIn: false, reason: 'signedOut' }])
  })
})
