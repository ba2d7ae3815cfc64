import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Choices, drawnChoices, harmlessChoices, recordedChoices } from '../../../src/testing/world/choices'

/** Something that takes decisions. */
type Take = (choices: Choices) => unknown

const whole = fc.integer({ min: -1_000_000, max: 1_000_000 })
const take: fc.Arbitrary<Take> = fc.oneof(
  fc.integer({ min: 1, max: 50 }).map((count): Take => ({ choose }) => choose(count)),
  fc.array(fc.nat(), { minLength: 1 }).map((options): Take => ({ pick }) => pick(options)),
  fc.double({ min: 0, max: 0.99, noNaN: true }).map((probability): Take => ({ chance }) => chance(probability)),
  fc.tuple(whole, whole).map(([from, to]): Take => ({ between }) => between(from, to)),
  fc.constant<Take>(({ random }) => random()),
)
/** What is decided, step by step. */
const story = fc.array(fc.array(take, { maxLength: 6 }), { minLength: 1, maxLength: 12 })
const seed = fc.integer()

/** Lets a story happen, and tells what was decided in each step. */
const live = (steps: readonly (readonly Take[])[], choices: Choices) =>
  steps.map((takes, at) => {
    if (at > 0) choices.nextStep()
    return takes.map((decide) => decide(choices))
  })

describe('drawn choices', () => {
  it('are the same for the same seed', () => {
    fc.assert(fc.property(seed, story, (seed, steps) => void expect(live(steps, drawnChoices(seed))).toEqual(live(steps, drawnChoices(seed)))))
  })

  it('are others for another seed', () => {
    const drawn = (seed: number) => Array.from({ length: 20 }, drawnChoices(seed).random).join()
    expect(new Set(Array.from({ length: 100 }, (_, seed) => drawn(seed))).size).toBe(100)
  })

  it('choose among so many, pick one of them, and are between the two', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 1, max: 50 }), whole, whole, (seed, count, from, to) => {
        const { choose, pick, between, random } = drawnChoices(seed)
        const chosen = choose(count)
        expect(Number.isInteger(chosen) && chosen >= 0 && chosen < count).toBe(true)
        const options = Array.from({ length: count }, (_, n) => `option ${n}`)
        expect(options).toContain(pick(options))
        const drawn = between(from, to)
        expect(Number.isInteger(drawn) && drawn >= Math.min(from, to) && drawn <= Math.max(from, to)).toBe(true)
        const ratio = random()
        expect(ratio >= 0 && ratio < 1).toBe(true)
      }),
    )
  })

  it('leave nothing out', () => {
    const { choose, pick, between } = drawnChoices(1)
    const seen = (draw: () => unknown) => new Set(Array.from({ length: 300 }, draw)).size
    expect([seen(() => choose(7)), seen(() => choose(2)), seen(() => pick(['a', 'b', 'c'])), seen(() => between(5, 8))]).toEqual([7, 2, 3, 4])
  })

  it.each([0, 0.02, 0.2, 0.7, 0.99])('take a chance of %d so often', (probability) => {
    const { chance } = drawnChoices(7)
    const taken = Array.from({ length: 10_000 }, () => chance(probability)).filter(Boolean).length
    expect(Math.abs(taken / 10_000 - probability)).toBeLessThan(probability === 0 ? Number.EPSILON : 0.01)
  })

  it('spread random numbers evenly', () => {
    const { random } = drawnChoices(3)
    const tenths = Array.from({ length: 10 }, () => 0)
    for (let n = 0; n < 10_000; n++) tenths[Math.floor(random() * 10)]!++
    for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(150)
  })
})

describe('a record', () => {
  it('has the decisions of each step, and counts them', () => {
    fc.assert(
      fc.property(seed, story, (seed, steps) => {
        const choices = drawnChoices(seed)
        live(steps, choices)
        expect(choices.record.map(({ length }) => length)).toEqual(steps.map(({ length }) => length))
        expect(choices.decisions).toBe(steps.flat().length)
      }),
    )
  })

  it('tells the same story again, and is recorded the same', () => {
    fc.assert(
      fc.property(seed, story, (seed, steps) => {
        const drawn = drawnChoices(seed)
        const lived = live(steps, drawn)
        const recorded = recordedChoices(drawn.record)
        expect(live(steps, recorded)).toEqual(lived)
        expect(recorded.record).toEqual(drawn.record)
        expect(recorded.decisions).toBe(drawn.decisions)
      }),
    )
  })

  it('with a step made harmless changes no other step', () => {
    fc.assert(
      fc.property(seed, story, fc.nat(), fc.boolean(), (seed, steps, nth, emptied) => {
        const drawn = drawnChoices(seed)
        const lived = live(steps, drawn)
        const changed = nth % steps.length
        const record = drawn.record.map((step, at) => (at !== changed ? step : emptied ? [] : step.map(() => 0)))
        const harmless = live([steps[changed] ?? []], harmlessChoices())[0]
        expect(live(steps, recordedChoices(record))).toEqual(lived.map((step, at) => (at === changed ? harmless : step)))
      }),
    )
  })

  it('that takes more decisions in a step than it has, leaves the next step its own', () => {
    const { choose, nextStep } = recordedChoices([[1], [2]])
    const decisions = [choose(9), choose(9), choose(9)]
    nextStep()
    decisions.push(choose(9))
    nextStep()
    decisions.push(choose(9))
    expect(decisions).toEqual([1, 0, 0, 2, 0])
  })

  it('of a choice among more is good for one among fewer', () => {
    const { choose, pick, chance } = recordedChoices([[40, 40, 40]])
    expect([choose(3), pick(['a', 'b']), chance(0.1)]).toEqual([2, 'b', true])
  })

  it('of the last of all decisions is the other end', () => {
    const { between, random } = recordedChoices([[Infinity, Infinity, 2_047, 2_048]])
    expect([between(1, 1_000_000), between(1, -1_000_000)]).toEqual([1_000_000, -1_000_000])
    expect([random(), random()]).toEqual([4_095 / 4_096, 0])
  })
})

describe('harmless choices', () => {
  it('are the first of everything, nothing out of the ordinary, and the middle of a jitter', () => {
    const choices = harmlessChoices()
    const { choose, pick, chance, between, random } = choices
    expect([choose(9), pick(['calm', 'storm']), chance(0.99), between(30, -5), random()]).toEqual([0, 'calm', false, 30, 0.5])
    expect(choices.record).toEqual([[0, 0, 0, 0, 0]])
  })

  it('are those of a record of zeros', () => {
    fc.assert(
      fc.property(story, (steps) => {
        const zeros = steps.map((takes) => takes.map(() => 0))
        expect(live(steps, recordedChoices(zeros))).toEqual(live(steps, harmlessChoices()))
      }),
    )
  })
})
