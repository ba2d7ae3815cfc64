import { describe, expect, it } from 'vitest'
import { createRecorder, type FlightRecord, inspectWith } from '../../src/inspect'
import { limits } from '../../src/limits/limits'
import { createSession } from '../../src/core'
import { replay, type Step } from '../../src/testing'
import { createFakeBackend } from '../../src/testing/fakeBackend'
import { createVirtualTime } from '../../src/testing/virtualTime'
import { busy, fakeSignals, fakeTabs, HOUR, MINUTE, outage, SECOND, seeded } from '../liveSession'

/** A random life of a session, what was seen of it by itself, and what was recorded. */
async function liveAtRandom(seed: number, { steps = 200, limit = 10_000, standsStill = true } = {}) {
  const random = seeded(seed)
  const pick = <T>(...of: readonly T[]): T => of[Math.floor(random() * of.length)] as T
  const time = createVirtualTime()
  const fake = createFakeBackend(time, { lifeMs: pick(4 * MINUTE, HOUR) })
  const { signals, give } = fakeSignals()
  const others = fakeTabs()
  const recorder = createRecorder({ limit })
  const session = createSession(
    { ...fake.backend, stepUp: async () => {}, unattended: pick(true, false) },
    {
      inspect: inspectWith(recorder),
      keepAlive: pick('always', 'whileActive', 'whileVisible'),
      limits: limits({ idleMs: pick(30 * MINUTE, 3 * HOUR), warningMs: 5 * MINUTE }),
    },
    { clock: time.clock, random, signals, tabs: others.tabs },
  )
  /** Every state of the session's actors, and when. */
  const seen: { at: number; state: string }[] = []
  const attach = () =>
    session.actor.subscribe(({ value }) => {
      seen.push({ at: time.now(), state: Object.entries(value)[0]?.join('.') ?? '' })
    })
  const start = () => (attach(), session.start())
  let release = start()
  const acts: readonly (() => unknown)[] = [
    () => void session.check().catch(() => {}),
    () => void session.extend().catch(() => {}),
    () => void session.signOut().catch(() => {}),
    () => void session.reauthenticate().catch(() => {}),
    () => void session.stepUp().catch(() => {}),
    () => session.cancel(),
    () => session.touch(),
    () => fake.script(pick('check', 'extend', 'signIn', 'revoke'), pick<Step>(outage, busy(40 * SECOND), { answer: false }, 'hang')),
    () => fake.always(outage),
    () => fake.always(undefined),
    () => fake.end(),
    () => fake.signInAs(pick('ada', 'grace')),
    () => fake.tell(pick('signedIn', 'signedOut')),
    () => give(pick('hidden', 'shown', 'online', 'active')),
    () => others.tell({ type: 'tabs.claimed', retryMs: pick(0, 90 * SECOND) }),
    () => others.tell({ type: 'tabs.changed' }),
    () => others.tell({ type: 'tabs.answered', output: pick(...answers(session.actor.getSnapshot().context)) as never }),
    async () => {
      release()
      await time.advance(1)
      release = start()
    },
    ...(standsStill ? [() => time.sleep(pick(MINUTE, HOUR)), () => give('woke'), () => time.setClockBy(-MINUTE)] : []),
  ]
  await time.settle()
  for (let step = 0; step < steps; step++) {
    await pick(...acts)()
    await time.advance(pick(0, SECOND, MINUTE, 20 * MINUTE))
    if (session.get().signedIn === false && random() < 0.5) void session.reauthenticate().catch(() => {})
  }
  release()
  return { record: recorder.record() as FlightRecord, seen, time }
}

/** What another tab may have been answered. */
function answers({ lease, plan, failures }: object & { lease: unknown; plan: unknown; failures: number }) {
  const known = { lease, plan, failures, problem: undefined }
  return lease ? [{ ...known, status: 'alive', subject: undefined, extended: false }, { ...known, status: 'ended', reason: 'expired' }] : [{ ...known, status: 'ended', reason: 'ended' }]
}

const seeds = [1, 2, 3, 5, 8, 13, 21, 34, 55, 89]
const places = (steps: readonly { at: number; state: string }[]) => steps.map(({ at, state }) => `${at} ${state}`)
/** What was seen from the outside, without what repeats itself. */
const changes = (steps: readonly { at: number; state: string }[]) => places(steps).filter((place, i, all) => place !== all[i - 1])

