import { describe, expect, it } from 'vitest'
import type { Reply, SessionView } from '../src/core'
import type { Step } from '../src/testing'
import { SECOND, MINUTE, HOUR, DAY, LIFE, LEAST_WAIT, LONGEST_WAIT, LONGEST_QUESTION_WAIT, outage, busy, no, open, live, watch, shown, hold, kindsOf, timesOf, gapsOf } from './liveSession'

describe('three things end a session (law 1)', () => {
  it.each<[string, Step]>([
    ['throws', outage],
    ['throws at once', () => { throw new TypeError('fetch failed') }],
    ['never answers', 'hang'],
    ['asks for patience', busy(MINUTE)],
    ['is a login page', { answer: '<!doctype html><title>Sign in</title>' }],
    ['is empty', { answer: undefined }],
    ['is a status code', { answer: 401 }],
    ['has exchanged the credentials', { answer: { status: 'superseded' } }],
    ['is an error body', { answer: { error: 'session expired', status: 401 } }],
  ])('a server that %s does not, for as long as it likes', async (_, step) => {
    const { time, fake, session, views } = await live()
    fake.always(step)
    void session.check()
    await time.advance(LIFE / 2)
    fake.always(undefined)
    // The server may have asked for a minute's patience, too.
    await time.advance(MINUTE + LONGEST_WAIT)
    expect(shown(views)).toEqual([true])
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
  })

  it.each<[string, Step]>([['throws', outage], ['never answers', 'hang'], ['is a login page', { answer: '<html>' }]])('a server that %s does not, even far past the deadline: it is asked', async (_, step) => {
    const { time, fake, session, views } = await live()
    fake.always(step)
    await time.advance(10 * LIFE)
    expect(shown(views)).toEqual([true])
    expect(session.get()).toMatchObject({ signedIn: true, certain: false, status: 'unknown' })
  })

  it.each([3, 24, -3, -24, 24 * 365, -24 * 365])('the clock of this machine does not: set by %d hours', async (hours) => {
    const { time, session, views, setClockBy } = await live()
    setClockBy(hours * HOUR)
    await time.advance(LIFE)
    setClockBy(-hours * HOUR)
    await time.advance(LIFE)
    expect(shown(views)).toEqual([true])
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
  })

  it('a wrong clock does not shorten a session where the server tells its time', async () => {
    const { time, session, setClockBy, fake } = await live({ change: (backend) => ({ ...backend, check: async (call) => ({ ...((await backend.check(call)) as object), serverNow: Date.UTC(2026, 0, 1) }) as never }) })
    setClockBy(3 * HOUR)
    await session.check()
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, expiresAt: time.now() + LIFE })
    expect(fake.count('extend')).toBe(0)
  })

  it('an answer that came after its own deadline is asked about again at once, and nobody is certain of it', async () => {
    let asked = 0
    const late = () => new Promise((resolve) => time.platform.setTimeout(() => resolve({ status: 'alive', ttlMs: 10 * SECOND }), 20 * SECOND))
    const { time, session } = open({ change: () => ({ check: () => (++asked === 1 ? late() : { status: 'alive', ttlMs: HOUR }) as Promise<Reply> }) })
    const views: SessionView[] = []
    session.subscribe((view) => views.push(view))
    session.start()
    await time.advance(20 * SECOND)
    expect(asked).toBe(2)
    expect(views.map(({ state, certain }) => `${state} ${String(certain)}`)).toEqual(['unknown.checking false', 'unknown.checking false', 'active.unattended true'])
  })

  it('a deadline that passes is a question, not a verdict', async () => {
    const { time, fake, session, views } = await live({ policy: { keepAlive: 'off' } })
    const answer = hold(fake, 'check')
    await time.advance(LIFE)
    expect(session.get()).toMatchObject({ signedIn: true, certain: false, busy: true, status: 'unknown' })
    answer({ status: 'alive', expiresAt: time.now() + HOUR })
    await time.settle()
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, expiresAt: time.now() + HOUR })
    expect(shown(views)).toEqual([true])
  })

  it.each([['check', false, 'ended'], ['check', { status: 'ended' }, 'ended'], ['check', { status: 'ended', reason: 'revoked' }, 'revoked'], ['extend', { status: 'ended', reason: 'expired' }, 'expired']] as const)(
    'the server does, when its %s says %j',
    async (kind, answer, reason) => {
      const { fake, session } = await live()
      fake.script(kind, { answer })
      expect(await session[kind]()).toMatchObject({ signedIn: false, certain: true, reason, status: 'expired' })
    },
  )

  it('the person does, who signs out', async () => {
    const { fake, session } = await live()
    expect(await session.signOut()).toMatchObject({ signedIn: false, certain: true, reason: 'signedOut' })
    expect(fake.expiresAt).toBeUndefined()
  })

  it('a hint of the backend does not: it is a question', async () => {
    const { time, fake, session, views } = await live()
    fake.tell('signedOut')
    expect(session.get()).toMatchObject({ signedIn: true, certain: false })
    await time.settle()
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    expect(shown(views)).toEqual([true])
  })
})

