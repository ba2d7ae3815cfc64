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
  /** What else the provider wants to be told, such as `audience`, or `prompt: 'consent'` for a refresh token. */
  readonly parameters?: { readonly [name: string]: string } | undefined
  /** For how long a refresh token may be used again after its first use, milliseconds; `Infinity` for ever. Default: 0, where that is a theft. */
  readonly reuseMs?: number | undefined
  /** Takes the user to the sign-in page, as `popup.visit` of `outlast/popup` does. Resolves when they may be back. Default: the whole page goes there. */
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
  /** Takes the provider's answer from the address of this page, or the given one. Resolves with the page where the user was; rejects with `ERR_SESSION_SIGN_IN_FAILED`. */
  finishSignIn(returned?: string | URL): Promise<string>
  /** The provider's page for signing out there, if it has one, to be asked for before `session.signOut()`. `returnTo` is registered at the provider. */
  signOutUrl(returnTo?: string): Promise<string | undefined>
}

interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
  readonly subject: string
  readonly idToken?: string | undefined
  /** The end of the access token, epoch milliseconds on this machine's clock. */
  readonly expiresAt?: number | undefined
  /** When the refresh token was first shown to the provider, epoch milliseconds. Moved each time, for whoever showed it before to see. */
  readonly shownAt?: number | undefined
}

/** A request that has had no answer for so long will have none, milliseconds. */
const LOST_MS = 60_000
/** When a refresh token was shown whose answer is lost. */
const LONG_AGO = 0

/**
 * Keeps a session alive that consists of tokens: those of a public client of an OpenID Connect provider, in a browser,
 * by the authorization code flow with PKCE.
 *
 * **A refresh token is shown to the provider once**, by whichever tab: it is marked in the store before it is sent. An
 * answer that is lost leaves it in doubt: it is not shown again, except as `reuseMs` allows, and the user signs in again
 * when the access token has run out.
 *
 * The end that is told is that of the access token. Only `invalid_grant` ends the session, and a refresh token that is
 * spent or missing. `check` asks the userinfo endpoint while the access token is good; after that, there is nothing to
 * ask with but the refresh token, hence `checkExtends`.
 *
 * @example
 * const session = createSession(oidcBackend({ issuer: 'https://id.example', clientId: 'app', redirectUri: '/signed-in' }))
 * @see OpenID Connect Core 1.0, RFC 7009, RFC 7636, RFC 8414, RFC 9207, RFC 9700 4.14, OpenID Connect RP-Initiated Logout 1.0
 */
