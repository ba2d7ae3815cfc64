import type { ProblemCode } from '../machines/session.machine'

/** Why a call on a session handle was refused. Stable across releases; match on this, never on `message`. */
export type SessionErrorCode =
  | 'ERR_SESSION_BAD_BACKEND'
  | 'ERR_SESSION_BAD_OPTION'
  | 'ERR_SESSION_NOT_STARTED'
  | 'ERR_SESSION_STOPPED'
  | 'ERR_SESSION_ABORTED'
  | 'ERR_SESSION_ENDED'
  | 'ERR_SESSION_NO_SIGN_IN'
  | 'ERR_SESSION_NO_STEP_UP'
  | 'ERR_SESSION_SUBJECT_CHANGED'
  | 'ERR_SESSION_NOT_REPLAYED'
  | 'ERR_SESSION_QUEUE_FULL'
  | ProblemCode

/** A promise that nobody waits for: its rejection must not end a Node process. */
export function quietly<T>(value: T): T {
  Promise.resolve(value).catch(() => {})
  return value
}

/** The only error that Outlast throws or rejects with, except those of your own operations. */
export class SessionError extends Error {
  override readonly name = 'SessionError'
  readonly code: SessionErrorCode

  constructor(code: SessionErrorCode, message: string = code) {
    super(message)
    this.code = code
  }
}
