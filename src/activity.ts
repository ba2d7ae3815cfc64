import type { Clock } from './clock'
import type { Tabs } from './ports'

/** What is noted of a person who does something all the time: not more often than so, milliseconds. */
const THIN_MS = 1_000

/** When somebody was last active, in whichever tab. What an app does by itself is no activity. */
export function createActivity(clock: Clock, tabs: Tabs | undefined) {
  let last = -Infinity
  const listeners = new Set<() => void>()
  const tell = () => listeners.forEach((hear) => hear())
  return {
    /** Somebody is active. Returns whether that was worth a note. */
    note(): boolean {
      // The clock may have been set back meanwhile.
      if (Math.abs(clock.now() - last) < THIN_MS) return false
      // It does not undo what fell due before it.
      clock.poke()
      last = clock.now()
      tabs?.activeAt(last)
      tell()
      return true
    },
    /** Epoch milliseconds, never ahead of this machine's clock. */
    at: () => Math.min(clock.now(), Math.max(last, tabs?.activeAt() ?? last)),
    /** Whoever goes by it looks at it. */
    tell,
    listen(listener: () => void) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

export type Activity = ReturnType<typeof createActivity>