describe('a false from extend is a question (law 2)', () => {
  it('alive: it is tried again after a backoff, and all the while usable', async () => {
    const { time, fake, session, views } = await live()
    fake.script('extend', no, no, no)
    const end = time.now() + LIFE
    await session.extend()
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: { code: 'ERR_SESSION_REFUSED' }, state: 'extending.waiting' })
    expect(kindsOf(fake)).toEqual(['check', 'extend', 'check'])
    await time.advance(LIFE - 1)
    expect(kindsOf(fake).slice(1, 8)).toEqual(['extend', 'check', 'extend', 'check', 'extend', 'check', 'extend'])
    expect(new Set(kindsOf(fake).slice(8))).toEqual(new Set(['extend']))
    expect(session.get()).toMatchObject({ signedIn: true, problem: undefined, status: 'active' })
    expect(views.every(({ signedIn, certain }) => signedIn && certain)).toBe(true)
    const tries = fake.calls.filter(({ kind }) => kind === 'extend').map(({ at }) => at).slice(0, 4)
    for (const [i, gap] of gapsOf(tries).entries()) {
      expect(gap).toBeGreaterThanOrEqual(LEAST_WAIT)
      expect(gap).toBeLessThanOrEqual(LEAST_WAIT + (end - (tries[i] ?? 0)) / 3)
    }
  })

  it('ended: it has expired, after exactly one question', async () => {
    const { fake, session } = await live()
    fake.script('extend', no)
    fake.end()
    expect(await session.extend()).toMatchObject({ signedIn: false, status: 'expired' })
    expect(kindsOf(fake)).toEqual(['check', 'extend', 'check'])
  })

  it.each<[string, Step]>([['throws', outage], ['never answers', 'hang'], ['says garbage', { answer: 'html' }]])('no answer, because the server %s: it is tried again', async (_, step) => {
    const { time, fake, session, views } = await live()
    fake.script('extend', no)
    fake.script('check', step)
    void session.extend()
    // The question may take half a minute.
    await time.advance(LONGEST_WAIT + 30 * SECOND)
    expect(shown(views)).toEqual([true])
    expect(session.get()).toMatchObject({ certain: true, problem: undefined, expiresAt: fake.expiresAt })
    expect(fake.count('extend')).toBeGreaterThanOrEqual(2)
  })

  it('is none when the backend names it superseded: that is asked as well', async () => {
    const { fake, session } = await live()
    fake.script('extend', { answer: { status: 'superseded' } })
    expect(await session.extend()).toMatchObject({ signedIn: true })
    expect(kindsOf(fake)).toEqual(['check', 'extend', 'check'])
  })

  it('is over when the question shows that the end has moved all the same', async () => {
    const { time, fake, session } = await live()
    await time.advance(MINUTE)
    fake.script('extend', async (call) => {
      await fake.backend.extend?.(call)
      return false
    })
    expect(await session.extend()).toMatchObject({ signedIn: true, status: 'active', problem: undefined, expiresAt: time.now() + LIFE })
  })
})

