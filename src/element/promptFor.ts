import type { SessionView } from '../sessionView'

/**
 * What a dialog is about.
 *
 * - `idle`: nobody has been active; whoever is, stays.
 * - `deadline`: the session ends at the server, and nobody is to extend it unasked.
 * - `limit`, `final`: a limit of the app is near, or an end at the server that did not move; only a sign-in helps.
 * - `ended`: somebody was signed out, and not by themselves.
 */
export type PromptKind = 'idle' | 'deadline' | 'limit' | 'final' | 'ended'

export interface Prompt {
  readonly kind: PromptKind
  /** When the session ends, epoch milliseconds; undefined when it has. */
  readonly endsAt?: number
  /** Not to be shown before, epoch milliseconds. */
  readonly opensAt?: number
}

export interface Known {
  /** The length of a life, milliseconds, where it is known. */
  readonly lifeMs: number | undefined
  /** What the dialog was last about, answered or not. */
  readonly last: PromptKind | undefined
  /** The end that somebody asked to have moved, epoch milliseconds. */
  readonly asked: number | undefined
}

/** How long before its end a session that nobody extends is asked about, milliseconds; at most half its life. */
const LEAD_MS = 60_000
/** Ends nearer to each other are the same, milliseconds: a cookie knows whole seconds. */
const SAME_MS = 1_000

const unreachable = ['ERR_SESSION_UNREACHABLE', 'ERR_SESSION_TIMEOUT', 'ERR_SESSION_RATE_LIMITED', 'ERR_SESSION_BAD_VERDICT']

/** The dialog that a view calls for. A re-check closes none, and opens none. */
export function promptFor(view: SessionView, { lifeMs = Infinity, last, asked = -Infinity }: Known): Prompt | undefined {
  const { signedIn, status, state, reason, warning, expiresAt } = view
  // An app's own dialog would be inert behind this one; and where nobody is needed, nobody is asked.
  if (status === 'reauthenticating' || state === 'expired.renewing') return undefined
  if (signedIn === false) {
    const isExplained = reason !== 'absent' && reason !== 'signedOut' && reason !== undefined
    // After a sign-in that nobody answered for, it is not known to have failed.
    return isExplained && (status === 'expired' || last === 'ended') ? { kind: 'ended' } : undefined
  }
  if (signedIn === undefined) return undefined
  if (warning) return { kind: warning.reason, endsAt: warning.endsAt }
  const isAsked = last === 'deadline' || last === 'final'
  if (expiresAt === undefined || !(state === 'active.unattended' || (state === 'active.checking' && isAsked))) return undefined
  const opensAt = expiresAt - Math.min(LEAD_MS, lifeMs / 2)
  return { kind: Math.abs(expiresAt - asked) < SAME_MS ? 'final' : 'deadline', endsAt: expiresAt, opensAt }
}

/** Whether to say that the server cannot be reached: while somebody is signed in, or may be. */
export const isUnreachable = ({ problem, signedIn, status }: SessionView): boolean =>
  problem !== undefined && unreachable.includes(problem.code) && (signedIn !== false || status === 'unknown')
