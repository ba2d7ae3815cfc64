import { nextMacrotask } from '../virtualTime'
import type { Choices } from './choices'

/** The true time of a world, which no machine in it knows, and what is going to happen. */
export interface Timeline {
  /** Epoch milliseconds. */
  now(): number
  /** Another number for each thing that happens; what follows from it without more time has the same. */
  turn(): number
  /** Plans something. Returns the way to call it off. */
  at(time: number, happen: () => void): () => void
  after(ms: number, happen: () => void): () => void
  /**
   * Lets the next thing happen, and everything that follows from it without more time. False when nothing is planned
   * up to the given time.
   */
  next(until?: number): Promise<boolean>
  /** Lets time pass. */
  advance(ms: number): Promise<void>
}

interface Planned {
  readonly time: number
  readonly order: number
  happen: (() => void) | undefined
}

const isBefore = (a: Planned, b: Planned) => (a.time - b.time || a.order - b.order) < 0

export function createTimeline(startAt: number, choices: Choices): Timeline {
  /** A binary heap: what comes first is at the top. */
  const heap: Planned[] = []
  let now = startAt
  let order = 0
  let turn = 0

  function push(planned: Planned) {
    let at = heap.push(planned) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (isBefore(heap[parent] as Planned, planned)) break
      heap[at] = heap[parent] as Planned
      at = parent
    }
    heap[at] = planned
  }

  function pop(): Planned {
    const top = heap[0] as Planned
    const last = heap.pop() as Planned
    if (heap.length === 0) return top
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Planned, heap[child] as Planned)) child++
      if (isBefore(last, heap[child] as Planned)) break
      heap[at] = heap[child] as Planned
      at = child
    }
    heap[at] = last
    return top
  }

  /** What happens next. Of things of the same millisecond any may be the first. */
  function take(until: number): Planned | undefined {
    const rivals: Planned[] = []
    for (let top = heap[0]; top !== undefined && top.time <= (rivals[0]?.time ?? until); top = heap[0]) {
      if (pop().happen) rivals.push(top)
    }
    const chosen = rivals.length > 1 ? rivals.splice(choices.choose(rivals.length), 1)[0] : rivals.pop()
    rivals.forEach(push)
    return chosen
  }

  function at(time: number, happen: () => void) {
    // It could neither happen nor let anything else happen.
    if (Number.isNaN(time)) throw new RangeError('a time must be a number')
    const planned: Planned = { time: Math.max(now, Math.ceil(time)), order: order++, happen }
    push(planned)
    return () => void (planned.happen = undefined)
  }

  async function next(until = Infinity): Promise<boolean> {
    choices.nextStep()
    turn++
    const planned = take(until)
    if (!planned) return false
    now = planned.time
    planned.happen?.()
    await settle()
    return true
  }

  const settle = () => new Promise<void>((resolve) => void nextMacrotask(resolve))

  return {
    now: () => now,
    turn: () => turn,
    at,
    after: (ms, happen) => at(now + ms, happen),
    next,
    async advance(ms) {
      const until = now + ms
      await settle()
      while (await next(until));
      // Others may have let more time pass meanwhile.
      now = Math.max(now, until)
    },
  }
}
