import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSession, type Session, type SessionView } from '../src/core'
import type { SessionBackend } from '../src/backend'
import { createFakeBackend } from '../src/testing/fakeBackend'
import { createVirtualTime } from '../src/testing/virtualTime'
import { CALLS_PER_HOUR } from '../src/timing'
import { seeded } from './liveSession'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

const escaped: unknown[] = []
const note = (error: unknown) => void escaped.push(error)
beforeAll(() => void process.on('unhandledRejection', note).on('uncaughtException', note))
afterAll(() => void process.off('unhandledRejection', note).off('uncaughtException', note))

const command = fc.constantFrom('check', 'extend', 'reauthenticate', 'signOut', 'run').map((name) => ({ name }) as const)
const handle = fc.constantFrom('cancel', 'start', 'release', 'stop').map((name) => ({ name }) as const)
const server = fc.constantFrom('end', 'otherPerson', 'tellSignedIn', 'tellSignedOut', 'outage', 'hang', 'limit', 'restore').map((name) => ({ name }) as const)
const passing = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 10 * SECOND }), fc.integer({ min: SECOND, max: 3 * HOUR }))
const time = fc.record({ name: fc.constantFrom('advance', 'advance', 'advance', 'advance', 'sleep', 'freeze'), ms: passing })
const steps = fc.array(fc.oneof({ weight: 4, arbitrary: command }, { weight: 2, arbitrary: handle }, { weight: 3, arbitrary: server }, { weight: 6, arbitrary: time }), { maxLength: 40 })
const worlds = fc.record({ seed: fc.integer({ min: 1, max: 2 ** 31 - 2 }), extension: fc.constantFrom('rolling', 'fixed'), lifeMs: fc.constantFrom(60 * SECOND, 2 * HOUR, 30 * 24 * HOUR), anybody: fc.boolean(), silent: fc.boolean() })

type World = typeof worlds extends fc.Arbitrary<infer T> ? T : never
type Step = typeof steps extends fc.Arbitrary<(infer T)[]> ? T : never

