import { describe, expect, it } from 'vitest'
import type { RunOptions, SessionBackend } from '../src/core'
import { hold, HOUR, kindsOf, LIFE, live, MINUTE, outage, SECOND, type World } from './liveSession'

const unauthenticated = new Error('401')
const classify: SessionBackend['classify'] = (error) => (error === unauthenticated ? 'unauthenticated' : undefined)
const classified = (world: World = {}) => live({ ...world, change: (backend) => ({ ...backend, classify }) })
const code = (codeOf: string) => expect.objectContaining({ name: 'SessionError', code: codeOf }) as unknown
/** What became of them so far. */
function follow(promises: readonly Promise<unknown>[]) {
  const outcomes: unknown[] = promises.map(() => 'open')
  promises.forEach((promise, i) => void promise.then((value) => (outcomes[i] = value), (error: unknown) => (outcomes[i] = (error as { code?: string }).code ?? error)))
  return outcomes
}
const yes: RunOptions = { onEnded: 'wait', replay: () => true }

describe('a thousand operations at once', () => {
  it('make one check where the session is not certain, and run when it was answered', async () => {
    const { time, fake, session } = await live()
    time.sleep(10 * MINUTE)
    const before = fake.calls.length
    const give = hold(fake, 'check')
    let ran = 0
    const all = Promise.all(Array.from({ length: 1_000 }, () => session.run(() => ++ran)))
    await time.settle()
    expect([kindsOf(fake).slice(before), ran]).toEqual([['check'], 0])
    give({ status: 'alive', expiresAt: fake.expiresAt, subject: 'ada' })
    await all
    expect([kindsOf(fake).slice(before), ran]).toEqual([['check'], 1_000])
  })

  it('make none where it is certain', async () => {
    const { fake, session } = await live()
    const before = fake.calls.length
    await Promise.all(Array.from({ length: 1_000 }, () => session.run(() => {})))
    expect(fake.calls.length).toBe(before)
  })

  it('make one where all fail as unauthenticated, whenever they do', async () => {
    const { time, fake, session } = await classified()
    fake.end()
    const runs = Array.from({ length: 1_000 }, (_, i) => session.run(() => new Promise((__, reject) => time.clock.setTimeout(() => reject(unauthenticated), i))))
    const outcomes = follow(runs)
    const before = fake.calls.length
    await time.advance(2 * SECOND)
    expect(new Set(outcomes)).toEqual(new Set(['ERR_SESSION_ENDED']))
    expect(kindsOf(fake).slice(before)).toEqual(['check'])
  })
})

describe('a verdict that may be so old', () => {
  it('costs no call while it is younger, and one when it is older', async () => {
    const { time, fake, session } = await live({ policy: { keepAlive: 'off' } })
    await time.advance(MINUTE)
    const before = fake.calls.length
    await session.run(() => {}, { maxAgeMs: 2 * MINUTE })
    expect(fake.calls.length).toBe(before)
    await session.run(() => {}, { maxAgeMs: 30 * SECOND })
    await session.run(() => {}, { maxAgeMs: 30 * SECOND })
    expect(kindsOf(fake).slice(before)).toEqual(['check'])
  })

  it('runs nothing when nobody can confirm it', async () => {
    const { time, fake, session } = await live()
    await time.advance(MINUTE)
    fake.always(outage)
    let ran = false
    const [outcome] = [follow([session.run(() => (ran = true), { maxAgeMs: 0 })])]
    await time.advance(MINUTE)
    expect([outcome, ran]).toEqual([['ERR_SESSION_UNREACHABLE'], false])
    // And the session goes on.
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
  })
})

