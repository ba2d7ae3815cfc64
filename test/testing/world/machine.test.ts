import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Choices, drawnChoices, harmlessChoices } from '../../../src/testing/world/choices'
import { createMachine } from '../../../src/testing/world/machine'
import { createTimeline } from '../../../src/testing/world/timeline'

const SECOND = 1_000
const HOUR = 3_600_000
const T = Date.UTC(2026, 0, 1)

/** A machine, its timeline, and what was noted on it in true time. */
function boot(choices: Choices = harmlessChoices()) {
  const timeline = createTimeline(T, choices)
  const machine = createMachine(timeline)
  const diary: string[] = []
  const note = (name: string) => () => void diary.push(`${name}@${timeline.now() - T}`)
  /** Both clocks, from the start. */
  const clocks = () => [machine.wallNow() - T, machine.monotonicNow()]
  return { ...timeline, machine, diary, note, clocks }
}

describe('the clocks of a machine', () => {
  it('go with true time', async () => {
    const { advance, clocks } = boot()
    expect(clocks()).toEqual([0, 0])
    await advance(HOUR)
    expect(clocks()).toEqual([HOUR, HOUR])
  })

  it('part in its sleep, which only the one on the wall counts', async () => {
    const { machine, advance, clocks } = boot()
    await advance(10)
    machine.sleep(HOUR)
    await advance(HOUR - 1)
    expect([machine.asleep, ...clocks()]).toEqual([true, HOUR + 9, 10])
    await advance(1)
    expect([machine.asleep, ...clocks()]).toEqual([false, HOUR + 10, 10])
    await advance(5)
    expect(clocks()).toEqual([HOUR + 15, 15])
  })

  it.each([HOUR, -HOUR])('part when the one on the wall is set by %d', async (ms) => {
    const { machine, advance, clocks } = boot()
    machine.setClockBy(ms)
    expect(clocks()).toEqual([ms, 0])
    await advance(10)
    machine.setClockBy(-ms)
    expect(clocks()).toEqual([10, 10])
  })

  it.each([100, -100])('part when the one on the wall gains %d ms an hour, also in its sleep, and until it runs true again', async (msPerHour) => {
    const { machine, advance, clocks } = boot()
    machine.setDrift(msPerHour)
    await advance(HOUR)
    expect(clocks()).toEqual([HOUR + msPerHour, HOUR])
    machine.sleep(HOUR)
    await advance(HOUR)
    machine.setDrift(0)
    expect(clocks()).toEqual([2 * HOUR + 2 * msPerHour, HOUR])
    await advance(HOUR)
    expect(clocks()).toEqual([3 * HOUR + 2 * msPerHour, 2 * HOUR])
  })

  it('tell whole milliseconds; the monotonic one never goes back, stands still in sleep, and counts the rest', async () => {
    const act = fc.oneof(
      fc.record({ act: fc.constant('advance' as const), ms: fc.nat(10_000) }),
      fc.record({ act: fc.constant('sleep' as const), ms: fc.nat(10_000) }),
      fc.record({ act: fc.constant('setClockBy' as const), ms: fc.integer({ min: -HOUR, max: HOUR }) }),
      fc.record({ act: fc.constant('setDrift' as const), ms: fc.integer({ min: -5_000, max: 5_000 }) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 20 }), async (acts) => {
        const { machine, now, advance } = boot()
        let wakesAt = T
        let sleptMs = 0
        let setBy = 0
        let drift = 0
        for (const { act, ms } of acts) {
          const before = machine.monotonicNow()
          const since = now()
          if (act === 'advance') await advance(ms)
          else {
            if (act === 'sleep' && !machine.asleep) wakesAt = now() + ms
            if (act === 'setClockBy') setBy += ms
            machine[act](ms)
          }
          sleptMs += Math.max(0, Math.min(now(), wakesAt) - since)
          setBy += (drift * (now() - since)) / HOUR
          if (act === 'setDrift') drift = ms
          expect(machine.monotonicNow()).toBeGreaterThanOrEqual(before)
          expect(machine.monotonicNow()).toBe(now() - T - sleptMs)
          expect(Number.isInteger(machine.wallNow())).toBe(true)
          expect(Math.abs(machine.wallNow() - (now() + setBy))).toBeLessThan(0.51)
        }
      }),
    )
  })
})

describe('a machine', () => {
  it('that sleeps already sleeps on, no longer and no shorter', async () => {
    const { machine, advance, diary, note, clocks } = boot()
    machine.sleep(100)
    machine.onceAwake(note('awake'))
    await advance(50)
    machine.sleep(10)
    machine.sleep(HOUR)
    await advance(SECOND)
    expect([diary, clocks()]).toEqual([['awake@100'], [1_050, 950]])
  })

  it('that is awake runs things at once', () => {
    const { machine, diary, note } = boot()
    machine.onceAwake(note('now'))
    expect(diary).toEqual(['now@0'])
  })

  it('that sleeps runs things when it wakes, once, each with all that follows', async () => {
    const { machine, advance, diary, note } = boot()
    machine.sleep(100)
    for (const name of ['a', 'b']) machine.onceAwake(() => void (note(name)(), void Promise.resolve().then(note(`after ${name}`))))
    await advance(100)
    machine.sleep(100)
    await advance(SECOND)
    expect(diary).toEqual(['a@100', 'after a@100', 'b@100', 'after b@100'])
  })

  it('that wakes runs any of them first', async () => {
    const orderOf = async (seed: number) => {
      const { machine, advance, diary, note } = boot(drawnChoices(seed))
      machine.sleep(100)
      for (const name of 'ab') machine.onceAwake(note(name))
      await advance(100)
      return diary.join()
    }
    const orders = await Promise.all(Array.from({ length: 20 }, (_, seed) => orderOf(seed)))
    expect([...new Set(orders)].sort()).toEqual(['a@100,b@100', 'b@100,a@100'])
  })

  it('that falls asleep again at once keeps the others for the next time', async () => {
    const { machine, advance, diary, note } = boot()
    machine.sleep(100)
    machine.onceAwake(() => machine.sleep(50))
    machine.onceAwake(note('b'))
    await advance(SECOND)
    expect(diary).toEqual(['b@150'])
  })
})