/** A session, its server, and what must be true of them at every moment. */
function open({ seed, extension, lifeMs, anybody }: Omit<World, 'extension' | 'silent'> & { extension: string }) {
  const virtual = createVirtualTime()
  const fake = createFakeBackend(virtual.clock, { lifeMs, extension: extension as 'rolling' | 'fixed', subject: anybody ? 'ada' : null })
  let moment = 0
  let heardNo = 0
  let cameTrue = 0
  let final = false
  let wanted = false
  let awakeMs = 0
  // What a subscriber throws is reported, not thrown; so it is kept until somebody looks.
  const broken: unknown[] = []
  const asked = { check: 0, confirmations: 0 }
  const heard = async (reply: unknown) => {
    const verdict = await reply
    if ((verdict as { status: string }).status === 'ended') heardNo = ++moment
    return verdict as never
  }
  const backend: SessionBackend = {
    ...fake.backend,
    check: (call) => heard(fake.backend.check(call)),
    extend: (call) => heard(fake.backend.extend?.(call)),
    async signIn(call) {
      if (!wanted) broken.push(new Error('a sign-in began that the person had taken back'))
      await fake.backend.signIn?.(call)
      final = false
    },
  }
  const session = createSession(backend, {}, { clock: virtual.clock, random: seeded(seed) })
  const views: SessionView[] = [session.get()]
  const waiting = new Map<Promise<unknown>, { name: string; since: number }>()
  const releases: (() => void)[] = []

  function laws(view: SessionView) {
    const before = views.at(-1) as SessionView
    views.push(view)
    if (view.signedIn && !before.signedIn) cameTrue = ++moment
    // Only the server's no, said after it was last alive, or the person ends it.
    if (before.signedIn && !view.signedIn) expect({ law: 1, view, ended: view.reason === 'signedOut' ? final : heardNo > cameTrue }).toMatchObject({ ended: true })
    if (final) expect({ law: 6, view }).toMatchObject({ view: { signedIn: false } })
    if (view.status === 'active' || view.status === 'extending') expect(view).toMatchObject({ signedIn: true, certain: true })
    if (view.status === 'expired') expect(view).toMatchObject({ signedIn: false, certain: true })
    if (view.certain) expect(view.signedIn).toBeDefined()
  }
  session.subscribe((view) => {
    try {
      laws(view)
    } catch (error) {
      broken.push(error)
    }
  })

  function ask(name: keyof Pick<Session, 'check' | 'extend' | 'reauthenticate' | 'signOut'> | 'run') {
    if (name === 'signOut' && fake.listening() > 0) final = true
    if (name === 'reauthenticate' || name === 'signOut') wanted = name === 'reauthenticate'
    if (name === 'reauthenticate' || name === 'signOut') asked.confirmations++
    const promise: Promise<unknown> = name === 'run' ? session.run(() => expect(session.get().signedIn).toBe(true)) : session[name]()
    waiting.set(promise, { name, since: awakeMs })
    const settled = () => void waiting.delete(promise)
    promise.then(settled, (error: { code?: string }) => {
      settled()
      if (!error.code?.startsWith('ERR_SESSION_')) broken.push(error)
    })
  }

  async function take(step: Step) {
    switch (step.name) {
      case 'start': return void releases.push(session.start())
      case 'release': return releases.pop()?.()
      case 'stop': return releases.splice(0).forEach((release) => release())
      case 'cancel':
        wanted = false
        return session.cancel()
      case 'end': return fake.end()
      case 'otherPerson': return fake.signInAs('bob')
      case 'tellSignedIn':
        if (fake.listening() > 0) final = false
        return fake.tell('signedIn')
      case 'tellSignedOut': return fake.tell('signedOut')
      case 'outage': return fake.always(new Error('502'))
      case 'hang': return fake.always('hang')
      case 'limit': return fake.always(Object.assign(new Error('429'), { retryAfterMs: 90 * SECOND }))
      case 'restore': return fake.always(undefined)
      case 'sleep': return virtual.sleep((step as { ms: number }).ms)
      case 'freeze': return virtual.freeze((step as { ms: number }).ms)
      case 'advance':
        await virtual.advance((step as { ms: number }).ms)
        awakeMs += (step as { ms: number }).ms
        return
      default: return ask(step.name as never)
    }
  }

  function look() {
    if (broken.length > 0) throw broken[0]
    expect(escaped).toEqual([])
    expect(virtual.pending()).toBeLessThanOrEqual(1)
    for (const { name, since } of waiting.values()) expect({ name, waitedMs: awakeMs - since }).toSatisfy(({ waitedMs }: { waitedMs: number }) => waitedMs <= 30 * MINUTE)
    if (fake.listening() > 1) throw new Error('listens twice')
  }

  function callsInAnHour() {
    const at = fake.calls.map((call) => call.at).sort((a, b) => a - b)
    let first = 0
    return at.reduce((most, end, last) => {
      while ((at[first] ?? end) <= end - HOUR) first++
      return Math.max(most, last - first + 1)
    }, 0)
  }

  return { session, fake, virtual, releases, take, look, asked, callsInAnHour, views }
}

const walk = (body: (world: ReturnType<typeof open>) => Promise<void>) =>
  fc.assert(
    fc.asyncProperty(worlds, steps, async (world, taken) => {
      const made = open(world)
      if (world.silent) await made.take({ name: 'hang' })
      await made.take({ name: 'start' })
      for (const step of taken) {
        await made.take(step)
        await made.virtual.settle()
        made.look()
      }
      await body(made)
      made.look()
    }),
    { numRuns: Number(process.env['RUNS'] ?? 150) },
  )