export function oidcBackend(options: OidcBackendOptions): OidcBackend {
  const { clientId, redirectUri, scope = 'openid offline_access', parameters, reuseMs = 0, open = leavePage, returnTo } = options
  const { store = browserStore(), clock = createClock() } = options
  const issuer = new URL(options.issuer)
  // An ID token comes straight from the provider. What a wrong clock makes of its dates would only lose the new tokens.
  const client: oauth.Client = { client_id: clientId, [oauth.clockTolerance]: Number.MAX_SAFE_INTEGER }
  const key = `${issuer.href} ${clientId}`
  const ownPage = () => new URL(redirectUri, location.origin).href

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

  /** A page to be opened at the provider, which is never a `javascript:` one. */
  function pageOfProvider(page: string | undefined, query: { readonly [name: string]: string | undefined }): string {
    const url = page?.startsWith(issuer.protocol) && new URL(page)
    if (!url) throw noVerdict()
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value)
    return url.href
  }

  const read = async () => tokensIn(await store.get(key))

  /** @returns what is stored now */
  async function write(change: (stored: Tokens | undefined) => Tokens | undefined): Promise<Tokens | undefined> {
    let written: Tokens | undefined
    await store.update(key, (stored) => (written = change(tokensIn(stored))))
    return written
  }

  /** Unless another tab, a sign-in or a sign-out put something else there. */
  const replace = (old: Tokens, next: Tokens | undefined) => write((stored) => (stored?.refreshToken === old.refreshToken ? next : stored))
  const unmark = (old: Tokens, before: Tokens) => write((stored) => (stored?.refreshToken === old.refreshToken && stored.shownAt === old.shownAt ? before : stored))

  /** Whatever the clock was set to meanwhile. */
  const isWithin = (ms: number, { shownAt = -Infinity }: Tokens) => Math.abs(clock.now() - shownAt) < ms
  /** Half of the time is left for the way there. */
  const mayRepeat = (tokens: Tokens) => isWithin(reuseMs / 2, tokens)
  /** As it is stored before it is shown. What was once found to be lost stays so, to whatever the clock is set. */
  function marked(tokens: Tokens): Tokens {
    if (tokens.shownAt === undefined) return { ...tokens, shownAt: clock.now() }
    if (mayRepeat(tokens)) return { ...tokens, shownAt: tokens.shownAt - 1 }
    return isWithin(LOST_MS, tokens) ? tokens : { ...tokens, shownAt: LONG_AGO }
  }

  /** Exchanges the refresh token, if it may be shown; once more at once, where that is allowed and nobody heard the answer. */
  async function refresh(call: Call, repeats = reuseMs > 0): Promise<Reply> {
    // Whoever cannot be reached now is not shown the token.
    const server = await discover(call.signal)
    let before: Tokens | undefined
    const tokens = await write((stored) => (before = stored) && marked(before))
    if (!tokens || !before || before.shownAt === LONG_AGO) return false
    // Another tab may still hear the answer: after a sleep, a moment later.
    if (before.shownAt !== undefined && !mayRepeat(before)) throw noVerdict()
    const sentAt = clock.now()
    let response: Response | undefined
    try {
      // Nobody gives this one up: its answer is stored even if it comes too late for the call.
      response = await oauth.refreshTokenGrantRequest(server, client, oauth.None(), tokens.refreshToken, requesting())
      const next = tokensFrom(await oauth.processRefreshTokenResponse(server, client, response), sentAt, tokens)
      return (await replace(tokens, next)) === next ? alive(next) : { status: 'superseded' }
    } catch (error) {
      if ((error as { error?: unknown }).error === 'invalid_grant') return (await replace(tokens, undefined)) ? { status: 'superseded' } : { status: 'ended' }
      // Turned away at the door, so the token is as good as before. After anything else, nobody knows: a gateway that lost the answer says 503, too.
      if (response && (isRefusal(response) || (response.status === 503 && response.headers.has('retry-after')))) await unmark(tokens, before)
      else if (repeats) return refresh(call, false)
      throw noVerdict(response)
    }
  }

  async function check(call: Call): Promise<Reply> {
    const tokens = await read()
    if (!tokens) return false
    if ((tokens.expiresAt ?? Infinity) <= clock.now() || mayRepeat(tokens)) return refresh(call)
    const server = await discover(call.signal, 'default')
    const response = server.userinfo_endpoint ? await oauth.userInfoRequest(server, client, tokens.accessToken, requesting(call.signal)) : undefined
    // A 401 is no end of the session yet: this token may be for another API.
    if (!response || response.status === 401) return refresh(call)
    if (!response.ok) throw noVerdict(response)
    await oauth.processUserInfoResponse(server, client, tokens.subject, response)
    return alive(tokens)
  }

  async function signIn(call: Call): Promise<void> {
    const begun = {
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      verifier: oauth.generateRandomCodeVerifier(),
      returnTo: pageOfThisOrigin(returnTo?.() ?? location.href),
    }
    const server = await discover(call.signal)
    const url = pageOfProvider(server.authorization_endpoint, {
      ...parameters,
      client_id: clientId,
      response_type: 'code',
      redirect_uri: ownPage(),
      scope,
      state: begun.state,
      nonce: begun.nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(begun.verifier),
      code_challenge_method: 'S256',
    })
    await store.update(`${key} sign-in`, () => begun)
    call.signal.throwIfAborted()
    await open(url, call)
  }

  async function finishSignIn(returned: string | URL = location.href): Promise<string> {
    try {
      const url = new URL(returned)
      const state = url.searchParams.get('state')
      const server = await discover()
      let begun: { readonly [name in 'state' | 'nonce' | 'verifier' | 'returnTo']?: string } = {}
      await store.update(`${key} sign-in`, (stored) => {
        begun = Object(stored) as typeof begun
        // Good for one answer, and left alone by any other.
        return begun.state === state ? undefined : stored
      })
      const { nonce = '', verifier = '', returnTo = '' } = begun
      if (!state || begun.state !== state) throw failed('No sign-in of this browser waits for this answer')
      const page = pageOfThisOrigin(returnTo)
      const answer = oauth.validateAuthResponse(server, client, url, state)
      const sentAt = clock.now()
      const response = await oauth.authorizationCodeGrantRequest(server, client, oauth.None(), answer, ownPage(), verifier, requesting())
      const tokens = tokensFrom(await oauth.processAuthorizationCodeResponse(server, client, response, { expectedNonce: nonce, requireIdToken: true }), sentAt)
      if (!tokens.refreshToken) throw failed('The provider gave no refresh token')
      await write(() => tokens)
      return page
    } catch (error) {
      // What went wrong may quote the answer.
      throw (error as { code?: unknown }).code === FAILED ? error : failed()
    }
  }

  async function revoke({ signal }: Call): Promise<void> {
    // Another tab may exchange them meanwhile.
    for (let tokens = await write((stored) => stored); tokens; tokens = await replace(tokens, undefined)) {
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
    classify: (error) => ((error as { status?: unknown } | null | undefined)?.status === 401 ? 'unauthenticated' : undefined),
    accessToken: async () => (await read())?.accessToken,
    finishSignIn,
    async signOutUrl(returnTo) {
      const { end_session_endpoint: page } = await discover(undefined, 'default')
      return page && pageOfProvider(page, { client_id: clientId, id_token_hint: (await read())?.idToken, post_logout_redirect_uri: returnTo })
    },
  }
}