describe('an extension counts when it is seen (law 3)', () => {
  const MONTH = 30 * DAY

  it('a fixed session is tried again at half of what remains, at most twenty times in thirty days', async () => {
    const { time, fake, session } = await live({ lifeMs: MONTH, extension: 'fixed' })
    const end = fake.expiresAt as number
    const problems: { code: string; left: number }[] = []
    session.subscribe(({ problem }) => problem && problems.push({ code: problem.code, left: (end - time.now()) / MONTH }))
    await time.advance(MONTH - 1)
    const tries = fake.calls.filter(({ kind }) => kind === 'extend').map(({ at }) => at)
    expect(tries.length).toBeGreaterThan(3)
    expect(tries.length).toBeLessThanOrEqual(20)
    tries.slice(1, 6).forEach((at, i) => expect((end - at) / (end - (tries[i] ?? 0))).toBeCloseTo(0.5, 2))
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: { code: 'ERR_SESSION_UNMOVED' } })
    expect(new Set(problems.map(({ code }) => code))).toEqual(new Set(['ERR_SESSION_UNMOVED']))
    expect(Math.max(...problems.map(({ left }) => left))).toBeLessThan(0.2)
    await time.advance(MINUTE)
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'expired' })
  })

  it('a fixed session is not seen to move because one answer was slow and the next was fast', async () => {
    const end = Date.UTC(2026, 0, 1) + LIFE
    const server: { now(): number; wait(ms: number): Promise<void> } = { now: () => 0, wait: async () => {} }
    const slowness = [20, 0, 7, 0, 0, 25, 0]
    const answer = async () => {
      const half = ((slowness.shift() ?? 0) * SECOND) / 2
      await server.wait(half)
      const ttlMs = end - server.now()
      await server.wait(half)
      return { status: 'alive', ttlMs } as const
    }
    const { time, session } = open({ change: () => ({ check: answer, extend: answer }) })
    Object.assign(server, { now: time.now, wait: (ms: number) => new Promise<void>((resolve) => void time.clock.setTimeout(resolve, ms)) })
    const heard: unknown[] = []
    session.on('session.extended', (event) => heard.push(event))
    session.start()
    await time.advance(MINUTE)
    for (const command of ['check', 'extend', 'check', 'check', 'extend', 'check'] as const) {
      void session[command]()
      await time.advance(MINUTE)
    }
    expect(slowness).toEqual([])
    expect(heard).toEqual([])
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
  })

  it('a session that nobody knows the end of is taken at its word, and extended by the period', async () => {
    const { time, fake, session, views } = await live({ change: (backend) => ({ ...backend, check: async (call) => !!(await backend.check(call)), extend: async (call) => !!(await backend.extend?.(call)) }) })
    const heard: unknown[] = []
    session.on('session.extended', (event) => heard.push(event))
    await time.advance(10 * HOUR)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, expiresAt: undefined, problem: undefined })
    expect(shown(views)).toEqual([true])
    expect(new Set(kindsOf(fake).slice(1))).toEqual(new Set(['extend']))
    for (const gap of gapsOf(timesOf(fake))) expect(gap / (5 * MINUTE)).toSatisfy((part: number) => part > 0.79 && part <= 1)
    expect(heard).toHaveLength(fake.count('extend'))
    expect(heard[0]).toEqual({ type: 'session.extended', expiresAt: undefined })
  })

  it('a period that the app chose is kept', async () => {
    let extensions = 0
    const { time } = await live({ policy: { intervalMs: HOUR }, change: () => ({ check: () => true, extend: () => ++extensions > 0 }) })
    await time.advance(10 * HOUR)
    expect(extensions).toBeGreaterThanOrEqual(10)
    expect(extensions).toBeLessThanOrEqual(12)
  })

  it('an end that no extension moves is left alone, and asked about when it comes', async () => {
    const start = Date.UTC(2026, 0, 1)
    const { time, fake, session } = await live({
      change: (backend) => ({ ...backend, check: async (call) => ({ ...((await backend.check(call)) as object), maxExpiresAt: start + LIFE }) as never }),
    })
    await time.advance(LIFE - 1)
    expect(kindsOf(fake)).toEqual(['check'])
    await time.advance(1)
    expect(kindsOf(fake)).toEqual(['check', 'check'])
    expect(session.get()).toMatchObject({ signedIn: false })
  })
})

