import { describe, expect, it } from 'vitest'
import type { Signal } from '../src/ports'
import { createFakeBackend, createVirtualTime } from '../src/testing'
import { createSession } from '../src/core'
import { SECOND, MINUTE, HOUR, DAY, LIFE, LEAST_WAIT, outage, busy, no, open, live, watch, shown, hold, kindsOf, dice, seeded, fakeSignals, type World } from './liveSession'

const everySignal: readonly (Signal | undefined)[] = ['hidden', 'shown', 'frozen', 'woke', 'online', undefined]

/** A started session in a page. */
async function page(world: World = {}) {
  const { signals, ...rest } = fakeSignals()
  return { ...(await live({ ...world, ports: { signals } })), ...rest }
}

describe('a page that wakes', () => {
  it('is uncertain at once, and asks once', async () => {
    const { time, fake, session, give, views } = await page()
    give('woke')
    expect(session.get()).toMatchObject({ signedIn: true, certain: false, busy: true, state: 'unknown.checking' })
    await time.settle()
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, state: 'active.scheduled' })
    expect(kindsOf(fake)).toEqual(['check', 'check'])
    expect(shown(views)).toEqual([true])
  })

  it('asks once, though a late timer says the same', async () => {
    const { time, fake, session, give } = await page()
    const answer = hold(fake, 'check')
    time.sleep(5 * MINUTE)
    give('woke')
    time.clock.poke()
    await time.advance(SECOND)
    // Less than the call may take, more than clocks drift apart.
    time.sleep(3 * SECOND)
    time.clock.poke()
    give('woke')
    expect(session.get().certain).toBe(false)
    answer({ status: 'alive', expiresAt: fake.expiresAt, subject: 'ada' })
    await time.settle()
    expect(session.get().certain).toBe(true)
    expect(kindsOf(fake)).toEqual(['check', 'check'])
  })

  it('asks nothing more while it asks, and anew once it was answered', async () => {
    const { time, fake, give } = await page()
    const answer = hold(fake, 'check')
    for (let i = 0; i < 5; i++) {
      give('woke')
      await time.settle()
    }
    answer(true)
    await time.settle()
    expect(fake.count('check')).toBe(2)
    give('woke')
    await time.settle()
    expect(fake.count('check')).toBe(3)
  })

  it('extends instead of asking, where an extension has fallen due', async () => {
    const { time, fake, session, give } = await page()
    time.sleep(LIFE / 2)
    give('woke')
    expect(session.get().certain).toBe(false)
    await time.settle()
    expect(kindsOf(fake)).toEqual(['check', 'extend'])
    expect(session.get()).toMatchObject({ certain: true, expiresAt: time.now() + LIFE })
  })

  it('gives up an extension that is under way, and asks', async () => {
    const { time, fake, session, give } = await page()
    fake.script('extend', 'hang')
    void session.extend()
    await time.settle()
    give('woke')
    await time.settle()
    expect(kindsOf(fake)).toEqual(['check', 'extend', 'check'])
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
  })

  it.each([0.1, 0.5, 0.9])('and cannot be seen asks once, within half a minute: dice %d', async (random) => {
    const { time, fake, session, give } = await page({ random: () => random })
    give('hidden')
    time.sleep(5 * MINUTE)
    give('woke')
    expect(session.get()).toMatchObject({ signedIn: true, certain: false, busy: false, state: 'unknown.waiting' })
    await time.advance(random * 30 * SECOND - 1)
    expect(fake.count('check')).toBe(1)
    await time.advance(2)
    expect(fake.count('check')).toBe(2)
    expect(session.get().certain).toBe(true)
    await time.advance(MINUTE)
    expect(kindsOf(fake)).toEqual(['check', 'check'])
  })

  it('and is seen in the next moment asks at once', async () => {
    const { time, fake, session, give } = await page({ random: () => 0.9 })
    give('hidden')
    time.sleep(5 * MINUTE)
    give('woke')
    give('shown')
    await time.settle()
    expect(kindsOf(fake)).toEqual(['check', 'check'])
    expect(session.get().certain).toBe(true)
  })

  it('and cannot be seen asks in the end, though every timer comes late', async () => {
    const { time, fake, give } = await page({ random: () => 0.5 })
    give('hidden')
    give('woke')
    for (let i = 0; i < 20; i++) {
      time.freeze(2 * MINUTE)
      await time.advance(1)
    }
    expect(fake.calls.length).toBeGreaterThan(1)
  })

  it('asks nothing where nobody is signed in, or somebody signed out', async () => {
    for (const subject of [null, 'ada']) {
      const { time, fake, session, give } = await page({ subject })
      if (subject) await session.signOut()
      const [before, calls] = [session.get(), fake.calls.length]
      time.sleep(HOUR)
      give('woke')
      await time.advance(HOUR)
      expect(session.get()).toBe(before)
      expect(fake.calls).toHaveLength(calls)
    }
  })
})

