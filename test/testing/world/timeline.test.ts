import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Choices, drawnChoices, harmlessChoices, recordedChoices } from '../../../src/testing/world/choices'
import { createTimeline } from '../../../src/testing/world/timeline'

const T = Date.UTC(2026, 0, 1)

/** A timeline, and what happened on it. */
function createDiary(choices: Choices = harmlessChoices(), startAt = 0) {
  const timeline = createTimeline(startAt, choices)
  const diary: string[] = []
  const note = (name: unknown) => () => void diary.push(`${String(name)}@${timeline.now()}`)
  return { ...timeline, diary, note }
}

/** Few different times, so that many things happen at once. */
const times = fc.array(fc.nat(30), { maxLength: 60 })

describe('a timeline', () => {
  it('begins when it is told, and moves only when told', async () => {
    const { now, advance } = createTimeline(T, harmlessChoices())
    expect(now()).toBe(T)
    await advance(1_500)
    expect(now()).toBe(T + 1_500)
    await advance(0)
    expect(now()).toBe(T + 1_500)
  })

  it('lets everything happen once, at its time, in order of time and then of planning', async () => {
    await fc.assert(
      fc.asyncProperty(times, async (times) => {
        const { at, advance, diary, note } = createDiary()
        times.forEach((time, nth) => at(time, note(nth)))
        await advance(30)
        const inOrder = times.map((time, nth) => ({ time, nth })).sort((a, b) => a.time - b.time || a.nth - b.nth)
        expect(diary).toEqual(inOrder.map(({ time, nth }) => `${nth}@${time}`))
      }),
    )
  })

  it('keeps to the order of time whatever is drawn, also for what is planned or called off on the way', async () => {
    const plan = fc.array(fc.record({ time: fc.nat(30), thenMs: fc.option(fc.nat(30)), callsOff: fc.option(fc.nat(59)) }), { maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(fc.integer(), plan, async (seed, plan) => {
        const { at, after, now, advance } = createDiary(drawnChoices(seed))
        const seen: number[] = []
        const happened = new Set<number>()
        const calledOff = new Set<number>()
        let expected = 0
        const calls = plan.map(({ time, thenMs, callsOff }, nth) =>
          at(time, () => {
            seen.push(now())
            happened.add(nth)
            expect(now()).toBe(time)
            if (thenMs !== null) {
              const due = now() + thenMs
              expected++
              after(thenMs, () => void (seen.push(now()), expect(now()).toBe(due)))
            }
            if (callsOff === null || callsOff >= plan.length) return
            if (!happened.has(callsOff)) calledOff.add(callsOff)
            calls[callsOff]?.()
          }),
        )
        await advance(60)
        expect(seen).toEqual([...seen].sort((a, b) => a - b))
        expect(plan.map((_, nth) => happened.has(nth) !== calledOff.has(nth))).toEqual(plan.map(() => true))
        expect(seen.length).toBe(happened.size + expected)
      }),
    )
  })

  it('lets any of the things of one millisecond be the first', async () => {
    const orderOf = async (choices: Choices) => {
      const { at, advance, diary, note } = createDiary(choices)
      for (const name of 'abc') at(5, note(name))
      await advance(5)
      return diary.join()
    }
    const orders = await Promise.all(Array.from({ length: 100 }, (_, seed) => orderOf(drawnChoices(seed))))
    expect(new Set(orders).size).toBe(6)
    expect(await Promise.all(Array.from({ length: 100 }, (_, seed) => orderOf(drawnChoices(seed))))).toEqual(orders)
    const drawn = drawnChoices(3)
    expect([await orderOf(drawn), await orderOf(recordedChoices(drawn.record))]).toEqual([orders[3], orders[3]])
  })

  it('decides nothing where only one thing can be next', async () => {
    const choices = drawnChoices(1)
    const { at, advance, note } = createDiary(choices)
    const callOff = at(5, note('called off'))
    for (const time of [5, 7, 9]) at(time, note('alone'))
    callOff()
    await advance(10)
    expect(choices.decisions).toBe(0)
  })

  it.each([
    ['in the past', -50, 'x@100'],
    ['now', 100, 'x@100'],
    ['at a fraction', 100.2, 'x@101'],
  ])('lets what is planned %s happen, but never early', async (_, time, expected) => {
    const { at, advance, diary, note } = createDiary(harmlessChoices(), 100)
    at(time, note('x'))
    expect(diary).toEqual([])
    await advance(10)
    expect(diary).toEqual([expected])
  })

  it('forgets what was called off; too late is too late', async () => {
    const { at, after, advance, diary, note } = createDiary()
    const callOff = at(5, note('called off'))
    const tooLate = after(3, note('happened'))
    callOff()
    callOff()
    await advance(4)
    tooLate()
    await advance(10)
    expect(diary).toEqual(['happened@3'])
  })

  it('goes on thing by thing, each a step of its choices, up to a time', async () => {
    const choices = harmlessChoices()
    const { at, next, now, diary, note } = createDiary(choices)
    at(10, note('a'))
    at(20, note('b'))
    expect([await next(9), now(), diary]).toEqual([false, 0, []])
    expect([await next(10), now()]).toEqual([true, 10])
    expect([await next(), now()]).toEqual([true, 20])
    expect([await next(), now(), diary]).toEqual([false, 20, ['a@10', 'b@20']])
    expect(choices.record.length).toBe(1 + 4)
  })

  it('settles promises before, between and after things, also of one millisecond', async () => {
    const { at, advance, diary, note } = createDiary()
    const chain = async (name: string) => {
      for (let i = 0; i < 20; i++) await Promise.resolve()
      note(name)()
    }
    void chain('before')
    for (const name of ['first', 'second']) at(1, () => void (note(name)(), void chain(`after ${name}`)))
    await advance(1)
    expect(diary).toEqual(['before@0', 'first@1', 'after first@1', 'second@1', 'after second@1'])
  })

  it('passes on what a thing throws, and goes on with the others', async () => {
    const { at, advance, now, diary, note } = createDiary()
    at(5, () => {
      throw new RangeError('mine')
    })
    at(5, note('other'))
    await expect(advance(10)).rejects.toThrow('mine')
    await advance(10)
    expect([diary, now()]).toEqual([['other@5'], 15])
  })
})
