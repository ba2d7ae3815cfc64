import { describe, expect, it } from 'vitest'
import { replay } from '../../src/testing'
import { liveAtRandom } from '../inspect/randomLife'

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

  it.each([[1_000, -500], [400, 100]])('tells how much longer or shorter a delay is in this version (%i ms)', (keepAliveMs, lateMs) => {
    const output = { status: 'alive', plan: { keepAliveMs, retryMs: 0 }, failures: 0 }
    const transitions = [
      { at: 10, event: { type: 'xstate.done.actor.check', output }, state: 'active.scheduled' },
      { at: 510, event: { type: 'xstate.after.untilKeepAlive.session.active.scheduled' }, state: 'extending.calling' },
    ]
    const { steps, divergedAt } = replay({ version: 1, start: { at: 1, state: 'unknown.checking', context: {} }, transitions })
    expect([divergedAt, steps[1]?.lateMs]).toEqual([undefined, lateMs])
  })

  it('tells of a delay where there is none any more', () => {
    const late = { at: 2, event: { type: 'xstate.after.untilRetry.session.unknown.waiting' }, state: 'unknown.checking' }
    expect(replay({ version: 1, start: { at: 1, state: 'active.resting', context: { signedIn: true } }, transitions: [late] })).toMatchObject({ divergedAt: 0, steps: [{ state: 'active.resting', lateMs: undefined }] })
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
