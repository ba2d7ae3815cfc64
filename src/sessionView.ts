import type { EndReason, Problem, sessionMachine, Warning } from '../machines/session.machine'
import type { SnapshotFrom } from 'xstate'
import { isExpiredOnArrival } from './timing'

/** Where the session stands, as `status.step`. The table in `machines/session.machine.ts` tells what each means. */
export type SessionState =
  | `unknown.${'checking' | 'waiting'}`
  | `active.${'scheduled' | 'unattended' | 'resting' | 'checking'}`
  | `extending.${'calling' | 'asking' | 'waiting'}`
  | `expired.${'ended' | 'renewing' | 'revoking' | 'unrevoked'}`
  | `reauthenticating.${'revoking' | 'signingIn' | 'confirming' | 'elsewhere'}`

export type SessionStatus = 'unknown' | 'active' | 'extending' | 'expired' | 'reauthenticating'

/**
 * What a user interface may show. Immutable, and the same object until something in it changes.
 * Gate on `signedIn` and `certain`, never on `status`: an extension or a re-check must not unmount an app.
 */
export interface SessionView {
  /** The last verdict; undefined before the first. */
  readonly signedIn: boolean | undefined
  /** Whether that verdict can be relied on now. False after a sleep, past the deadline, and during a sign-in. */
  readonly certain: boolean
  /** A call is under way. */
  readonly busy: boolean
  /** When the session ends unless it is extended, epoch milliseconds; undefined when that is not known. */
  readonly expiresAt: number | undefined
  /** Why nobody is signed in. `absent`: nobody was to begin with, so there is nothing to explain. */
  readonly reason: EndReason | undefined
  /** What is wrong while the session goes on; undefined when all is well. */
  readonly problem: Problem | undefined
  /** A limit of the app is near: which, and when it ends the session. */
  readonly warning: Warning | undefined
  readonly status: SessionStatus
  /** For a closer look: status and step. */
  readonly state: SessionState
}

export type SessionSnapshot = SnapshotFrom<typeof sessionMachine>

/** The view of a snapshot. While nothing runs, nothing is busy. */
export function viewOf(snapshot: SessionSnapshot, running: boolean): SessionView {
  const { signedIn, reason, problem, warning, lease } = snapshot.context
  const value = snapshot.value as { readonly [status: string]: string }
  const status = Object.keys(value)[0] as SessionStatus
  return {
    signedIn,
    certain: snapshot.hasTag('certain'),
    busy: running && snapshot.hasTag('busy'),
    expiresAt: lease && !isExpiredOnArrival(lease) ? lease.expiresAt : undefined,
    reason,
    problem,
    warning,
    status,
    state: `${status}.${String(value[status])}` as SessionState,
  }
}

/** Whether nobody could tell them apart. Both have all the keys. */
export function isSameView(a: SessionView, b: SessionView): boolean {
  for (const key in a) if (a[key as keyof SessionView] !== b[key as keyof SessionView]) return false
  return true
}
