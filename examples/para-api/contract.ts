/** What the stand-in and its control client say to each other. Times are epoch milliseconds, lengths are milliseconds. */

/** Every answer carries this header, so nobody can mistake the stand-in for Para. Its value is the version of this contract. */
export const STAND_IN_HEADER = 'x-para-stand-in'
export const STAND_IN_VERSION = '1'

/** The only addresses Para's SDK uses in `Environment.DEV`; they cannot be configured there, so not here either. */
export const API_PORT = 8080
export const PORTAL_PORT = 3003

export type CallKind = 'touch' | 'regenerate' | 'keepAlive' | 'logout' | 'partner' | 'sign' | 'other'

/** One way for a call to go wrong. Several may be combined: latency first, then the rest in the order written here. */
export interface Fault {
  /** Wait this long before doing anything else. */
  latencyMs?: number
  /** End every session first, as an administrator would; the rest is then work for a session that is over. */
  revoke?: boolean
  /** Accept the request and never answer. */
  hang?: boolean
  /** Close the connection without an answer. */
  refuse?: boolean
  /** Answer 200 with an HTML page, as captive portals and careless proxies do. */
  html?: boolean
  /** Answer this status instead of doing the work. */
  status?: number
  /** The `Retry-After` header that goes with `status`: seconds, or an HTTP date. */
  retryAfter?: number | string
  /** Apply to this many calls, then be gone. Without it the fault stays until cleared. */
  times?: number
}

/** Faults by kind of call; a fault for the kind wins over `all`. */
export type CallFaults = Partial<Record<CallKind | 'all', Fault>>

export interface Faults extends CallFaults {
  /** Keep-alive answers success and the expiry stays where it was. */
  stuckExpiry?: boolean
  /** `noExpires`: the attribute is left out. `garbage`: it holds no date. `missing`: no header at all. */
  cookie?: 'noExpires' | 'garbage' | 'missing'
  /** How far the server's clock is ahead (negative: behind) of the one its clients have. */
  clockOffsetMs?: number
}

export interface Settings {
  /** How long a session lives from sign-in or extension. */
  sessionLengthMs: number
  /** `rolling`: keep-alive moves the expiry a full length ahead. `fixed`: it never moves. */
  extension: 'rolling' | 'fixed'
  /** Whether a plain `/touch` extends like keep-alive does. */
  checkExtends: boolean
  /** Part of the user id, session id, cookie, lookup id, signer and error bodies: search for it to prove nothing leaks. */
  canary: string
  /** Defaults to one made from the canary. */
  userId: string | null
  /** `false`: answer the way Para does for an API key it does not know. */
  apiKeyKnown: boolean
  /** Returned by `/touch`; the SDK reads it for external wallets that must be verified. */
  verifiedExternalWalletAddresses: string[] | null
}

export type SessionState = 'anonymous' | 'live' | 'expired' | 'revoked' | 'signedOut' | 'replaced'

export interface SessionReport {
  sessionId: string
  sessionLookupId: string
  state: SessionState
  userId: string | null
  /** By the real clock, whatever `clockOffsetMs` says. */
  expiresAt: number
}

export interface SignedIn extends SessionReport {
  userId: string
  /** What the `x-capsule-sid` header would carry. */
  cookie: string
  /** What `para.exportSession()` would return for it: give it to `para.importSession()`. */
  exported: string
}

export interface RequestReport {
  at: number
  kind: CallKind
  method: string
  path: string
  /** The answered status, or why there was none. */
  status: number | 'hang' | 'refused'
}

export interface SignInRequest {
  /** A session id, lookup id or cookie to sign in. Without it a new session is made. */
  session?: string
  /** Merged into the exported session, for example `{ authInfo, externalWallets }`. */
  exportOverrides?: Record<string, unknown>
}
