import { createStore, get, update } from 'idb-keyval'
import * as oauth from 'oauth4webapi'
import type { AliveVerdict, Call, Reply, SessionBackend } from '../backend'
import { type Clock, createClock } from '../clock'
import { SessionError } from '../errors'

/** Where all tabs keep the tokens. What it is given is opaque, survives `structuredClone`, and holds secrets. */
export interface OidcStore {
  get(key: string): Promise<unknown>
  /** Reads, changes and writes as one: of two tabs at the same time, the second is given what the first wrote. */
  update(key: string, change: (stored: unknown) => unknown): Promise<void>
}

export interface OidcBackendOptions {
  /** The provider, as its discovery document names it. `http:` only on this machine itself. */
  readonly issuer: string
  /** Of a public client: one without a secret. */
  readonly clientId: string
  /** The page to which the provider returns, and which calls `finishSignIn`. Registered at the provider; here a path will do. */
  readonly redirectUri: string
  /** Default: `openid offline_access`. Without `openid` nobody says who it is, and without a refresh token there is nothing to extend. */
  readonly scope?: string | undefined
  /** What else the provider wants to be told at the sign-in, such as `audience`, or `prompt: 'consent'` for a refresh token. */
  readonly parameters?: { readonly [name: string]: string } | undefined
  /**
   * For how long the provider takes a refresh token again after it was first used, milliseconds; `Infinity` where it does
   * not mind. Default: 0, for one that takes the second use for a theft.
   */
  readonly reuseMs?: number | undefined
  /**
   * Takes the user to the sign-in page. Resolves when they are back, or perhaps are. Default: the whole page goes there,
   * and comes back to `redirectUri`.
   *
   * @example
   * open: (url, call) => popup.visit(url, call) // of `outlast/popup`
   */
  readonly open?: ((url: string, call: Call) => unknown) | undefined
  /** The page for the user to come back to. Default: where they are. One of another origin is refused, and nobody signs in. */
  readonly returnTo?: (() => string | URL) | undefined
  /** Default: IndexedDB. */
  readonly store?: OidcStore | undefined
  /** Makes the requests. Default: the global `fetch` at the time of the call. */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined
  /** Default: a clock of its own. */
  readonly clock?: Clock | undefined
}

export interface OidcBackend extends SessionBackend {
  /** For the `Authorization` header of a request, inside `session.run()`. To be asked for anew each time: another tab may have exchanged it. */
  accessToken(): Promise<string | undefined>
  /**
   * For the page to which the provider returns. Resolves with the address of the page where the user was, on this origin.
   *
   * @param returned the address with the provider's answer. Default: that of this page
   * @throws {SessionError} `ERR_SESSION_SIGN_IN_FAILED`
   */
  finishSignIn(returned?: string | URL): Promise<string>
  /**
   * Where to go for signing out at the provider itself, which may otherwise sign in the same person again without a
   * question. To be asked for before `session.signOut()`, which makes the provider forget this app's tokens.
   *
   * @param returnTo registered at the provider
   * @returns undefined when the provider has no such page
   * @see OpenID Connect RP-Initiated Logout 1.0
   */
  signOutUrl(returnTo?: string): Promise<string | undefined>
}

interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
  readonly idToken: string | undefined
  readonly subject: string
  /** The end of the access token, epoch milliseconds on this machine's clock. */
  readonly expiresAt: number | undefined
  /** When the refresh token was first shown to the provider, epoch milliseconds. */
  readonly shownAt?: number | undefined
}

/** A sign-in that was begun. */
interface SignIn {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  readonly redirectUri: string
  readonly returnTo: string
}

/** A request that has had no answer for so long will have none, milliseconds. */
const LOST_MS = 60_000

