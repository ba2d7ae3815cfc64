import type { Call, Reply, SessionBackend } from '../backend'
import { type HttpAnswer, httpBackend, type HttpBackendOptions } from './http'

/**
 * What Outlast calls of a better-auth client. `createAuthClient` makes one, be it that of `better-auth/client`, `/react`,
 * `/vue`, `/svelte` or `/solid`; so nothing of better-auth's is needed at run time.
 */
export interface BetterAuthClient {
  $fetch(path: string, request: BetterAuthRequest): Promise<unknown>
  readonly $store: {
    notify(signal: '$sessionSignal'): void
    readonly atoms: { readonly [name: string]: { listen(listener: () => void): () => void } }
  }
}

export interface BetterAuthRequest extends Pick<RequestInit, 'cache' | 'redirect' | 'keepalive' | 'signal'> {
  readonly method: 'GET' | 'POST'
  /** Any value at all is a yes to better-auth, `false` too. */
  readonly query?: { readonly disableCookieCache: true; readonly disableRefresh?: true }
  readonly body?: object
  readonly retry: 0
  readonly throw: false
  readonly onResponse: (context: { response: Response }) => void
}

export type BetterAuthBackendOptions = Pick<HttpBackendOptions, 'signIn' | 'stepUp'>

interface SessionOfUser {
  readonly session?: { readonly userId?: string; readonly expiresAt: string }
  readonly needsRefresh?: boolean
}

/** What the cookie cache says may have ended minutes ago. */
const uncached = { disableCookieCache: true } as const

/**
 * Keeps a session of better-auth alive.
 *
 * Its `GET /get-session` prolongs a session whose `updateAge` has passed, unless it is told not to: `check` tells it, and
 * `extend` does not. An extension before that moves nothing, and the next comes at half of what is left. Only `null` and
 * a 401 end a session; everything else is judged as by `httpBackend`. What is done by the client itself, such as
 * `client.signIn.email()`, leads to one more question.
 *
 * The server has to store its sessions. Where they are in cookies alone, a question past the cookie cache signs people out.
 *
 * @example
 * const session = createSession(betterAuthBackend(createAuthClient(), { signIn: () => openSignIn() }))
 * @throws {SessionError} `ERR_SESSION_BAD_BACKEND`
 */
export function betterAuthBackend(client: BetterAuthClient, options: BetterAuthBackendOptions = {}): SessionBackend {
  const ask = async (path: string, { signal }: Call, request: Pick<BetterAuthRequest, 'method' | 'query' | 'body' | 'keepalive'>) => {
    // A client that shows no response was not answered, as `httpBackend` will find.
    const answer = {} as { response: Response }
    const result = await client.$fetch(path, {
      ...request,
      signal,
      cache: 'no-store',
      redirect: 'manual',
      // Neither is the client's to decide: when to ask again, and what an answer means.
      retry: 0,
      throw: false,
      // The client will read the body itself.
      onResponse: ({ response }) => void (answer.response = response.clone()),
    })
    return { ...answer, data: (Object(result) as { data?: SessionOfUser | null }).data }
  }

  return {
    ...httpBackend<SessionOfUser | null>({
      ...options,
      check: async (call) => (await ask('/get-session', call, { method: 'GET', query: { ...uncached, disableRefresh: true } })).response,
      extend: async (call) => {
        const { response, data } = await ask('/get-session', call, { method: 'GET', query: uncached })
        // With `deferSessionRefresh` a GET writes nothing, and says whether a POST would.
        if (data?.needsRefresh !== true) return response
        return (await ask('/get-session', call, { method: 'POST', query: uncached, body: {} })).response
      },
      revoke: async (call) => {
        const { response } = await ask('/sign-out', call, { method: 'POST', body: {}, keepalive: true })
        // So that the client's `useSession` asks again. Until the sign-out is known to be told, it is no news to the session.
        client.$store.notify('$sessionSignal')
        return response
      },
      read,
    }),
    // It does not tell a sign-in from a sign-out; the question that follows does.
    events: (listener) => client.$store.atoms['$sessionSignal']?.listen(() => listener('signedIn')) ?? (() => {}),
  }
}

function read({ json }: HttpAnswer<SessionOfUser | null>): Reply {
  if (json === null) return { status: 'ended' }
  const { session } = Object(json) as SessionOfUser
  // JSON of somebody else's is no verdict.
  return (session?.userId && { status: 'alive', subject: session.userId, expiresAt: Date.parse(session.expiresAt) }) as Reply
}
