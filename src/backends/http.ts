import type { Call, Challenge, OperationFailure, Reply, SessionBackend, StepUpCall } from '../backend'
import { quietly, SessionError } from '../errors'

/**
 * A URL that is fetched, or a function that makes the request itself: its own method and headers, a CSRF token read at
 * call time. It passes on `signal`, leaves the body unread, and its `Response` is judged the same way.
 */
export type Endpoint = string | URL | ((call: Call) => Response | PromiseLike<Response>)

/** Any JSON object that nobody has described; JSON may be `null`, and an empty body is `undefined`. */
export type JsonBody = { readonly [name: string]: unknown } | null | undefined

/** A 2xx answer whose body is JSON or empty. */
export interface HttpAnswer<Body = JsonBody> {
  readonly status: number
  readonly headers: Headers
  /** The body as it came; the type is a wish that nobody checks. */
  readonly json: Body
}

export interface HttpBackendOptions<Body = JsonBody> {
  /** GET: is the session alive? The route must not prolong it, as express-session does in its store with every request. */
  readonly check: Endpoint
  /** POST: prolongs it, and answers as `check` does. A 4xx that is no end is a refusal, after which `check` is asked. */
  readonly extend?: Endpoint | undefined
  /** Your sign-in flow. Resolves when it is over; whether anybody is signed in is then asked of `check`. */
  readonly signIn?: ((call: Call) => unknown) | undefined
  /** Your flow that asks the person to show more of who they are, as `call.challenge` says. Resolves when that is done. */
  readonly stepUp?: ((call: StepUpCall) => unknown) | undefined
  /** POST: ends it. Done with a 2xx that is empty, JSON or plain text, and where it has ended; a redirect or a page may be a hotspot's. */
  readonly revoke?: Endpoint | undefined
  /**
   * What a 2xx says. What it throws, or what is no `Reply`, is no verdict. The server's `Date` becomes the verdict's
   * `serverNow` where it can be read.
   *
   * By default an empty body is alive, and so is an object with one of `ttlMs`, `expiresAt`, `serverNow`,
   * `maxExpiresAt` and `subject`, which count as in `AliveVerdict`; one whose `status` is `alive`, `ended` or
   * `superseded` is a verdict as it stands. Anything else is no verdict.
   *
   * @example
   * // A field of another name, and `null` when nobody is signed in
   * read: ({ json }: HttpAnswer<{ expires: string } | null>) => json !== null && { status: 'alive', expiresAt: Date.parse(json.expires) }
   * // A response header
   * read: ({ headers }) => ({ status: 'alive', ttlMs: Number(headers.get('session-ttl')) * 1_000 })
   * // The cookie itself, on a server
   * read: ({ headers }) => ({ status: 'alive', ttlMs: cookieMaxAge(headers, 'sid') })
   * // A token
   * read: ({ json }: HttpAnswer<{ token: string }>) => ({ status: 'alive', expiresAt: jwtExpiry(json.token) })
   */
  readonly read?: ((answer: HttpAnswer<Body>) => Reply) | undefined
  /** The 2xx and 4xx that are the server's explicit no. Default: 401 and 419. A 403 may come from a firewall or a stale CSRF token. */
  readonly endedBy?: readonly number[] | undefined
  /** Default: that of `fetch`, `same-origin`. */
  readonly credentials?: RequestInit['credentials']
  /** Makes the requests, for a server with a cookie jar. Default: the global `fetch` at the time of the call. */
  readonly fetch?: ((url: string | URL, init: RequestInit) => Response | PromiseLike<Response>) | undefined
  /** `check` prolongs the session, though it should not: then it is asked no more often than an extension would be. */
  readonly checkExtends?: boolean | undefined
  /** An extension exchanges the credentials: when its reply is lost, `check` is asked before the next. */
  readonly rotates?: boolean | undefined
}