/**
 * Keeps a session alive that consists of tokens: those of a public client of an OpenID Connect provider, in a browser,
 * by the authorization code flow with PKCE.
 *
 * **A refresh token is shown to the provider once**, by whichever tab: it is marked in the store, in one transaction,
 * before it is sent. Immediately before, the discovery document is asked for; where that fails, the token stays good,
 * so that outages, airports and closed lids cost nothing. An answer that is lost after that leaves the token in doubt. It is not
 * shown again, except as `reuseMs` allows, and the user signs in again when the access token has run out.
 *
 * The end that is told is that of the access token. Nobody knows that of the refresh token, and past this one an
 * operation would fail; so it is reason enough to ask. Only a provider that says `invalid_grant` ends the session, and a
 * refresh token that is spent or missing. While the access token is good, `check` asks the userinfo endpoint; else there
 * is nothing to ask with but the refresh token, hence `checkExtends`.
 *
 * @example
 * const backend = oidcBackend({ issuer: 'https://id.example', clientId: 'app', redirectUri: '/signed-in' })
 * const session = createSession(backend)
 * // On the page `/signed-in`
 * location.replace(await backend.finishSignIn())
 * @see OpenID Connect Core 1.0, RFC 7009, RFC 7636, RFC 8414, RFC 9207, RFC 9700 4.14
 */