describe('a session that lives on past its end', () => {
  it.each([['it has passed meanwhile', LIFE], ['it was past from the beginning', -MINUTE]])('is asked now and then, in no hot loop: %s', async (_, lifeMs) => {
    const answer = { status: 'alive', expiresAt: Date.UTC(2026, 0, 1) + lifeMs } as const
    let calls = 0
    const ask = () => (calls++, answer)
    const { time, session, views } = await live({ change: () => ({ check: ask, extend: ask }) })
    await time.advance(2 * LIFE)
    expect(shown(views)).toEqual([true])
    expect(session.get().signedIn).toBe(true)
    expect(calls).toBeLessThanOrEqual(4 * 12 + 20)
  })

  it('is extended at once when the server still vouches for it: it may have a second left', async () => {
    let clock = () => Date.UTC(2026, 0, 1)
    let end = clock() + MINUTE + 900
    let down = false
    const answer = (moves: boolean) => () => {
      if (down) throw outage
      if (clock() >= end) return false
      if (moves) end = clock() + MINUTE
      // Cut to whole seconds, as in a cookie.
      return { status: 'alive', expiresAt: Math.floor(end / SECOND) * SECOND } as const
    }
    const { time, session } = await live({ change: () => ({ check: answer(false), extend: answer(true) }) })
    clock = time.now
    down = true
    await time.advance(MINUTE - 1)
    down = false
    for (let step = 0; step < 20; step++) await time.advance(100)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    expect(end).toBeGreaterThan(time.now() + MINUTE / 2)
  })
})

describe('an end that no extension moves', () => {
  it('is the end, even where another is said to come later', async () => {
    const start = Date.UTC(2026, 0, 1)
    let calls = 0
    let over = false
    const answer = () => (calls++, over ? false : ({ status: 'alive', expiresAt: start + 8 * HOUR, maxExpiresAt: start + HOUR } as const))
    const { time, session } = await live({ change: () => ({ check: answer, extend: answer }) })
    expect(session.get().expiresAt).toBe(start + HOUR)
    over = true
    await time.advance(HOUR)
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'ended' })
    expect(calls).toBe(2)
  })
})

describe('check never prolongs (law 4)', () => {
  it.each([MINUTE, LIFE, 30 * DAY])('an undisturbed rolling life of %d ms is extended, never checked', async (lifeMs) => {
    const { time, fake, session, views } = await live({ lifeMs })
    await time.advance(20 * lifeMs)
    const periods = (20 * lifeMs) / Math.min(lifeMs / 4, DAY)
    expect(fake.count('check')).toBe(1)
    expect(fake.count('extend')).toBeGreaterThanOrEqual(periods - 1)
    expect(fake.count('extend')).toBeLessThanOrEqual(periods / 0.8 + 1)
    expect(shown(views)).toEqual([true])
    expect(session.get()).toMatchObject({ certain: true, problem: undefined })
  })

  it('a session that can only be watched is asked once, at its end', async () => {
    const { time, fake, session } = await live({ change: ({ check }) => ({ check }) })
    await time.advance(LIFE - 1)
    expect(kindsOf(fake)).toEqual(['check'])
    await time.advance(1)
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'expired' })
    expect(kindsOf(fake)).toEqual(['check', 'check'])
  })

  it('a check does not put off the next extension', async () => {
    const { time, fake, session } = await live({ random: () => 0 })
    for (let minute = 0; minute < 29; minute++) {
      await time.advance(MINUTE)
      await session.check()
    }
    expect(fake.count('extend')).toBe(0)
    await time.advance(MINUTE)
    expect(fake.count('extend')).toBe(1)
  })
})

