import { afterEach, describe, expect, it, vi } from 'vitest'
import type { SessionError, SessionView } from '../src/core'
import { createSession as createRealSession } from '../src/index'
import { busy, SECOND, MINUTE, HOUR, DAY, outage, open, live, hold, commands, issue } from './liveSession'

const failsWith = (code: string) => expect.objectContaining({ name: 'SessionError', code }) as unknown
const reasonOf = (promise: Promise<unknown>) => promise.then((value) => ({ resolved: value }), (error: unknown) => error)

afterEach(() => void vi.unstubAllGlobals())

describe('before start', () => {
  it('nothing runs: no call, no timer, no listener', async () => {
    const { time, fake, session } = open()
    const onLate = vi.spyOn(time.clock, 'onLate')
    session.subscribe(() => {})
    session.on('session.expired', () => {})
    session.cancel()
    await time.advance(DAY)
    expect({ calls: fake.calls, timers: time.pending(), listeners: fake.listening() }).toEqual({ calls: [], timers: 0, listeners: 0 })
    expect(onLate).not.toHaveBeenCalled()
  })

  it('the view knows nothing, and says so', () => {
    const { session } = open()
    expect(session.get()).toEqual({
      signedIn: undefined, certain: false, busy: false, expiresAt: undefined, reason: undefined, problem: undefined, status: 'unknown', state: 'unknown.checking',
    })
  })

  it.each(commands)('%s is refused, and nothing is kept of it', async (name) => {
    const { time, fake, session } = open()
    await expect(issue(session, name)).rejects.toEqual(failsWith('ERR_SESSION_NOT_STARTED'))
    await time.advance(HOUR)
    expect(fake.calls).toEqual([])
    session.start()
    await time.advance(1)
    expect(fake.calls.map(({ kind }) => kind)).toEqual(['check'])
    expect(session.get()).toMatchObject({ signedIn: true })
  })
})

describe('start', () => {
  it('counts its users: the last one that leaves stops the session', async () => {
    const { time, fake, session } = open()
    const [first, second] = [session.start(), session.start()]
    await time.advance(1)
    expect(fake.count('check')).toBe(1)
    first()
    await time.advance(90 * MINUTE)
    expect(fake.count('extend')).toBeGreaterThan(1)
    second()
    await time.advance(1)
    expect({ timers: time.pending(), listeners: fake.listening() }).toEqual({ timers: 0, listeners: 0 })
  })

  it('gives a release that counts once, however often it is called', async () => {
    const { time, fake, session } = open()
    const [first] = [session.start(), session.start()]
    first()
    first()
    first[Symbol.dispose]()
    await time.advance(HOUR)
    expect(fake.listening()).toBe(1)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
  })

  it('stops on the next macrotask, not before', async () => {
    const { time, fake, session, release } = await live()
    const seen = session.get()
    release()
    await time.settle()
    expect(session.get()).toBe(seen)
    expect(fake.listening()).toBe(1)
    await time.advance(1)
    expect(fake.listening()).toBe(0)
  })

  it('makes no second call when released and started again at once, as React does in StrictMode (F24)', async () => {
    const { time, fake, session } = open()
    const actor = session.actor
    session.start()()
    session.start()
    await time.advance(MINUTE)
    expect(fake.calls.map(({ kind }) => kind)).toEqual(['check'])
    expect(session.actor).toBe(actor)
    expect(session.get()).toMatchObject({ signedIn: true })
  })

  it('may be disposed of', async () => {
    const { time, fake, session } = open()
    {
      using release = session.start()
      await time.advance(1)
      expect([typeof release, fake.listening()]).toEqual(['function', 1])
    }
    await time.advance(1)
    expect(fake.listening()).toBe(0)
  })
})