describe('a page that is seen again', () => {
  it('asks nothing before a quarter of the life has passed since the last verdict', async () => {
    const { time, fake, session, give } = await page({ policy: { keepAlive: 'off' } })
    const before = session.get()
    for (const ms of [1, LIFE / 10, LIFE / 4 - LIFE / 10 - 2]) {
      give('hidden')
      await time.advance(ms)
      give('shown')
      await time.settle()
    }
    expect(session.get()).toBe(before)
    expect(kindsOf(fake)).toEqual(['check'])
  })

  it('asks once after that, and is certain all the while', async () => {
    const { time, fake, session, give, views } = await page({ policy: { keepAlive: 'off' } })
    give('hidden')
    await time.advance(LIFE / 4)
    give('shown')
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, busy: true, state: 'active.checking' })
    give('shown')
    await time.settle()
    give('shown')
    await time.settle()
    expect(kindsOf(fake)).toEqual(['check', 'check'])
    expect(views.every(({ signedIn, certain }) => signedIn && certain)).toBe(true)
  })

  it('goes by the interval while no end is known', async () => {
    const { time, fake, give } = await page({ policy: { keepAlive: 'off', intervalMs: MINUTE }, change: (backend) => ({ ...backend, check: async (call) => !!(await backend.check(call)) }) })
    await time.advance(MINUTE / 4 - 1)
    give('shown')
    await time.settle()
    expect(fake.count('check')).toBe(1)
    await time.advance(1)
    give('shown')
    await time.settle()
    expect(fake.count('check')).toBe(2)
  })

  it('tells that the session has ended meanwhile', async () => {
    const { time, fake, session, give, heard } = await page({ policy: { keepAlive: 'off' } })
    fake.end()
    await time.advance(LIFE / 4)
    give('shown')
    await time.settle()
    expect(session.get()).toMatchObject({ signedIn: false, certain: true, reason: 'expired' })
    expect(heard).toEqual(['session.expired'])
  })

  it('does not wait for the end of a backoff, before the first verdict and after a failed extension', async () => {
    const { signals, give } = fakeSignals()
    const first = open({ ports: { signals } })
    first.fake.script('check', outage)
    first.session.start()
    await first.time.settle()
    expect(first.session.get().state).toBe('unknown.waiting')
    give('shown')
    await first.time.settle()
    expect(first.session.get()).toMatchObject({ signedIn: true, certain: true })

    const { time, fake, session, give: giveLater } = await page()
    fake.script('extend', outage)
    await time.advance(LIFE / 4)
    expect(session.get().state).toBe('extending.waiting')
    const calls = fake.calls.length
    giveLater('shown')
    await time.settle()
    expect(kindsOf(fake).slice(calls)).toEqual(['extend'])
    expect(session.get().state).toBe('active.scheduled')
  })
})

