import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { transformSync } from 'esbuild'
import NextAuth, { type AuthOptions } from 'next-auth'
import credentials from 'next-auth/providers/credentials'
import github from 'next-auth/providers/github'
import { describe, expect, it } from 'vitest'
import type { SessionBackend } from '../../src'
import { httpBackend, type HttpBackendOptions } from '../../src/backends/http'
import { describeBackend, type TestRunner } from '../../src/testing'
import { createJar } from '../../test/http/expressApi'

type Row = { sessionToken: string; userId: string; expires: Date }

const ada = { id: '1', name: 'Ada', email: 'ada@example.com', emailVerified: null }
const cookies = createRequire(createRequire(import.meta.url).resolve('next-auth'))('cookie') as { parse(header: string): { [name: string]: string } }
const STORED = 'next-auth.session-token'

/** A server of next-auth, with sessions in tokens or in a database in memory. */
async function startServer(strategy: 'jwt' | 'database') {
  const rows = new Map<string, Row>()
  let isDown = false
  const adapter = {
    getSessionAndUser: (token: string) => {
      if (isDown) throw new Error('the database is down')
      const session = rows.get(token)
      return Promise.resolve(session ? { session, user: ada } : null)
    },
    updateSession: (row: Row) => Promise.resolve(void rows.set(row.sessionToken, { ...rows.get(row.sessionToken), ...row })),
    deleteSession: (token: string) => Promise.resolve(void rows.delete(token)),
  }
  const options: AuthOptions = {
    secret: 'not a secret',
    providers: strategy === 'jwt' ? [credentials({ credentials: {}, authorize: () => ada })] : [github({ clientId: 'app', clientSecret: 'not one either' })],
    session: { strategy, maxAge: 7_200, updateAge: 0 },
    logger: { error() {}, warn() {}, debug() {} },
    // What signs in and makes users is not tried here.
    ...(strategy === 'database' && { adapter: new Proxy(adapter, { get: (made, name) => made[name as keyof typeof made] ?? (() => undefined) }) as never }),
  }
  const server = createServer((req, res) => void handle(req).then((asked) => {
    const json = (body: unknown) => res.setHeader('content-type', 'application/json').end(JSON.stringify(body))
    const send = (body: unknown) => (typeof body === 'object' ? json(body) : res.end(body))
    const status = (code: number) => Object.assign(res, { statusCode: code })
    return NextAuth(asked as never, Object.assign(res, { json, send, status }) as never, options) as Promise<unknown>
  }))
  async function handle(req: IncomingMessage) {
    const { pathname, searchParams } = new URL(req.url ?? '', 'http://localhost')
    let body = ''
    for await (const chunk of req) body += String(chunk)
    const query = { ...Object.fromEntries(searchParams), nextauth: pathname.split('/').slice(3) }
    return Object.assign(req, { query, cookies: cookies.parse(req.headers.cookie ?? ''), body: Object.fromEntries(new URLSearchParams(body)) })
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const base = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  process.env['NEXTAUTH_URL'] = base
  return {
    base,
    rows,
    failDatabase: () => void (isDown = true),
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The block of the guide, in a browser in which Ada has signed in. */
async function openClient(strategy: 'jwt' | 'database') {
  const { base, rows, failDatabase, close } = await startServer(strategy)
  const jar = createJar()
  let isCut = false
  const request = async (path: string | URL, init: RequestInit = {}) => {
    if (isCut) throw new TypeError('fetch failed')
    return jar.fetch(new URL(path, base), init)
  }
  async function signIn() {
    if (strategy === 'database') {
      rows.set('ada', { sessionToken: 'ada', userId: ada.id, expires: new Date(Date.now() + 7_200_000) })
      return void jar.cookies.set(STORED, 'ada')
    }
    const { csrfToken } = (await (await request('/api/auth/csrf')).json()) as { csrfToken: string }
    await request('/api/auth/callback/credentials', { method: 'POST', body: new URLSearchParams({ csrfToken, json: 'true' }) })
  }
  await signIn()

  const guide = readFileSync(new URL('../../docs/migrating.md', import.meta.url), 'utf8')
  const block = /^```ts\n([\s\S]*?\/api\/auth\/session[\s\S]*?)^```/m.exec(guide)?.[1] ?? ''
  const { code } = transformSync(block, { loader: 'ts', format: 'cjs' })
  let made: SessionBackend | undefined
  const outlast = {
    createSession: (backend: SessionBackend) => (made = backend),
    httpBackend: (options: HttpBackendOptions) => httpBackend({ ...options, fetch: request }),
  }
  new Function('require', 'module', 'fetch', 'location', code)(() => outlast, {}, request, { origin: base })
  const backend = made as unknown as SessionBackend
  return {
    backend: { ...backend, signIn },
    jar,
    rows,
    request,
    failDatabase,
    end: () => {
      rows.clear()
      jar.cookies.delete(STORED)
    },
    cutOff: () => void (isCut = true),
    restore: () => void (isCut = false),
    close,
  }
}

/** The server's clock has gone on. */
async function pass() {
  for (const until = Date.now() + 10; Date.now() < until; ) await new Promise((resolve) => setImmediate(resolve))
}

/** A backend that declares `checkExtends` breaks one law; below it is shown that it does. */
const others: TestRunner = { describe, it: (law, body) => law !== 'does not move the expiry by checking' && it(law, body) }

describe.each(['jwt', 'database'] as const)('next-auth, sessions in: %s', (strategy) => {
  describeBackend('what its guide makes of it', () => openClient(strategy), others)

  const life = async () => {
    const client = await openClient(strategy)
    const ask = async (kind: 'check' | 'extend') => ((await client.backend[kind]?.({ signal: new AbortController().signal, timeoutMs: 10_000 })) as { expiresAt: number }).expiresAt
    const tell = async () => {
      const answer = await client.request('/api/auth/session')
      return [answer.status, await answer.json()] as const
    }
    return { ...client, ask, tell }
  }

  it('prolongs whenever it is asked', async () => {
    const { backend, ask, close } = await life()
    expect(backend.checkExtends).toBe(true)
    await ask('check')
    const first = await ask('check')
    await pass()
    await ask('check')
    expect(await ask('check')).toBeGreaterThanOrEqual(first + 10)
    await close()
  })

  it('tells by an extension what it has done', async () => {
    const { ask, close } = await life()
    const first = await ask('check')
    await pass()
    expect(await ask('extend')).toBeGreaterThanOrEqual(first + 10)
    await close()
  })

  it('says nobody with a 200', async () => {
    const { end, tell, close } = await life()
    end()
    expect(await tell()).toEqual([200, {}])
    await close()
  })

  it('signs nobody out whose CSRF token it does not know, and says that in a 200', async () => {
    const { request, tell, close } = await life()
    const answer = await request('/api/auth/signout', { method: 'POST', body: new URLSearchParams({ csrfToken: 'stale', json: 'true' }) })
    expect(answer.status).toBe(200)
    expect(((await answer.json()) as { url: string }).url).toContain('csrf=true')
    expect((await tell())[1]).toMatchObject({ user: { email: 'ada@example.com' } })
    await close()
  })
})

it('next-auth says nobody with a 200 when its database fails, too', async () => {
  const { failDatabase, request, close } = await openClient('database')
  failDatabase()
  const answer = await request('/api/auth/session')
  expect([answer.status, await answer.json()]).toEqual([200, {}])
  await close()
})

it('next-auth tells the end of before when it prolongs what is in a database', async () => {
  const { rows, request, close } = await openClient('database')
  const before = rows.get('ada')?.expires.toISOString()
  await pass()
  expect(await (await request('/api/auth/session')).json()).toMatchObject({ expires: before })
  expect(rows.get('ada')?.expires.toISOString()).not.toBe(before)
  await close()
})
