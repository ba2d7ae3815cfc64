import { describe, expect, it } from 'vitest'
import { limits, type LimitsOptions } from '../src/limits/limits'
import { DAY, fakeSignals, hold, HOUR, kindsOf, live, MINUTE, outage, SECOND, type World } from './liveSession'

const IDLE = 15 * MINUTE
/** A session with limits, in a page whose person does what the test says; it lasts long, so that only limits end it. */
async function limited(options: LimitsOptions, world: World = {}) {
  const page = fakeSignals()
  const made = await live({ lifeMs: 30 * DAY, ...world, policy: { ...world.policy, limits: limits(options) }, ports: { signals: page.signals, ...world.ports } })
  const warned: unknown[] = []
  made.session.on('session.warned', ({ warning }) => warned.push(warning))
  return { ...made, page, warned, use: () => page.give('active') }
}
const after = (session: { get(): { signedIn: unknown; reason: unknown; warning: unknown } }) => {
  const { signedIn, reason, warning } = session.get()
  return { signedIn, reason, warning }
}
const ended = (reason: 'idle' | 'limit') => ({ signedIn: false, reason, warning: undefined })
const going = { signedIn: true, reason: undefined, warning: undefined }

describe('the idle limit', () => {
  it('warns, and then ends the session here and at the server', async () => {
    const { time, fake, session, heard, warned } = await limited({ idleMs: IDLE })
    const endsAt = time.now() + IDLE
    await time.advance(IDLE - MINUTE - 1)
    expect(after(session)).toEqual(going)
    await time.advance(1)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, warning: { reason: 'idle', endsAt } })
    expect(warned).toEqual([{ reason: 'idle', endsAt }])
    await time.advance(MINUTE - 1)
    expect([session.get().signedIn, fake.count('revoke')]).toEqual([true, 0])
    await time.advance(1)
    expect(after(session)).toEqual(ended('idle'))
    expect([heard, fake.count('revoke'), fake.expiresAt, warned.length]).toEqual([['session.expired'], 1, undefined, 1])
  })

  it('starts anew with each thing that somebody does, and lifts its warning', async () => {
    const { time, session, use, warned } = await limited({ idleMs: IDLE })
    for (let i = 0; i < 10; i++) {
      await time.advance(IDLE - 10 * SECOND)
      expect(session.get().warning).toMatchObject({ reason: 'idle' })
      use()
      expect(after(session)).toEqual(going)
    }
    expect(warned).toHaveLength(10)
    await time.advance(IDLE)
    expect(after(session)).toEqual(ended('idle'))
  })

  it('takes `touch()` for an activity, and nothing that an app does by itself (F25)', async () => {
    const { time, fake, session } = await limited({ idleMs: IDLE })
    await time.advance(IDLE - 10 * SECOND)
    session.touch()
    expect(after(session)).toEqual(going)
    // A background page that polls its own API, and asks and extends as if there were no tomorrow.
    for (let i = 0; i < 89; i++) {
      await session.run(() => 'poll')
      await session.check()
      await session.extend()
      await time.advance(10 * SECOND)
    }
    expect(session.get().warning).toMatchObject({ reason: 'idle' })
    await time.advance(10 * SECOND)
    expect(after(session)).toEqual(ended('idle'))
    expect(fake.expiresAt).toBeUndefined()
  })

  it('goes on during sleep: who comes back late does not lift it by coming back', async () => {
    const { time, session, use, views } = await limited({ idleMs: IDLE })
    time.sleep(IDLE + SECOND)
    use()
    expect(after(session)).toEqual(ended('idle'))
    await time.advance(MINUTE)
    expect(views.at(-1)).toMatchObject({ signedIn: false, state: 'expired.ended' })
  })

  it('and who comes back in time does', async () => {
    const { time, session, use } = await limited({ idleMs: IDLE })
    time.sleep(IDLE - 2 * SECOND)
    use()
    expect(after(session)).toEqual(going)
  })

  it('ends a session that nobody can reach, is final, and is told when the server is back', async () => {
    const { time, fake, session } = await limited({ idleMs: IDLE })
    fake.always(outage)
    await time.advance(IDLE + MINUTE)
    expect([after(session), session.get().state, fake.expiresAt]).toEqual([ended('idle'), 'expired.unrevoked', expect.any(Number)])
    fake.always(undefined)
    await time.advance(10 * MINUTE)
    expect([after(session), session.get().state, fake.expiresAt]).toEqual([ended('idle'), 'expired.ended', undefined])
    await session.check()
    expect(after(session)).toEqual(ended('idle'))
  })

  it('ticks through every state: also while the server is asked, and while somebody signs in', async () => {
    const asked = await limited({ idleMs: IDLE })
    asked.fake.always('hang')
    void asked.session.check()
    await asked.time.advance(IDLE)
    expect(after(asked.session)).toEqual(ended('idle'))
    const signing = await limited({ idleMs: 5 * MINUTE })
    hold(signing.fake, 'signIn')
    void signing.session.reauthenticate()
    await signing.time.advance(5 * MINUTE)
    expect(after(signing.session)).toEqual(ended('idle'))
  })

  it('begins anew with the next sign-in', async () => {
    const { time, fake, session } = await limited({ idleMs: IDLE })
    await time.advance(HOUR)
    fake.script('signIn', () => fake.signInAs('ada'))
    await session.reauthenticate()
    expect(after(session)).toEqual(going)
    await time.advance(IDLE - 1)
    expect(session.get().signedIn).toBe(true)
    await time.advance(1)
    expect(after(session)).toEqual(ended('idle'))
  })

  it('survives a flood of activity, of which it notes one a second', async () => {
    const { time, session, use, warned, fake } = await limited({ idleMs: IDLE })
    let views = 0
    session.subscribe(() => views++)
    const before = fake.calls.length
    for (let i = 0; i < 20_000; i++) {
      use()
      if (i % 200 === 0) await time.advance(100)
    }
    expect([views, warned, fake.calls.length - before]).toEqual([0, [], 0])
    expect(time.pending()).toBe(1)
  })

  it('has nothing to say where nobody is signed in', async () => {
    const { time, session, warned, fake } = await limited({ idleMs: IDLE }, { subject: null })
    await time.advance(2 * IDLE)
    expect([session.get().reason, warned, kindsOf(fake)]).toEqual(['absent', [], ['check']])
    expect(time.pending()).toBe(0)
  })
})