describe('an operation that fails', () => {
  it('as anything else is nobody\'s business: its error comes through, and nobody is asked', async () => {
    const { fake, session } = await classified()
    const before = fake.calls.length
    const own = new Error('of my own')
    await expect(session.run(() => Promise.reject(own))).rejects.toBe(own)
    await expect(session.run(() => { throw own })).rejects.toBe(own)
    expect(fake.calls.length).toBe(before)
  })

  it('as unauthenticated, of a session that is alive, fails with its own error, and nobody is signed out (F04)', async () => {
    const { time, fake, session, views } = await classified()
    await time.advance(SECOND)
    await expect(session.run(() => Promise.reject(unauthenticated))).rejects.toBe(unauthenticated)
    expect(kindsOf(fake)).toEqual(['check', 'check'])
    expect(views.every(({ signedIn }) => signedIn === true)).toBe(true)
  })

  it('as unauthenticated, where nobody answers, fails with its own error', async () => {
    const { time, fake, session } = await classified()
    await time.advance(SECOND)
    fake.always(outage)
    const outcome = follow([session.run(() => Promise.reject(unauthenticated))])
    await time.advance(MINUTE)
    expect(outcome).toEqual([unauthenticated])
    expect(session.get().signedIn).toBe(true)
  })

  it('is not run again by itself', async () => {
    const { time, fake, session } = await classified()
    fake.end()
    let runs = 0
    const outcome = follow([session.run(() => (runs++, Promise.reject(unauthenticated)))])
    await time.settle()
    fake.signInAs('ada')
    await session.reauthenticate()
    await time.settle()
    expect([outcome, runs]).toEqual([['ERR_SESSION_ENDED'], 1])
  })

  it('is what it is when the backend\'s classifier throws, or says nonsense', async () => {
    for (const nonsense of [() => { throw new Error('of the classifier') }, () => 'whatever', () => 7] as (() => never)[]) {
      const { session, fake } = await live({ change: (backend) => ({ ...backend, classify: nonsense }) })
      const own = new Error('of my own')
      await expect(session.run(() => Promise.reject(own))).rejects.toBe(own)
      expect(kindsOf(fake)).toEqual(['check'])
    }
  })
})

