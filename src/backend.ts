import type { EndReason, ProblemCode } from '../machines/session.machine'
import { SessionError } from './errors'

/** The session lives. Say as much as you know; the first of `ttlMs` and `expiresAt` that is there counts. */
export interface AliveVerdict {
  readonly status: 'alive'
  /** Time left when the server answered, milliseconds. */
  readonly ttlMs?: number | undefined
  /** When it ends, epoch milliseconds on the server's clock. */
  readonly expiresAt?: number | undefined
  /** What the server's clock said when it answered, epoch milliseconds; corrects `expiresAt` for a wrong clock here. */
  readonly serverNow?: number | undefined
  /** When it ends however often it is extended, epoch milliseconds on the server's clock. */
  readonly maxExpiresAt?: number | undefined
  /** Who it is: anything that is the same for the same person. Kept in memory only, never in state, events or storage. */
  readonly subject?: string | undefined
  /** There is nothing to keep alive, and nothing that expires. */
  readonly permanent?: boolean | undefined
}

/** The server's explicit no: nobody is signed in. */
export interface EndedVerdict {
  readonly status: 'ended'
  readonly reason?: 'ended' | 'expired' | 'revoked' | undefined
}

/** Another tab or the server exchanged the credentials meanwhile: no verdict, ask again. */
export interface SupersededVerdict {
  readonly status: 'superseded'
}

export type Verdict = AliveVerdict | EndedVerdict | SupersededVerdict

/**
 * What a backend function answers. `true` is alive. `false` from `check` is ended; `false` from `extend` is
 * only a question, which `check` then decides. Anything thrown means that nobody answered: it never ends a session.
 */
export type Reply = Verdict | boolean

export interface Call {
  /** Aborts when the answer is not wanted any more. */
  readonly signal: AbortSignal
  /** After so many milliseconds the call counts as unanswered. */
  readonly timeoutMs: number
}

/**
 * The pluggable API calls. Only `check` is required. What they throw is no verdict, and is not shown; a server's wish to
 * be left alone may be on it, as `retryAfterMs` in milliseconds.
 *
 * @example
 * const ask = async (path, init) => {
 *   const { ok, status } = await fetch(path, init)
 *   if (!ok && status !== 401) throw new Error('no answer') // an outage is no verdict
 *   return ok
 * }
 * const backend = {
 *   check: ({ signal }) => ask('/session', { signal }),
 *   extend: ({ signal }) => ask('/session/extend', { method: 'POST', signal }),
 * }
 */
export interface SessionBackend {
  /** Is the session alive? Must not prolong it. */
  check(call: Call): Reply | PromiseLike<Reply>
  /** Prolongs the session. Without it the session is only watched: asked again at its end, and never where no end is known. */
  extend?: ((call: Call) => Reply | PromiseLike<Reply>) | undefined
  /** Runs the sign-in flow. What it resolves to does not matter: `check` decides. Rejects when cancelled or failed. */
  signIn?: ((call: Call) => unknown) | undefined
  /**
   * Ends the session at the server. Resolves when that is done, or when there was none; rejects when it is to be tried
   * again. Until it resolved nobody signs in again.
   */
  revoke?: ((call: Call) => unknown) | undefined
  /** Reads, for free and at once, when the session ends now; saves the extension if somebody else made it. */
  peek?: (() => AliveVerdict | undefined) | undefined
  /** Tells of sign-ins and sign-outs made elsewhere; both are hints, after which `check` is asked. Returns the clean-up. */
  events?: ((listener: (event: BackendEvent) => void) => () => void) | undefined
  /**
   * Asks the person to show more of who they are, as `call.challenge` says. Resolves when that is done; rejects when it
   * is given up or fails. The session goes on meanwhile.
   */
  stepUp?: ((call: StepUpCall) => unknown) | undefined
  /**
   * What it means that an operation failed with this error: `unauthenticated` when its credentials were not taken,
   * which `check` then decides; a challenge when more is wanted of the person. Default: nothing.
   */
  classify?: ((error: unknown) => OperationFailure | undefined) | undefined
  /** The sign-in needs no person: an ended session may sign in again by itself. */
  readonly unattended?: boolean | undefined
  /** `check` prolongs the session, though it should not: then it is asked on its own only when an extension would be. */
  readonly checkExtends?: boolean | undefined
  /** An extension exchanges the credentials: when its reply is lost, `check` is asked before the next; and none is made on leaving a page. */
  readonly rotates?: boolean | undefined
}

