import type { AliveVerdict, Call, EndedVerdict, SessionBackend } from '../backend'
import { SessionError } from '../errors'

/**
 * What Outlast calls of a Para client. Web, React, React Native and server clients all have it, so nothing of
 * Para's is needed at run time.
 */
export interface ParaSession {
  isSessionActive(): Promise<boolean>
  keepSessionAlive(): Promise<boolean>
  retrieveSessionCookie(): string | undefined
  logout(): Promise<unknown>
  getUserId?(): string | undefined
  touchSession?(): Promise<{ readonly isAuthenticated?: boolean | undefined }>
  readonly isGuestMode?: boolean
  readonly externalWalletConnectionType?: string
  readonly pregenIds?: object
}

export interface ParaBackendOptions {
  /**
   * Your sign-in flow. Resolves when it is over; whether anybody is signed in is then asked of Para's server.
   * Para's `waitForLogin()` is no proof: it may resolve while the server says no.
   */
  readonly signIn?: ((call: Call) => unknown) | undefined
}

/** A client, or a function that gives the present one. Called anew for each call, so credentials are never kept. */
export type ParaClient<T extends ParaSession = ParaSession> = T | (() => T)

const clientOf = <T extends ParaSession>(client: ParaClient<T>): T => (typeof client === 'function' ? client() : client)

/**
 * Keeps a Para session alive.
 *
 * `keepSessionAlive()` answers `false` to a 401 and to a dead network alike, so `false` is a question that
 * `isSessionActive()` decides. The end is read from the session cookie. Guests, connected wallets and pregenerated
 * wallets without a user have nothing to keep alive: they count as signed in and are left alone.
 *
 * @example
 * const session = createSession(paraBackend(para, { signIn: () => openSignIn() }))
 */
export function paraBackend(client: ParaClient, { signIn }: ParaBackendOptions = {}): SessionBackend {
  const alive = (para: ParaSession): AliveVerdict => ({
    status: 'alive',
    subject: para.getUserId?.(),
    expiresAt: expiryOf(para.retrieveSessionCookie()),
  })
  return {
    async check() {
      const para = clientOf(client)
      if (hasNoSession(para)) return permanent
      try {
        return (await isActive(para)) ? alive(para) : ended
      } catch (error) {
        return endedOrThrow(error)
      }
    },
    async extend() {
      const para = clientOf(client)
      if (hasNoSession(para)) return permanent
      return (await para.keepSessionAlive()) ? alive(para) : false
    },
    async revoke() {
      await clientOf(client).logout()
    },
    peek: () => alive(clientOf(client)),
    ...(signIn && { signIn }),
    events(listener) {
      const target = globalThis as Partial<Pick<Window, 'addEventListener' | 'removeEventListener'>>
      const onLogin = (event: Event) => {
        if (!(event as CustomEvent<{ error?: unknown } | null>).detail?.error) listener('signedIn')
      }
      const onLogout = () => listener('signedOut')
      target.addEventListener?.('paraLogin', onLogin)
      target.addEventListener?.('paraLogout', onLogout)
      return () => {
        target.removeEventListener?.('paraLogin', onLogin)
        target.removeEventListener?.('paraLogout', onLogout)
      }
    },
  }
}

/**
 * A sign-in through Para's portal, for `paraBackend`'s `signIn`. The session id is regenerated first, so the old
 * session is over even when the user does not go through with it.
 *
 * @param open shows the login page, and resolves when the user is back
 */
export const refreshSignIn =
  (
    client: ParaClient<ParaSession & { refreshSession(): Promise<string> }>,
    open: (loginUrl: string, call: Call) => unknown,
  ) =>
  async (call: Call): Promise<void> => {
    await open(await clientOf(client).refreshSession(), call)
  }

const ended: EndedVerdict = { status: 'ended' }
const permanent: AliveVerdict = { status: 'alive', permanent: true }

function hasNoSession(para: ParaSession): boolean {
  return (
    para.isGuestMode === true ||
    para.externalWalletConnectionType === 'CONNECTION_ONLY' ||
    (para.getUserId?.() === undefined && Object.keys(para.pregenIds ?? {}).length > 0)
  )
}

async function isActive(para: ParaSession): Promise<boolean> {
  if (await para.isSessionActive()) return true
  // Also false while a wallet's address is not verified yet; then the session itself is asked about.
  if (para.externalWalletConnectionType !== 'VERIFICATION' || para.touchSession === undefined) return false
  return (await para.touchSession()).isAuthenticated === true
}

/** Only a 401 is the server's no. Para's errors carry tokens and addresses: none goes further than this. */
function endedOrThrow(error: unknown): EndedVerdict {
  const { status, message } = (error ?? {}) as { status?: unknown; message?: unknown }
  if (status === 401) return ended
  if (status === 429) throw new SessionError('ERR_SESSION_RATE_LIMITED')
  // Thrown by the SDK without a status.
  if (status === 403 || (typeof message === 'string' && message.startsWith('Invalid API Key'))) {
    throw new SessionError('ERR_SESSION_MISCONFIGURED')
  }
  throw new SessionError('ERR_SESSION_UNREACHABLE')
}

/** The `Expires` of the session cookie, on the server's clock. */
function expiryOf(cookie: string | undefined): number | undefined {
  const date = /(?:^|;)\s*expires=([^;]+)/i.exec(cookie ?? '')?.[1]
  const time = Date.parse(date ?? '')
  return Number.isNaN(time) ? undefined : time
}
