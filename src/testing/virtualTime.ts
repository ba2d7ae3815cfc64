import { type Clock, createClock, type Platform } from '../clock'

/** Taken before a test replaces it. Runs after every promise that can settle has settled. */
export const nextMacrotask: (callback: () => void) => unknown =
  typeof setImmediate === 'function' ? setImmediate : (callback) => setTimeout(callback, 0)

/** A platform whose time only moves when told. The shipping clock runs on it, so what is tested is what ships. */
export interface VirtualTime {
  readonly platform: Platform
  readonly clock: Clock
  /** Wall time, epoch milliseconds. */
  now(): number
  /** Lets time pass, timers fire in order, and promises settle. */
  advance(ms: number): Promise<void>
  /** Lets promises settle; time stands still. */
  settle(): Promise<void>
  /** The machine sleeps: wall time goes on, the monotonic clock and all timers stand still. */
  sleep(ms: number): void
  /** The page is frozen: time goes on, but no timer fires until it does. */
  freeze(ms: number): void
  /** Somebody sets the wall clock by so many milliseconds, forward or back. */
  setClockBy(ms: number): void
  /** Timers that the platform holds now. */
  pending(): number
  /** When they fire, in milliseconds from now. */
  delays(): number[]
  /** How often a timer woke the platform so far. */
  wakeUps(): number
  /** Makes `Date` tell this time. Returns the way back. */
  replaceDate(): () => void
}

/** @param startAt epoch milliseconds */
export function createVirtualTime(startAt = Date.UTC(2026, 0, 1)): VirtualTime {
  const timers = new Map<number, { callback: () => void; due: number }>()
  let lastId = 0
  let woken = 0
  let monotonic = 0
  let wallOffset = startAt

  const now = () => wallOffset + monotonic
  const settle = () => new Promise<void>((resolve) => void nextMacrotask(resolve))
  const platform: Platform = {
    wallNow: now,
    monotonicNow: () => monotonic,
    setTimeout(callback, delayMs) {
      // As real platforms do, so that a delay too long is seen to fire at once.
      const due = monotonic + (delayMs > 2 ** 31 - 1 || !(delayMs > 0) ? 1 : Math.floor(delayMs))
      timers.set(++lastId, { callback, due })
      return lastId
    },
    clearTimeout: (id) => void timers.delete(id as number),
  }

  return {
    platform,
    clock: createClock(platform),
    now,
    settle,
    async advance(ms) {
      const target = monotonic + ms
      await settle()
      for (;;) {
        const next = [...timers].filter(([, { due }]) => due <= target).sort((a, b) => a[1].due - b[1].due)[0]
        if (next === undefined) break
        timers.delete(next[0])
        monotonic = Math.max(monotonic, next[1].due)
        woken++
        next[1].callback()
        await settle()
      }
      monotonic = target
      await settle()
    },
    sleep: (ms) => void (wallOffset += ms),
    freeze: (ms) => void (monotonic += ms),
    setClockBy: (ms) => void (wallOffset += ms),
    pending: () => timers.size,
    delays: () => [...timers.values()].map(({ due }) => due - monotonic),
    wakeUps: () => woken,
    replaceDate() {
      const RealDate = globalThis.Date
      globalThis.Date = new Proxy(RealDate, {
        construct: (target, args: []) => new target(...(args.length === 0 ? ([now()] as unknown as []) : args)),
        apply: () => new RealDate(now()).toString(),
        get: (target, key) => (key === 'now' ? now : (Reflect.get(target, key) as unknown)),
      })
      return () => void (globalThis.Date = RealDate)
    },
  }
}
