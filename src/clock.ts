/** The time and timers of a platform; what `createClock` stands on. */
export interface Platform {
  /** Wall time, epoch milliseconds. May jump. */
  wallNow(): number
  /** Milliseconds from any start. Never jumps, and on many machines stands still during sleep. */
  monotonicNow(): number
  setTimeout(callback: () => void, delayMs: number): unknown
  clearTimeout(timer: unknown): void
}

/** Time as Outlast sees it; the port that is handed to the statechart. */
export interface Clock {
  /** Wall time, epoch milliseconds. */
  now(): number
  setTimeout(callback: () => void, delayMs: number): unknown
  clearTimeout(timer: unknown): void
  /** Looks at the time again, and runs what fell due while the platform's timers stood still. */
  poke(): void
  /** Tells when time was lost: a sleep, a freeze, or a wall clock that was set. Called before what is overdue runs. */
  onLate(listener: () => void): () => void
}

/** What a 32-bit platform timer can carry; anything longer would fire at once. */
const LONGEST_MS = 2 ** 31 - 1
/** More lateness than a busy page shows, less than a sleep. */
const LATE_MS = 2_000

const thisPlatform: Platform = {
  wallNow: () => Date.now(),
  monotonicNow: () => performance.now(),
  setTimeout(callback, delayMs) {
    const timer: unknown = setTimeout(callback, delayMs)
    // In Node a waiting session must not keep the process alive.
    if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as { unref(): void }).unref()
    return timer
  },
  clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
}

/**
 * All delays of a session on one platform timer.
 *
 * A delay is over when either the wall clock or the monotonic clock says so: the first ticks through sleep,
 * the second cannot be set back. Delays of any length are safe; `Infinity` never ends.
 */
export function createClock(platform: Platform = thisPlatform): Clock {
  const timers = new Map<number, { callback: () => void; wallDue: number; monotonicDue: number }>()
  const listeners = new Set<() => void>()
  let lastId = 0
  let armed: unknown
  let wallSeen = platform.wallNow()
  let monotonicSeen = platform.monotonicNow()

  const leftOf = (timer: { wallDue: number; monotonicDue: number }) =>
    Math.min(timer.wallDue - platform.wallNow(), timer.monotonicDue - platform.monotonicNow())

  function arm() {
    if (armed !== undefined) platform.clearTimeout(armed)
    armed = undefined
    const left = Math.min(...[...timers.values()].map(leftOf))
    if (left < Infinity) armed = platform.setTimeout(tick, Math.min(Math.max(0, Math.ceil(left)), LONGEST_MS))
  }

  function isLate() {
    const wall = platform.wallNow()
    const monotonic = platform.monotonicNow()
    const jumped = Math.abs(wall - wallSeen - (monotonic - monotonicSeen)) > LATE_MS
    wallSeen = wall
    monotonicSeen = monotonic
    return jumped || [...timers.values()].some((timer) => leftOf(timer) < -LATE_MS)
  }

  function tick() {
    if (isLate()) for (const listener of [...listeners]) listener()
    // One at a time, looked up anew: a callback may clear the others. What it adds waits for the next tick.
    const newest = lastId
    try {
      for (let next = firstDue(newest); next !== undefined; next = firstDue(newest)) {
        const callback = timers.get(next)?.callback
        timers.delete(next)
        callback?.()
      }
    } finally {
      arm()
    }
  }

  function firstDue(newest: number): number | undefined {
    const waiting = [...timers].map(([id, timer]) => ({ id, left: leftOf(timer) }))
    const due = waiting.filter(({ id, left }) => id <= newest && left < 1)
    return due.sort((a, b) => a.left - b.left || a.id - b.id)[0]?.id
  }

  return {
    now: platform.wallNow,
    setTimeout(callback, delayMs) {
      const id = ++lastId
      if (timers.size === 0) {
        // Nobody watched the clocks while there was nothing to wait for.
        wallSeen = platform.wallNow()
        monotonicSeen = platform.monotonicNow()
      }
      const delay = delayMs > 0 ? delayMs : 0
      timers.set(id, {
        callback,
        wallDue: platform.wallNow() + delay,
        monotonicDue: platform.monotonicNow() + delay,
      })
      arm()
      return id
    },
    clearTimeout(id) {
      if (timers.delete(id as number)) arm()
    },
    poke: tick,
    onLate(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