describe('a page that is left', () => {
  it('extends once when a tenth of the life is used, and not before', async () => {
    const { time, fake, session, give, views } = await page()
    await time.advance(LIFE / 10 - 1)
    give('hidden')
    await time.settle()
    expect(kindsOf(fake)).toEqual(['check'])
    give('shown')
    await time.advance(1)
    give('hidden')
    expect(session.get().state).toBe('extending.calling')
    give('hidden')
    await time.settle()
    give('hidden')
    await time.settle()
    expect(kindsOf(fake)).toEqual(['check', 'extend'])
    expect(session.get().expiresAt).toBe(time.now() + LIFE)
    expect(views.every(({ signedIn, certain }) => signedIn && certain)).toBe(true)
  })

  it('extends again only after another tenth, also where an extension moves nothing', async () => {
    for (const extension of ['rolling', 'fixed'] as const) {
      const { time, fake, give } = await page({ extension })
      for (let tenth = 1; tenth <= 2; tenth++) {
        await time.advance(LIFE / 10)
        for (let i = 0; i < 5; i++) {
          give('hidden')
          await time.settle()
          give('shown')
          await time.advance(SECOND)
        }
        expect(fake.count('extend')).toBe(tenth)
      }
    }
  })

  it.each<[string, World]>([
    ['with keepAlive off', { policy: { keepAlive: 'off' } }],
    ['where the backend cannot extend', { change: ({ check }) => ({ check }) }],
    ['where nothing expires', { change: (backend) => ({ ...backend, check: async (call) => ({ ...((await backend.check(call)) as object), permanent: true }) as never }) }],
  ])('never extends %s', async (_, world) => {
    const { time, fake, give } = await page(world)
    for (let tenth = 1; tenth < 10; tenth++) {
      await time.advance(LIFE / 10)
      give('hidden')
      await time.settle()
    }
    expect(fake.count('extend')).toBe(0)
  })

  it('extends once where the extension has just fallen due', async () => {
    const { time, fake, session, give } = await page()
    await time.advance((time.delays()[0] ?? 0) - 1)
    time.sleep(1.5 * SECOND)
    give('hidden')
    await time.settle()
    expect(kindsOf(fake)).toEqual(['check', 'extend'])
    expect(session.get().state).toBe('active.scheduled')
  })

  it('begins no second extension while one waits for its next attempt', async () => {
    const { time, fake, session, give } = await page()
    fake.script('extend', outage)
    await time.advance(LIFE / 4)
    expect(session.get().state).toBe('extending.waiting')
    const calls = fake.calls.length
    give('hidden')
    await time.settle()
    expect(fake.calls).toHaveLength(calls)
  })

  it('goes by the interval while no end is known', async () => {
    const { time, fake, give } = await page({
      policy: { intervalMs: MINUTE },
      change: (backend) => ({ ...backend, check: async (call) => !!(await backend.check(call)), extend: async (call) => !!(await backend.extend?.(call)) }),
    })
    await time.advance(MINUTE / 10 - 1)
    give('hidden')
    await time.settle()
    expect(fake.count('extend')).toBe(0)
    await time.advance(1)
    give('hidden')
    await time.settle()
    expect(fake.count('extend')).toBe(1)
  })
})

describe('a page that is frozen', () => {
  it('makes no call, not even one that is overdue', async () => {
    const { time, fake, session, give } = await page()
    await time.advance((time.delays()[0] ?? 0) - 1)
    time.freeze(SECOND)
    const before = session.get()
    give('frozen')
    await time.settle()
    expect(session.get()).toBe(before)
    expect(kindsOf(fake)).toEqual(['check'])
  })

  it('asks once when it runs again', async () => {
    const { time, fake, session, give } = await page()
    give('frozen')
    time.freeze(10 * MINUTE)
    give('woke')
    expect(session.get().certain).toBe(false)
    await time.advance(SECOND)
    expect(kindsOf(fake)).toEqual(['check', 'check'])
  })
})