describe('the absolute limit', () => {
  it('counts from the sign-in, and nothing moves it', async () => {
    const { time, session, use, warned, fake } = await limited({ absoluteMs: 2 * HOUR })
    const endsAt = time.now() + 2 * HOUR
    for (let i = 0; i < 119; i++) {
      use()
      if (i % 20 === 0) await session.extend()
      await time.advance(MINUTE)
    }
    expect(session.get().warning).toEqual({ reason: 'limit', endsAt })
    use()
    await session.extend()
    expect(session.get().warning).toEqual({ reason: 'limit', endsAt })
    await time.advance(MINUTE)
    expect([after(session), warned.length, fake.count('revoke')]).toEqual([ended('limit'), 1, 1])
  })

  it('may be longer than a platform timer can carry', async () => {
    const { time, session } = await limited({ absoluteMs: 60 * DAY })
    await time.advance(60 * DAY - HOUR)
    expect(after(session)).toEqual(going)
    await time.advance(HOUR)
    expect(after(session)).toEqual(ended('limit'))
  })

  it('is another warning than that of the idle limit, whichever comes first', async () => {
    const { time, session, use, warned } = await limited({ idleMs: IDLE, absoluteMs: HOUR })
    const start = time.now()
    for (let i = 0; i < 5; i++) {
      await time.advance(10 * MINUTE)
      use()
    }
    await time.advance(9 * MINUTE)
    use()
    expect(warned).toEqual([{ reason: 'limit', endsAt: start + HOUR }])
    await time.advance(MINUTE)
    expect(after(session)).toEqual(ended('limit'))
  })

  it('begins anew when somebody signs in again while it is live', async () => {
    const { time, session } = await limited({ absoluteMs: HOUR })
    await time.advance(50 * MINUTE)
    await session.reauthenticate()
    await time.advance(50 * MINUTE)
    expect(after(session)).toEqual(going)
    await time.advance(10 * MINUTE)
    expect(after(session)).toEqual(ended('limit'))
  })
})

describe('limits and the clock of the machine', () => {
  it('set back, gives time; set forward, takes it; and nothing is lost but that', async () => {
    const back = await limited({ idleMs: IDLE })
    await back.time.advance(10 * MINUTE)
    back.setClockBy(-HOUR)
    await back.time.advance(10 * MINUTE)
    expect(back.session.get().signedIn).toBe(true)
    await back.time.advance(DAY)
    expect(after(back.session)).toEqual(ended('idle'))
    const forward = await limited({ idleMs: IDLE })
    forward.setClockBy(HOUR)
    expect(after(forward.session)).toEqual(ended('idle'))
  })
})

