import type { Tab } from '../../../src/testing'

/** What a page asks of the server of its library. */
export interface Asked {
  readonly method: string
  readonly path: string
  /** What it sends, as text. */
  readonly body: string
  readonly signal: AbortSignal | undefined
}

/** What the server of the world says of a session that lives. */
export interface Told {
  readonly subject: string
  /** By the server's clock, epoch milliseconds. */
  readonly expiresAt: number
  readonly serverNow: number
}

/** A network in which a library's own server answers. */
export function answering(answer: (asked: Asked) => Promise<Response>): typeof fetch {
  return (input, init) => {
    const request = input instanceof Request ? input : undefined
    const { pathname } = new URL(request?.url ?? (input as string | URL), 'https://app.example')
    return answer({ method: init?.method ?? request?.method ?? 'GET', path: pathname, body: textOf(init?.body), signal: init?.signal ?? request?.signal })
  }
}

/** Libraries send strings, and forms. */
const textOf = (body: RequestInit['body']) => (typeof body === 'string' || body instanceof URLSearchParams ? String(body) : '')

const PATHS = { check: '/session', extend: '/session/extend', revoke: '/session/revoke' }

/**
 * Asks the server of the world, and puts what it knows into the words of the library's own.
 *
 * @param alive what the library's server answers for a session that lives; what goes wrong on the way stays as it is
 * @param ended what it answers when there is none
 */
export async function ask(tab: Tab, what: keyof typeof PATHS, signal: AbortSignal | undefined, alive: (told: Told) => Response, ended: () => Response): Promise<Response> {
  const response = await tab.fetch(PATHS[what], { method: what === 'check' ? 'GET' : 'POST', signal: signal ?? null })
  if (response.status === 401) return ended()
  if (response.status !== 200) return response
  const text = await response.text()
  try {
    const { subject = '', expiresAt, ttlMs = NaN } = JSON.parse(text) as { subject?: string; expiresAt?: number; ttlMs?: number }
    const serverNow = Date.parse(response.headers.get('date') ?? '')
    return alive({ subject, expiresAt: expiresAt ?? serverNow + ttlMs, serverNow })
  } catch {
    // A page of somebody else, or what is left of an answer.
    return new Response(text, { headers: response.headers })
  }
}