describe('an operation that may wait', () => {
  /** A session that has ended, and somebody who signs in again as whom. */
  async function ended(world: World = {}) {
    const made = await classified(world)
    made.fake.end()
    await made.session.check()
    const back = async (as = 'ada') => {
      made.fake.script('signIn', () => made.fake.signInAs(as))
      await made.session.reauthenticate()
      await made.time.settle()
    }
    return { ...made, back }
  }

  it('runs when the same person is back and says so, in the order in which they came, one question at a time', async () => {
    const { time, session, back } = await ended()
    const log: string[] = []
    const answers: ((may: boolean) => void)[] = []
    const outcomes = follow(['a', 'b', 'c'].map((name) => session.run(() => (log.push(`runs ${name}`), name), { onEnded: 'wait', replay: (reason) => (log.push(`asks ${name} ${reason}`), new Promise((resolve) => answers.push(resolve))) })))
    await time.settle()
    expect([outcomes, log]).toEqual([['open', 'open', 'open'], []])
    await back()
    expect(log).toEqual(['asks a ended'])
    answers.shift()?.(true)
    await time.settle()
    expect(log).toEqual(['asks a ended', 'runs a', 'asks b ended'])
    answers.shift()?.(false)
    await time.settle()
    answers.shift()?.(true)
    await time.settle()
    expect(log).toEqual(['asks a ended', 'runs a', 'asks b ended', 'asks c ended', 'runs c'])
    expect(outcomes).toEqual(['a', 'ERR_SESSION_NOT_REPLAYED', 'c'])
  })

  it('is refused when it is another person, and nobody is asked (F08)', async () => {
    const { session, back } = await ended()
    let asked = 0
    const outcomes = follow([session.run(() => 'ran', { onEnded: 'wait', replay: () => ++asked > 0 })])
    await back('bob')
    expect([outcomes, asked]).toEqual([['ERR_SESSION_SUBJECT_CHANGED'], 0])
  })

  it('is refused when another person comes while it is being asked', async () => {
    const { time, session, back } = await ended()
    let may: (may: boolean) => void = () => {}
    const outcomes = follow([session.run(() => 'ran', { onEnded: 'wait', replay: () => new Promise((resolve) => (may = resolve)) })])
    await back()
    await back('bob')
    may(true)
    await time.settle()
    expect(outcomes).toEqual(['ERR_SESSION_SUBJECT_CHANGED'])
  })

  it('waits again when the session has ended anew while it was being asked', async () => {
    const { time, fake, session, back } = await ended()
    const answers: ((may: boolean) => void)[] = []
    const outcomes = follow([session.run(() => 'ran', { onEnded: 'wait', replay: () => new Promise((resolve) => answers.push(resolve)) })])
    await back()
    fake.end()
    await session.check()
    answers.shift()?.(true)
    await time.settle()
    expect(outcomes).toEqual(['open'])
    await back()
    answers.shift()?.(true)
    await time.settle()
    expect(outcomes).toEqual(['ran'])
  })

  it('waits when it ran, and failed as unauthenticated because the session had ended', async () => {
    const { time, fake, session } = await classified()
    await time.advance(SECOND)
    fake.end()
    const reasons: string[] = []
    let runs = 0
    const outcomes = follow([session.run(() => (runs++ === 0 ? Promise.reject(unauthenticated) : 'signed'), { onEnded: 'wait', replay: (reason) => reasons.push(reason) > 0 })])
    await time.settle()
    expect([session.get().signedIn, outcomes, runs]).toEqual([false, ['open'], 1])
    await session.reauthenticate()
    await time.settle()
    expect([outcomes, runs, reasons]).toEqual([['signed'], 2, ['ended']])
  })

  it('is refused by a sign-out: nobody comes back to what they left', async () => {
    const { time, session } = await ended()
    const outcomes = follow([session.run(() => 'ran', yes)])
    await session.signOut()
    await time.settle()
    expect(outcomes).toEqual(['ERR_SESSION_ENDED'])
    expect(follow([session.run(() => 'ran', yes)])).toEqual(['open'])
    await time.settle()
    await expect(session.run(() => 'ran', yes)).rejects.toMatchObject({ code: 'ERR_SESSION_ENDED' })
  })

  it('can be given up while it waits and while it is asked, and the next one is asked', async () => {
    const { time, session, back } = await ended()
    const [first, second] = [new AbortController(), new AbortController()]
    const never = () => new Promise<boolean>(() => {})
    const outcomes = follow([
      session.run(() => 1, { onEnded: 'wait', replay: never, signal: first.signal }),
      session.run(() => 2, { onEnded: 'wait', replay: never, signal: second.signal }),
      session.run(() => 3, yes),
    ])
    await time.settle()
    first.abort()
    await time.settle()
    expect(outcomes).toEqual(['ERR_SESSION_ABORTED', 'open', 'open'])
    await back()
    expect(outcomes).toEqual(['ERR_SESSION_ABORTED', 'open', 'open'])
    second.abort()
    await time.settle()
    expect(outcomes).toEqual(['ERR_SESSION_ABORTED', 'ERR_SESSION_ABORTED', 3])
  })

  it('waits with a hundred others at most', async () => {
    const { time, session, back } = await ended()
    const outcomes = follow(Array.from({ length: 101 }, (_, i) => session.run(() => i, yes)))
    await time.settle()
    expect(outcomes.filter((outcome) => outcome === 'open')).toHaveLength(100)
    expect(outcomes.at(-1)).toBe('ERR_SESSION_QUEUE_FULL')
    await back()
    await time.settle()
    expect(outcomes.slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, i) => i))
    await expect(session.run(() => 'room again', yes)).resolves.toBe('room again')
  })

  it('fails with the error of a `replay` that throws, and the next one is asked', async () => {
    const { session, back } = await ended()
    const own = new Error('of my own')
    const outcomes = follow([session.run(() => 1, { onEnded: 'wait', replay: () => { throw own } }), session.run(() => 2, yes)])
    await back()
    expect(outcomes).toEqual([own, 2])
  })

  it('takes only `true` for a yes', async () => {
    const { session, back } = await ended()
    const outcomes = follow([1, 'yes', {}, undefined].map((answer) => session.run(() => 'ran', { onEnded: 'wait', replay: () => answer as never })))
    await back()
    expect(outcomes).toEqual(Array.from({ length: 4 }, () => 'ERR_SESSION_NOT_REPLAYED'))
  })

  it('is let go by the last release', async () => {
    const { time, session, release } = await ended()
    const outcomes = follow([session.run(() => 'ran', yes)])
    await time.settle()
    release()
    await time.advance(SECOND)
    expect(outcomes).toEqual(['ERR_SESSION_STOPPED'])
  })

  it('waits on a first visit, too, for whoever signs in', async () => {
    const { time, fake, session } = await live({ subject: null })
    const outcomes = follow([session.run(() => 'ran', yes)])
    await time.settle()
    fake.script('signIn', () => fake.signInAs('ada'))
    await session.reauthenticate()
    await time.settle()
    expect(outcomes).toEqual(['ran'])
  })
})

