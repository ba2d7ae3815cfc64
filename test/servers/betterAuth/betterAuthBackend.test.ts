import { type Auth, betterAuth, type BetterAuthOptions } from 'better-auth'
import { createAuthClient } from 'better-auth/client'
import { afterEach, describe, expect, it } from 'vitest'
import { readReply, type SessionBackend } from '../../../src/backend'
import { betterAuthBackend } from '../../../src/backends/betterAuth'
import { describeBackend } from '../../../src/testing/describeBackend'
import { ada, type AuthServer, type Fault, LIFE, openClient, secret, startAuthServer, withoutHash } from './authServer'

const json = (text: string, status = 200, headers: Record<string, string> = {}): Fault => (response) =>
  void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text)
const refuseConnections: Fault = (response) => void response.socket?.destroy()
const captivePortal: Fault = (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome to the airport</h1>')

const cookieCache: BetterAuthOptions['session'] = { cookieCache: { enabled: true, maxAge: 300 } }
const deferred: BetterAuthOptions['session'] = { deferSessionRefresh: true }
const ways: [string, BetterAuthOptions['session']][] = [
  ['as it comes', {}],
  ['with a cookie cache', cookieCache],
  ['with a GET that does not write', deferred],
]

const remove = ({ sqlite }: AuthServer) => sqlite.run('delete from session')
const expire = ({ sqlite }: AuthServer) => sqlite.run('update session set expiresAt = ?', [new Date(Date.now() - 1).toISOString()])

for (const [how, session, cutOff, end] of [
  ['better-auth', {}, refuseConnections, remove],
  ['better-auth with a cookie cache', cookieCache, refuseConnections, remove],
  ['better-auth with a GET that does not write', deferred, refuseConnections, expire],
  ['better-auth behind a captive portal', {}, captivePortal, expire],
  ['better-auth behind a portal that says nothing', cookieCache, (response) => void response.end(), expire],
  ['better-auth that is being deployed', {}, json('null', 503), remove],
] satisfies [string, BetterAuthOptions['session'], Fault, typeof remove][]) {
  describeBackend(
    how,
    async () => {
      const server = await startAuthServer({ session })
      const { backend } = await openClient(server)
      return { backend, end: () => end(server), cutOff: () => server.fault(cutOff), restore: () => server.fault(undefined), close: server.close }
    },
    { describe, it },
  )
}

const servers: AuthServer[] = []
afterEach(async () => void (await Promise.all(servers.splice(0).map((server) => server.close()))))
async function start(options?: BetterAuthOptions) {
  const server = await startAuthServer(options)
  servers.push(server)
  return server
}

async function ask(backend: SessionBackend, kind: 'check' | 'extend' | 'revoke', signal = new AbortController().signal) {
  try {
    return readReply(kind, await backend[kind]?.({ signal, timeoutMs: 10_000 }))
  } catch (error) {
    return { status: 'unanswered', retryAfterMs: (error as { retryAfterMs?: unknown }).retryAfterMs }
  }
}
function endOf(reply: unknown) {
  expect(reply).toMatchObject({ status: 'alive', expiresAt: expect.any(Number) as number })
  return (reply as { expiresAt: number }).expiresAt
}

describe.each(ways)('a session of better-auth, %s,', (_, session) => {
  it('tells who it is, until when, and what time it is there', async () => {
    const server = await start({ session })
    const { backend } = await openClient(server)
    const [{ userId } = {}] = server.sqlite.all('select userId from session')
    const checked = await ask(backend, 'check')
    expect(checked).toMatchObject({ status: 'alive', subject: userId, flaw: undefined })
    expect(endOf(checked)).toBe(server.ends()[0])
    const { serverNow = NaN } = checked as { serverNow?: number }
    expect(endOf(checked) - serverNow).toBeLessThanOrEqual(LIFE)
    expect(endOf(checked) - serverNow).toBeGreaterThan(LIFE - 60_000)
  })

  it('is moved in the table by an extension, and by no check', async () => {
    const server = await start({ session })
    const { backend } = await openClient(server)
    const before = server.ends()
    for (const kind of ['check', 'check'] as const) expect(endOf(await ask(backend, kind))).toBe(before[0])
    expect(server.ends()).toEqual(before)
    const extended = endOf(await ask(backend, 'extend'))
    expect(extended).toBeGreaterThan(before[0] ?? NaN)
    expect(server.ends()).toEqual([extended])
    expect(endOf(await ask(backend, 'check'))).toBe(extended)
  })

  it('is not moved by an extension before its updateAge has passed', async () => {
    const server = await start({ session: { ...session, updateAge: 600 } })
    const { backend } = await openClient(server)
    const before = server.ends()
    expect(endOf(await ask(backend, 'extend'))).toBe(before[0])
    server.sqlite.run('update session set expiresAt = ?', [new Date((before[0] ?? NaN) - 601_000).toISOString()])
    expect(endOf(await ask(backend, 'extend'))).toBeGreaterThanOrEqual(before[0] ?? NaN)
    expect(server.ends()).toEqual([endOf(await ask(backend, 'check'))])
  })

  it('ends when it is revoked from another browser, and at once', async () => {
    const server = await start({ session })
    const { backend } = await openClient(server)
    const elsewhere = await openClient(server)
    expect((await elsewhere.client.revokeOtherSessions()).error).toBeNull()
    expect(await ask(backend, 'check')).toEqual({ status: 'ended', reason: 'ended' })
    expect((await ask(elsewhere.backend, 'check')).status).toBe('alive')
  })

  it('is gone from the table after a sign-out, and those of other browsers are not', async () => {
    const server = await start({ session })
    const { backend } = await openClient(server)
    const elsewhere = await openClient(server)
    expect(server.ends()).toHaveLength(2)
    expect((await ask(backend, 'revoke')).status).toBe('done')
    expect(server.ends()).toHaveLength(1)
    expect((await ask(elsewhere.backend, 'check')).status).toBe('alive')
  })
})

describe('better-auth', () => {
  it.each<[string, Fault, number | undefined]>([
    ['HTML with a 200', captivePortal, undefined],
    ['null in a page of HTML', (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('null'), undefined],
    ['a redirect to a login page', (response) => void response.writeHead(302, { location: '/login' }).end(), undefined],
    ['a redirect to an answer that looks good', (response) => void response.writeHead(307, { location: '/elsewhere' }).end(), undefined],
    ['a 403 of a firewall', json('{"message":"no"}', 403, { 'retry-after': '7' }), 7_000],
    ['a 429 of better-auth', json('{"message":"Too many requests."}', 429, { 'x-retry-after': '9' }), 9_000],
    ['a 500', json('{"code":"FAILED_TO_GET_SESSION"}', 500), undefined],
    ['a 511 of a network that wants a login', json('', 511), undefined],
    ['a 503 that says null', json('null', 503), undefined],
    ['a connection that is closed', refuseConnections, undefined],
  ])('did not answer when there is %s', async (_, fault, retryAfterMs) => {
    const server = await start()
    const { backend } = await openClient(server)
    const asked = server.requests.length
    server.fault(fault)
    for (const kind of ['check', 'extend', 'revoke'] as const) expect(await ask(backend, kind)).toEqual({ status: 'unanswered', retryAfterMs })
    expect(server.requests.slice(asked).map((request) => request.replace(/\?.*/, ''))).toEqual(['GET /get-session', 'GET /get-session', 'POST /sign-out'])
    server.fault(undefined)
    expect((await ask(backend, 'check')).status).toBe('alive')
  })

  it.each<[string, Fault]>([
    ['nothing', (response) => void response.writeHead(200).end()],
    ['no content', (response) => void response.writeHead(204).end()],
    ['no session and no null', json('{}')],
    ['a session of nobody', json('{"session":{},"user":{}}')],
    ['the text “null”', json('"null"')],
    ['a list', json('[]')],
    ['half a session', (response) => void response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' }).write('{"session":', () => response.socket?.destroy())],
  ])('neither ends nor confirms a session with %s', async (_, fault) => {
    const server = await start()
    const { backend } = await openClient(server)
    server.fault(fault)
    for (const kind of ['check', 'extend'] as const) expect((await ask(backend, kind)).status).toBe('unanswered')
  })

  it.each<[string, Fault]>([
    ['null', json('null')],
    ['a 401', json('{"code":"UNAUTHORIZED"}', 401)],
  ])('ends a session with %s', async (_, fault) => {
    const server = await start()
    const { backend } = await openClient(server)
    server.fault(fault)
    for (const kind of ['check', 'extend'] as const) expect(await ask(backend, kind)).toEqual({ status: 'ended', reason: 'ended' })
  })

  it('is left alone for as long as its rate limit says', async () => {
    const server = await start({ rateLimit: { enabled: true, customRules: { '/get-session': { window: 60, max: 2 } } } })
    const { backend } = await openClient(server)
    for (const kind of ['check', 'extend'] as const) expect((await ask(backend, kind)).status).toBe('alive')
    const { status, retryAfterMs = NaN } = (await ask(backend, 'check')) as { status: string; retryAfterMs?: number }
    expect(status).toBe('unanswered')
    expect(retryAfterMs).toBeGreaterThan(30_000)
    expect(retryAfterMs).toBeLessThanOrEqual(60_000)
  })

  it('is left when the signal says so', async () => {
    const server = await start()
    const { backend } = await openClient(server)
    for (const kind of ['check', 'extend', 'revoke'] as const) {
      const abort = new AbortController()
      const closed = new Promise<void>((resolve) =>
        server.fault((response) => {
          response.once('close', resolve)
          abort.abort()
        }),
      )
      expect((await ask(backend, kind, abort.signal)).status).toBe('unanswered')
      await closed
    }
  })

  it.each<[string, BetterAuthOptions['session'], boolean]>([
    ['of who does not want to be remembered', {}, false],
    ['on a server that extends none', { disableSessionRefresh: true }, true],
  ])('extends no session %s, and that is no failure', async (_, session, rememberMe) => {
    const server = await start({ session })
    const { client, backend } = await openClient(server)
    await client.signIn.email({ ...ada, rememberMe })
    const before = endOf(await ask(backend, 'check'))
    expect(endOf(await ask(backend, 'extend'))).toBe(before)
  })
})

// docs/better-auth.md tells of them.
describe('a limit of better-auth', () => {
  it('is that a sign-out is done where the database cannot delete the session', async () => {
    const server = await start()
    const { backend } = await openClient(server)
    server.sqlite.run(`create trigger broken before delete on session begin select raise(abort, 'broken'); end`)
    expect((await ask(backend, 'revoke')).status).toBe('done')
    expect((await ask(backend, 'check')).status).toBe('ended')
    expect(server.ends()).toHaveLength(1)
  })

  it('is that a server without a database knows no session that another one made, past the cookie cache', async () => {
    const origin = 'https://app.example'
    const [made, asked] = [1, 2].map(() =>
      betterAuth({ baseURL: origin, secret, emailAndPassword: withoutHash, session: { cookieCache: { enabled: true } }, logger: { disabled: true }, telemetry: { enabled: false } }),
    ) as [Auth, Auth]
    const { headers } = await made.api.signUpEmail({ body: ada, returnHeaders: true })
    const cookie = headers.getSetCookie().map((text) => text.split(';')[0]).join('; ')
    const sessionBy = async ({ handler }: Auth, query: string) => (await handler(new Request(`${origin}/api/auth/get-session?${query}`, { headers: { cookie } }))).json() as Promise<unknown>
    expect(await sessionBy(asked, 'disableRefresh=true')).toHaveProperty('session')
    expect(await sessionBy(asked, 'disableRefresh=true&disableCookieCache=true')).toBeNull()
  })
})

describe('a client of better-auth', () => {
  it('that throws and tries again by itself is asked once, and understood', async () => {
    const server = await start()
    const { jar } = await openClient(server)
    const client = createAuthClient({
      baseURL: server.origin,
      fetchOptions: { throw: true, retry: 3, headers: { origin: server.origin }, customFetchImpl: (url, init) => jar.fetch(url as URL, init ?? {}) },
    })
    const backend = betterAuthBackend(client)
    expect((await ask(backend, 'check')).status).toBe('alive')
    server.fault(json('{}', 500))
    const asked = server.requests.length
    expect((await ask(backend, 'check')).status).toBe('unanswered')
    expect(server.requests.length - asked).toBe(1)
    server.fault(json('{}', 401))
    expect((await ask(backend, 'check')).status).toBe('ended')
  })

  it('tells of what it does to the session itself, until nobody listens', async () => {
    const server = await start()
    const { client, signIn, backend } = await openClient(server)
    const heard: string[] = []
    const stop = backend.events?.((event) => heard.push(event))
    await signIn()
    expect(heard).toEqual(['signedIn'])
    await client.signOut()
    await expect.poll(() => heard).toEqual(['signedIn', 'signedIn'])
    stop?.()
    client.$store.notify('$sessionSignal')
    expect(heard).toHaveLength(2)
  })

  it('hears of a sign-out of Outlast’s, for its `useSession`', async () => {
    const server = await start()
    const { client, backend } = await openClient(server)
    const heard: unknown[] = []
    client.$store.atoms['$sessionSignal']?.listen((value) => heard.push(value))
    await ask(backend, 'check')
    await ask(backend, 'extend')
    expect(heard).toEqual([])
    await ask(backend, 'revoke')
    expect(heard).toHaveLength(1)
  })

  it('that is refused an operation leads to the question whether the session has ended', async () => {
    const server = await start()
    const { client, backend } = await openClient(server)
    server.sqlite.run('delete from session')
    const error: unknown = await client.updateUser({ name: 'Ada Lovelace', fetchOptions: { throw: true } }).catch((reason: unknown) => reason)
    expect(backend.classify?.(error)).toBe('unauthenticated')
    expect(backend.classify?.(new TypeError('Failed to fetch'))).toBeUndefined()
  })
})
