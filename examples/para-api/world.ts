import { randomUUID } from 'node:crypto'
import { formatCookie, sessionIdFromCookie } from './cookie'
import type {
  CallKind,
  Fault,
  Faults,
  RequestReport,
  SessionReport,
  SessionState,
  Settings,
  SignedIn,
  SignInRequest,
} from './contract'

interface Session {
  id: string
  lookupId: string
  userId: string | null
  expiresAt: number
  ended: 'revoked' | 'signedOut' | 'replaced' | null
}

const DEFAULTS: Settings = {
  sessionLengthMs: 2 * 60 * 60 * 1000,
  extension: 'rolling',
  checkExtends: false,
  canary: 'standin',
  userId: null,
  apiKeyKnown: true,
  verifiedExternalWalletAddresses: null,
}

/** A server left running for days must not grow without bound. */
const MAX_LOGGED = 5_000

/** Everything the stand-in knows about one API key. Nothing is shared between two of them. */
export class World {
  settings: Settings = { ...DEFAULTS }
  faults: Faults = {}
  readonly log: RequestReport[] = []
  readonly #sessions = new Map<string, Session>()

  constructor(readonly apiKey: string) {}

  get partnerId(): string {
    return `partner-${this.apiKey}`
  }

  /** Expiry is decided on the real clock; a wrong server clock only changes what it says. */
  get serverNow(): number {
    return Date.now() + (this.faults.clockOffsetMs ?? 0)
  }

  record(entry: RequestReport): void {
    this.log.push(entry)
    if (this.log.length > MAX_LOGGED) this.log.shift()
  }

  /** The fault for this call, counted down when it applies to a number of calls only. */
  takeFault(kind: CallKind): Fault | null {
    const key = this.faults[kind] ? kind : 'all'
    const fault = this.faults[key]
    if (!fault) return null
    if (fault.times !== undefined) {
      fault.times -= 1
      if (fault.times <= 0) delete this.faults[key]
    }
    return fault
  }

  /** The usable session a cookie names, or null when it is unknown, ended or past its time. */
  open(cookie: string | undefined): Session | null {
    const id = cookie === undefined ? null : sessionIdFromCookie(cookie)
    const session = id === null ? undefined : this.#sessions.get(id)
    return session && stateOf(session) !== 'expired' && session.ended === null ? session : null
  }

  create(userId: string | null = null): Session {
    const id = `${this.settings.canary}-session-${randomUUID()}`
    const session: Session = {
      id,
      lookupId: `${this.settings.canary}-lookup-${randomUUID()}`,
      userId,
      expiresAt: Date.now() + this.settings.sessionLengthMs,
      ended: null,
    }
    this.#sessions.set(id, session)
    return session
  }

  /**
   * A signed-in session stays signed in under a new id, because the SDK regenerates right after sign-in;
   * any other becomes a fresh anonymous one.
   */
  regenerate(old: Session | null): Session {
    const next = this.create(old?.userId ?? null)
    if (old) {
      if (this.settings.extension === 'fixed') next.expiresAt = old.expiresAt
      old.ended = 'replaced'
    }
    return next
  }

  extend(session: Session): void {
    if (this.settings.extension === 'fixed' || this.faults.stuckExpiry) return
    session.expiresAt = Date.now() + this.settings.sessionLengthMs
  }

  end(session: Session, how: 'revoked' | 'signedOut'): void {
    session.ended = how
  }

  cookieFor(session: Session): string | null {
    return formatCookie(session.id, session.expiresAt + (this.faults.clockOffsetMs ?? 0), this.faults)
  }

  /** Finds by session id, lookup id or cookie, ended sessions included. */
  find(reference: string): Session | null {
    const id = sessionIdFromCookie(reference) ?? reference
    const byId = this.#sessions.get(id)
    if (byId) return byId
    for (const session of this.#sessions.values()) if (session.lookupId === reference) return session
    return null
  }

  signIn({ session: reference, exportOverrides }: SignInRequest): SignedIn | null {
    const found = reference === undefined ? this.create() : this.find(reference)
    if (!found) return null
    const userId = this.settings.userId ?? `${this.settings.canary}-user`
    found.userId = userId
    found.ended = null
    found.expiresAt = Date.now() + this.settings.sessionLengthMs
    // The exported string is built by the test's hand, not by the faulty server, so its cookie is always whole.
    const cookie = formatCookie(found.id, found.expiresAt + (this.faults.clockOffsetMs ?? 0), {}) ?? ''
    return { ...report(found), userId, cookie, exported: exportedSession(userId, cookie, exportOverrides) }
  }

  revoke(reference?: string): number {
    return this.#each(reference, session => this.end(session, 'revoked'))
  }

  /** Moves the deadline to now, so that tests need not wait for it. */
  expire(reference?: string): number {
    return this.#each(reference, session => {
      session.expiresAt = Date.now() - 1
    })
  }

  sessions(): SessionReport[] {
    return [...this.#sessions.values()].map(report)
  }

  #each(reference: string | undefined, change: (session: Session) => void): number {
    const found = reference === undefined ? [...this.#sessions.values()] : [this.find(reference)]
    const usable = found.filter((session): session is Session => session !== null && session.ended === null)
    usable.forEach(change)
    return usable.length
  }
}

function stateOf(session: Session): SessionState {
  if (session.ended !== null) return session.ended
  if (session.expiresAt <= Date.now()) return 'expired'
  return session.userId === null ? 'anonymous' : 'live'
}

function report(session: Session): SessionReport {
  return {
    sessionId: session.id,
    sessionLookupId: session.lookupId,
    state: stateOf(session),
    userId: session.userId,
    expiresAt: session.expiresAt,
  }
}

/** The same members, and the same encoding, as `exportSession()` of the SDK's core. */
function exportedSession(userId: string, cookie: string, overrides: Record<string, unknown> = {}): string {
  const email = `${userId}@stand-in.example`
  const content = {
    authInfo: { auth: { email }, authType: 'email', identifier: email },
    userId,
    wallets: {},
    currentWalletIds: {},
    sessionCookie: cookie,
    externalWallets: {},
    ...overrides,
  }
  return Buffer.from(JSON.stringify(content)).toString('base64')
}

/** One world per API key, made on first use. */
export class Worlds {
  readonly #byKey = new Map<string, World>()

  get(apiKey: string): World {
    const known = this.#byKey.get(apiKey)
    if (known) return known
    const world = new World(apiKey)
    this.#byKey.set(apiKey, world)
    return world
  }

  forget(apiKey: string): void {
    this.#byKey.delete(apiKey)
  }
}