describe('a flight record, replayed', () => {
  it.each(seeds)('leads through the same states at the same times, sleeps and set clocks included (seed %i)', async (seed) => {
    const { record, seen } = await liveAtRandom(seed)
    const { steps, divergedAt } = replay(JSON.stringify(record))
    expect(divergedAt).toBeUndefined()
    expect(steps).toHaveLength(record.transitions.length)
    expect(places(steps)).toEqual(places(record.transitions))
    // What an observer of its own saw is not what the recorder wrote.
    const first = { at: record.start.at, state: record.start.state }
    expect(changes([first, ...steps.filter(({ event }) => event !== 'xstate.stop')])).toEqual(changes(seen))
    expect(new Set(steps.map(({ event }) => event)).size).toBeGreaterThan(12)
  })

  it.each(seeds)('ends each delay when it was due, where nothing stood still (seed %i)', async (seed) => {
    const { record } = await liveAtRandom(seed, { standsStill: false })
    const late = replay(record).steps.flatMap(({ lateMs }) => (lateMs === undefined ? [] : [lateMs]))
    expect(late.length).toBeGreaterThan(5)
    // Platform timers have whole milliseconds.
    expect(late.filter((ms) => ms < -1 || ms > 1)).toEqual([])
  })

  it.each(seeds)('may begin in the middle of a life (seed %i)', async (seed) => {
    const [whole, part] = await Promise.all([liveAtRandom(seed), liveAtRandom(seed, { limit: 20 })])
    expect(part.record.transitions).toHaveLength(20)
    expect(part.record.transitions).toEqual(whole.record.transitions.slice(-20))
    const { steps, divergedAt } = replay(part.record)
    expect(divergedAt).toBeUndefined()
    expect(places(steps)).toEqual(places(whole.record.transitions).slice(-20))
  })

  it('tells where it leads elsewhere, and stops there', async () => {
    const { record } = await liveAtRandom(1, { steps: 40 })
    const place = record.transitions.findIndex(({ state }) => state === 'extending.calling')
    const transitions = record.transitions.map((transition, i) => (i === place ? { ...transition, state: 'active.resting' } : transition))
    const { steps, divergedAt } = replay({ ...record, transitions })
    expect(divergedAt).toBe(place)
    expect(steps).toHaveLength(place + 1)
    expect(steps.at(-1)).toMatchObject({ state: 'extending.calling', view: { signedIn: true, status: 'extending' } })
  })

  it('tells of a delay that this version does not have', async () => {
    const { record } = await liveAtRandom(1, { steps: 40 })
    const place = record.transitions.findIndex(({ event }) => event.type === 'xstate.done.actor.check')
    const never = { at: record.transitions[place]?.at, event: { type: 'xstate.after.untilLunch.session.active' }, state: record.transitions[place]?.state }
    expect(replay({ ...record, transitions: [...record.transitions.slice(0, place + 1), never] }).divergedAt).toBe(place + 1)
  })

  const start = { at: 1, state: 'unknown.checking', context: {} }
  const ofOne = (transition: unknown) => ({ version: 1, start, transitions: [transition] })
  it.each([
    ['nothing', undefined],
    ['no JSON', 'once upon a time'],
    ['a list', []],
    ['another version', { version: 2, start, transitions: [] }],
    ['no start', { version: 1, transitions: [] }],
    ['a start without time', { version: 1, start: { ...start, at: Infinity }, transitions: [] }],
    ['a start without context', { version: 1, start: { at: 1, state: 'unknown.checking' }, transitions: [] }],
    ['a state that there is not', { version: 1, start: { ...start, state: 'unknown.lunch' }, transitions: [] }],
    ['a state by inheritance', { version: 1, start: { ...start, state: 'constructor.name' }, transitions: [] }],
    ['half a state', { version: 1, start: { ...start, state: 'active' }, transitions: [] }],
    ['no list of transitions', { version: 1, start, transitions: {} }],
    ['a transition without event', ofOne({ at: 2, state: 'active.scheduled' })],
    ['a transition that is none', ofOne(null)],
    ['an answer without sense', ofOne({ at: 2, event: { type: 'xstate.done.actor.check' }, state: 'active.scheduled' })],
  ])('is refused where it is %s', (_, record) => {
    expect(() => replay(record)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_BAD_OPTION' }))
  })
})
