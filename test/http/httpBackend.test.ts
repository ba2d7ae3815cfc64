import { once } from 'node:events'
import type { RequestHandler } from 'express'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readReply, type SessionBackend } from '../../src/backend'
import { cookieMaxAge, httpBackend } from '../../src/backends/http'
import { describeBackend } from '../../src/testing/describeBackend'
import { type ExpressApi, LIFE, openClient, startExpressApi } from './expressApi'

const call = (signal = new AbortController().signal) => ({ signal, timeoutMs: 10_000 })

const refuseConnections: RequestHandler = (req) => void req.socket.destroy()

for (const [how, cutOff] of [
  ['an app of Express', refuseConnections],
  ['an app of Express behind a captive portal', (_req, res) => void res.send('<h1>Welcome to the airport</h1>')],
  ['an app of Express that is being deployed', (_req, res) => void res.status(503).set('retry-after', '5').end()],
] satisfies [string, RequestHandler][]) {
  describeBackend(
    how,
    async () => {
      const api = await startExpressApi()
      const { backend } = await openClient(api)
      return { backend, end: api.endAll, cutOff: () => api.fault(cutOff), restore: () => api.fault(undefined), close: api.close }
    },
    { describe, it },
  )
}

describe('on a real server', () => {
  let api: ExpressApi
  beforeEach(async () => void (api = await startExpressApi()))
  afterEach(() => api.close())

  async function ask(backend: SessionBackend, kind: 'check' | 'extend' | 'revoke', signal?: AbortSignal) {
    try {
      return readReply(kind, await backend[kind]?.(call(signal)))
    } catch (error) {
      return { status: 'unanswered', retryAfterMs: (error as { retryAfterMs?: unknown }).retryAfterMs }
    }
  }

  it('says who it is, until when, and what time it is there', async () => {
    const { backend } = await openClient(api)
    const checked = await ask(backend, 'check')
    expect(checked).toMatchObject({ status: 'alive', subject: 'ada', flaw: undefined })
    const { expiresAt = 0, serverNow = 0 } = checked as { expiresAt?: number; serverNow?: number }
    expect(expiresAt - serverNow).toBeLessThanOrEqual(LIFE)
    expect(expiresAt - serverNow).toBeGreaterThan(LIFE - 10_000)
  })

  it('moves the end by extending and leaves it by checking', async () => {
    const { backend } = await openClient(api)
    const endOf = async (kind: 'check' | 'extend') => ((await ask(backend, kind)) as { expiresAt?: number }).expiresAt ?? 0
    const first = await endOf('check')
    expect(await endOf('check')).toBe(first)
    expect(await endOf('extend')).toBeGreaterThan(first)
    expect(await endOf('check')).toBeGreaterThan(first)
  })

  it('reads the life of the cookie that an extension sets', async () => {
    const { backend } = await openClient(api, { read: ({ headers }) => ({ status: 'alive', ttlMs: cookieMaxAge(headers, 'sid') }) })
    const extended = await ask(backend, 'extend')
    const { ttlMs = 0 } = extended as { ttlMs?: number }
    expect(ttlMs).toBeLessThanOrEqual(LIFE)
    expect(ttlMs).toBeGreaterThan(LIFE - 10_000)
    expect(await ask(backend, 'check')).toMatchObject({ status: 'alive', ttlMs: undefined })
  })

  it.each<[string, RequestHandler, number | undefined]>([
    ['HTML with a 200', (_req, res) => void res.send('<h1>Welcome to the airport</h1>'), undefined],
    ['a redirect to a login page', (_req, res) => void res.redirect('/login'), undefined],
    ['a redirect to an answer that looks good', (_req, res) => void res.redirect(307, '/elsewhere'), undefined],
    ['a 503 with Retry-After', (_req, res) => void res.set('retry-after', '30').sendStatus(503), 30_000],
    ['a 429 until a date', (_req, res) => void res.set({ date: 'Thu, 01 Jan 2026 12:00:00 GMT', 'retry-after': 'Thu, 01 Jan 2026 12:02:00 GMT' }).sendStatus(429), 120_000],
    ['a 511 of a network that wants a login', (_req, res) => void res.sendStatus(511), undefined],
    ['JSON that is cut off', (_req, res) => void res.set('content-length', '100').type('json').write('{"ttlMs":', () => res.socket?.destroy()), undefined],
    ['a connection that is closed', refuseConnections, undefined],
  ])('takes %s for no verdict', async (_, handler, retryAfterMs) => {
    const { backend } = await openClient(api)
    api.fault(handler)
    for (const kind of ['check', 'extend', 'revoke'] as const) expect(await ask(backend, kind)).toEqual({ status: 'unanswered', retryAfterMs })
    expect(api.requests).not.toContain('GET /login')
    expect(api.requests).not.toContain('GET /elsewhere')
    api.fault(undefined)
    expect((await ask(backend, 'check')).status).toBe('alive')
  })

  it('takes a server that is not there for no verdict', async () => {
    const { backend } = await openClient(api)
    await api.close()
    for (const kind of ['check', 'extend', 'revoke'] as const) expect((await ask(backend, kind)).status).toBe('unanswered')
  })

  it('leaves a server that hangs when the signal says so', async () => {
    const { backend } = await openClient(api)
    const abort = new AbortController()
    const closed = new Promise<void>((resolve) =>
      api.fault((_req, res) => {
        res.once('close', resolve)
        abort.abort()
      }),
    )
    expect((await ask(backend, 'check', abort.signal)).status).toBe('unanswered')
    await closed
  })

  it('leaves a body that drips when the signal says so', async () => {
    const abort = new AbortController()
    const closed = new Promise<void>((resolve) =>
      api.fault((_req, res) => {
        res.once('close', resolve)
        res.type('json').write('{"ttlMs":')
      }),
    )
    const dripping = httpBackend({
      // The headers are here; only the body is missing.
      check: async ({ signal }) => {
        const response = await fetch(api.url('/session'), { signal })
        queueMicrotask(() => abort.abort())
        return response
      },
    })
    expect((await ask(dripping, 'check', abort.signal)).status).toBe('unanswered')
    await closed
  })

  it.each(['application/json', 'text/html'])('stops a body of %s that does not end', async (type) => {
    const { backend } = await openClient(api)
    let sent = 0
    const closed = new Promise<void>((resolve) =>
      api.fault((_req, res) => {
        res.once('close', resolve)
        res.type(type)
        const piece = '"'.padEnd(16_384)
        const pour = () => {
          while (!res.destroyed && ((sent += piece.length), res.write(piece)));
          if (!res.destroyed) void once(res, 'drain').then(pour, () => {})
        }
        pour()
      }),
    )
    expect((await ask(backend, 'check')).status).toBe('unanswered')
    await closed
    // What the sockets hold, and no more.
    expect(sent).toBeLessThan(32 * 1_024 * 1_024)
  })

  it('makes the request of an endpoint that is a function, with what it knows at that time', async () => {
    const { jar } = await openClient(api)
    let token = 'stale'
    const { backend } = await openClient(api, {
      fetch: jar.fetch,
      extend: ({ signal }) => jar.fetch(api.url('/session/extend'), { method: 'POST', headers: { 'x-csrf-token': token }, signal }),
    })
    api.fault((req, res, next) => (req.method === 'GET' || req.get('x-csrf-token') === 'fresh' ? next() : void res.sendStatus(403)))
    expect((await ask(backend, 'extend')).status).toBe('refused')
    token = 'fresh'
    expect((await ask(backend, 'extend')).status).toBe('alive')
  })
})
