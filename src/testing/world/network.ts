import type { Machine } from './machine'
import type { RequestKind, Server, ServerReply } from './server'
import type { Timeline } from './timeline'

/** What may befall one exchange. */
export type Fault =
  /** No connection, and an error at once. */
  | 'refused'
  /** The request is lost, and nobody says so. */
  | 'lostRequest'
  /** The server does it, and its answer is lost. */
  | 'lostReply'
  /** The server does it, and the connection breaks. */
  | 'broken'
  /** A captive portal answers 200 with a page of its own. */
  | 'portal'
  /** Somebody sends the browser elsewhere. */
  | 'redirect'
  /** JSON that is none. */
  | 'garbage'
  /** A megabyte of nothing. */
  | 'oversize'
  /** The answer comes byte by byte. */
  | 'drip'
  /** Something between the two answers instead of the server. */
  | { readonly status: number; readonly retryAfter?: string | undefined }

export interface Conditions {
  readonly fault?: Fault | undefined
  /** Milliseconds to the server. */
  readonly thereMs: number
  /** Milliseconds back. */
  readonly backMs: number
}

/** The connection of a browser to the server. */
export interface Network {
  /** Cut off: connections are refused, or silent and answered by nobody. */
  cut(how?: 'refused' | 'lostRequest'): void
  restore(): void
  readonly isCut: boolean
  /** Decides about each exchange. Default: no fault, and 50 ms each way. */
  conditions: (kind: RequestKind) => Conditions
}

export function createNetwork(): Network {
  let cut: Fault | undefined
  const network: Network = {
    cut: (how = 'refused') => void (cut = how),
    restore: () => void (cut = undefined),
    get isCut() {
      return cut !== undefined
    },
    conditions: () => ({ thereMs: 50, backMs: 50, fault: cut }),
  }
  return network
}

/** What a tab heard of an exchange: `no` is the server's own. */
export interface Heard {
  readonly kind: RequestKind
  readonly what: 'yes' | 'no' | 'failed'
  readonly status?: number | undefined
  readonly retryAfterMs?: number | undefined
  readonly fault?: Fault | undefined
}

/** What `fetch` needs of the tab that it is called in. */
export interface Caller {
  readonly machine: Machine
  readonly network: Network
  token: string | undefined
  /** Runs it as soon as scripts can run: not in a frozen tab, never in one that is gone. */
  whenRunning(run: () => void): void
  sent(kind: RequestKind): void
  heard(heard: Heard): void
}

const PATHS: { readonly [path: string]: RequestKind } = {
  '/session': 'check',
  '/session/extend': 'extend',
  '/session/sign-in': 'signIn',
  '/session/revoke': 'revoke',
}

/**
 * A `fetch` to the server of a world, which answers at `/session`, `/session/extend`, `/session/sign-in?as=ada` and
 * `/session/revoke`. It has its browser's cookie.
 */
