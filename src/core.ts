export { createSession } from './createSession'
export type { CommandOptions, Release, Session, SessionActor } from './createSession'
export { createClock } from './clock'
export type { Clock, Platform } from './clock'
export type { Ports } from './ports'
export type { Random } from './timing'
export { SessionError } from './errors'
export type { SessionErrorCode } from './errors'
export type { SessionOptions } from './policy'
export type { SessionState, SessionStatus, SessionView } from './sessionView'
export type {
  AliveVerdict,
  BackendEvent,
  Call,
  EndedVerdict,
  Reply,
  SessionBackend,
  SupersededVerdict,
  Verdict,
} from './backend'
export type { EndReason, Problem, ProblemCode, SessionEmitted } from '../machines/session.machine'
