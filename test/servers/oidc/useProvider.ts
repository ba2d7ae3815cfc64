import { afterEach, beforeEach, vi } from 'vitest'
import { readReply, type SessionBackend } from '../../../src/backend'
import type { OidcBackendOptions } from '../../../src/backends/oidc'
import { APP, type Fault, openTab, type RealProvider, startProvider } from './provider'

/** Where the person is. */
export const PAGE = `${APP}/orders?page=2#top`

export const call = (signal = new AbortController().signal) => ({ signal, timeoutMs: 10_000 })

export const answer = (status: number, headers: { [name: string]: string } = {}, body = ''): Fault => (_req, res) => !!res.writeHead(status, headers).end(body)
export const json = (status: number, body: object) => answer(status, { 'content-type': 'application/json' }, JSON.stringify(body))
export const refuse: Fault = (req) => !!req.socket.destroy()

export async function ask(backend: SessionBackend, kind: 'check' | 'extend', signal?: AbortSignal) {
  try {
    return readReply(kind, await backend[kind]?.(call(signal)))
  } catch (error) {
    return { status: 'unanswered', retryAfterMs: (error as { retryAfterMs?: unknown }).retryAfterMs }
  }
}

/** A real provider for each test, and what befalls the way to it. */
export function useProvider() {
  let provider: RealProvider
  beforeEach(async () => {
    vi.stubGlobal('location', new URL(PAGE))
    provider = await startProvider()
  })
  afterEach(async () => {
    vi.unstubAllGlobals()
    await provider.close()
  })

  /** Befalls requests of one kind. */
  const at = (path: string, fault: Fault) => provider.fault((req, res) => req.url === path && fault(req, res))

  return {
    get provider() {
      return provider
    },
    async signedIn(options: Partial<OidcBackendOptions> = {}) {
      const backend = openTab(provider, options)
      await backend.signIn?.(call())
      provider.requests.length = 0
      return backend
    },
    at,
    /** The provider does it, and nobody hears of it. */
    loseAnswers: (path: string) =>
      at(path, (_req, res) => {
        res.end = () => res.destroy()
        return false
      }),
    /** The first one waits for something else to be done. */
    holdAnswer: (path: string, until: () => Promise<unknown>) =>
      at(path, (_req, res) => {
        provider.fault(undefined)
        const end = res.end.bind(res)
        res.end = ((...args: Parameters<typeof end>) => {
          void until().then(() => end(...args))
          return res
        }) as typeof res.end
        return false
      }),
  }
}
