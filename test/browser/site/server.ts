import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'
import { entries, root } from '../../../scripts/entries'

/** No eval, no blob, no worker, no inline script, and no markup made of strings. */
const POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'"

export type Kind = 'check' | 'extend' | 'revoke' | 'signIn'

export interface Logged {
  readonly at: number
  readonly kind: Kind
  readonly tab: number
  /** What the server answered; undefined when it did not. */
  readonly status: number | undefined
}

/** A request that waits for its answer. */
export interface Held {
  readonly at: number
  readonly tab: number
  release(): void
  /** Says no instead. */
  deny(): void
  /** Closes the connection instead. */
  drop(): void
  /** Nobody waits for its answer any more. */
  readonly isGone: boolean
}

/** A server of one session, for the tabs of one browser. */
export interface SiteWorld {
  /** A page of it. `start=no` in the query leaves the session to the test. */
  url(tab: number, query?: string): string
  /** Where an identity provider sends people back to: signs them in, and says so. */
  readonly callbackUrl: string
  readonly log: readonly Logged[]
  /** When the session was extended, epoch milliseconds. */
  readonly grants: readonly number[]
  /** Whether the session is alive, and has been without a gap since the sign-in. */
  readonly isAlive: boolean
  /** The next request of a kind waits. */
  holdNext(kind: Kind): Promise<Held>
  /** The server ends the session by itself. */
  end(): void
  /** Nobody is answered: connections are closed. */
  refuse(refusing: boolean): void
  /** The next request of a kind from whichever tab, from now on. */
  next(kind: Kind): Promise<Logged>
}

const paths: { readonly [path: string]: Kind } = { session: 'check', extend: 'extend', revoke: 'revoke', 'sign-in': 'signIn', callback: 'signIn' }

/** What a server says that should not be seen, and in which way it is out of order now. */
export interface Spill {
  /** A secret, another one each time. */
  text(place: 'cookie' | 'body' | 'response header' | 'page'): string
  readonly instead: 'error' | 'busy' | 'portal' | 'redirect' | 'garbage' | undefined
}

export interface Site {
  world(lifeMs: number, spill?: Spill): SiteWorld
  close(): Promise<void>
}

