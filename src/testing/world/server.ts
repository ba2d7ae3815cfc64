import type { Timeline } from './timeline'

export interface ServerOptions {
  /** Milliseconds that a sign-in and an extension give. Default: 7,200,000. */
  readonly lifeMs?: number | undefined
  /**
   * What an extension does. `rolling` starts a new life, `fixed` moves nothing, `absolute` starts a new life up to
   * `maxMs` after the sign-in. Default: `rolling`.
   */
  readonly limit?: 'rolling' | 'fixed' | 'absolute' | undefined
  /** For `absolute`, milliseconds. Default: four lives. */
  readonly maxMs?: number | undefined
  /** How an answer tells the end. Default: `expiresAt`. */
  readonly tells?: 'expiresAt' | 'ttlMs' | 'nothing' | undefined
  /** Whether scripts can read the `Date` of an answer. Default: true. */
  readonly dated?: boolean | undefined
  /** Each extension gives a new token, and the old one is good for `graceMs` more; who uses it later is taken for a thief, and the session ends. Default: false. */
  readonly rotates?: boolean | undefined
  /** Milliseconds. Default: 10,000. */
  readonly graceMs?: number | undefined
  /** By how much its clock is fast, milliseconds. Default: 0. */
  readonly clockOffsetMs?: number | undefined
}

/** A session as the server knows it, in true time. */
export interface ServerSession {
  /** How many had signed in when it began, itself counted. */
  readonly number: number
  readonly subject: string
  readonly expiresAt: number
  readonly maxExpiresAt: number
  /** When the present life began. */
  readonly grantedAt: number
  /** How often its end moved. */
  readonly moves: number
  /** How often it was extended in vain. */
  readonly unmoved: number
  readonly ended: 'expired' | 'revoked' | 'signedOut' | 'reused' | undefined
}

export type RequestKind = 'check' | 'extend' | 'signIn' | 'revoke'

export interface ServerRequest {
  readonly kind: RequestKind
  /** The cookie. */
  readonly token: string | undefined
  /** Who signs in. */
  readonly subject?: string | undefined
}

export interface ServerReply {
  readonly status: number
  readonly json?: { readonly [name: string]: unknown } | undefined
  readonly headers: { readonly [name: string]: string }
  /** The cookie to keep from now on; null for none. */
  readonly token?: string | null
}

export type Settings = { readonly [Name in keyof ServerOptions]-?: NonNullable<ServerOptions[Name]> }

export interface Server {
  readonly options: Settings
  /** The session that a cookie opens, even if it has ended. */
  find(token: string | undefined): ServerSession | undefined
  signIn(subject: string): string
  /** How often anybody signed in. */
  readonly signIns: number
  /** An administrator ends the session that a cookie opens. */
  revoke(token: string | undefined): void
  handle(request: ServerRequest): ServerReply
}

interface Opened extends ServerSession {
  expiresAt: number
  grantedAt: number
  moves: number
  unmoved: number
  ended: ServerSession['ended']
  token: string
}

/** A server of sessions, as strict as servers are. Its tokens start with the given word, so that they can be looked for. */
export function createServer(timeline: Timeline, options: ServerOptions = {}, word = 'token'): Server {
  const { lifeMs = 7_200_000, limit = 'rolling', tells = 'expiresAt', dated = true, rotates = false, graceMs = 10_000, clockOffsetMs = 0 } = options
  const { maxMs = 4 * lifeMs } = options
  const sessions = new Map<string, Opened>()
  /** When a token was replaced by the next. */
  const replacedAt = new Map<string | undefined, number>()
  let tokens = 0
  let signIns = 0
  const newToken = (session: Opened) => {
    session.token = `${word}-${++tokens}`
    sessions.set(session.token, session)
    return session.token
  }

  function find(token: string | undefined): Opened | undefined {
    const session = sessions.get(token ?? '')
    if (session && session.expiresAt <= timeline.now()) session.ended ??= 'expired'
    return session
  }

  function signIn(subject: string): string {
    signIns++
    const now = timeline.now()
    const maxExpiresAt = limit === 'absolute' ? now + maxMs : Infinity
    const session: Opened = {
      number: signIns,
      subject,
      grantedAt: now,
      expiresAt: Math.min(now + lifeMs, maxExpiresAt),
      maxExpiresAt,
      moves: 0,
      unmoved: 0,
      ended: undefined,
      token: '',
    }
    return newToken(session)
  }

  function alive(session: Opened, token?: string): ServerReply {
    const now = timeline.now()
    const end =
      tells === 'expiresAt' ? { expiresAt: session.expiresAt + clockOffsetMs } : tells === 'ttlMs' ? { ttlMs: session.expiresAt - now } : {}
    const most = tells === 'expiresAt' && limit === 'absolute' ? { maxExpiresAt: session.maxExpiresAt + clockOffsetMs } : {}
    const headers = dated ? { date: new Date(now + clockOffsetMs).toUTCString() } : undefined
    return { status: 200, json: { ...end, ...most, subject: session.subject }, headers: { ...headers }, ...(token && { token }) }
  }

  function extend(session: Opened, token: string | undefined): ServerReply {
    const now = timeline.now()
    if (rotates && token !== session.token) return { status: 200, json: { status: 'superseded' }, headers: {} }
    const end = limit === 'fixed' ? session.expiresAt : Math.min(now + lifeMs, session.maxExpiresAt)
    if (end > session.expiresAt) {
      session.expiresAt = end
      session.grantedAt = now
      session.moves++
    } else session.unmoved++
    if (!rotates) return alive(session)
    replacedAt.set(token, now)
    return alive(session, newToken(session))
  }

  return {
    options: { lifeMs, limit, maxMs, tells, dated, rotates, graceMs, clockOffsetMs },
    find,
    signIn,
    get signIns() {
      return signIns
    },
    revoke(token) {
      const session = find(token)
      if (session) session.ended ??= 'revoked'
    },
    handle({ kind, token, subject }) {
      if (kind === 'signIn') return { status: 200, json: {}, headers: {}, token: signIn(subject ?? 'ada') }
      const session = find(token)
      if (session && !session.ended && timeline.now() > (replacedAt.get(token) ?? Infinity) + graceMs) session.ended = 'reused'
      if (kind === 'revoke') {
        if (session) session.ended ??= 'signedOut'
        return { status: 200, json: {}, headers: {}, token: null }
      }
      if (!session || session.ended) return { status: 401, headers: {} }
      return kind === 'extend' ? extend(session, token) : alive(session)
    },
  }
}