export function oidcBackend(options: OidcBackendOptions): OidcBackend {
  const { clientId, redirectUri, scope = 'openid offline_access', parameters, reuseMs = 0, open = leavePage, returnTo } = options
  const { store = browserStore(), clock = createClock() } = options
  const issuer = new URL(options.issuer)
  const client: oauth.Client = {
    client_id: clientId,
    // An ID token comes straight from the provider. What a wrong clock makes of its dates would only lose the new tokens.
    [oauth.clockTolerance]: Number.MAX_SAFE_INTEGER,
  }
  const key = `${issuer.href} ${clientId}`
  const signInKey = `${key} sign-in`
  /** What this tab last saw in the store. */
  let seen: Tokens | undefined

  const requesting = (signal?: AbortSignal, cache: RequestCache = 'no-store') => ({
    [oauth.customFetch]: (url: string, init: object) => (options.fetch ?? fetch)(url, { ...init, cache }),
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- named so to be noticed: it is for a provider on this machine alone
    [oauth.allowInsecureRequests]: /^(localhost|127\.0\.0\.1|\[::1\])$/.test(issuer.hostname),
    ...(signal && { signal }),
  })

  async function discover(signal?: AbortSignal, cache?: RequestCache): Promise<oauth.AuthorizationServer> {
    const response = await oauth.discoveryRequest(issuer, requesting(signal, cache))
    if (!response.ok) throw noVerdict(response)
    return oauth.processDiscoveryResponse(issuer, response)
  }

  const read = async () => (seen = (await store.get(key)) as Tokens | undefined)

  /** @returns what is stored now */
  async function write(change: (stored: Tokens | undefined) => Tokens | undefined): Promise<Tokens | undefined> {
    let written: Tokens | undefined
    await store.update(key, (stored) => (written = seen = change(stored as Tokens | undefined)))
    return written
  }

  /** Unless another tab, a sign-in or a sign-out put something else there. */
  const replace = (old: Tokens, next: Tokens | undefined) => write((stored) => (stored?.refreshToken === old.refreshToken ? next : stored))

  /** Whatever the clock was set to meanwhile. */
  const isWithin = (ms: number, { shownAt = -Infinity }: Tokens) => Math.abs(clock.now() - shownAt) < ms
  /** Half of the time is left for the way there. */
  const mayRepeat = (tokens: Tokens) => isWithin(reuseMs / 2, tokens)

  /** Exchanges the refresh token, if it may be shown; once more at once, where that is allowed and nobody heard the answer. */
  async function refresh(call: Call, repeats = reuseMs > 0): Promise<Reply> {
    // Whoever cannot be reached now is not shown the token.
    const server = await discover(call.signal)
    let before: Tokens | undefined
    const tokens = await write((stored) => {
      before = stored && (stored.shownAt === undefined || mayRepeat(stored)) ? stored : undefined
      return before ? { ...before, shownAt: before.shownAt ?? clock.now() } : stored
    })
    if (!tokens) return false
    if (!before) {
      // Another tab may still hear the answer.
      if (isWithin(LOST_MS, tokens)) throw noVerdict()
      return false
    }
    const sentAt = clock.now()
    let response: Response | undefined
    try {
      // Nobody gives this one up: its answer is stored even if it comes too late for the call.
      response = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), tokens.refreshToken, requesting())
      const next = tokensFrom(await oauth.processRefreshTokenResponse(server, client, response), sentAt, tokens)
      return (await replace(tokens, next)) === next ? alive(next) : { status: 'superseded' }
    } catch (error) {
      if ((error as { error?: unknown }).error === 'invalid_grant') return (await replace(tokens, undefined)) ? { status: 'superseded' } : { status: 'ended' }
      // Turned away at the door, so the token is as good as before. After anything else, nobody knows.
      if (response && (isRefusal(response) || response.status === 503)) await replace(tokens, before)
      else if (repeats) return refresh(call, false)
      throw noVerdict(response)
    }
  }

  async function check(call: Call): Promise<Reply> {
    const tokens = await read()
    if (!tokens) return false
    const { expiresAt = Infinity, accessToken, subject } = tokens
    if (expiresAt <= clock.now() || mayRepeat(tokens)) return refresh(call)
    const server = await discover(call.signal, 'default')
    if (!server.userinfo_endpoint) return refresh(call)
    const response = await oauth.userInfoRequest(server, client, accessToken, requesting(call.signal))
    // No end of the session yet: this token may be for another API.
    if (response.status === 401) return refresh(call)
    if (!response.ok) throw noVerdict(response)
    await oauth.processUserInfoResponse(server, client, subject, response)
    return alive(tokens)
  }

  async function signIn(call: Call): Promise<void> {
    const begun: SignIn = {
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      verifier: oauth.generateRandomCodeVerifier(),
      redirectUri: new URL(redirectUri, location.href).href,
      returnTo: pageOfThisOrigin(returnTo?.() ?? location.href),
    }
    const { authorization_endpoint: page = '' } = await discover(call.signal)
    const url = withQuery(page, {
      ...parameters,
      client_id: clientId,
      response_type: 'code',
      redirect_uri: begun.redirectUri,
      scope,
      state: begun.state,
      nonce: begun.nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(begun.verifier),
      code_challenge_method: 'S256',
    })
    await store.update(signInKey, () => begun)
    call.signal.throwIfAborted()
    await open(url, call)
  }

  /** The sign-in that waits for this answer: good for one, and left alone by any other. */
  async function take(state: string | null): Promise<SignIn> {
    let begun: SignIn | undefined
    await store.update(signInKey, (stored) => {
      begun = (stored as SignIn | undefined)?.state === state ? (stored as SignIn) : undefined
      return begun ? undefined : stored
    })
    if (!begun) throw failed('No sign-in of this browser waits for this answer')
    return begun
  }

  async function finishSignIn(returned: string | URL = location.href): Promise<string> {
    try {
      const url = new URL(returned)
      const server = await discover()
      const { state, nonce, verifier, redirectUri, returnTo } = await take(url.searchParams.get('state'))
      const answer = oauth.validateAuthResponse(server, client, url, state)
      const sentAt = clock.now()
      const response = await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), answer, redirectUri, verifier, requesting())
      const tokens = tokensFrom(await oauth.processAuthorizationCodeResponse(server, client, response, { expectedNonce: nonce, requireIdToken: true }), sentAt)
      if (!tokens.refreshToken) throw failed('The provider gave no refresh token')
      await write(() => tokens)
      return returnTo
    } catch (error) {
      // What went wrong may quote the answer.
      throw (error as { code?: unknown }).code === FAILED ? error : failed()
    }
  }

  async function revoke({ signal }: Call): Promise<void> {
    // Another tab may exchange them meanwhile.
    for (let tokens = await read(); tokens; tokens = await replace(tokens, undefined)) {
      const server = await discover(signal)
      if (!server.revocation_endpoint) continue
      const response = await oauth.revocationRequest(server, client, oauth.None(), tokens.refreshToken, requesting(signal))
      // A provider that will not, will not the next time either; one that was asked too early or too often may.
      if (!response.ok && (!isRefusal(response) || [408, 425, 429].includes(response.status))) throw noVerdict(response)
    }
  }

  return {
    rotates: true,
    checkExtends: true,
    check,
    extend: refresh,
    revoke,
    signIn,
    peek: () => seen && alive(seen),
    classify: (error) => ((error as { status?: unknown } | null | undefined)?.status === 401 ? 'unauthenticated' : undefined),
    accessToken: async () => (await read())?.accessToken,
    finishSignIn,
    async signOutUrl(returnTo) {
      const { end_session_endpoint: page } = await discover(undefined, 'default')
      return page && withQuery(page, { client_id: clientId, id_token_hint: (await read())?.idToken, post_logout_redirect_uri: returnTo })
    },
  }
}

