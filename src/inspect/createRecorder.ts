import { SessionError } from '../errors'
import type { FlightMoment, FlightRecord, FlightTransition } from '../flightRecord'
import type { SafeInspectionEvent } from './inspectWith'

export interface RecorderOptions {
  /** Transitions that are kept, from 1 to 10,000. Default: 200. */
  readonly limit?: number | undefined
}

/** Keeps the last part of a session's life. Hand it to `inspectWith`. */
export interface Recorder {
  /** Sees only what `inspectWith` lets pass. */
  readonly next: (event: SafeInspectionEvent) => void
  /** What happened last, as JSON without secrets; undefined before anything has. */
  record(): FlightRecord | undefined
}

/**
 * A flight recorder: the last transitions of a session, for a bug report.
 *
 * @example
 * const recorder = createRecorder()
 * const session = createSession(backend, { inspect: inspectWith(recorder) })
 * await report(JSON.stringify(recorder.record()))
 *
 * @throws {SessionError} `ERR_SESSION_BAD_OPTION`
 */
export function createRecorder({ limit = 200 }: RecorderOptions = {}): Recorder {
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) throw new SessionError('ERR_SESSION_BAD_OPTION', 'limit is out of range')
  let start: FlightMoment | undefined
  const kept: { transition: FlightTransition; context: FlightMoment['context'] }[] = []

  return {
    next(inspected) {
      const { _parent, logic } = inspected.actorRef as { _parent?: unknown; logic?: { config: { id?: unknown } } }
      if (inspected.type !== '@xstate.snapshot' || _parent || logic?.config.id !== 'session') return
      const { at, event, snapshot } = inspected
      const { value, context } = snapshot as unknown as { value: object; context: FlightMoment['context'] }
      const state = Object.entries(value)[0]?.join('.') ?? ''
      const begins = event.type === 'xstate.init'
      if (!start) start = { at, state, context }
      else kept.push({ transition: { at, event, state, ...(begins && { context }) }, context })
      if (kept.length <= limit) return
      const first = kept.shift()
      if (first) start = { at: first.transition.at, state: first.transition.state, context: first.context }
    },
    record: () => start && { version: 1, start, transitions: kept.map(({ transition }) => transition) },
  }
}