describe('an operation of its own time', () => {
  it('that never settles holds nobody up, and can be given up', async () => {
    const { time, session } = await live()
    const leave = new AbortController()
    const outcomes = follow([session.run(() => new Promise(() => {}), { signal: leave.signal }), session.run(() => 2)])
    await time.settle()
    expect(outcomes).toEqual(['open', 2])
    leave.abort()
    await time.settle()
    expect(outcomes).toEqual(['ERR_SESSION_ABORTED', 2])
  })

  it('that gives itself up is given up', async () => {
    const { session } = await live()
    const leave = new AbortController()
    await expect(session.run(() => (leave.abort(), new Promise(() => {})), { signal: leave.signal })).rejects.toEqual(code('ERR_SESSION_ABORTED'))
  })

  it('that settles after the last release gives what it gives', async () => {
    const { time, session, release } = await classified()
    let give: (value: string) => void = () => {}
    let fail: (error: unknown) => void = () => {}
    const outcomes = follow([session.run(() => new Promise((resolve) => (give = resolve))), session.run(() => new Promise((_, reject) => (fail = reject)))])
    await time.settle()
    release()
    await time.advance(SECOND)
    give('signed')
    fail(unauthenticated)
    await time.settle()
    expect(outcomes).toEqual(['signed', unauthenticated])
  })

  it('is not begun when it was given up before', async () => {
    const { session } = await live()
    let ran = false
    await expect(session.run(() => (ran = true), { signal: AbortSignal.abort() })).rejects.toEqual(code('ERR_SESSION_ABORTED'))
    expect(ran).toBe(false)
  })

  it('is not begun for somebody else than was there when it came', async () => {
    const { time, fake, session } = await live()
    time.sleep(LIFE / 2)
    fake.signInAs('bob')
    let ran = false
    await expect(session.run(() => (ran = true))).rejects.toEqual(code('ERR_SESSION_SUBJECT_CHANGED'))
    expect(ran).toBe(false)
  })
})

describe('options of an operation that make no sense', () => {
  it.each<[string, object]>([
    ['maxAgeMs', { maxAgeMs: -1 }],
    ['maxAgeMs', { maxAgeMs: NaN }],
    ['maxAgeMs', { maxAgeMs: '5' }],
    ['onEnded', { onEnded: 'queue', replay: () => true }],
    ['replay', { onEnded: 'wait' }],
    ['replay', { replay: true }],
  ])('are refused: %s', async (name, options) => {
    const { session } = await live()
    let ran = false
    await expect(session.run(() => (ran = true), options)).rejects.toMatchObject({ code: 'ERR_SESSION_BAD_OPTION', message: expect.stringContaining(name) as string })
    expect(ran).toBe(false)
  })
})

