export { createSession } from './createSession'
export type { Release, Session, SessionActor } from './createSession'
export type { CommandOptions, ReplayReason, RunOptions } from './operations'
export { createClock } from './clock'
export type { Clock, Platform } from './clock'
export type { Limits, Ports, Signal, Signals, Tabs, Usage } from './ports'
export type { Random } from './timing'
export { SessionError } from './errors'
export type { SessionErrorCode } from './errors'
export type { SessionOptions } from './policy'
export type { SessionState, SessionStatus, SessionView } from './sessionView'
export type {
  AliveVerdict,
  BackendEvent,
  Call,
  Challenge,
  EndedVerdict,
  OperationFailure,
  Reply,
  SessionBackend,
  StepUpCall,
  SupersededVerdict,
  Verdict,
} from './backend'
export type { EndReason, Problem, ProblemCode, SessionEmitted, Warning } from '../machines/session.machine'