describe('a handle with limits', () => {
  it('lets go of everything with the last release, and goes on with the same limits at the next start', async () => {
    const { time, session, release } = await limited({ idleMs: IDLE })
    await time.advance(IDLE - 30 * SECOND)
    expect(session.get().warning).toBeDefined()
    release()
    await time.advance(10 * SECOND)
    expect([time.pending(), session.get().warning]).toEqual([0, undefined])
    session.touch()
    session.start()
    await time.settle()
    expect(session.get().warning).toMatchObject({ reason: 'idle' })
    await time.advance(20 * SECOND)
    expect(after(session)).toEqual(ended('idle'))
  })

  it('ends what was left for too long before it is started again, before anybody runs anything', async () => {
    const { time, session, release } = await limited({ idleMs: IDLE })
    release()
    await time.advance(DAY)
    session.start()
    await expect(session.run(() => 'ran')).rejects.toMatchObject({ code: 'ERR_SESSION_ENDED' })
    expect(after(session)).toEqual(ended('idle'))
  })
})

describe('limits that make no sense', () => {
  it.each<[string, unknown]>([
    ['idleMs', { idleMs: 60_000 }],
    ['idleMs', { idleMs: NaN }],
    ['idleMs', { idleMs: '900000' }],
    ['idleMs', { idleMs: Infinity }],
    ['absoluteMs', { absoluteMs: 0 }],
    ['absoluteMs', { absoluteMs: 30_000, warningMs: 30_000 }],
    ['warningMs', { idleMs: IDLE, warningMs: 19_999 }],
    ['warningMs', { idleMs: IDLE, warningMs: Infinity }],
    ['idle', { idle: 15 }],
  ])('are refused: %s', (name, options) => {
    expect(() => limits(options as LimitsOptions)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_BAD_OPTION', message: expect.stringContaining(name) as string }) as Error)
  })

  it('and none at all are none', async () => {
    for (const none of [{}, undefined] as LimitsOptions[]) {
      const { time, session } = await limited(none)
      await time.advance(10 * DAY)
      expect(after(session)).toEqual(going)
    }
  })

  it('refuse to be anything but a function', async () => {
    await expect(live({ policy: { limits: { idleMs: IDLE } as never } })).rejects.toMatchObject({ code: 'ERR_SESSION_BAD_OPTION' })
  })
})

describe('keepAlive: whileActive', () => {
  const WHILE = { policy: { keepAlive: 'whileActive' } } as const
  async function watched(world: World = {}) {
    const page = fakeSignals()
    return { ...(await live({ ...WHILE, ...world, ports: { signals: page.signals, ...world.ports } })), page, use: () => page.give('active') }
  }

  it('extends nothing that nobody used, so that it ends at the server as it should', async () => {
    const { time, fake, session } = await watched()
    await time.advance(3 * HOUR)
    expect([fake.count('extend'), session.get()]).toMatchObject([0, { signedIn: false, reason: 'expired' }])
  })

  it('extends when it falls due, if somebody was active since the last time', async () => {
    const { time, fake, use } = await watched()
    await time.advance(MINUTE)
    use()
    await time.advance(HOUR)
    expect(fake.count('extend')).toBe(1)
    await time.advance(10 * MINUTE)
    use()
    await time.advance(30 * MINUTE)
    expect(fake.count('extend')).toBe(2)
  })

  it('extends at once when somebody becomes active after it fell due, and not again until it falls due again', async () => {
    const { time, fake, session, use } = await watched()
    await time.advance(90 * MINUTE)
    expect(fake.count('extend')).toBe(0)
    for (let i = 0; i < 20; i++) {
      use()
      await time.advance(30 * SECOND)
    }
    expect([fake.count('extend'), fake.count('check'), session.get().signedIn]).toEqual([1, 1, true])
  })

  it('extends when it is told to, active or not', async () => {
    const { fake, session } = await watched()
    await session.extend()
    expect(fake.count('extend')).toBe(1)
  })

  it('asks nothing of a session that cannot be extended, however active somebody is', async () => {
    const { time, fake, use } = await watched({ extension: 'fixed' })
    const permanent = await watched({ change: (backend) => ({ ...backend, check: () => ({ status: 'alive', permanent: true }) }) })
    await time.advance(MINUTE)
    const before = permanent.fake.calls.length
    for (let i = 0; i < 600; i++) {
      use()
      permanent.use()
      await time.advance(5 * SECOND)
      await permanent.time.advance(5 * SECOND)
    }
    expect(permanent.fake.calls.length).toBe(before)
    expect(fake.calls.length).toBeLessThan(6)
  })

  it('does not hammer a server that is away', async () => {
    const { time, fake, session, use } = await watched()
    await time.advance(45 * MINUTE)
    fake.always(outage)
    for (let i = 0; i < 600; i++) {
      use()
      await time.advance(SECOND)
    }
    expect(fake.calls.length).toBeLessThan(20)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
  })
})