/** What is wanted of a person, as the resource server said it. @see RFC 9470 */
export interface Challenge {
  /** Which ways of signing in will do, in order of preference. */
  readonly acrValues?: readonly string[] | undefined
  /** How long ago they may have signed in at most, milliseconds. */
  readonly maxAgeMs?: number | undefined
}

export interface StepUpCall extends Call {
  readonly challenge: Challenge
}

export type OperationFailure = 'unauthenticated' | Challenge

export type BackendEvent = 'signedIn' | 'signedOut'

const FUNCTIONS = ['check', 'extend', 'signIn', 'revoke', 'peek', 'events', 'stepUp', 'classify'] as const

/** @throws {SessionError} `ERR_SESSION_BAD_BACKEND` */
export function assertBackend(backend: unknown): asserts backend is SessionBackend {
  const given = Object(backend) as Record<string, unknown>
  for (const name of FUNCTIONS) {
    if (typeof given[name] !== 'function' && (name === 'check' || given[name] !== undefined)) {
      throw new SessionError('ERR_SESSION_BAD_BACKEND', `backend.${name} must be a function`)
    }
  }
}

/** The functions that call the server. */
export type BackendCall = 'check' | 'extend' | 'signIn' | 'revoke' | 'stepUp'

/** An "alive" that has been looked at; `flaw` says what was wrong with it, in words of ours. */
export type AliveReply = AliveVerdict & { readonly flaw?: string | undefined }

/** Nobody said anything that can be trusted. */
export interface Unanswered {
  readonly status: 'unanswered'
  readonly code?: ProblemCode
  readonly detail?: string
  readonly retryAfterMs?: number | undefined
}

export type ReadReply =
  | AliveReply
  | { readonly status: 'ended'; readonly reason: EndReason }
  | { readonly status: 'refused' | 'done' }
  | Unanswered

/** Takes what is sound in a reply. A flaw never ends a session. */
export function readReply(kind: BackendCall, reply: unknown): ReadReply {
  const extending = kind === 'extend'
  if (!extending && kind !== 'check') return { status: 'done' }
  const verdict = Object(
    reply === true ? { status: 'alive' } : reply === false ? { status: extending ? 'superseded' : 'ended' } : reply,
  ) as Record<string, unknown>
  const { status, reason } = verdict
  if (status === 'alive') return readAlive(verdict)
  if (status === 'ended') return { status, reason: reason === 'expired' || reason === 'revoked' ? reason : 'ended' }
  if (status === 'superseded') return { status: extending ? 'refused' : 'unanswered' }
  return { status: 'unanswered', code: 'ERR_SESSION_BAD_VERDICT', detail: 'not a verdict' }
}

/** Milliseconds of 1973: an epoch time below is in seconds. */
const SECONDS_BELOW = 1e11

function readAlive(verdict: Record<string, unknown>): AliveReply {
  let flaw: string | undefined
  const number = (name: string, least: number) => {
    const value = verdict[name]
    if (value == null) return undefined
    const finite = Number.isFinite(value) ? (value as number) : -1
    if (finite >= least) return finite
    flaw = `${name} must be milliseconds${finite > 0 ? ', not seconds' : ''}`
    return undefined
  }
  const { subject, permanent } = verdict
  const named = typeof subject === 'string'
  if (!named && subject != null) flaw = 'subject must be a string'
  return {
    status: 'alive',
    ttlMs: number('ttlMs', 0),
    expiresAt: number('expiresAt', SECONDS_BELOW),
    serverNow: number('serverNow', SECONDS_BELOW),
    maxExpiresAt: number('maxExpiresAt', SECONDS_BELOW),
    subject: (named && subject) || undefined,
    permanent: permanent === true,
    flaw,
  }
}