const alive = ({ expiresAt, subject }: Tokens): AliveVerdict => ({ status: 'alive', expiresAt, subject })

/** @param old what stays as it is when the provider does not say it again */
function tokensFrom(answer: oauth.TokenEndpointResponse, sentAt: number, old?: Tokens): Tokens {
  const { access_token: accessToken, refresh_token: refreshToken = old?.refreshToken ?? '', id_token: idToken = old?.idToken, expires_in: seconds } = answer
  const subject = oauth.getValidatedIdTokenClaims(answer)?.sub ?? old?.subject ?? ''
  return { accessToken, refreshToken, idToken, subject, expiresAt: seconds === undefined ? undefined : sentAt + seconds * 1_000 }
}

const FAILED = 'ERR_SESSION_SIGN_IN_FAILED'
const failed = (why?: string) => new SessionError(FAILED, why)

/** Says nothing of what the server said. A date in `Retry-After` would be one of the server's clock, which nobody can read here. */
const noVerdict = (response?: Response) =>
  Object.assign(new SessionError('ERR_SESSION_UNREACHABLE'), { retryAfterMs: Number(response?.headers.get('retry-after')) * 1_000 || undefined })

/** "Not like this", or "not now": said before anything was done. */
const isRefusal = ({ status }: Response) => status >= 400 && status < 500

function withQuery(page: string, query: { readonly [name: string]: string | undefined }): string {
  const url = new URL(page)
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value)
  return url.href
}

function pageOfThisOrigin(target: string | URL): string {
  const { href, origin, protocol } = new URL(target, location.href)
  // A `blob:` has the origin of whoever made it.
  if (origin !== location.origin || protocol !== location.protocol) throw new SessionError('ERR_SESSION_BAD_OPTION', 'returnTo must be a page of this origin')
  return href
}

/** Whoever comes back by the back button finds the page as it was, and has given up. */
const leavePage = (url: string, { signal }: Call) =>
  new Promise<never>((_, reject) => {
    const giveUp = () => reject(new SessionError('ERR_SESSION_ABORTED'))
    signal.addEventListener('abort', giveUp)
    addEventListener('pageshow', ({ persisted }) => persisted && giveUp(), { signal })
    location.assign(url)
  })

/** Nothing is touched before it is used. */
function browserStore(): OidcStore {
  let database: ReturnType<typeof createStore> | undefined
  const opened = () => (database ??= createStore('outlast-oidc', 'tokens'))
  return {
    get: async (key) => get<unknown>(key, opened()),
    update: async (key, change) => update(key, change, opened()),
  }
}
