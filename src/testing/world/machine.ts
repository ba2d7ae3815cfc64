import type { Timeline } from './timeline'

/** A computer or a phone: its clocks, and whether it is awake. */
export interface Machine {
  /** What its clock on the wall says, epoch milliseconds. */
  wallNow(): number
  /** Milliseconds since it started, without its sleeps. */
  monotonicNow(): number
  readonly asleep: boolean
  /** Sleeps, and wakes by itself. One that sleeps already sleeps on. */
  sleep(ms: number): void
  /** Somebody sets its clock, forward or back. */
  setClockBy(ms: number): void
  /** From now on its clock gains so many milliseconds an hour, or loses them. */
  setDrift(msPerHour: number): void
  /** Runs it once awake. */
  onceAwake(run: () => void): void
}

const HOUR_MS = 3_600_000

export function createMachine(timeline: Timeline): Machine {
  const startedAt = timeline.now()
  const waiting: (() => void)[] = []
  let offset = 0
  let drift = 0
  let driftSince = startedAt
  let sleptMs = 0
  let asleepSince: number | undefined

  const drifted = () => (drift * (timeline.now() - driftSince)) / HOUR_MS

  const machine: Machine = {
    wallNow: () => Math.round(timeline.now() + offset + drifted()),
    monotonicNow: () => (asleepSince ?? timeline.now()) - startedAt - sleptMs,
    get asleep() {
      return asleepSince !== undefined
    },
    sleep(ms) {
      if (asleepSince !== undefined) return
      const since = (asleepSince = timeline.now())
      timeline.after(ms, () => {
        asleepSince = undefined
        sleptMs += timeline.now() - since
        // Each is a task of its own, and any may be the first.
        for (const run of waiting.splice(0)) timeline.after(0, () => machine.onceAwake(run))
      })
    },
    setClockBy: (ms) => void (offset += ms),
    setDrift(msPerHour) {
      offset += drifted()
      driftSince = timeline.now()
      drift = msPerHour
    },
    onceAwake(run) {
      if (asleepSince === undefined) run()
      else waiting.push(run)
    },
  }
  return machine
}
