import type { AddressInfo } from 'node:net'
import express, { type RequestHandler } from 'express'
import session, { MemoryStore } from 'express-session'
import { httpBackend, type HttpBackendOptions } from '../../src/backends/http'

declare module 'express-session' {
  interface SessionData {
    subject: string
  }
}

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

/**
 * An Express 5 app with express-session, as one writes it for `outlast/http`, on a port of its own. `fault` goes before
 * every route.
 */
export async function startExpressApi() {
  const store = new MemoryStore()
  const settings = { secret: 'not a secret', name: 'sid', resave: false, saveUninitialized: false, cookie: { maxAge: LIFE } }
  const rolling = session({ ...settings, store, rolling: true })
  // express-session touches the store in every request, which prolongs the session. A store that cannot be touched is only read.
  const untouched = session({ ...settings, store: Object.assign(Object.create(store) as MemoryStore, { touch: undefined }) })
  const faults: { handler?: RequestHandler | undefined } = {}
  const requests: string[] = []

  const verdict: RequestHandler = (req, res) => {
    const { subject, cookie } = req.session
    if (subject === undefined) return void res.sendStatus(401)
    res.json({ subject, expiresAt: cookie.expires?.getTime() })
  }
  const app = express()
  app.use((req, res, next) => {
    requests.push(`${req.method} ${req.path}`)
    // Node's own is of a clock that no test can replace.
    res.set('date', new Date().toUTCString())
    if (faults.handler) faults.handler(req, res, next)
    else next()
  })
  app.get('/session', untouched, verdict)
  app.post('/session/extend', rolling, (req, _res, next) => (req.session.touch(), next()), verdict)
  app.post('/session/end', untouched, (req, res, next) => {
    if (req.session.subject === undefined) return void res.sendStatus(401)
    req.session.destroy((error) => (error ? next(error) : res.sendStatus(204)))
  })
  app.post('/login', rolling, (req, res) => {
    req.session.subject = 'ada'
    res.sendStatus(204)
  })
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const url = (path: string) => new URL(path, `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`)

  return {
    url,
    requests,
    fault: (handler: RequestHandler | undefined) => void (faults.handler = handler),
    /** The server ends every session. */
    endAll: () => new Promise((resolve) => store.clear(resolve)),
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
