import { describe, expect, it } from 'vitest'
import { createClock, createSession, type Platform } from '../src/core'
import { limits } from '../src/limits/limits'
import { createFakeBackend, createVirtualTime } from '../src/testing'
import { DAY, HOUR, MINUTE, busy, fakeSignals, fakeTabs, no, outage, seeded } from './liveSession'

/** A platform that counts what it holds whenever it is asked for one timer more. */
function counting() {
  const time = createVirtualTime()
  let most = 0
  let armed = 0
  const platform: Platform = {
    ...time.platform,
    setTimeout(callback, delayMs) {
      const timer = time.platform.setTimeout(callback, delayMs)
      most = Math.max(most, time.pending())
      armed++
      return timer
    },
  }
  return { time, clock: createClock(platform), most: () => most, armed: () => armed }
}

describe('a session holds one platform timer at most, at any moment', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('whatever befalls it, with limits, other tabs, sign-ins and step-ups (seed %d)', async (seed) => {
    const { time, clock, most, armed } = counting()
    const random = seeded(seed * 7_919)
    const pick = <T>(choices: readonly [T, ...T[]]) => choices[Math.floor(random() * choices.length)] ?? choices[0]
    const fake = createFakeBackend(clock)
    const { signals, give } = fakeSignals()
    const session = createSession(
      { ...fake.backend, stepUp: () => new Promise((resolve) => clock.setTimeout(() => resolve(undefined), MINUTE)) },
      { keepAlive: pick(['always', 'whileActive', 'whileVisible']), limits: limits({ idleMs: 20 * MINUTE, absoluteMs: 5 * HOUR }) },
      { clock, random, signals, tabs: fakeTabs().tabs },
    )
    session.start()
    await time.settle()
    for (let act = 0; act < 200; act++) {
      fake.always(pick([undefined, undefined, outage, 'hang', no, busy(MINUTE)]))
      const what = pick([session.check, session.extend, session.reauthenticate, session.stepUp, session.signOut, session.cancel, session.touch, () => give(pick(['hidden', 'shown', 'woke', 'online', 'active'] as const)), () => session.run(() => 1)])
      void Promise.resolve(what()).catch(() => {})
      if (random() < 0.1) time.sleep(random() * HOUR)
      await time.advance(random() * 10 * MINUTE)
    }
    expect(armed()).toBeGreaterThan(500)
    expect(most()).toBe(1)
  })
})

describe('an idle session does not wake the platform between its events', () => {
  it('a day of it is one wake-up for each call, whatever else may listen', async () => {
    const { time, clock } = counting()
    const fake = createFakeBackend(clock)
    const { signals } = fakeSignals()
    const session = createSession(fake.backend, undefined, { clock, random: seeded(7), signals })
    session.start()
    await time.settle()
    await time.advance(DAY)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    expect(fake.count('extend')).toBeGreaterThan(40)
    expect(time.wakeUps()).toBe(fake.count('extend'))
  })

  it('with limits it wakes for the warning, and from then on looks once a second whether somebody is there in another tab', async () => {
    const { time, clock } = counting()
    const fake = createFakeBackend(clock)
    const session = createSession(fake.backend, { limits: limits({ idleMs: 15 * MINUTE }) }, { clock, random: seeded(7) })
    session.start()
    await time.settle()
    await time.advance(14 * MINUTE - 1)
    expect([time.wakeUps(), session.get().warning]).toEqual([0, undefined])
    await time.advance(1)
    expect([time.wakeUps(), session.get().warning?.reason]).toEqual([1, 'idle'])
    await time.advance(DAY)
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'idle' })
    expect(time.wakeUps()).toBe(61)
  })

  it('signed out it never wakes again', async () => {
    const { time, clock } = counting()
    const fake = createFakeBackend(clock)
    const session = createSession(fake.backend, undefined, { clock, random: seeded(7) })
    session.start()
    await session.signOut()
    await time.advance(30 * DAY)
    expect(time.pending()).toBe(0)
    expect(time.wakeUps()).toBe(0)
  })
})
