import type { Browser } from './browser'
import type { Fault } from './network'
import type { RequestKind, Server, ServerReply } from './server'
import type { Timeline } from './timeline'

/** What a tab heard of an exchange. `yes` and `no` are the server's own words. */
export interface Heard {
  readonly kind: RequestKind
  readonly what: 'yes' | 'no' | 'failed'
  readonly status?: number | undefined
}

/** What `fetch` needs of the tab that it is called in. */
export interface Caller {
  readonly browser: Browser
  isGone(): boolean
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

const JSON_TYPE = { 'content-type': 'application/json' }

/**
 * A `fetch` to the server of a world, which answers at `/session`, `/session/extend`, `/session/sign-in?as=ada` and
 * `/session/revoke`. It has its browser's cookie.
 */
export function createFetch(timeline: Timeline, server: Server, { browser, isGone, whenRunning, sent, heard }: Caller): typeof fetch {
  const pass = (ms: number) => new Promise<void>((resolve) => void timeline.after(ms, resolve))

  return (input, init) =>
    new Promise<Response>((resolve, reject) => {
      const { pathname, searchParams } = new URL(input instanceof Request ? input.url : input, 'https://app.example')
      const kind = PATHS[pathname]
      if (kind === undefined) throw new TypeError(`nothing is at ${pathname}`)
      const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined)
      let open = true
      const settle = (run: () => void) =>
        whenRunning(() => {
          if (open) run()
          open = false
          signal?.removeEventListener('abort', abort)
        })
      const abort = () => settle(() => reject(signal?.reason as Error))
      if (signal?.aborted) {
        abort()
        return
      }
      signal?.addEventListener('abort', abort)
      const { network, token } = browser
      const { thereMs, backMs, ...conditions } = network.conditions(kind)
      const fault = network.cutBy ?? conditions.fault
      sent(kind)

      const fail = () =>
        settle(() => {
          heard({ kind, what: 'failed' })
          reject(new TypeError('fetch failed'))
        })
      const arrive = (response: Response, what: Heard['what'], cookie?: string | null) => {
        // The browser takes it at once, also for a page that is frozen: resumed later, it must not bring an old cookie back.
        if (cookie !== undefined && open && !isGone()) browser.token = cookie ?? undefined
        settle(() => {
          heard({ kind, what, status: response.status })
          resolve(response)
        })
      }
      const slowly = (body: string, parts: number, pauseMs: number) => slowBody(timeline, whenRunning, () => browser.machine.asleep, signal, body, parts, pauseMs)

      async function exchange() {
        if (fault === 'lostRequest') return
        if (fault === 'refused') {
          await pass(1)
          fail()
          return
        }
        await pass(thereMs)
        const instead = insteadOf(fault, slowly)
        const reply = instead ? undefined : server.handle({ kind: kind as RequestKind, token, subject: searchParams.get('as') ?? undefined })
        if (fault === 'lostReply') return
        await pass(backMs)
        // A connection does not outlive the sleep of its machine.
        if (fault === 'broken' || browser.machine.asleep) fail()
        else if (reply) arrive(responseOf(reply, fault === 'drip' ? (body) => slowly(body, 8, 4_000) : undefined), reply.status === 200 ? 'yes' : 'no', reply.token)
        else arrive(instead as Response, 'failed')
      }
      void exchange()
    })
}

/** What answers instead of the server. */
function insteadOf(fault: Fault | undefined, slowly: (body: string, parts: number, pauseMs: number) => BodyInit): Response | undefined {
  switch (fault) {
    case 'portal':
      return new Response('<h1>Welcome to the airport</h1>', { headers: { 'content-type': 'text/html' } })
    case 'redirect':
      return new Response(null, { status: 302, headers: { location: 'https://elsewhere.example/' } })
    case 'garbage':
      return new Response('{"expiresAt":', { headers: JSON_TYPE })
    case 'oversize':
      return new Response(slowly(' '.repeat(1_048_576), 64, 100), { headers: JSON_TYPE })
    default:
      if (typeof fault !== 'object') return undefined
      return new Response(null, { status: fault.status, headers: fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter } })
  }
}

function responseOf({ status, json, headers }: ServerReply, slowly: ((body: string) => BodyInit) | undefined): Response {
  const body = json && JSON.stringify(json)
  return new Response(body && slowly ? slowly(body) : body, { status, headers: { ...(body && JSON_TYPE), ...headers } })
}

/** A body that comes in parts, each after a pause, until the request is aborted or the body cancelled. */
function slowBody(
  timeline: Timeline,
  whenRunning: Caller['whenRunning'],
  isAsleep: () => boolean,
  signal: AbortSignal | null | undefined,
  body: string,
  parts: number,
  pauseMs: number,
): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(body)
  const length = Math.ceil(bytes.length / parts)
  let at = 0
  let isOver = false
  return new ReadableStream({
    start: (stream) =>
      signal?.addEventListener('abort', () => {
        isOver = true
        stream.error(signal.reason)
      }),
    pull: (stream) =>
      new Promise((resolve) =>
        timeline.after(pauseMs, () => {
          // As for an answer: what arrives in a sleep is lost, and the connection with it.
          const isLost = isAsleep()
          whenRunning(() => {
            resolve()
            if (isOver) return
            if (isLost) stream.error(new TypeError('terminated'))
            else if (at < bytes.length) stream.enqueue(bytes.slice(at, (at += length)))
            else stream.close()
          })
        }),
      ),
    cancel: () => void (isOver = true),
  })
}