const alive = ({ expiresAt, subject }: Tokens): AliveVerdict => ({ status: 'alive', expiresAt, subject })

/** Nobody knows who wrote what is stored, or which version of this: what is not wholly tokens is none. */
function tokensIn(stored: unknown): Tokens | undefined {
  const { accessToken, refreshToken, subject, idToken = '', expiresAt = 0, shownAt = 0 } = Object(stored) as Partial<Tokens>
  const isWhole = [accessToken, refreshToken, subject, idToken].every((text) => typeof text === 'string') && [expiresAt, shownAt].every(Number.isFinite)
  return isWhole && refreshToken ? (stored as Tokens) : undefined
}

/** @param old what stays as it is when the provider does not say it again */
function tokensFrom(answer: oauth.TokenEndpointResponse, sentAt: number, old?: Tokens): Tokens {
  const { access_token: accessToken, refresh_token: refreshToken = old?.refreshToken ?? '', id_token: idToken = old?.idToken, expires_in: seconds } = answer
  const subject = oauth.getValidatedIdTokenClaims(answer)?.sub ?? old?.subject ?? ''
  // Nobody becomes somebody else without a sign-in.
  if (old && subject !== old.subject) throw noVerdict()
  return { accessToken, refreshToken, idToken, subject, expiresAt: seconds === undefined ? undefined : sentAt + seconds * 1_000 }
}

const FAILED = 'ERR_SESSION_SIGN_IN_FAILED'
const failed = (why?: string) => new SessionError(FAILED, why)

/** Says nothing of what the server said. A date in `Retry-After` would be one of the server's clock, which nobody can read here. */
const noVerdict = (response?: Response) =>
  Object.assign(new SessionError('ERR_SESSION_UNREACHABLE'), { retryAfterMs: Number(response?.headers.get('retry-after')) * 1_000 || undefined })

/** "Not like this", or "not now": said before anything was done. */
const isRefusal = ({ status }: Response) => status >= 400 && status < 500

function pageOfThisOrigin(target: string | URL): string {
  const { href, origin, protocol, username, password } = new URL(target, location.href)
  // A `blob:` has the origin of whoever made it.
  if (origin !== location.origin || protocol !== location.protocol || username || password) throw new SessionError('ERR_SESSION_BAD_OPTION', 'returnTo must be a page of this origin')
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
  return { get: async (key) => get<unknown>(key, opened()), update: async (key, change) => update(key, change, opened()) }
}