describe('a signal without a name', () => {
  it('runs what is overdue by the wall clock', async () => {
    const { time, fake, session, give, views } = await page()
    await time.advance((time.delays()[0] ?? 0) - 1)
    // Less than a sleep: nothing says that time was lost.
    time.sleep(1.5 * SECOND)
    expect(kindsOf(fake)).toEqual(['check'])
    give()
    await time.settle()
    expect(kindsOf(fake)).toEqual(['check', 'extend'])
    expect(session.get().expiresAt).toBe(time.now() + LIFE)
    expect(views.every(({ certain }) => certain)).toBe(true)
  })

  it('finds a sleep that no timer has noticed', async () => {
    const { time, fake, session, give } = await page()
    time.sleep(10 * MINUTE)
    expect(session.get().certain).toBe(true)
    give()
    expect(session.get()).toMatchObject({ signedIn: true, certain: false })
    await time.settle()
    expect(kindsOf(fake)).toEqual(['check', 'check'])
  })

  it('does nothing where nothing is overdue', async () => {
    const { time, fake, session, give } = await page()
    const before = session.get()
    await time.advance(LIFE / 10)
    give()
    await time.settle()
    expect(session.get()).toBe(before)
    expect(kindsOf(fake)).toEqual(['check'])
  })
})

describe('a network that is back', () => {
  /** A page whose extension has failed, and waits for minutes. */
  async function waiting(world: World = {}) {
    const made = await page(world)
    made.fake.script('extend', outage)
    await made.session.extend()
    expect(made.session.get().state).toBe('extending.waiting')
    return made
  }
  /** A page that asks in vain, and waits for minutes. */
  async function asking(world: World = {}) {
    const made = await page(world)
    made.fake.always(outage)
    void made.session.check()
    made.give('woke')
    for (let i = 0; i < 12; i++) await made.time.advance(5 * MINUTE)
    await made.time.advance((made.time.delays()[0] ?? 0) + 1)
    expect(made.session.get().state).toBe('unknown.waiting')
    expect(made.time.delays()[0]).toBeGreaterThan(100 * SECOND)
    made.fake.always(undefined)
    return made
  }

  it.each([0, 0.1, 0.5, 0.99])('is tried within half a minute, spread by chance: dice %d', async (random) => {
    for (const make of [waiting, asking]) {
      let die = 0.5
      const { time, fake, session, give } = await make({ random: () => die })
      const calls = fake.calls.length
      die = random
      give('online')
      await time.advance(Math.max(0, random * 30 * SECOND - 1))
      if (random > 0) expect(fake.calls).toHaveLength(calls)
      await time.advance(2)
      expect(fake.calls).toHaveLength(calls + 1)
      expect(session.get()).toMatchObject({ certain: true, problem: undefined })
    }
  })

  it.each([20, 60, 100])('is tried within a quarter of what is left of a life of %d seconds', async (seconds) => {
    const lifeMs = seconds * SECOND
    let die = 0.9
    const { time, fake, give } = await page({ lifeMs, random: () => die })
    await time.advance((time.delays()[0] ?? 0) - 1)
    fake.script('extend', outage)
    await time.advance(2)
    const [calls, left] = [fake.calls.length, (fake.expiresAt ?? 0) - time.now()]
    die = 0.8
    give('online')
    await time.advance((die * left) / 4 - 2)
    expect(fake.calls).toHaveLength(calls)
    await time.advance(4)
    expect(fake.calls).toHaveLength(calls + 1)
    expect(left / 4).toBeLessThan(30 * SECOND)
  })

  it('is not tried by all at the same moment', async () => {
    const attempts: number[] = []
    for (const random of dice(60, 11)) {
      const { time, fake, give } = await waiting({ random })
      const [calls, at] = [fake.calls.length, time.now()]
      give('online')
      await time.advance(30 * SECOND)
      expect(fake.calls).toHaveLength(calls + 1)
      attempts.push((fake.calls.at(-1)?.at ?? 0) - at)
    }
    for (let from = 0; from < 30 * SECOND; from += 5 * SECOND) {
      const among = attempts.filter((ms) => ms >= from && ms < from + 5 * SECOND).length
      expect(among).toBeGreaterThanOrEqual(2)
      expect(among).toBeLessThanOrEqual(20)
    }
  })

  it('never postpones an attempt that is planned for sooner', async () => {
    const { time, fake, session, give } = await page({ random: () => 0.5 })
    fake.script('check', outage)
    give('woke')
    await time.settle()
    expect(session.get().state).toBe('unknown.waiting')
    const calls = fake.calls.length
    // A first failure waits for the least time and half of twice that.
    const dueIn = time.delays()[0] ?? 0
    expect(dueIn).toBe(2 * LEAST_WAIT)
    await time.advance(SECOND)
    give('online')
    await time.advance(dueIn - SECOND - 1)
    expect(fake.calls).toHaveLength(calls)
    await time.advance(2)
    expect(fake.calls).toHaveLength(calls + 1)
  })

  it.each([1, 3, 10])('that comes and goes every %d seconds does not put the attempt off, nor makes more than one', async (every) => {
    for (let seed = 1; seed <= 30; seed++) {
      const { time, fake, give } = await waiting({ random: seeded(seed * 7_919) })
      const [calls, at] = [fake.calls.length, time.now()]
      for (let ms = 0; ms < MINUTE; ms += every * SECOND) {
        give('online')
        await time.advance(every * SECOND)
      }
      expect(fake.calls).toHaveLength(calls + 1)
      expect((fake.calls.at(-1)?.at ?? Infinity) - at).toBeLessThanOrEqual(MINUTE)
    }
  })

  it('changes nothing while all is well, or nobody is signed in', async () => {
    const worlds: World[] = [{}, { policy: { keepAlive: 'off' } }, { subject: null }, { change: (backend) => ({ ...backend, check: () => ({ status: 'alive', permanent: true }) }) }]
    for (const world of worlds) {
      const { time, fake, session, give } = await page(world)
      const [before, calls] = [session.get(), fake.calls.length]
      for (let i = 0; i < 10; i++) {
        give('online')
        await time.advance(SECOND)
      }
      await time.advance(MINUTE)
      expect(session.get()).toBe(before)
      expect(fake.calls).toHaveLength(calls)
    }
  })

  it('does not shorten the patience that the server asked for', async () => {
    const { time, fake, session, give } = await page()
    fake.script('extend', busy(10 * MINUTE))
    await session.extend()
    const [calls, at] = [fake.calls.length, time.now()]
    for (let i = 0; i < 9; i++) {
      give('online')
      give('shown')
      await time.advance(MINUTE)
    }
    expect(fake.calls).toHaveLength(calls)
    expect(session.get()).toMatchObject({ certain: true, problem: { code: 'ERR_SESSION_RATE_LIMITED' } })
    await time.advance(HOUR)
    expect(fake.calls[calls]?.at).toBeGreaterThanOrEqual(at + 10 * MINUTE)
    expect(session.get().problem).toBeUndefined()
  })

  it.each(['check', 'run'] as const)('need not be heard of where somebody waits: %s asks at once', async (name) => {
    const { time, fake, session } = await asking({ random: () => 0.5 })
    const [calls, at] = [fake.calls.length, time.now()]
    if (name === 'run') expect(await session.run(() => 'ran')).toBe('ran')
    else expect(await session.check()).toMatchObject({ certain: true })
    expect(fake.calls).toHaveLength(calls + 1)
    expect(time.now()).toBe(at)
  })

  it('need not be heard of where somebody wants to know, while an extension waits', async () => {
    const { time, fake, session } = await waiting()
    const calls = fake.calls.length
    expect(await session.run(() => 'ran')).toBe('ran')
    expect(fake.calls).toHaveLength(calls)
    expect(await session.check()).toMatchObject({ certain: true, problem: undefined })
    expect(kindsOf(fake).slice(calls)).toEqual(['check'])
    fake.script('extend', outage)
    await session.extend()
    void session.extend()
    await time.settle()
    expect(kindsOf(fake).slice(calls)).toEqual(['check', 'extend', 'extend'])
  })
})

