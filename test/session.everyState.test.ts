import { describe, expect, it } from 'vitest'
import { createSession, type Session, type SessionOptions, type SessionState } from '../src/core'
import { createFakeBackend, createVirtualTime, type FakeBackend } from '../src/testing'
import { fakeTabs, MINUTE, HOUR, DAY, outage, no } from './liveSession'

interface Way {
  readonly policy?: SessionOptions
  readonly subject?: null
  readonly unattended?: true
  /** What the server does before anybody asks, or once it has been asked. */
  readonly first?: (fake: FakeBackend) => void
  readonly then?: (session: Session, fake: FakeBackend, tabs: ReturnType<typeof fakeTabs>) => unknown
}

/** How a session gets into each of its states. Compiles only while it names them all. */
const ways: Record<SessionState, Way> = {
  'unknown.checking': { first: ({ script }) => script('check', 'hang') },
  'unknown.waiting': { first: ({ script }) => script('check', outage) },
  'active.scheduled': {},
  'active.unattended': { policy: { keepAlive: 'off' } },
  'active.resting': { first: ({ script }) => script('check', { answer: { status: 'alive', permanent: true, subject: 'ada' } }) },
  'active.checking': { then: ({ check }, { script }) => (script('check', 'hang'), check()) },
  'extending.calling': { then: ({ extend }, { script }) => (script('extend', 'hang'), extend()) },
  'extending.asking': { then: ({ extend }, { script }) => (script('extend', no), script('check', 'hang'), extend()) },
  'extending.waiting': { then: ({ extend }, { script }) => (script('extend', outage), extend()) },
  'expired.ended': { subject: null },
  'expired.renewing': { subject: null, unattended: true },
  'expired.revoking': { then: ({ signOut }, { script }) => (script('revoke', 'hang'), signOut()) },
  'expired.unrevoked': { then: ({ signOut }, { script }) => (script('revoke', outage), signOut()) },
  'reauthenticating.revoking': { then: ({ signOut, reauthenticate }, { script }) => (script('revoke', 'hang'), signOut(), reauthenticate()) },
  'reauthenticating.signingIn': { then: ({ reauthenticate }, { script }) => (script('signIn', 'hang'), reauthenticate()) },
  'reauthenticating.elsewhere': { subject: null, then: (_, __, { tell }) => tell({ type: 'tabs.claimed', retryMs: 60_000 }) },
  'reauthenticating.confirming': { then: ({ reauthenticate }, { script }) => (script('check', 'hang'), reauthenticate()) },
}
const states = Object.keys(ways) as SessionState[]

/** A session in this state. */
async function enter(state: SessionState) {
  const { policy, subject, unattended = false, first, then } = ways[state]
  const time = createVirtualTime()
  const fake = createFakeBackend(time.clock, subject === null ? { subject } : {})
  const others = fakeTabs()
  const session = createSession({ ...fake.backend, unattended }, policy, { clock: time.clock, random: () => 0.5, tabs: others.tabs })
  first?.(fake)
  const release = session.start()
  await time.settle()
  void then?.(session, fake, others)
  await time.settle()
  expect(session.get().state).toBe(state)
  return { time, fake, session, release }
}

describe.each(states)('in %s', (state) => {
  it('at most one platform timer waits, for no longer than a platform can', async () => {
    const { time } = await enter(state)
    expect(time.pending()).toBe(state === 'active.resting' || state === 'expired.ended' ? 0 : 1)
    for (const delay of time.delays()) expect(delay).toBeLessThanOrEqual(2 ** 31 - 1)
  })

  it('the last release lets go of everything', async () => {
    const { time, fake, session, release } = await enter(state)
    release()
    await time.advance(1)
    const [seen, calls] = [session.get(), fake.calls.length]
    expect({ timers: time.pending(), listeners: fake.listening(), busy: seen.busy }).toEqual({ timers: 0, listeners: 0, busy: false })
    await time.advance(DAY)
    expect(session.get()).toBe(seen)
    expect([fake.calls.length, time.pending()]).toEqual([calls, 0])
  })

  it('a restart finds the truth again', async () => {
    const { time, fake, session, release } = await enter(state)
    const before = session.get()
    release()
    await time.advance(1)
    session.start()
    const signedOut = before.reason === 'signedOut'
    expect(session.get()).toMatchObject({ signedIn: before.signedIn, reason: before.reason })
    await time.advance(2 * MINUTE)
    const signedIn = !signedOut && fake.expiresAt !== undefined
    expect(session.get()).toMatchObject({ signedIn, certain: true, problem: undefined, reason: signedIn ? undefined : (before.reason ?? 'absent') })
  })

  it('a sign-out is final, and the server is told until it hears', async () => {
    const { time, fake, session } = await enter(state)
    fake.script('revoke', outage, 'hang', no)
    void session.signOut()
    const shown = new Set<string>()
    const look = () => void shown.add(`${session.get().signedIn} ${session.get().certain} ${session.get().reason}`)
    look()
    session.subscribe(look)
    for (const name of ['check', 'extend'] as const) void session[name]()
    session.cancel()
    fake.tell('signedOut')
    time.sleep(HOUR)
    time.clock.poke()
    await time.advance(HOUR)
    expect([...shown]).toEqual(['false true signedOut'])
    expect(session.get().state).toBe('expired.ended')
    expect(fake.count('revoke')).toBeGreaterThanOrEqual(2)
    const calls = fake.calls.length
    await time.advance(DAY)
    expect(fake.calls.length).toBe(calls)
  })

  it.each(['check', 'extend', 'reauthenticate', 'signOut', 'run'] as const)('%s is answered within bounds, though nobody answers', async (name) => {
    const { time, fake, session } = await enter(state)
    fake.always('hang')
    let settled = false
    const done = () => void (settled = true)
    ;(name === 'run' ? session.run(() => {}) : session[name]()).then(done, done)
    await time.advance(16 * MINUTE)
    expect(settled).toBe(true)
  })

  it('nobody flickers when the machine sleeps: what was known is known, and asked again', async () => {
    const { time, fake, session } = await enter(state)
    const { signedIn, reason } = session.get()
    const shown = new Set<unknown>()
    session.subscribe((view) => shown.add(view.signedIn))
    time.sleep(30 * MINUTE)
    time.clock.poke()
    if (signedIn) expect(session.get()).toMatchObject({ signedIn: true, certain: false })
    await time.advance(16 * MINUTE)
    expect(session.get()).toMatchObject({ certain: true, reason: fake.expiresAt === undefined ? (reason ?? 'absent') : undefined })
    expect([...shown].filter((each) => each !== signedIn && each !== true)).toEqual([])
  })
})
