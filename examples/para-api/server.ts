import { createServer, type RequestListener, type Server } from 'node:http'
import { answerSdk } from './api'
import { API_PORT, PORTAL_PORT, STAND_IN_HEADER, STAND_IN_VERSION } from './contract'
import { answerControl, CONTROL } from './control'
import { answerPortal } from './portal'
import { announce, answerPreflight, page, sendHtml, sendJson } from './reply'
import { Worlds } from './world'

/** A running stand-in. `close()` also drops the requests it was asked to leave hanging. */
export interface ParaApi {
  apiUrl: string
  portalUrl: string
  close(): Promise<void>
}

/** Both families, because `localhost` means either one, depending on who asks. Never another interface. */
const LOOPBACK = ['127.0.0.1', '::1']
const SHARED_HEADER = `${STAND_IN_HEADER}-shared`

export interface StartOptions {
  /** Tells test runs that this one stays, so that they may use it instead of waiting for the port. */
  shared?: boolean
}

/**
 * Starts the stand-in of Para's API and portal on the fixed ports of `Environment.DEV`.
 *
 * @throws an error that names the port when it is taken; its cause has the code `EADDRINUSE`.
 */
export async function startParaApi({ shared = false }: StartOptions = {}): Promise<ParaApi> {
  const worlds = new Worlds()
  const api = listener(async (req, res, url) => {
    if (shared) res.setHeader(SHARED_HEADER, 'yes')
    if (CONTROL.test(url.pathname)) return answerControl(worlds, req, res, url)
    if (url.pathname === '/') return sendHtml(res, 200, page("Stand-in of Para's API", ABOUT))
    const apiKey = req.headers['x-external-api-key']
    if (typeof apiKey !== 'string') return sendJson(res, 400, { message: 'stand-in: no X-External-API-Key header' })
    return answerSdk(worlds.get(apiKey), req, res, url)
  })
  const portal = listener((req, res, url) => answerPortal(worlds, req, res, url))

  const servers: Server[] = []
  try {
    for (const host of LOOPBACK) {
      for (const [port, handle] of [
        [API_PORT, api],
        [PORTAL_PORT, portal],
      ] as const) {
        const server = await listen(handle, port, host)
        if (server) servers.push(server)
      }
    }
  } catch (error) {
    await closeAll(servers)
    throw error
  }
  return {
    apiUrl: `http://localhost:${API_PORT}`,
    portalUrl: `http://localhost:${PORTAL_PORT}`,
    close: () => closeAll(servers),
  }
}

/** What answers on the API's port: nothing of ours, a stand-in that may go away any moment, or one that stays. */
export async function runningStandIn(): Promise<'none' | 'private' | 'shared'> {
  try {
    const response = await fetch(`http://localhost:${API_PORT}/`, { signal: AbortSignal.timeout(1_000) })
    if (response.headers.get(STAND_IN_HEADER) !== STAND_IN_VERSION) return 'none'
    return response.headers.has(SHARED_HEADER) ? 'shared' : 'private'
  } catch {
    return 'none'
  }
}

type Handle = (
  req: Parameters<RequestListener>[0],
  res: Parameters<RequestListener>[1],
  url: URL,
) => Promise<void> | void

function listener(handle: Handle): RequestListener {
  return (req, res) => {
    announce(req, res)
    if (req.method === 'OPTIONS') return answerPreflight(req, res)
    void (async () => {
      try {
        await handle(req, res, new URL(req.url ?? '/', 'http://localhost'))
      } catch (error) {
        if (!res.headersSent) sendJson(res, 500, { message: `stand-in: ${String(error)}` })
      }
    })()
  }
}

async function listen(handle: RequestListener, port: number, host: string): Promise<Server | null> {
  const server = createServer(handle)
  // Node's default of 5 s closes idle connections just as a test reuses one: a reset that nobody asked for.
  server.keepAliveTimeout = 10 * 60_000
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const hasNoSuchFamily = error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT'
      if (host === '::1' && hasNoSuchFamily) return resolve(null)
      if (error.code !== 'EADDRINUSE') return reject(error)
      const wanted = port === API_PORT ? 'API' : 'portal'
      reject(
        new Error(
          `Port ${port} on ${host} is taken. Para's SDK expects its ${wanted} there in Environment.DEV and offers ` +
            'no other port, so stop the program that holds it (another stand-in or demo?) and start again.',
          { cause: error },
        ),
      )
    })
    server.listen({ port, host }, () => resolve(server))
  })
}

async function closeAll(servers: Server[]): Promise<void> {
  await Promise.all(
    servers.map(
      server =>
        new Promise<void>(resolve => {
          server.close(() => resolve())
          server.closeAllConnections()
        }),
    ),
  )
}

const ABOUT = `<p>This is a <strong>stand-in</strong> of Para's API for tests and the demo of Outlast. It is not Para,
it knows no real users, and it keeps nothing: all is gone when it stops.</p>
<p>Para's real SDK talks to it when created with <code>Environment.DEV</code>. Each API key is a world of its own,
controlled under <code>/stand-in/&lt;apiKey&gt;/</code>.</p>`