/**
 * Keeps any session alive that an HTTP API answers for, such as one in a cookie.
 *
 * Only a status in `endedBy`, or what `read` makes of a 2xx, ends it. A redirect, HTML or anything else that is not
 * JSON, more than 64 KiB of it, and every other status are no verdict; their `Retry-After` is obeyed, a date only where
 * the server's own `Date` can be read beside it. Across origins a script reads neither unless the server lists them in
 * `Access-Control-Expose-Headers`.
 *
 * An operation that failed is looked at when its error, the error's `response` or what was thrown as such has a status
 * in `endedBy`: then the server is asked. A `WWW-Authenticate` that wants more of the person leads to `stepUp`.
 *
 * @example
 * const session = createSession(httpBackend({ check: '/session', extend: '/session/extend', revoke: '/session/end' }))
 * @throws {SessionError} `ERR_SESSION_BAD_BACKEND`
 * @see RFC 9110 10.2.3, RFC 9470 3
 */
export function httpBackend<Body = JsonBody>(options: HttpBackendOptions<Body>): SessionBackend {
  assertOptions(options)
  const { check, extend, signIn, stepUp, revoke, endedBy = [401, 419], credentials, fetch: given, checkExtends, rotates } = options
  const read = options.read ?? (readBody as (answer: HttpAnswer<Body>) => Reply)

  const asking = (endpoint: Endpoint, kind: 'check' | 'extend' | 'revoke') => async (call: Call) => {
    const init: RequestInit = {
      method: kind === 'check' ? 'GET' : 'POST',
      headers: { accept: 'application/json' },
      cache: 'no-store',
      redirect: 'manual',
      // A sign-out survives the page that asked for it.
      keepalive: kind === 'revoke',
      signal: call.signal,
      ...(credentials && { credentials }),
    }
    const response = await (typeof endpoint === 'function' ? endpoint(call) : (given ?? fetch)(endpoint, init))
    // Not `instanceof`: polyfills and fetches of other packages have a class of their own.
    if (typeof response?.text !== 'function') throw noVerdict()
    const { headers, redirected } = response
    // Where a redirect led to is not where the question was asked.
    const status = redirected ? 302 : response.status
    const ended = endedBy.includes(status)
    if (!ended && classOf(status) === 2) {
      // Nobody reads what a sign-out answers, and many a server says `OK`.
      if (kind === 'revoke' && /^text\/plain\b/i.test(headers.get('content-type') ?? '')) return discard(response)
      const json = (await jsonOf(response)) as Body
      return kind === 'revoke' || atServerTime(read({ status, headers, json }), headers)
    }
    discard(response)
    if (ended) return { status: 'ended' } as const
    const retryAfterMs = retryAfter(headers)
    const refused = classOf(status) === 4 && ![408, 425, 429].includes(status)
    if (kind === 'extend' && refused && retryAfterMs === undefined) return false
    throw noVerdict(retryAfterMs)
  }

  return {
    check: asking(check, 'check'),
    extend: extend === undefined ? undefined : asking(extend, 'extend'),
    revoke: revoke === undefined ? undefined : asking(revoke, 'revoke'),
    signIn,
    stepUp,
    classify: (error) => classify(error, endedBy),
    checkExtends,
    rotates,
  }
}

/** What a failed request says, wherever its client keeps the answer: a `Response`, an error with one, an error like one. */
function classify(error: unknown, endedBy: readonly number[]): OperationFailure | undefined {
  const thrown = Object(error) as { response?: unknown }
  for (const answer of [thrown, Object(thrown.response)] as { status?: unknown; headers?: unknown }[]) {
    const challenge = challengeIn(headerOf(answer.headers, 'www-authenticate'))
    // It comes with a 401, which would otherwise mean that nobody is signed in.
    if (challenge) return challenge
    if (endedBy.includes(answer.status as number)) return 'unauthenticated'
  }
  return undefined
}

/** Of `Headers`, or of a plain object, as other clients have it. */
function headerOf(headers: unknown, name: string): string {
  const given = Object(headers) as { get?: unknown }
  const value: unknown = typeof given.get === 'function' ? (given as Headers).get(name) : Object.entries(given).find(([key]) => key.toLowerCase() === name)?.[1]
  return typeof value === 'string' || Array.isArray(value) ? String(value) : ''
}