describe('an extension that is due is the question', () => {
  const woken = (sleepMs = HOUR) => async ({ time }: Awaited<ReturnType<typeof live>>) => {
    time.sleep(sleepMs)
    time.clock.poke()
    await time.settle()
  }

  it('after a sleep: one call, and its answer is the answer', async () => {
    const world = await live()
    const { time, fake, session } = world
    await woken()(world)
    expect(kindsOf(fake)).toEqual(['check', 'extend'])
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined, expiresAt: time.now() + LIFE, state: 'active.scheduled' })
    await time.advance(20 * MINUTE)
    expect(fake.calls.length).toBe(2)
  })

  it('after a sleep, to a server that has ended the session: one call, and it has expired', async () => {
    const world = await live()
    world.fake.end()
    await woken()(world)
    expect(kindsOf(world.fake)).toEqual(['check', 'extend'])
    expect(world.session.get()).toMatchObject({ signedIn: false, certain: true, reason: 'expired' })
  })

  it.each<[string, Step]>([['false', no], ['superseded', { answer: { status: 'superseded' } }]])('which is asked after all when it is refused: %s', async (_, step) => {
    const world = await live()
    const { time, fake, session, views } = world
    fake.script('extend', step)
    await woken()(world)
    expect(kindsOf(fake)).toEqual(['check', 'extend', 'check'])
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    await time.advance(SECOND)
    expect(kindsOf(fake)).toEqual(['check', 'extend', 'check', 'extend'])
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined, expiresAt: fake.expiresAt })
    expect(shown(views)).toEqual([true])
  })

  it('which is asked after all when it is refused: and once more for the extension, no oftener', async () => {
    const world = await live({ change: (backend) => ({ ...backend, extend: async (call) => (await backend.extend?.(call), false) }), extension: 'fixed' })
    const { time, fake, session } = world
    await woken()(world)
    await time.advance(LEAST_WAIT - 1)
    expect(kindsOf(fake)).toEqual(['check', 'extend', 'check', 'extend', 'check'])
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, state: 'extending.waiting', problem: { code: 'ERR_SESSION_REFUSED' } })
  })

  it('of a refused one that finds the session ended: it has expired', async () => {
    const world = await live()
    world.fake.script('extend', no)
    world.fake.end()
    await woken()(world)
    expect(kindsOf(world.fake)).toEqual(['check', 'extend', 'check'])
    expect(world.session.get()).toMatchObject({ signedIn: false, certain: true, reason: 'expired' })
  })

  it.each<[string, Step]>([['throws', outage], ['says garbage', { answer: 'html' }], ['never answers', 'hang'], ['is busy', busy(SECOND)]])('without an answer, because the server %s: nothing else is asked, and nothing is certain', async (_, step) => {
    const world = await live()
    const { time, fake, session, views } = world
    fake.script('extend', step)
    await woken()(world)
    expect(kindsOf(fake)).toEqual(['check', 'extend'])
    expect(session.get()).toMatchObject({ signedIn: true, certain: false })
    // It is a question, and asked again as one: soon. What never answers takes half a minute, and is waited for once.
    await time.advance(MINUTE + SECOND + 8 * LEAST_WAIT)
    expect(new Set(kindsOf(fake).slice(1))).toEqual(new Set(['extend']))
    expect(fake.calls.length).toBeLessThanOrEqual(4)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined, expiresAt: fake.expiresAt })
    expect(shown(views)).toEqual([true])
  })

  it('to whoever checks while it waits for its next attempt', async () => {
    const { time, fake, session } = await live()
    fake.script('extend', outage)
    await time.advance(...(time.delays() as [number]))
    expect(session.get()).toMatchObject({ state: 'extending.waiting', problem: { code: 'ERR_SESSION_UNREACHABLE' } })
    expect(await session.check()).toMatchObject({ signedIn: true, certain: true, problem: undefined, expiresAt: time.now() + LIFE })
    expect(kindsOf(fake)).toEqual(['check', 'extend', 'extend'])
  })

  it.each([
    ['it is not due', 10 * MINUTE, {}],
    ['the deadline has passed', LIFE, {}],
    ['the app extends by itself', HOUR, { policy: { keepAlive: 'off' } }],
    ['the backend cannot extend', HOUR, { change: ({ check }) => ({ check }) }],
    ['no extension moves the end', HOUR, { change: (backend) => ({ ...backend, check: async (call) => ({ ...((await backend.check(call)) as object), maxExpiresAt: Date.UTC(2026, 0, 1) + LIFE }) as never }) }],
  ] satisfies [string, number, Parameters<typeof live>[0]][])('only where there is one to make: where %s, it is a plain check', async (_, sleepMs, options) => {
    const world = await live(options)
    await woken(sleepMs)(world)
    expect(kindsOf(world.fake)).toEqual(['check', 'check'])
    expect(world.session.get()).toMatchObject({ signedIn: sleepMs < LIFE, certain: true })
  })

  it('but not who has signed in: that is asked', async () => {
    const { time, fake, session } = await live()
    fake.script('extend', outage)
    await time.advance(...(time.delays() as [number]))
    await session.reauthenticate()
    expect(kindsOf(fake)).toEqual(['check', 'extend', 'signIn', 'check'])
  })
})