describe('a session that is kept alive while somebody is active', () => {
  it.each([
    ['asks', LIFE / 2],
    ['extends', 0],
  ] as const)('%s no oftener in an outage because somebody is', async (_, sleptMs) => {
    const callsIn = async (touches: number) => {
      const { time, fake, give } = await page({ policy: { keepAlive: 'whileActive' }, random: () => 0.5 })
      await time.advance(LIFE / 8)
      give('active')
      fake.always(outage)
      if (sleptMs > 0) {
        time.sleep(sleptMs)
        give('woke')
      }
      await time.advance(LIFE / 4)
      for (let touch = 0; touch < 100; touch++) {
        for (let again = 0; again < touches; again++) give('active')
        await time.advance(10 * SECOND)
      }
      return fake.calls.length
    }
    expect(await callsIn(0)).toBeGreaterThan(2)
    expect(await callsIn(1)).toBe(await callsIn(0))
  })
})

describe('a session that is kept alive while it is visible', () => {
  const policy = { keepAlive: 'whileVisible' } as const

  it('is extended as ever while somebody can see it', async () => {
    const { time, fake, session, views } = await page({ policy })
    await time.advance(DAY)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    expect(fake.count('check')).toBe(1)
    expect(fake.count('extend')).toBeGreaterThan(40)
    expect(shown(views)).toEqual([true])
  })

  it('is extended as ever where no platform tells what can be seen', async () => {
    const { time, fake } = await live({ policy })
    await time.advance(DAY)
    expect(fake.count('extend')).toBeGreaterThan(40)
  })

  it('is not extended while hidden, and asked once at its deadline', async () => {
    const { time, fake, session, give, views } = await page({ policy })
    give('hidden')
    await time.advance(LIFE - 1)
    expect(kindsOf(fake)).toEqual(['check'])
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, busy: false, problem: undefined, state: 'active.unattended' })
    expect(views.every(({ signedIn, certain }) => signedIn && certain)).toBe(true)
    await time.advance(DAY)
    expect(kindsOf(fake)).toEqual(['check', 'check'])
    expect(session.get()).toMatchObject({ signedIn: false, certain: true, reason: 'expired' })
  })

  it('goes on where the server, asked at the deadline, says that somebody else extended it', async () => {
    const { time, fake, session, give, views } = await page({ policy })
    give('hidden')
    await time.advance(LIFE - MINUTE)
    await fake.backend.extend?.({ signal: new AbortController().signal, timeoutMs: 1 })
    const calls = fake.calls.length
    await time.advance(2 * MINUTE)
    expect(kindsOf(fake).slice(calls)).toEqual(['check'])
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    expect(shown(views)).toEqual([true])
  })

  it('is not extended when it is left', async () => {
    const { time, fake, session, give, views } = await page({ policy })
    await time.advance(LIFE / 8)
    give('hidden')
    await time.advance(LIFE / 2)
    expect(kindsOf(fake)).toEqual(['check'])
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    expect(views.every(({ signedIn, certain }) => signedIn && certain)).toBe(true)
  })

  it('is extended when it is seen again, if that has fallen due', async () => {
    const { time, fake, session, give } = await page({ policy })
    give('hidden')
    await time.advance(LIFE / 2)
    expect(kindsOf(fake)).toEqual(['check'])
    give('shown')
    await time.settle()
    expect(kindsOf(fake)).toEqual(['check', 'extend'])
    expect(session.get()).toMatchObject({ certain: true, expiresAt: time.now() + LIFE, state: 'active.scheduled' })
    await time.advance(DAY)
    expect(session.get().signedIn).toBe(true)
  })

  it.each<[string, (give: (signal?: Signal) => void, advance: (ms: number) => Promise<void>) => Promise<void>]>([
    ['left for a moment before the extension was due', async (give, advance) => {
      await advance(LIFE / 8)
      give('hidden')
      await advance(SECOND)
      give('shown')
    }],
    ['seen again as soon as the extension was due', async (give, advance) => {
      give('hidden')
      // With these dice due at 0.225 of the life.
      await advance(LIFE * 0.23)
      give('shown')
    }],
    ['hidden until shortly after a question, whose answer says that the extension is due', async (give, advance) => {
      give('hidden')
      await advance(LIFE / 2)
      give('woke')
      await advance(LIFE / 8)
      give('shown')
    }],
  ])('is extended in time by a page that can be seen, though it was %s', async (_, happens) => {
    const { time, session, give } = await page({ policy, random: () => 0.5 })
    await happens(give, time.advance)
    // From here on somebody looks at it.
    await time.advance(DAY)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
  })

  it('is extended by whoever asks for it, hidden or not', async () => {
    const { time, fake, session, give } = await page({ policy })
    give('hidden')
    for (let i = 0; i < 3; i++) {
      await time.advance(LIFE / 2)
      expect(await session.extend()).toMatchObject({ signedIn: true, certain: true, expiresAt: time.now() + LIFE })
    }
    expect(kindsOf(fake)).toEqual(['check', 'extend', 'extend', 'extend'])
  })

  it('is only asked by a hidden page that wakes', async () => {
    const { time, fake, session, give } = await page({ policy })
    give('hidden')
    time.sleep(LIFE / 2)
    give('woke')
    await time.advance(30 * SECOND)
    expect(kindsOf(fake)).toEqual(['check', 'check'])
    expect(session.get()).toMatchObject({ certain: true, state: 'active.unattended' })
  })

  it('drops the next attempt of an extension when it is hidden, and what was wrong with it', async () => {
    const { time, fake, session, give } = await page({ policy })
    fake.script('extend', outage)
    await time.advance(LIFE / 4)
    expect(session.get()).toMatchObject({ problem: { code: 'ERR_SESSION_UNREACHABLE' }, state: 'extending.waiting' })
    const calls = fake.calls.length
    give('hidden')
    await time.advance(LIFE / 2)
    expect(fake.calls).toHaveLength(calls)
    expect(session.get()).toMatchObject({ certain: true, problem: undefined, state: 'active.unattended' })
  })

  it('emits no extension where none was made', async () => {
    const { time, session, give } = await page({ policy })
    const extended: unknown[] = []
    session.on('session.extended', (event) => extended.push(event))
    give('hidden')
    await time.advance(LIFE - 1)
    expect(extended).toEqual([])
  })
})

