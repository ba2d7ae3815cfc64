import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { CallKind, Fault } from './contract'
import { page, readBody, sendHtml, sendJson } from './reply'
import type { World } from './world'

const KEEP_ALIVE = /^\/users\/([^/]+)\/session\/keep-alive$/
const SIGN = /^\/users\/([^/]+)\/wallets\/[^/]+\/messages\/sign$/
const PARTNER = /^\/partners\/[^/]+$/

function kindOf(method: string, url: URL): CallKind {
  if (method === 'POST' && url.pathname === '/touch') {
    return url.searchParams.get('regenerate') === 'true' ? 'regenerate' : 'touch'
  }
  if (method === 'POST' && KEEP_ALIVE.test(url.pathname)) return 'keepAlive'
  if (method === 'POST' && SIGN.test(url.pathname)) return 'sign'
  if (method === 'GET' && url.pathname === '/logout') return 'logout'
  if (method === 'GET' && PARTNER.test(url.pathname)) return 'partner'
  return 'other'
}

/** Answers one call of Para's SDK, or fails it the way the world's faults say. */
export async function answerSdk(world: World, req: IncomingMessage, res: ServerResponse, url: URL): Promise<void> {
  const method = req.method ?? 'GET'
  const kind = kindOf(method, url)
  const at = Date.now()
  const record = (status: number | 'hang' | 'refused'): void =>
    world.record({ at, kind, method, path: url.pathname + url.search, status })

  const fault = world.takeFault(kind)
  if (fault && (await fail(world, fault, req, res, record))) return
  const body = kind === 'sign' ? await readBody(req) : ''
  // A client that gave up during the latency has no answer to receive, and must not be extended by it.
  if (req.socket.destroyed) return record('refused')
  res.setHeader('date', new Date(world.serverNow).toUTCString())
  work(world, kind, req, res, url, body)
  record(res.statusCode)
}

/** True when the fault has dealt with the request. */
async function fail(
  world: World,
  fault: Fault,
  req: IncomingMessage,
  res: ServerResponse,
  record: (status: number | 'hang' | 'refused') => void,
): Promise<boolean> {
  if (fault.latencyMs !== undefined) await wait(fault.latencyMs, undefined, { ref: false })
  if (fault.revoke) world.revoke()
  if (fault.hang) {
    record('hang')
    return true
  }
  if (fault.refuse) {
    req.socket.destroy()
    record('refused')
    return true
  }
  if (fault.html) {
    sendHtml(res, 200, page('Welcome to the airport', '<p>Accept the terms to continue.</p>'))
    record(200)
    return true
  }
  if (fault.status !== undefined) {
    if (fault.retryAfter !== undefined) res.setHeader('retry-after', String(fault.retryAfter))
    sendError(world, res, fault.status, 'a fault that was asked for')
    record(fault.status)
    return true
  }
  return false
}

function work(world: World, kind: CallKind, req: IncomingMessage, res: ServerResponse, url: URL, body: string): void {
  const cookie = req.headers['x-capsule-sid']
  const session = world.open(typeof cookie === 'string' ? cookie : undefined)
  const { settings } = world

  switch (kind) {
    case 'touch':
    case 'regenerate': {
      const current = kind === 'regenerate' ? world.regenerate(session) : (session ?? world.create())
      if (kind === 'touch' && session?.userId != null && settings.checkExtends) world.extend(session)
      carryCookie(world, res, current)
      return sendJson(res, 200, {
        sessionId: current.id,
        sessionLookupId: current.lookupId,
        isAuthenticated: current.userId !== null,
        ...(current.userId !== null && { userId: current.userId }),
        ...(settings.apiKeyKnown && { partnerId: world.partnerId }),
        ...(settings.verifiedExternalWalletAddresses && {
          verifiedExternalWalletAddresses: settings.verifiedExternalWalletAddresses,
        }),
        supportedWalletTypes: [],
        // Anything else makes the SDK ask for the partner again on every call.
        cosmosPrefix: 'cosmos',
      })
    }
    case 'keepAlive': {
      const userId = decodeURIComponent(KEEP_ALIVE.exec(url.pathname)?.[1] ?? '')
      if (session === null || session.userId === null) return sendError(world, res, 401, 'unauthorized')
      if (session.userId !== userId) return sendError(world, res, 403, 'forbidden')
      world.extend(session)
      carryCookie(world, res, session)
      return sendJson(res, 200, {})
    }
    case 'sign': {
      const userId = decodeURIComponent(SIGN.exec(url.pathname)?.[1] ?? '')
      if (session === null || session.userId === null) return sendError(world, res, 401, 'unauthorized')
      if (session.userId !== userId) return sendError(world, res, 403, 'forbidden')
      // Para would begin to compute a signature with the client. There are no keys here, so a hash stands in for it.
      return sendJson(res, 200, { standInSignature: createHash('sha256').update(`${userId} ${body}`).digest('hex') })
    }
    case 'logout':
      if (session) world.end(session, 'signedOut')
      return sendJson(res, 200, {})
    case 'partner':
      return sendJson(res, 200, {
        partner: { id: world.partnerId, displayName: 'Stand-in', supportedWalletTypes: [], cosmosPrefix: 'cosmos' },
      })
    case 'other':
      // The SDK reports its own errors here and does not care for the answer.
      if (url.pathname === '/errors/sdk') return sendJson(res, 200, {})
      return sendError(world, res, 404, `the stand-in does not know ${req.method} ${url.pathname}`)
  }
}

function carryCookie(world: World, res: ServerResponse, session: Parameters<World['cookieFor']>[0]): void {
  const cookie = world.cookieFor(session)
  if (cookie !== null) res.setHeader('x-capsule-sid', cookie)
}

function sendError(world: World, res: ServerResponse, status: number, message: string): void {
  const { canary } = world.settings
  sendJson(res, status, { message: `stand-in: ${message} (${canary})`, data: { canary } })
}
