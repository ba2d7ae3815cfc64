import type { Clock } from '../clock'
import type { TabPrimitives } from './primitives'

export interface Turn {
  /** Nobody vouches that no other tab has its turn: what the record says of one counts. */
  readonly isShared: boolean
  /** Aborts when the turn must be given up. */
  readonly left: AbortSignal
  /** No other tab has its turn, as was seen: from now on nobody shall. */
  claimed(): void
}

/** Turns of the tabs, one after the other, by a Web Lock that is held for one turn at a time. */
export function createTurns(clock: Clock, locks: () => TabPrimitives['locks']) {
  const holds = new Set<AbortController>()

  /** @returns undefined when it was given up before it began */
  async function take<T>(name: string, waitMs: number, left: AbortSignal, run: (turn: Turn) => Promise<T>): Promise<T | undefined> {
    const hold = new AbortController()
    const impatient = new AbortController()
    // Whatever it waits for, the lock is free at once.
    const released = new Promise<void>((resolve) => {
      hold.signal.addEventListener('abort', () => {
        impatient.abort()
        resolve()
      })
    })
    let running: Promise<T> | undefined
    holds.add(hold)
    const leave = () => hold.abort()
    if (left.aborted) leave()
    left.addEventListener('abort', leave)
    const timer = clock.setTimeout(() => impatient.abort(), waitMs)
    const turn = { left: hold.signal, isShared: false, claimed() {} }
    try {
      await locks()?.request(name, { signal: impatient.signal }, () => {
        clock.clearTimeout(timer)
        return Promise.race([(running ??= run(turn)), released])
      })
    } catch {
      // No locks, none in time, or one that was stolen.
    }
    clock.clearTimeout(timer)
    try {
      if (hold.signal.aborted && !running) return undefined
      // Whoever held it for so long is frozen, and gets to know of the theft when it wakes.
      const claimed = () => void steal(name, () => Promise.race([running, released]))
      return await (running ??= run({ ...turn, isShared: true, claimed }))
    } finally {
      holds.delete(hold)
      left.removeEventListener('abort', leave)
    }
  }

  async function steal(name: string, until: () => Promise<unknown> | undefined) {
    try {
      await locks()?.request(name, { steal: true }, until)
    } catch {
      // Then it stays where it is.
    }
  }

  return {
    take,
    /** Gives up every turn, those that are waited for, too. */
    letGo: () => holds.forEach((hold) => hold.abort()),
  }
}
