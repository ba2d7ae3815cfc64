import { drawnChoices } from '../../src/testing/world/choices'

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** What the days of one cell of the table have in common. */
export interface Cell {
  readonly lifeMs: number
  readonly limit: 'rolling' | 'absolute' | 'fixed'
  /** `mild`: a minute, every four hours. `harsh`: six minutes, every two hours. On average, and each of its own length. */
  readonly outages: 'mild' | 'harsh'
  /** The longest sleep, as a share of the life. */
  readonly sleeps: number
  /** How probable it is that the page is hidden seconds before the machine sleeps. */
  readonly hiddenFirst: number
  /** The person goes to other tabs and comes back. */
  readonly switches: boolean
}

export interface Obstacle {
  readonly at: number
  readonly kind: 'sleep' | 'outage' | 'hide'
  readonly ms: number
}

export interface Trace {
  readonly ms: number
  readonly obstacles: readonly Obstacle[]
}

const OUTAGES = { mild: { every: 4 * HOUR, lasts: MINUTE }, harsh: { every: 2 * HOUR, lasts: 6 * MINUTE } } as const

/** One stretch of life: ten hours, or five lives. The same seed, the same days for every client. */
export function drawTrace({ lifeMs, outages, sleeps, hiddenFirst, switches }: Cell, seed: number): Trace {
  const { random } = drawnChoices(seed)
  const between = (from: number, to: number) => from + (to - from) * random()
  const ms = Math.max(10 * HOUR, 5 * lifeMs)
  const obstacles: Obstacle[] = []
  const add = (kind: Obstacle['kind'], at: number, lasts: number) => void obstacles.push({ kind, at: Math.round(at), ms: Math.round(lasts) })
  for (let at = between(0.2, 1.2) * lifeMs; at < ms; ) {
    const lasts = between(0.1, sleeps) * lifeMs
    add('sleep', at, lasts)
    const hides = random() < hiddenFirst
    if (hides) add('hide', at - 5 * SECOND, lasts + 5 * SECOND)
    at += lasts + between(0.3, 1.5) * lifeMs
  }
  const { every, lasts } = OUTAGES[outages]
  for (let at = -Math.log(1 - random()) * every; at < ms; at += -Math.log(1 - random()) * every) add('outage', at, lasts * between(0.5, 1.5))
  if (switches) for (let at = between(5, 40) * MINUTE; at < ms; at += between(10, 60) * MINUTE) add('hide', at, between(1, 20) * MINUTE)
  return { ms, obstacles: obstacles.sort((a, b) => a.at - b.at) }
}

/** Whether a client that knows the future would lose nothing: no stretch without a chance to call outlasts a life. */
export function isSurvivable({ obstacles }: Trace, lifeMs: number): boolean {
  let from = -Infinity
  let to = -Infinity
  for (const { at, kind, ms } of obstacles) {
    if (kind === 'hide') continue
    if (at > to) from = at
    to = Math.max(to, at + ms)
    if (to - from >= lifeMs) return false
  }
  return true
}

/** The first days of a cell that can be survived at all. */
export function drawTraces(cell: Cell, count: number): Trace[] {
  const traces: Trace[] = []
  for (let seed = 1; traces.length < count; seed++) {
    const trace = drawTrace(cell, seed)
    if (isSurvivable(trace, cell.lifeMs)) traces.push(trace)
  }
  return traces
}