export function createFetch(timeline: Timeline, server: Server, caller: Caller): typeof fetch {
  return (input, init) =>
    new Promise<Response>((resolve, reject) => {
      const { pathname, searchParams } = new URL(input instanceof Request ? input.url : input, 'https://app.example')
      const kind = PATHS[pathname]
      if (kind === undefined) return reject(new TypeError(`nothing is at ${pathname}`))
      const signal = init?.signal
      let open = true
      const settle = (run: () => void) =>
        caller.whenRunning(() => {
          if (!open) return
          open = false
          signal?.removeEventListener('abort', abort)
          run()
        })
      const abort = () => settle(() => reject(aborted()))
      if (signal?.aborted) return abort()
      signal?.addEventListener('abort', abort)
      const { network, machine } = caller
      const { fault, thereMs, backMs } = network.conditions(kind)
      const token = caller.token
      caller.sent(kind)

      const slow: SlowBody = (pauseMs, nextPart) => slowBody(timeline, caller, signal, pauseMs, nextPart)
      const fail = () =>
        settle(() => {
          caller.heard({ kind, what: 'failed', fault })
          reject(new TypeError('fetch failed'))
        })
      const arrive = (response: () => Response, heard: Omit<Heard, 'kind'>, newToken?: string | null) => {
        // A connection does not outlive the sleep of its machine.
        if (machine.asleep) return machine.onceAwake(fail)
        settle(() => {
          if (newToken !== undefined) caller.token = newToken ?? undefined
          caller.heard({ kind, fault, ...heard })
          resolve(response())
        })
      }
      if (fault === 'refused') return void timeline.after(1, fail)
      if (fault === 'lostRequest') return
      timeline.after(thereMs, () => {
        if (fault !== undefined && (typeof fault === 'object' || isInstead(fault))) {
          return timeline.after(backMs, () => arrive(() => responseOf(fault, slow), { what: 'failed', ...statusOf(fault) }))
        }
        const reply = server.handle({ kind, token, subject: searchParams.get('as') ?? undefined })
        if (fault === 'lostReply') return
        timeline.after(backMs, () => {
          if (fault === 'broken') return machine.onceAwake(fail)
          const what = reply.status === 200 ? 'yes' : reply.status === 401 ? 'no' : 'failed'
          arrive(() => replied(reply, fault === 'drip' ? slow : undefined), { what, ...statusOf(reply, reply.headers['retry-after']) }, reply.token)
        })
      })
    })
}

const INSTEAD = ['portal', 'redirect', 'garbage', 'oversize'] as const
const isInstead = (fault: Fault): fault is (typeof INSTEAD)[number] => (INSTEAD as readonly Fault[]).includes(fault)

const JSON_TYPE = { 'content-type': 'application/json' }

function statusOf(said: object | string, retryAfter?: string) {
  const { status = 200, retryAfter: after = retryAfter } = said as { status?: number; retryAfter?: string }
  return { status, retryAfterMs: after === undefined ? undefined : Number(after) * 1_000 || undefined }
}

type SlowBody = (pauseMs: number, nextPart: () => Uint8Array | undefined) => ReadableStream<Uint8Array>

function responseOf(fault: (typeof INSTEAD)[number] | Exclude<Fault, string>, slow: SlowBody): Response {
  if (typeof fault === 'object') {
    return new Response(null, { status: fault.status, headers: fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter } })
  }
  switch (fault) {
    case 'portal':
      return new Response('<h1>Welcome to the airport</h1>', { headers: { 'content-type': 'text/html' } })
    case 'redirect':
      return new Response(null, { status: 302, headers: { location: 'https://elsewhere.example/' } })
    case 'garbage':
      return new Response('{"expiresAt":', { headers: JSON_TYPE })
    case 'oversize':
      return new Response(slow(100, partsOf(' '.repeat(1_048_576), 64)), { headers: JSON_TYPE })
  }
}

function replied({ status, json, headers }: ServerReply, slow: SlowBody | undefined): Response {
  const body = json && JSON.stringify(json)
  return new Response(body && slow ? slow(4_000, partsOf(body, 8)) : body, { status, headers: { ...(body && JSON_TYPE), ...headers } })
}

/** A body that comes in parts, one after each pause, until there are no more or the request is aborted. */
function slowBody(timeline: Timeline, { whenRunning }: Caller, signal: AbortSignal | null | undefined, pauseMs: number, nextPart: () => Uint8Array | undefined) {
  return new ReadableStream<Uint8Array>({
    start: (body) => signal?.addEventListener('abort', () => body.error(aborted())),
    pull: (body) =>
      new Promise((resolve) =>
        timeline.after(pauseMs, () =>
          whenRunning(() => {
            resolve()
            if (signal?.aborted) return
            const part = nextPart()
            if (part) body.enqueue(part)
            else body.close()
          }),
        ),
      ),
  })
}

const aborted = () => new DOMException('aborted', 'AbortError')

function partsOf(text: string, count: number): () => Uint8Array | undefined {
  const bytes = new TextEncoder().encode(text)
  const length = Math.ceil(bytes.length / count)
  let at = 0
  return () => (at < bytes.length ? bytes.slice(at, (at += length)) : undefined)
}
