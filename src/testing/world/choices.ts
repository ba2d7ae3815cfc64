/**
 * Where a world takes every decision from. Decisions are kept by steps, so that a run can be told again, whole or
 * with some of its steps made harmless. Zero is always the harmless decision.
 */
export interface Choices {
  /** A whole number from 0 to `count` - 1. */
  choose(count: number): number
  /** One of them; the first is the harmless one. */
  pick<T>(options: readonly T[]): T
  /** Whether something out of the ordinary happens. */
  chance(probability: number): boolean
  /** A whole number between the two; the first is the harmless one. */
  between(from: number, to: number): number
  /** A number in [0, 1), for code that takes `Math.random`. */
  random(): number
  /** The decisions from here on belong to the next step. */
  nextStep(): void
  /** How many decisions were taken so far. */
  readonly decisions: number
  /** The decisions of every step so far. */
  readonly record: DecisionRecord
}

export type DecisionRecord = readonly (readonly number[])[]

/** A small seeded generator with 32 bits of state (mulberry32): the same seed, the same numbers. */
function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** How finely a number in [0, 1) is told. */
const GRAINS = 4096

/** @param decide given how many there are, and for a chance how probable, answers with one */
function choicesFrom(decide: (count: number, probability?: number) => number): Choices {
  const record: number[][] = [[]]
  let decisions = 0
  function take(count: number, probability?: number): number {
    const taken = decide(count, probability)
    decisions++
    record[record.length - 1]?.push(taken)
    return taken
  }
  return {
    choose: (count) => take(count),
    pick: <T>(options: readonly T[]) => options[take(options.length)] as T,
    chance: (probability) => take(2, probability) === 1,
    between: (from, to) => Math.round(from + ((to - from) * take(GRAINS)) / (GRAINS - 1)),
    // The middle is harmless: a jitter of nothing would make the calmest world the most hurried.
    random: () => ((take(GRAINS) + GRAINS / 2) % GRAINS) / GRAINS,
    nextStep: () => void record.push([]),
    get decisions() {
      return decisions
    },
    record,
  }
}

/** Decisions drawn at random. The same seed, the same decisions. */
export function drawnChoices(seed: number): Choices {
  const draw = generator(seed)
  return choicesFrom((count, probability) => (probability === undefined ? Math.floor(draw() * count) : Number(draw() < probability)))
}

/** Decisions taken before. Where the record has none, the harmless one. */
export function recordedChoices(record: DecisionRecord): Choices {
  let step = 0
  let next = 0
  const choices = choicesFrom((count) => Math.min(record[step]?.[next++] ?? 0, count - 1))
  return {
    ...choices,
    nextStep() {
      choices.nextStep()
      step++
      next = 0
    },
    get decisions() {
      return choices.decisions
    },
  }
}

/** Nothing out of the ordinary, ever. */
export const harmlessChoices = (): Choices => recordedChoices([])