/** Serves the page of the tests, and a session API for each world, on the loopback interface. */
export async function serveSite(): Promise<Site> {
  const scripts = new Map<string, string>(await Promise.all(['page', 'callback'].map(async (name) => [`${name}.js`, await bundle(`test/browser/site/${name}.ts`)] as const)))
  const worlds = new Map<string, (request: IncomingMessage, response: ServerResponse, path: string) => void>()
  const server = createServer((request, response) => {
    const [, world = '', path = ''] = (request.url ?? '').split('?')[0]?.split('/') ?? []
    const handle = worlds.get(world)
    response.setHeader('content-security-policy', POLICY)
    if (scripts.has(world)) response.setHeader('content-type', 'text/javascript').end(scripts.get(world))
    else if (!handle) response.writeHead(404).end()
    else if (path === '' || path === 'elsewhere') sendPage(response, 'page')
    // What an app polls: the session does not know of it.
    else if (path === 'news') response.setHeader('content-type', 'application/json').end('[]')
    else handle(request, response, path)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`

  function world(lifeMs: number, spill?: Spill): SiteWorld {
    const id = `w${String(worlds.size + 1)}`
    const log: Logged[] = []
    const grants: number[] = []
    const holds = new Map<Kind, (held: Held) => void>()
    const waiting: { kind: Kind; resolve: (logged: Logged) => void }[] = []
    let session: { token: string; subject: string; expiresAt: number } | undefined
    let signIns = 0
    let refusing = false

    const isOver = () => !session || Date.now() > session.expiresAt

    function answer(kind: Kind, path: string, request: IncomingMessage, response: ServerResponse): number {
      const mine = session && request.headers.cookie?.includes(session.token) && !isOver() ? session : undefined
      const say = (status: number, json: object = {}) => {
        const more = spill && status < 300 && { token: spill.text('body'), user: { mail: spill.text('body') } }
        response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify({ ...json, ...more }))
        return status
      }
      if (kind === 'signIn') {
        const subject = new URL(request.url ?? '', origin).searchParams.get('as') ?? 'ada'
        session = { token: `${spill?.text('cookie') ?? id}-${String(++signIns)}`, subject, expiresAt: Date.now() + lifeMs }
        response.appendHeader('set-cookie', `sid=${session.token}; Path=/${id}/; HttpOnly; SameSite=Lax`)
        if (path !== 'callback') return say(200)
        sendPage(response, 'callback')
        return 200
      }
      if (kind === 'revoke') {
        if (mine) session = undefined
        return say(204)
      }
      if (!mine) return say(401)
      if (kind === 'extend') {
        mine.expiresAt = Date.now() + lifeMs
        grants.push(Date.now())
      }
      return say(200, { ttlMs: mine.expiresAt - Date.now(), subject: mine.subject })
    }

    worlds.set(id, (request, response, path) => {
      const kind = paths[path]
      const tab = Number(request.headers['x-tab'])
      const at = Date.now()
      if (!kind || refusing) {
        request.socket.destroy()
        return
      }
      const finish = () => {
        if (response.destroyed) return
        if (spill) response.setHeader('x-token', spill.text('response header')).appendHeader('set-cookie', `csrf=${spill.text('cookie')}; Path=/${id}/`)
        const logged = { at, kind, tab, status: spill?.instead ? answerInstead(response, spill) : answer(kind, path, request, response) }
        log.push(logged)
      }
      for (const one of waiting.splice(0)) {
        if (one.kind === kind) one.resolve({ at, kind, tab, status: undefined })
        else waiting.push(one)
      }
      const hold = holds.get(kind)
      if (!hold) return finish()
      holds.delete(kind)
      const close = () => request.socket.destroy()
      hold({
        at,
        tab,
        release: finish,
        deny: () => void response.writeHead(403).end(),
        drop: close,
        get isGone() {
          return response.destroyed
        },
      })
    })

    return {
      url: (tab, query = '') => `${origin}/${id}/?tab=${String(tab)}&${query}`,
      callbackUrl: `${origin}/${id}/callback?as=ada`,
      log,
      grants,
      get isAlive() {
        return signIns === 1 && !isOver()
      },
      holdNext: (kind) => new Promise((resolve) => holds.set(kind, resolve)),
      end: () => void (session = undefined),
      refuse: (now) => void (refusing = now),
      next: (kind) => new Promise((resolve) => waiting.push({ kind, resolve })),
    }
  }

  return {
    world,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Something else than the server answers, or the server says what it did not mean to. */
function answerInstead(response: ServerResponse, { instead, text }: Spill): number {
  const page = `<!doctype html><title>${text('page')}</title><pre>${text('page')}</pre>`
  const [status, headers, body] = {
    error: [500, { 'content-type': 'text/html' }, page],
    busy: [429, { 'content-type': 'text/html', 'retry-after': text('response header') }, page],
    portal: [200, { 'content-type': 'text/html' }, page],
    redirect: [302, { location: `/${text('response header')}` }, ''],
    garbage: [200, { 'content-type': 'application/json' }, JSON.stringify({ status: 'alive', expiresAt: text('body'), subject: [text('body')] })],
  }[instead ?? 'error'] as [number, Record<string, string>, string]
  response.writeHead(status, headers).end(body)
  return status
}

const sendPage = (response: ServerResponse, script: string) =>
  void response.setHeader('content-type', 'text/html').end(`<!doctype html><title>Outlast</title><script src="/${script}.js"></script>`)

/** A script for a page, on the source of the package. */
export async function bundle(script: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, script)],
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    define: { 'process.env.NODE_ENV': '"production"' },
    alias: Object.fromEntries(entries.map(({ name, source }) => [name, join(root, source)])),
    write: false,
    logLevel: 'error',
  })
  return outputFiles[0]?.text ?? ''
}