describe('no secret enters (law 7)', () => {
  it('the person is a token: the same for the same, and in no view', async () => {
    const { fake, session, views } = await live()
    const tokens = [session.actor.getSnapshot().context.subject]
    for (const subject of ['bob', 'ada']) {
      fake.signInAs(subject)
      await session.check()
      tokens.push(session.actor.getSnapshot().context.subject)
    }
    const [ada, bob, again] = tokens
    expect(typeof ada).toBe('string')
    expect(again).toBe(ada)
    expect(bob).not.toBe(ada)
    for (const name of ['ada', 'bob']) expect(JSON.stringify([views, session.actor.getSnapshot()])).not.toContain(name)
    for (const token of tokens) expect(views.flatMap((view): unknown[] => Object.values(view))).not.toContain(token)
  })
})

describe('what users see is always true (law 10)', () => {
  it('nothing flickers while a session is extended and checked over many lives', async () => {
    const { time, fake, session, views } = await live()
    for (let hour = 0; hour < 48; hour++) {
      await time.advance(HOUR)
      if (hour % 3 === 0) await session.check()
    }
    expect(fake.count('extend')).toBeGreaterThan(90)
    expect(views.every(({ signedIn, certain, reason, problem }) => signedIn && certain && !reason && !problem)).toBe(true)
  })

  it('nothing is known before the first verdict', async () => {
    const { time, fake, session } = open()
    fake.always(outage)
    const views = watch(session)
    session.start()
    await time.advance(HOUR)
    expect(shown(views)).toEqual([undefined])
    expect(views.every(({ certain, reason }) => !certain && reason === undefined)).toBe(true)
    fake.always(undefined)
    await time.advance(LONGEST_QUESTION_WAIT)
    expect(shown(views)).toEqual([undefined, true])
  })

  it.each([
    ['a check', 10 * MINUTE, 'check'],
    ['the extension that is due', HOUR, 'extend'],
  ] as const)('after a sleep, "signed in" is uncertain until the server answered %s', async (_, sleepMs, kind) => {
    const { time, fake, session, views } = await live()
    const answer = hold(fake, kind)
    time.sleep(sleepMs)
    time.clock.poke()
    expect(session.get()).toMatchObject({ signedIn: true, certain: false, busy: true })
    await time.advance(10 * SECOND)
    expect(session.get()).toMatchObject({ signedIn: true, certain: false })
    answer(true)
    await time.settle()
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    expect(kindsOf(fake)).toEqual(['check', kind])
    expect(shown(views)).toEqual([true])
  })

  it('after a sleep past the end, it is shown ended once the server says so, and not before', async () => {
    const { time, session, views } = await live()
    time.sleep(3 * LIFE)
    time.clock.poke()
    expect(session.get()).toMatchObject({ signedIn: true, certain: false })
    await time.settle()
    expect(session.get()).toMatchObject({ signedIn: false, certain: true, reason: 'expired' })
    expect(shown(views)).toEqual([true, false])
  })

  it('a freeze is noticed by the first timer that is late, before it acts', async () => {
    const { time, fake, session, views } = await live()
    time.freeze(HOUR)
    await time.advance(0)
    expect(kindsOf(fake)).toEqual(['check', 'extend'])
    expect(views.map(({ certain }) => certain).filter((value, i, all) => value !== all[i - 1])).toEqual([true, false, true])
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
  })

  it.each([
    [60 * SECOND, 'is no sleep, as a hidden page wakes once a minute', [true]],
    [65 * SECOND - 1, 'is no sleep, as a hidden page wakes once a minute', [true]],
    [66 * SECOND, 'is one: uncertain until the server answered', [true, false, true]],
  ])('a timer that comes %d ms late %s', async (lateMs, _, certainties) => {
    const { time, fake, session, views } = await live()
    const [delay = 0] = time.delays()
    time.freeze(delay + lateMs)
    await time.advance(0)
    expect(kindsOf(fake)).toEqual(['check', 'extend'])
    expect(views.map(({ certain }) => certain).filter((value, i, all) => value !== all[i - 1])).toEqual(certainties)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, expiresAt: time.now() + LIFE })
  })

  it('an outage of a third of the life is never shown as an end; its problem appears and disappears', async () => {
    const { time, fake, session, views } = await live()
    fake.always(outage)
    await time.advance(20 * MINUTE + LIFE / 3)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: { code: 'ERR_SESSION_UNREACHABLE' } })
    fake.always(undefined)
    await time.advance(LONGEST_WAIT)
    expect(session.get().problem).toBeUndefined()
    expect(views.some(({ problem }) => problem)).toBe(true)
    expect(views.some(({ status }) => status === 'expired')).toBe(false)
    expect(views.every(({ certain }) => certain)).toBe(true)
  })

  it('a problem stays until it is over, though each attempt begins anew', async () => {
    const { time, fake, session, views } = await live()
    fake.always(outage)
    for (let attempts = 0; attempts < 20; attempts++) fake.script('extend', no)
    await session.extend()
    const from = views.findIndex(({ problem }) => problem !== undefined)
    await time.advance(LIFE - 1)
    const codes = views.slice(from).map(({ problem }) => problem?.code)
    expect(codes.length).toBeGreaterThan(10)
    expect(fake.count('extend')).toBeGreaterThan(5)
    expect(new Set(codes)).toEqual(new Set(['ERR_SESSION_UNREACHABLE']))
  })

  it('nobody is said to have refused where nobody answered', async () => {
    const { fake, session } = await live()
    fake.script('extend', outage)
    expect((await session.extend()).problem).toEqual({ code: 'ERR_SESSION_UNREACHABLE' })
    const { signedIn, problem } = await session.check()
    expect({ signedIn, refused: problem?.code === 'ERR_SESSION_REFUSED' }).toEqual({ signedIn: true, refused: false })
  })

  it('a sign-in from a live session hides nothing: who was signed in stays so, uncertain', async () => {
    const { fake, session, views, time } = await live()
    const done = hold(fake, 'signIn')
    const back = session.reauthenticate()
    await time.settle()
    expect(session.get()).toMatchObject({ signedIn: true, certain: false, busy: true, status: 'reauthenticating' })
    done(undefined)
    expect(await back).toMatchObject({ signedIn: true, certain: true })
    expect(shown(views)).toEqual([true])
  })
})