describe('after the last release', () => {
  it.each(['check', 'extend', 'signIn', 'revoke'] as const)('the late answer of an abandoned %s changes nothing', async (kind) => {
    const { time, fake, session, release } = await live()
    const answer = hold(fake, kind)
    const command = kind === 'signIn' ? 'reauthenticate' : kind === 'revoke' ? 'signOut' : kind
    const waiting = reasonOf(issue(session, command))
    await time.settle()
    release()
    await time.advance(1)
    expect(await waiting).toEqual(failsWith('ERR_SESSION_STOPPED'))
    const heard: string[] = []
    for (const type of ['session.extended', 'session.expired', 'session.reauthenticated', 'session.subjectChanged'] as const) session.on(type, () => heard.push(type))
    session.subscribe(() => heard.push('view'))
    const seen = session.get()
    answer(kind === 'extend' ? { status: 'alive', expiresAt: time.now() + DAY, subject: 'bob' } : { status: 'ended' })
    await time.advance(DAY)
    expect(session.get()).toBe(seen)
    expect(heard).toEqual([])
    expect(time.pending()).toBe(0)
  })

  it.each(commands.filter((name) => name !== 'run'))('%s is rejected when it still waits', async (name) => {
    const { time, fake, session } = open()
    fake.always('hang')
    const release = session.start()
    const waiting = reasonOf(issue(session, name))
    await time.settle()
    release()
    await time.advance(1)
    expect(await waiting).toEqual(failsWith('ERR_SESSION_STOPPED'))
    expect(await reasonOf(issue(session, name))).toEqual(failsWith('ERR_SESSION_NOT_STARTED'))
  })

  it('an operation that waits for a verdict is never run', async () => {
    const { time, fake, session } = open()
    const operation = vi.fn()
    const answer = hold(fake, 'check')
    const release = session.start()
    const waiting = reasonOf(session.run(operation))
    await time.settle()
    release()
    await time.advance(1)
    answer(true)
    await time.advance(MINUTE)
    expect(await waiting).toEqual(failsWith('ERR_SESSION_STOPPED'))
    expect(operation).not.toHaveBeenCalled()
  })

  it('an operation that runs already delivers its result', async () => {
    const { time, session, release } = await live()
    let finish: (value: string) => void = () => {}
    const result = session.run(() => new Promise<string>((resolve) => (finish = resolve)))
    await time.settle()
    release()
    await time.advance(MINUTE)
    finish('signed')
    expect(await result).toBe('signed')
  })

  it('the clock and the backend are heard no more, and once only after a restart', async () => {
    const { time, fake, session } = open()
    const { onLate } = time.clock
    let hearing = 0
    vi.spyOn(time.clock, 'onLate').mockImplementation((listener) => {
      const stop = onLate(listener)
      hearing++
      return () => (hearing--, stop())
    })
    for (let restart = 0; restart < 3; restart++) {
      const release = session.start()
      await time.advance(1)
      expect([hearing, fake.listening()]).toEqual([1, 1])
      release()
      await time.advance(1)
      expect([hearing, fake.listening()]).toEqual([0, 0])
    }
  })

  it('nothing is busy, though a call was left behind', async () => {
    const { time, fake, session, release } = await live()
    fake.script('check', 'hang')
    void session.check()
    expect(session.get().busy).toBe(true)
    release()
    await time.advance(1)
    expect(session.get()).toMatchObject({ signedIn: true, certain: false, busy: false })
  })
})

describe('a backend that ignores its signal', () => {
  it('is left with one abandoned call of a kind, however often the session is restarted', async () => {
    const { time, fake, session } = open()
    fake.always('hang')
    for (let restart = 0; restart < 10; restart++) {
      const release = session.start()
      await time.advance(1)
      release()
      await time.advance(1)
    }
    expect(fake.unsettled('check')).toBe(1)
  })

  it('is left with one abandoned call of a kind, however often the question is given up', async () => {
    const { time, fake } = await live()
    fake.always('hang')
    for (let hint = 0; hint < 10; hint++) {
      fake.tell('signedIn')
      await time.advance(1)
    }
    expect(fake.unsettled('check')).toBe(1)
  })

  it('is waited for once when it never answers, and then presumed lost', async () => {
    const { time, fake, session } = await live()
    fake.always('hang')
    const asked: number[] = []
    for (let question = 0; question < 4; question++) {
      void session.check()
      await time.advance(30 * SECOND)
      asked.push(fake.count('check') - 1)
    }
    expect(asked).toEqual([1, 1, 2, 2])
  })

  it('is asked again once the abandoned call has settled', async () => {
    const { time, fake, session } = open()
    const answer = hold(fake, 'check')
    const release = session.start()
    await time.advance(1)
    release()
    await time.advance(1)
    session.start()
    await time.advance(1)
    expect([fake.count('check'), session.get().signedIn]).toEqual([1, undefined])
    answer(false)
    await time.advance(1)
    expect([fake.count('check'), session.get().signedIn]).toEqual([2, true])
  })
})

describe('a question that waits for an abandoned call', () => {
  it('is never sent once it was given up itself', async () => {
    const { time, fake, session } = open()
    const answer = hold(fake, 'check')
    for (let run = 0; run < 2; run++) {
      const release = session.start()
      await time.advance(1)
      release()
      await time.advance(1)
    }
    answer(true)
    await time.advance(HOUR)
    expect(fake.count('check')).toBe(1)
  })
})