describe('a step-up (RFC 9470)', () => {
  const challenge = { acrValues: ['urn:mfa'], maxAgeMs: 5 * MINUTE }
  const insufficient = new Error('insufficient_user_authentication')
  function steppable(world: World = {}) {
    const calls: { challenge: object; signal: AbortSignal; give: () => void; fail: () => void }[] = []
    const made = live({
      ...world,
      change: (backend) => ({
        ...backend,
        classify: (error) => (error === insufficient ? challenge : undefined),
        stepUp: ({ challenge: wanted, signal }) => new Promise<void>((give, reject) => calls.push({ challenge: wanted, signal, give, fail: () => reject(new Error('cancelled')) })),
      }),
    })
    return made.then((each) => ({ ...each, calls }))
  }

  it('asks for what is wanted, says whether it was done, and is heard of', async () => {
    const { time, session, calls } = await steppable()
    const heard: string[] = []
    session.on('session.steppedUp', ({ type }) => heard.push(type))
    const outcomes = follow([session.stepUp(challenge)])
    await time.settle()
    expect([calls.map(({ challenge: wanted }) => wanted), outcomes]).toEqual([[challenge], ['open']])
    calls[0]?.give()
    await time.settle()
    expect([outcomes, heard]).toEqual([[true], ['session.steppedUp']])
    const failing = follow([session.stepUp()])
    await time.settle()
    calls[1]?.fail()
    await time.settle()
    expect([failing, calls[1]?.challenge, heard.length]).toEqual([[false], {}, 1])
  })

  it('does not stop an extension that falls due, nor make anything uncertain', async () => {
    const { time, fake, session, views, calls } = await steppable()
    const outcomes = follow([session.stepUp(challenge)])
    await time.advance(10 * MINUTE)
    expect(fake.count('extend')).toBe(0)
    const before = fake.expiresAt
    // Whoever reads a code from another device takes a while; the time for a step-up ends, and the session does not.
    await time.advance(HOUR)
    expect(fake.count('extend')).toBeGreaterThan(0)
    expect(fake.expiresAt).toBeGreaterThan(Number(before))
    expect(views.every(({ signedIn, certain }) => signedIn === true && certain)).toBe(true)
    expect([outcomes, calls[0]?.signal.aborted]).toEqual([[false], true])
  })

  it('extends while it is under way', async () => {
    const { time, fake, session, calls } = await steppable({ lifeMs: 20 * MINUTE })
    void session.stepUp(challenge)
    await time.advance(8 * MINUTE)
    expect([fake.count('extend') > 0, calls[0]?.signal.aborted, session.actor.getSnapshot().context.steppingUp]).toEqual([true, false, true])
  })

  it('is one at a time, for all who wait', async () => {
    const { time, session, calls } = await steppable()
    const outcomes = follow([session.stepUp(challenge), session.stepUp({ acrValues: ['other'] })])
    await time.settle()
    calls[0]?.give()
    await time.settle()
    expect([calls.length, outcomes]).toEqual([1, [true, true]])
  })

  it('can be given up, and ends with the session', async () => {
    const { time, session, calls } = await steppable()
    const given = follow([session.stepUp()])
    await time.settle()
    session.cancel()
    await time.settle()
    expect([given, calls[0]?.signal.aborted]).toEqual([[false], true])
    const outcomes = follow([session.stepUp()])
    await time.settle()
    await session.signOut()
    await time.settle()
    expect([outcomes, calls[1]?.signal.aborted]).toEqual([[false], true])
    expect(follow([session.stepUp()])).toEqual(['open'])
    await time.settle()
    expect(calls).toHaveLength(2)
  })

  it('is let go by the last release, and does not come back with the next start', async () => {
    const { time, session, calls, release } = await steppable()
    const outcomes = follow([session.stepUp()])
    await time.settle()
    release()
    await time.advance(SECOND)
    expect([outcomes, calls[0]?.signal.aborted]).toEqual([['ERR_SESSION_STOPPED'], true])
    session.start()
    await time.settle()
    expect(session.actor.getSnapshot().context.steppingUp).toBe(false)
    expect(calls).toHaveLength(1)
  })

  it('comes before an operation that needs it, which is asked whether it may run again, and once only', async () => {
    const { time, session, calls } = await steppable()
    let runs = 0
    const reasons: string[] = []
    const run = (fails: number) => session.run(() => (++runs <= fails ? Promise.reject(insufficient) : 'signed'), { replay: (reason) => reasons.push(reason) > 0 })
    const outcomes = follow([run(1)])
    await time.settle()
    expect([runs, reasons]).toEqual([1, []])
    calls[0]?.give()
    await time.settle()
    expect([outcomes, runs, reasons]).toEqual([['signed'], 2, ['stepUp']])
    runs = 0
    const stubborn = follow([run(99)])
    await time.settle()
    calls[1]?.give()
    await time.settle()
    expect([stubborn, runs, calls.length]).toEqual([[insufficient], 2, 2])
    runs = 0
    const refused = follow([run(1)])
    await time.settle()
    calls[2]?.fail()
    await time.settle()
    expect([refused, runs]).toEqual([[insufficient], 1])
  })

  it('is asked for by nobody where an operation cannot run again, or nobody can do it', async () => {
    const { session, calls } = await steppable()
    await expect(session.run(() => Promise.reject(insufficient))).rejects.toBe(insufficient)
    expect(calls).toEqual([])
    const without = await live()
    await expect(without.session.stepUp()).rejects.toEqual(code('ERR_SESSION_NO_STEP_UP'))
  })

  it('needs a handle that is started, and a person who waits', async () => {
    const { time, session, release, calls } = await steppable()
    await expect(session.stepUp({}, { signal: AbortSignal.abort() })).rejects.toEqual(code('ERR_SESSION_ABORTED'))
    expect(calls).toEqual([])
    release()
    await time.advance(SECOND)
    await expect(session.stepUp()).rejects.toEqual(code('ERR_SESSION_NOT_STARTED'))
  })
})
