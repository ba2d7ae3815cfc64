import type { AliveVerdict, Call, Reply, SessionBackend, StepUpCall } from '../backend'

/**
 * What Outlast calls of a Para client. Web, React, React Native and server clients all have it, so nothing of
 * Para's is needed at run time. A React Native client has to be `init()`ed before.
 */
export interface ParaSession {
  isSessionActive(): Promise<boolean>
  keepSessionAlive(): Promise<boolean>
  retrieveSessionCookie(): string | undefined
  logout(): Promise<unknown>
  getUserId?(): string | undefined
  touchSession?(): Promise<{
    readonly isAuthenticated?: boolean
    readonly verifiedExternalWalletAddresses?: readonly string[]
  }>
  readonly isGuestMode?: boolean
  readonly externalWalletConnectionType?: string
  readonly pregenIds?: { readonly [type: string]: readonly string[] | undefined }
}

export interface ParaBackendOptions {
  /**
   * Your sign-in flow. Resolves when it is over; whether anybody is signed in is then asked of Para's server.
   * Para's `waitForLogin()` is no proof: it may resolve while the server says no.
   */
  readonly signIn?: ((call: Call) => unknown) | undefined
  /** Your flow that asks the person to show more of who they are. Resolves when that is done. */
  readonly stepUp?: ((call: StepUpCall) => unknown) | undefined
}

/** A client, or a function that gives the present one. Asked anew for each call. */
export type ParaClient<T extends ParaSession = ParaSession> = T | (() => T)

const clientOf = <T extends ParaSession>(client: ParaClient<T>): T => (typeof client === 'function' ? client() : client)

/** Only a 401 is the server's no. The SDK gives no status for a dead network, a captive portal or a wrong key. */
const is401 = (error: unknown) => (error as { status?: unknown } | undefined | null)?.status === 401

/**
 * Keeps a Para session alive.
 *
 * `keepSessionAlive()` answers `false` to a 401 and to a dead network alike, so `false` is a question that
 * `isSessionActive()` decides. The end is read from the session cookie. Guests, connected wallets and pregenerated
 * wallets without a user have nothing to keep alive: they count as signed in and are left alone. Para's errors carry
 * no `Retry-After`, so a busy server is met with backoff alone. An operation that fails with a 401 leads to the question
 * whether the session has ended.
 *
 * @example
 * const session = createSession(paraBackend(para, { signIn: () => openSignIn() }))
 */
export function paraBackend(client: ParaClient, { signIn, stepUp }: ParaBackendOptions = {}): SessionBackend {
  let aliveId: string | undefined
  function alive(para: ParaSession, peeking?: boolean): AliveVerdict | undefined {
    const cookie = para.retrieveSessionCookie() ?? ''
    const id = cookie.split(';')[0]
    // An ended session is followed by an anonymous one, whose cookie has an end of its own.
    if (peeking && id !== aliveId) return undefined
    aliveId = id
    const expires = /; *expires=([^;]+)/i.exec(cookie)?.[1]
    return { status: 'alive', subject: para.getUserId?.(), expiresAt: (expires && Date.parse(expires)) || undefined }
  }
  const asking = (ask: (para: ParaSession) => Promise<boolean | undefined>) => async (): Promise<Reply> => {
    const para = clientOf(client)
    if (hasNoSession(para)) return { status: 'alive', permanent: true }
    const answer = await ask(para)
    // What is no boolean is no verdict either, and is taken as such.
    return (answer ? alive(para) : answer) as Reply
  }
  return {
    check: asking((para) =>
      isActive(para).catch((error: unknown) => {
        if (is401(error)) return false
        throw error
      }),
    ),
    extend: asking((para) => para.keepSessionAlive()),
    revoke: () => clientOf(client).logout(),
    peek: () => alive(clientOf(client), true),
    ...(signIn && { signIn }),
    ...(stepUp && { stepUp }),
    classify: (error) => (is401(error) ? 'unauthenticated' : undefined),
    events(listener) {
      // Absent from Node and React Native.
      const target = globalThis as Partial<Pick<Window, 'addEventListener' | 'removeEventListener'>>
      const hear = ({ type, detail }: Event & { detail?: { error?: unknown } }) => {
        if (!detail?.error) listener(type === 'paraLogout' ? 'signedOut' : 'signedIn')
      }
      // A new user is announced by the set-up of the account alone.
      const types = ['paraLogin', 'paraAccountSetup', 'paraLogout']
      types.forEach((type) => target.addEventListener?.(type, hear))
      return () => types.forEach((type) => target.removeEventListener?.(type, hear))
    },
  }
}

/**
 * A sign-in through Para's portal, for `paraBackend`'s `signIn`. The client gets a new session id first. The portal
 * signs in the person whom the client knows; for anybody else use your own sign-in flow.
 *
 * @example
 * const popup = createPopup() // of `outlast/popup`
 * const session = createSession(paraBackend(para, { signIn: refreshSignIn(para, (url, call) => popup.visit(url, call)) }))
 * @param open shows the login page, and resolves when the user is back
 */
export const refreshSignIn =
  (
    client: ParaClient<ParaSession & { refreshSession(): Promise<string> }>,
    open: (loginUrl: string, call: Call) => unknown,
  ) =>
  async (call: Call): Promise<void> => {
    const loginUrl = await clientOf(client).refreshSession()
    // Making the link takes a while, in which the user may have given up.
    if (!call.signal.aborted) await open(loginUrl, call)
  }

const hasNoSession = (para: ParaSession) =>
  para.isGuestMode ||
  para.externalWalletConnectionType === 'CONNECTION_ONLY' ||
  // Without a user, the SDK lists any wallet there; one that is not pregenerated has no identifier.
  (!para.getUserId?.() && Object.values(para.pregenIds ?? {}).some((ids) => ids?.[0]))

async function isActive(para: ParaSession): Promise<boolean | undefined> {
  const active = await para.isSessionActive()
  if (active || para.externalWalletConnectionType !== 'VERIFICATION') return active
  // Also false while the address of one wallet is not verified yet; then the session itself is asked about.
  const session = await para.touchSession?.()
  return session && !!(session.isAuthenticated || session.verifiedExternalWalletAddresses?.length)
}