const PARAMETER_OR_SCHEME = /([\w!#$%&'*+.^`|~-]+)(?: *= *(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/g

/** What is malformed is left out: that more is wanted of the person is known all the same. (RFC 9470 3, RFC 9110 11.6.1) */
function challengeIn(header: string): Challenge | undefined {
  // One header may hold challenges of several schemes, each with parameters of its own.
  const params = new Map<string, string>()
  const isWanted = () => params.get('error') === 'insufficient_user_authentication'
  for (const [, name = '', quoted, token] of header.matchAll(PARAMETER_OR_SCHEME)) {
    const value = quoted?.replace(/\\(.)/g, '$1') ?? token
    if (value !== undefined) params.set(name.toLowerCase(), value)
    else if (isWanted()) break
    else params.clear()
  }
  if (!isWanted()) return undefined
  const acrValues = params.get('acr_values')?.match(/\S+/g)
  const maxAge = params.get('max_age') ?? ''
  return {
    ...(acrValues && { acrValues: [...acrValues] }),
    ...(/^\d{1,12}$/.test(maxAge) && { maxAgeMs: Number(maxAge) * 1_000 }),
  }
}

/**
 * When a JSON Web Token expires, epoch milliseconds; undefined when it does not say. Reads the token and verifies
 * nothing: whether it is good is for the server to say. Never throws.
 *
 * @see RFC 7519 4.1.4
 */
export function jwtExpiry(token: string | null | undefined): number | undefined {
  try {
    const payload = token?.split('.')[1]?.replace(/-/g, '+').replace(/_/g, '/')
    // Bytes for characters: names and numbers are ASCII, so the rest need not be decoded.
    const { exp } = JSON.parse(atob(payload ?? '')) as { exp?: unknown }
    const expiresAt = typeof exp === 'number' ? Math.floor(exp * 1_000) : -1
    return expiresAt >= 0 && expiresAt < Infinity ? expiresAt : undefined
  } catch {
    return undefined
  }
}

/**
 * How long a cookie that the answer sets will last, milliseconds; 0 when the answer deletes it, undefined when it says
 * nothing. `Expires` counts from the answer's own `Date`, and `Max-Age` comes before it. For servers: browsers show no
 * `Set-Cookie` to scripts.
 *
 * @see RFC 6265 5.3
 */
export function cookieMaxAge(headers: Headers, name: string): number | undefined {
  const cookies = headers.getSetCookie?.() ?? []
  const cookie = cookies.filter((text) => text.split('=')[0]?.trim() === name).pop() ?? ''
  // Of two attributes with one name, the last counts.
  const seconds = /.*; *max-age *= *(-?\d+) *(;|$)/i.exec(cookie)?.[1]
  const expires = /.*; *expires *= *([^;]*\w)/i.exec(cookie)?.[1]
  const ms = seconds ? Number(seconds) * 1_000 : httpDate(expires) - latestNow(headers)
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}

/** More than any session has to say. */
const MOST_BYTES = 65_536

async function jsonOf(response: Response): Promise<unknown> {
  // A body that somebody has read looks like one that is empty.
  if (response.bodyUsed) throw noVerdict()
  const isJson = /[/+]json *(;|$)/i.test(response.headers.get('content-type') ?? '')
  const text = await textOf(response, isJson ? MOST_BYTES : 0)
  if (text === '') return undefined
  try {
    if (isJson) return JSON.parse(text)
  } catch {
    // The error of JSON.parse quotes the body.
  }
  throw noVerdict()
}

/** Else the connection waits for somebody to read it. */
function discard({ body }: Response): boolean {
  void quietly(body?.cancel?.())
  return true
}

async function textOf(response: Response, mostBytes: number): Promise<string> {
  const reader = response.body?.getReader?.()
  // React Native and node-fetch have no stream to stop.
  if (!reader) return response.text()
  const decoder = new TextDecoder()
  let text = ''
  for (let bytes = 0; bytes <= mostBytes; ) {
    const { done, value } = await reader.read()
    if (done) return text
    bytes += value.length
    text += decoder.decode(value, { stream: true })
  }
  void quietly(reader.cancel())
  throw noVerdict()
}

function readBody({ json }: HttpAnswer): Reply {
  if (json === undefined) return true
  const { status, ttlMs, expiresAt, serverNow, maxExpiresAt, subject } = Object(json) as Record<string, unknown>
  // What the core does not find sound in a verdict, it leaves out.
  if (['alive', 'ended', 'superseded'].includes(status as string)) return json as never
  const known = { ttlMs, expiresAt, serverNow, maxExpiresAt, subject }
  // `{}` and `{ "user": null }` are how some servers say that nobody is signed in: no "alive" out of nothing.
  return (Object.values(known).some((value) => value != null) ? { status: 'alive', ...known } : undefined) as Reply
}

/** An end on the server's clock needs that clock beside it. */
function atServerTime(reply: Reply, headers: Headers): Reply {
  const serverNow = latestNow(headers)
  const wanted = typeof reply === 'object' && reply?.status === 'alive' && reply.serverNow == null
  return wanted && serverNow > 0 ? { ...reply, serverNow } : reply
}

/** An answer out of a cache tells when it was made, not what time it is. (RFC 9111 5.1) */
const dateOf = (headers: Headers) => (Number(headers.get('age')) === 0 ? httpDate(headers.get('date')) : NaN)

/** `Date` leaves out the milliseconds. With all of them a life looks shorter by up to a second, never longer. */
const latestNow = (headers: Headers) => dateOf(headers) + 999

/** Epoch milliseconds, or NaN. Only what is sure to be read as UTC. (RFC 9110 5.6.7, and the dashes of old cookies) */
const httpDate = (text: string | null | undefined) =>
  Date.parse(/^\w{3}, \d\d[ -]\w{3}[ -]\d{4} \d\d:\d\d:\d\d GMT$/.exec(text ?? '')?.[0] ?? '')

function retryAfter(headers: Headers): number | undefined {
  // The second is better-auth's.
  const text = headers.get('retry-after') ?? headers.get('x-retry-after') ?? ''
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : httpDate(text) - dateOf(headers)
  return ms > 0 ? ms : undefined
}

/** Says nothing of what the server said. */
const noVerdict = (retryAfterMs?: number) =>
  Object.assign(new SessionError('ERR_SESSION_UNREACHABLE', 'The answer is no verdict'), { retryAfterMs })

const classOf = (status: number) => Math.trunc(status / 100)
const isFunction = (value: unknown) => typeof value === 'function'
const isBoolean = (value: unknown) => typeof value === 'boolean'
const isEndpoint = (value: unknown) => isFunction(value) || typeof value === 'string' || value instanceof URL

const SOUND: { readonly [name in keyof HttpBackendOptions]-?: (value: unknown) => boolean } = {
  check: isEndpoint,
  extend: isEndpoint,
  revoke: isEndpoint,
  signIn: isFunction,
  stepUp: isFunction,
  read: isFunction,
  fetch: isFunction,
  credentials: (value) => ['omit', 'same-origin', 'include'].includes(value as string),
  checkExtends: isBoolean,
  rotates: isBoolean,
  // A redirect or an outage can be nobody's no.
  endedBy: (value) => Array.isArray(value) && value.every((status) => Number.isInteger(status) && [2, 4].includes(classOf(status as number))),
}

function assertOptions(options: unknown) {
  for (const [name, value] of Object.entries({ check: undefined, ...(options as object) })) {
    if (!SOUND[name as keyof HttpBackendOptions]?.(value) && (value !== undefined || name === 'check')) {
      throw new SessionError('ERR_SESSION_BAD_BACKEND', `${name} is unknown or not what it should be`)
    }
  }
}
