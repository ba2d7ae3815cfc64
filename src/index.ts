import type { SessionBackend } from './backend'
import { createSession as createSessionWith, type Session } from './createSession'
import type { SessionOptions } from './policy'
import { realPorts } from './ports'
import { browserSignals } from './signals/browser'
import { nodeSignals } from './signals/node'
import { createTabs } from './tabs/createTabs'
import { pagePrimitives } from './tabs/primitives'

/**
 * Opens a session and keeps it alive until it really ends. Nothing runs before `start()`, so it is safe during
 * server rendering.
 *
 * @example
 * const session = createSession(paraBackend(para, { signIn: () => openSignIn() }))
 * const release = session.start()
 * session.subscribe(({ signedIn, certain }) => render(signedIn, certain))
 *
 * @returns a handle that owns every timer it creates; the last `release()` frees them
 * @throws {SessionError} `ERR_SESSION_BAD_BACKEND`, `ERR_SESSION_BAD_OPTION`
 */
export const createSession = (backend: SessionBackend, options?: SessionOptions): Session =>
  createSessionWith(backend, options, {
    ...realPorts(),
    // Where there is a page there may be more of them; elsewhere each session is alone.
    ...(typeof document === 'undefined'
      ? { signals: nodeSignals }
      : { signals: browserSignals, tabs: (ports, name) => createTabs(ports, name, pagePrimitives()) }),
  })

export { SessionError } from './errors'
export type { SessionErrorCode } from './errors'
export type { Release, Session, SessionActor } from './createSession'
export type { CommandOptions, ReplayReason, RunOptions } from './operations'
export type { SessionOptions } from './policy'
export type { Limits } from './ports'
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