describe('whatever happens, in whatever order', () => {
  it('only the server or the person ends a session, the final word wins, no command hangs, and all is let go', { timeout: 60_000 }, () =>
    walk(async ({ fake, virtual, take, asked, callsInAnHour }) => {
      expect(callsInAnHour()).toBeLessThanOrEqual(CALLS_PER_HOUR + 2 * asked.confirmations)
      await take({ name: 'stop' })
      // The next macrotask: no platform fires a timer sooner.
      await virtual.advance(1)
      expect({ timers: virtual.pending(), listeners: fake.listening() }).toEqual({ timers: 0, listeners: 0 })
      const made = fake.calls.length
      await virtual.advance(24 * HOUR)
      expect(fake.calls.length).toBe(made)
    }),
  )

  it('a session that may go on is found again once all is calm, and told rightly', { timeout: 60_000 }, () =>
    walk(async ({ session, fake, virtual, take }) => {
      await take({ name: 'start' })
      await take({ name: 'restore' })
      await take({ name: 'advance', ms: 3 * HOUR })
      expect(session.get()).toMatchObject({ certain: true, busy: false })
      // A call that was left behind is waited for, once; the second question is then answered.
      for (let question = 0; question < 2; question++) {
        void session.check()
        await virtual.advance(MINUTE)
      }
      const { signedIn, reason } = session.get()
      expect(signedIn).toBe(reason !== 'signedOut' && fake.expiresAt !== undefined)
    }),
  )
})

describe('a hint of the backend', () => {
  it('is followed up until the server answered', async () => {
    const { session, fake, virtual, take } = open({ seed: 1, extension: 'rolling', lifeMs: 30 * 24 * HOUR, anybody: true })
    await take({ name: 'start' })
    await virtual.advance(0)
    fake.end()
    fake.script('check', new Error('502'))
    fake.tell('signedOut')
    await virtual.advance(HOUR)
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'expired' })
  })
})

describe('a sign-in that waits for the revocation before it', () => {
  it.each(['cancel', 'signOut'] as const)('is taken back by %s', async (name) => {
    const { session, fake, virtual, take } = open({ seed: 1, extension: 'rolling', lifeMs: HOUR, anybody: true })
    await take({ name: 'start' })
    await virtual.advance(0)
    fake.script('revoke', 'hang')
    await take({ name: 'signOut' })
    await take({ name: 'reauthenticate' })
    expect(session.get().state).toBe('reauthenticating.revoking')
    await take({ name })
    await virtual.advance(10 * MINUTE)
    expect(fake.count('signIn')).toBe(0)
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'signedOut', state: 'expired.ended' })
  })
})

describe('load is bounded (law 9), whatever the dice and however the server fails', () => {
  const dice = { 'always low': () => 0, 'always high': () => 1 - Number.EPSILON, even: () => 0.5 }
  const failing = { 'refuses at once': new Error('502'), 'is busy': Object.assign(new Error('429'), { retryAfterMs: 1 }), 'says garbage': { answer: 'html' } }
  const moments = ['live', 'signed out', 'signing in by itself'] as const
  const cases = moments.flatMap((moment) => Object.keys(failing).flatMap((server) => Object.keys(dice).map((die) => [moment, server, die] as const)))

  it.each(cases)('%s, the server %s, dice %s', async (moment, server, die) => {
    const virtual = createVirtualTime()
    const fake = createFakeBackend(virtual.clock, { lifeMs: 10 * MINUTE, subject: moment === 'signing in by itself' ? null : 'ada' })
    const session = createSession({ ...fake.backend, unattended: moment === 'signing in by itself' }, {}, { clock: virtual.clock, random: dice[die as keyof typeof dice] })
    if (moment === 'signing in by itself') fake.script('check', { answer: false })
    const release = session.start()
    if (moment === 'signed out') await virtual.advance(0)
    if (moment !== 'signing in by itself') await virtual.advance(0)
    fake.always(failing[server as keyof typeof failing])
    if (moment === 'signed out') void session.signOut()
    for (let minutes = 0; minutes < 60 && fake.calls.length <= CALLS_PER_HOUR; minutes += 0.05) await virtual.advance(3 * SECOND)
    expect(fake.calls.length).toBeLessThanOrEqual(CALLS_PER_HOUR)
    release()
    await virtual.advance(1)
  })
})