describe('the signals of a page', () => {
  it('are heard by one listener from the first start to the last release, and again after a restart', async () => {
    const { signals, give, hearing } = fakeSignals()
    const { time, fake, session } = open({ ports: { signals } })
    expect(hearing()).toBe(0)
    const releases = [session.start(), session.start()]
    await time.settle()
    expect(hearing()).toBe(1)
    releases[0]?.()
    await time.advance(1)
    expect(hearing()).toBe(1)
    releases[1]?.()
    await time.advance(1)
    expect(hearing()).toBe(0)
    const calls = fake.calls.length
    for (const signal of everySignal) give(signal)
    await time.advance(HOUR)
    expect(fake.calls).toHaveLength(calls)
    give('shown')
    session.start()
    await time.settle()
    expect(hearing()).toBe(1)
    give('woke')
    await time.settle()
    expect(fake.calls).toHaveLength(calls + 2)
  })

  it('are not touched before the start', () => {
    const touched: string[] = []
    const signals = { isHidden: () => (touched.push('isHidden'), false), listen: () => (touched.push('listen'), () => {}) }
    const time = createVirtualTime()
    createSession(createFakeBackend(time.clock).backend, { keepAlive: 'whileVisible' }, { clock: time.clock, random: () => 0, signals })
    expect(touched).toEqual([])
  })

  it.each(everySignal.map((signal) => [signal]))('never end a session, nor show anybody signed out: %s, however often, while nobody answers', async (signal) => {
    const { time, fake, session, give, views } = await page()
    fake.always(outage)
    fake.script('extend', no)
    for (let i = 0; i < 60; i++) {
      give(signal)
      await time.advance(3 * MINUTE)
    }
    expect(shown(views)).toEqual([true])
    fake.always(undefined)
    expect(watch(session)[0]).toMatchObject({ signedIn: true })
  })
})
