import type { AliveVerdict, Call, EndedVerdict, SessionBackend } from '../backend'

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
  let aliveId: string | undefined
  function alive(para: ParaSession): AliveVerdict {
    aliveId = idOf(para)
    return { status: 'alive', subject: para.getUserId?.(), expiresAt: expiryOf(para) }
  }
  return {
    async check() {
      const para = clientOf(client)
      if (hasNoSession(para)) return permanent
      try {
        return (await isActive(para)) ? alive(para) : ended
      } catch (error) {
        // Only a 401 is the server's no. The SDK gives no status for a dead network, a captive portal or a wrong key.
        if ((error as { status?: unknown } | undefined)?.status === 401) return ended
        throw error
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
    peek() {
      const para = clientOf(client)
      // An ended session is followed by an anonymous one, whose cookie has an end of its own.
      return idOf(para) === aliveId ? alive(para) : undefined
    },
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

/** The session id in the cookie: compared, never kept anywhere but here. */
const idOf = (para: ParaSession) => para.retrieveSessionCookie()?.split(';')[0]

/** The `Expires` of the session cookie, on the server's clock. */
function expiryOf(para: ParaSession): number | undefined {
  const time = Date.parse(/; *expires=([^;]+)/i.exec(para.retrieveSessionCookie() ?? '')?.[1] ?? '')
  return Number.isNaN(time) ? undefined : time
}
