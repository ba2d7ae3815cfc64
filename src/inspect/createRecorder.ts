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
 * A flight recorder: the last transitions of a session, for a bug report. Each session needs its own: the lives of two in one
 * record cannot be lived through again.
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
  const kept: (FlightMoment & Pick<FlightTransition, 'event'>)[] = []

  return {
    next(inspected) {
      const { _parent, logic } = inspected.actorRef as { _parent?: unknown; logic?: { config: { id?: unknown } } }
      if (inspected.type !== '@xstate.snapshot' || _parent || logic?.config.id !== 'session') return
      const { at, event, snapshot } = inspected
      const { value, context } = snapshot as unknown as { value: object; context: FlightMoment['context'] }
      kept.push({ at, event, state: Object.entries(value).flat().join('.'), context })
      // The first one is where the others begin.
      if (kept.length > limit + 1) kept.shift()
    },
    record() {
      const [first, ...others] = kept
      if (!first) return undefined
      const transitions = others.map(({ at, event, state, context }) => ({ at, event, state, ...(event.type === 'xstate.init' && { context }) }))
      return { version: 1, start: { at: first.at, state: first.state, context: first.context }, transitions }
    },
  }
}
