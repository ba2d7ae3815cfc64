import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Settings } from './contract'
import { readBody, sendJson } from './reply'
import type { World, Worlds } from './world'

/** `/stand-in/<apiKey>/<action>`: what tests and the demo use to look at a world and to change it. */
export const CONTROL = /^\/stand-in\/([^/]+)\/([a-z-]+)$/

export async function answerControl(
  worlds: Worlds,
  req: IncomingMessage,
  res: ServerResponse,
  url: URL,
): Promise<void> {
  const [, key = '', action = ''] = CONTROL.exec(url.pathname) ?? []
  const apiKey = decodeURIComponent(key)
  const world = worlds.get(apiKey)

  if (req.method === 'GET') {
    if (action === 'requests') return sendJson(res, 200, world.log)
    if (action === 'sessions') return sendJson(res, 200, world.sessions())
    return sendJson(res, 404, { message: `unknown control: GET ${action}` })
  }

  let body: unknown
  try {
    body = JSON.parse((await readBody(req)) || '{}')
  } catch {
    return sendJson(res, 400, { message: 'the body is not JSON' })
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return sendJson(res, 400, { message: 'the body is not an object' })
  }
  if (action === 'forget') {
    worlds.forget(apiKey)
    return sendJson(res, 200, {})
  }
  change(world, action, body, res)
}

function change(world: World, action: string, body: object, res: ServerResponse): void {
  const { session } = body as { session?: string }
  switch (action) {
    case 'settings':
      return configure(world, body, res)
    case 'faults':
      // Replaced as a whole: a fault left over from an earlier step would be a mystery.
      world.faults = body
      return sendJson(res, 200, world.faults)
    case 'sign-in': {
      const signedIn = world.signIn(body)
      return signedIn ? sendJson(res, 200, signedIn) : sendJson(res, 404, { message: 'no such session' })
    }
    case 'revoke':
      return sendJson(res, 200, { count: world.revoke(session) })
    case 'expire':
      return sendJson(res, 200, { count: world.expire(session) })
    case 'clear-requests':
      world.log.length = 0
      return sendJson(res, 200, {})
    default:
      return sendJson(res, 404, { message: `unknown control: POST ${action}` })
  }
}

function configure(world: World, body: object, res: ServerResponse): void {
  const unknown = Object.keys(body).filter(name => !(name in world.settings))
  if (unknown.length > 0) return sendJson(res, 400, { message: `unknown settings: ${unknown.join(', ')}` })
  world.settings = { ...world.settings, ...(body as Partial<Settings>) }
  sendJson(res, 200, world.settings)
}
