import type { AddressInfo } from 'node:net'
import express, { type RequestHandler } from 'express'
import { createCookieApi } from '../../examples/cookie-api/api'
import { httpBackend, type HttpBackendOptions } from '../../src/backends/http'

export const LIFE = 2 * 3_600_000

/** A `fetch` with a cookie jar: what a browser does by itself. */
export function createJar() {
  const cookies = new Map<string, string>()
  const jarFetch = async (url: string | URL, init: RequestInit) => {
    const headers = new Headers(init.headers)
    headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await fetch(url, { ...init, headers })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(cookie) ?? []
      cookies.set(name, value)
    }
    return response
  }
  return { fetch: jarFetch, cookies }
}

/** The API of the examples on a port of its own. `fault` goes before every route. */
export async function startExpressApi() {
  let fault: RequestHandler | undefined
  const { routes, requests, endAll } = createCookieApi(LIFE, (req, res, next) => (fault ? fault(req, res, next) : next()))
  const app = express().use(routes)
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const url = (path: string) => new URL(path, `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`)

  return {
    url,
    requests,
    fault: (handler: RequestHandler | undefined) => void (fault = handler),
    /** The server ends every session. */
    endAll,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export type ExpressApi = Awaited<ReturnType<typeof startExpressApi>>

/** A browser of Ada's, who has signed in. */
export async function openClient({ url }: ExpressApi, options?: Partial<HttpBackendOptions>) {
  const jar = createJar()
  const signIn = async ({ signal }: { signal?: AbortSignal } = {}) => void (await jar.fetch(url('/login'), { method: 'POST', ...(signal && { signal }) }))
  await signIn()
  const backend = httpBackend({ check: url('/session'), extend: url('/session/extend'), revoke: url('/session/end'), signIn, fetch: jar.fetch, ...options })
  return { backend, jar }
}
