/** A moment of a session's machine. */
export interface FlightMoment {
  /** By the session's own clock, epoch milliseconds. */
  readonly at: number
  /** State and step, as in the view: `active.scheduled`. */
  readonly state: string
  /** What the machine remembered: times, state and reasons, no secrets. */
  readonly context: Readonly<Record<string, unknown>>
}

/** What the machine heard, and where that led. */
export interface FlightTransition {
  readonly at: number
  readonly event: { readonly type: string; readonly [field: string]: unknown }
  readonly state: string
  /** Where a run began: what it was given. */
  readonly context?: Readonly<Record<string, unknown>>
}

/**
 * The last part of a session's life, as JSON for a bug report. `createRecorder()` of `outlast/inspect` makes one,
 * `replay()` of `outlast/testing` lives through it again.
 */
export interface FlightRecord {
  readonly version: 1
  readonly start: FlightMoment
  readonly transitions: readonly FlightTransition[]
}
