import express, { type Express, type RequestHandler, type Router } from 'express'
import session, { MemoryStore } from 'express-session'
import type { Plugin } from 'vite'

declare module 'express-session' {
  interface SessionData {
    subject: string
  }
}

/** A server with cookie sessions, as one writes it for `outlast/http`. */
export interface CookieApi {
  readonly routes: Router
  /** What was asked, as `POST /api/session/extend`. */
  readonly requests: readonly string[]
  /** Ends every session, as a restart does that keeps none. */
  endAll(): void
}

/**
 * @param lifeMs how long a session lives without an extension
 * @param before goes before every route
 */
export function createCookieApi(lifeMs: number, before: RequestHandler = (_req, _res, next) => next()): CookieApi {
  const store = new MemoryStore()
  const settings = { secret: 'an example has no secrets', name: 'sid', resave: false, saveUninitialized: false, cookie: { maxAge: lifeMs, sameSite: 'lax' } } as const
  const prolonging = session({ ...settings, store, rolling: true })
  // express-session touches the store in every request, which would prolong the session. One that cannot be touched is only read.
  const reading = session({ ...settings, store: Object.assign(Object.create(store) as MemoryStore, { touch: undefined }) })

  const signedIn: RequestHandler = (req, res, next) => (req.session.subject === undefined ? void res.sendStatus(401) : next())
  const tell: RequestHandler = (req, res) => void res.json({ subject: req.session.subject, expiresAt: req.session.cookie.expires?.getTime() })

  const requests: string[] = []
  const routes = express.Router()
  routes.use((req, res, next) => {
    requests.push(`${req.method} ${req.baseUrl}${req.path}`)
    // Node's own is of a clock that no test can put forward.
    res.set('date', new Date(Date.now()).toUTCString())
    next()
  }, before)
  routes.post('/login', prolonging, (req, res) => {
    req.session.subject = 'ada'
    res.sendStatus(204)
  })
  routes.get('/session', reading, signedIn, tell)
  routes.post('/session/extend', prolonging, signedIn, (req, _res, next) => (req.session.touch(), next()), tell)
  routes.post('/session/end', reading, signedIn, (req, res, next) => {
    req.session.destroy((error) => (error ? next(error) : res.sendStatus(204)))
  })
  routes.post('/letters', reading, signedIn, (_req, res) => void res.sendStatus(201))

  return { routes, requests, endAll: () => store.clear() }
}

/** The API on the page's own origin, while an app is developed or looked at. A session lives a minute, so that there is something to see. */
export function cookieApi(): Plugin {
  const serve = ({ middlewares }: { middlewares: { use(handler: Express): void } }) => middlewares.use(express().use('/api', createCookieApi(60_000).routes))
  return { name: 'cookie-api', configureServer: serve, configurePreviewServer: serve }
}