describe('a restart', () => {
  /** Stops it and starts it again. */
  async function restart({ time, session, release }: Awaited<ReturnType<typeof live>>) {
    release()
    await time.advance(1)
    return session.start()
  }

  it('makes a new actor of the same handle; who listens hears on', async () => {
    const made = await live()
    const { time, fake, session } = made
    const views: SessionView[] = []
    const heard: unknown[] = []
    session.subscribe((view) => views.push(view))
    session.on('session.extended', (event) => heard.push(event))
    const before = session.actor
    await restart(made)
    expect(session.actor).not.toBe(before)
    expect([before.getSnapshot().status, session.actor.getSnapshot().status]).toEqual(['stopped', 'active'])
    await time.settle()
    await session.extend()
    expect(views.at(-1)).toBe(session.get())
    expect(heard).toEqual([{ type: 'session.extended', expiresAt: fake.expiresAt }])
  })

  it('still knows what was known, and asks whether it is true', async () => {
    const made = await live()
    const { fake, session, time } = made
    const { expiresAt } = session.get()
    made.release()
    await time.advance(1)
    expect(session.get()).toMatchObject({ signedIn: true, certain: false, busy: false, expiresAt })
    session.start()
    expect(session.get()).toMatchObject({ signedIn: true, certain: false, busy: true, expiresAt })
    await time.settle()
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, expiresAt })
    expect(fake.calls.map(({ kind }) => kind)).toEqual(['check', 'check'])
  })

  it('knows the person from before, and tells another', async () => {
    const made = await live()
    const { fake, session, time } = made
    const changed = vi.fn()
    session.on('session.subjectChanged', changed)
    const release = await restart(made)
    await time.settle()
    expect(changed).not.toHaveBeenCalled()
    fake.signInAs('bob')
    await restart({ ...made, release })
    await time.settle()
    expect(changed).toHaveBeenCalledExactlyOnceWith({ type: 'session.subjectChanged' })
  })

  it('never shows a signed-out session alive, and tells the server what it has not heard', async () => {
    const made = await live()
    const { time, fake, session } = made
    fake.always(outage)
    await session.signOut()
    const shown = new Set<unknown>()
    session.subscribe(({ signedIn, reason }) => shown.add(`${signedIn} ${reason}`))
    const release = await restart(made)
    await time.settle()
    await restart({ ...made, release })
    expect(fake.expiresAt).toBeDefined()
    fake.always(undefined)
    await time.advance(MINUTE)
    expect([...shown]).toEqual(['false signedOut'])
    expect(fake.expiresAt).toBeUndefined()
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'signedOut', state: 'expired.ended' })
    expect(fake.count('check')).toBe(1)
  })

  it('keeps to the patience that the server asked for', async () => {
    const made = await live()
    const { time, fake, session } = made
    fake.script('check', busy(10 * MINUTE))
    await session.check()
    const before = fake.calls.length
    await restart(made)
    await time.advance(9 * MINUTE)
    expect(fake.calls.length).toBe(before)
    await time.advance(2 * MINUTE)
    expect(fake.calls.length).toBe(before + 1)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
  })

  it('is told to all who subscribe while it stands still', async () => {
    const { time, session, release } = await live()
    release()
    await time.advance(1)
    const views: SessionView[] = []
    session.subscribe((view) => views.push(view))
    session.start()
    await time.settle()
    expect(views.map(({ state }) => state)).toEqual(['unknown.checking', 'active.scheduled'])
  })
})

describe('the ports', () => {
  it('are real ones in the browser build: it starts, answers and lets go', async () => {
    const heard: string[] = []
    const session = createRealSession({ check: async () => true, events: () => () => void heard.push('released') }, { keepAlive: 'off' })
    const release = session.start()
    expect(await session.ready()).toMatchObject({ signedIn: true, certain: true })
    release()
    await vi.waitFor(() => expect(heard).toEqual(['released']))
    expect(session.get()).toMatchObject({ signedIn: true, certain: false, busy: false })
  })
})

describe('a handle that is used while it stops', () => {
  it('is started anew from the clean-up of its listeners', async () => {
    let once = true
    const { time, fake, session } = await (async () => {
      const made = open({ change: (backend) => ({ ...backend, events: () => () => void (once && ((once = false), made.session.start())) }) })
      const release = made.session.start()
      await made.time.settle()
      release()
      await made.time.advance(1)
      return made
    })()
    expect(once).toBe(false)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    await time.advance(DAY)
    expect(fake.count('extend')).toBeGreaterThan(20)
  })

  it('leaves no command that hangs, in whatever turn it is given', async () => {
    for (let turns = 0; turns < 12; turns++) {
      const { time, fake, session, release } = await live()
      fake.script('check', 'hang')
      release()
      void session.run(() => {})
      let turn: Promise<unknown> = Promise.resolve()
      for (let i = 0; i < turns; i++) turn = turn.then(() => {})
      let code: unknown
      void turn.then(() => session.check()).catch((error: SessionError) => (code = error.code))
      await time.advance(DAY)
      expect(code).toMatch(/^ERR_SESSION_(NOT_STARTED|STOPPED)$/)
    }
  })
})
