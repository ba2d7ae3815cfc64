import type { DecisionRecord } from './choices'

/** Runs that shrinking may take. */
const MOST_RUNS = 400

/**
 * Makes a story smaller while it still fails: makes its steps harmless, in ever smaller groups, then their
 * decisions, one by one.
 */
export async function shrink(record: DecisionRecord, stillFails: (candidate: DecisionRecord) => Promise<boolean>): Promise<DecisionRecord> {
  let smallest = record
  let runs = 0
  async function attempt(candidate: DecisionRecord): Promise<boolean> {
    if (runs++ >= MOST_RUNS || !(await stillFails(candidate))) return false
    smallest = candidate
    return true
  }
  const harmless = (from: number, to: number) => smallest.map((step, at) => (at >= from && at < to ? step.map(() => 0) : step))
  const isHarmless = (from: number, to: number) => smallest.slice(from, to).every((step) => step.every((decision) => decision === 0))

  for (let size = record.length; size >= 1; size = Math.floor(size / 2)) {
    for (let from = smallest.length; from > 0; from -= size) {
      const begin = Math.max(0, from - size)
      if (!isHarmless(begin, from)) await attempt(harmless(begin, from))
    }
  }
  // What is left, decision by decision.
  for (const [at, { length }] of record.entries()) {
    for (let nth = 0; nth < length; nth++) {
      if (smallest[at]?.[nth]) await attempt(smallest.map((step, i) => (i === at ? step.map((decision, j) => (j === nth ? 0 : decision)) : step)))
    }
  }
  return smallest
}
