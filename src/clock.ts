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
/** More than clocks drift apart by themselves, less than a sleep. */
const APART_MS = 2_000
/** More than a hidden page is late: browsers wake it once a minute. */
const LATE_MS = 65_000

const thisPlatform: Platform = {
  wallNow: () => Date.now(),
  monotonicNow: () => performance.now(),
  setTimeout(callback, delayMs) {
    const timer: unknown = setTimeout(callback, delayMs)
    // In Node a waiting session must not keep the process alive; elsewhere a timer is a number.
    ;(timer as { unref?(): void }).unref?.()
    return timer
  },
  clearTimeout: (timer) => clearTimeout(timer as number | undefined),
}

/**
 * All delays of a session on one platform timer.
 *
 * A delay is over when either the wall clock or the monotonic clock says so: the first ticks through sleep,
 * the second cannot be set back. Delays of any length are safe; `Infinity` never ends.
 */
export function createClock(platform: Platform = thisPlatform): Clock {
  const { wallNow, monotonicNow } = platform
  const timers = new Map<number, { callback: () => void; wallDue: number; monotonicDue: number }>()
  const listeners = new Set<() => void>()
  let lastId = 0
  let armed: unknown
  /** The distance of the two clocks when they were last looked at. */
  let offset = wallNow() - monotonicNow()

  /** What waits, and how long still; first things first. */
  function waiting() {
    const [wall, monotonic] = [wallNow(), monotonicNow()]
    return [...timers]
      .map(([id, { callback, wallDue, monotonicDue }]) => ({
        id,
        callback,
        leftMs: Math.min(wallDue - wall, monotonicDue - monotonic),
      }))
      .sort((a, b) => a.leftMs - b.leftMs)
  }

  function arm() {
    platform.clearTimeout(armed)
    const { leftMs = Infinity } = waiting()[0] ?? {}
    armed = leftMs < Infinity ? platform.setTimeout(tick, Math.min(Math.ceil(leftMs), LONGEST_MS)) : undefined
  }

  function tick() {
    // What a callback adds waits for the next tick.
    const all = waiting()
    const distance = wallNow() - monotonicNow()
    const late = Math.abs(distance - offset) > APART_MS || (all[0]?.leftMs ?? 0) < -LATE_MS
    offset = distance
    const errors: unknown[] = []
    const attempt = (run: () => void) => {
      try {
        run()
      } catch (error) {
        errors.push(error)
      }
    }
    if (late) [...listeners].forEach(attempt)
    // A callback may clear the others.
    for (const { id, callback, leftMs } of all) if (leftMs < 1 && timers.delete(id)) attempt(callback)
    arm()
    if (errors.length) throw errors[0]
  }

  return {
    now: wallNow,
    setTimeout(callback, delayMs) {
      const delay = delayMs > 0 ? delayMs : 0
      timers.set(++lastId, { callback, wallDue: wallNow() + delay, monotonicDue: monotonicNow() + delay })
      arm()
      return lastId
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
