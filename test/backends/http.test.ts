import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { readReply, type Reply, type SessionBackend } from '../../src/backend'
import { cookieMaxAge, httpBackend, type HttpAnswer, type HttpBackendOptions, jwtExpiry } from '../../src/backends/http'
import { createSession, SessionError } from '../../src/core'
import { createVirtualTime } from '../../src/testing/virtualTime'

const NOW = Date.UTC(2026, 0, 1, 12)
const HOUR = 3_600_000
const httpDate = (at: number) => new Date(at).toUTCString()

const json = (body: unknown, headers: Record<string, string> = {}, status = 200) => () => Response.json(body, { status, headers })
const answer = (status: number, headers: Record<string, string> = {}, body: BodyInit | null = null) => () => new Response(body, { status, headers })
/** What a response is, where the constructor of `Response` does not let a test say so. */
const but = (facts: Partial<Response>, make = json({})) => () => Object.defineProperties(make(), Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, { value }])))

const call = (signal = new AbortController().signal) => ({ signal, timeoutMs: 1_000 })
type Kind = 'check' | 'extend' | 'revoke'

function open(respond: () => unknown, options: Partial<HttpBackendOptions> = {}) {
  const fetch = vi.fn<NonNullable<HttpBackendOptions['fetch']>>(async () => respond() as Response)
  return { fetch, backend: httpBackend({ check: '/check', extend: '/extend', revoke: '/revoke', fetch, ...options }) }
}

/** What the core makes of a call: a verdict, or `unanswered` with the server's wish for patience when it throws. */
async function read(backend: SessionBackend, kind: Kind) {
  try {
    return readReply(kind, await backend[kind]?.(call()))
  } catch (error) {
    expect(error).toBeInstanceOf(Error)
    return { status: 'unanswered', retryAfterMs: (error as { retryAfterMs?: unknown }).retryAfterMs }
  }
}
const ask = (kind: Kind, respond: () => unknown, options?: Partial<HttpBackendOptions>) => read(open(respond, options).backend, kind)
const statusOf = async (...args: Parameters<typeof ask>) => (await ask(...args)).status

describe('a request', () => {
  it.each([
    ['check', 'GET', false],
    ['extend', 'POST', false],
    ['revoke', 'POST', true],
  ] as const)('to %s is a %s that no cache answers and no redirect leads astray', async (kind, method, keepalive) => {
    const { backend, fetch } = open(answer(204))
    const asked = call()
    await backend[kind]?.(asked)
    const init = { method, keepalive, signal: asked.signal, cache: 'no-store', redirect: 'manual', headers: { accept: 'application/json' } }
    expect(fetch).toHaveBeenCalledExactlyOnceWith(`/${kind}`, init)
  })

  it('goes to a URL, with credentials when told so', async () => {
    const url = new URL('https://api.example/session')
    const { backend, fetch } = open(answer(204), { check: url, credentials: 'include' })
    await backend.check(call())
    expect(fetch).toHaveBeenCalledExactlyOnceWith(url, expect.objectContaining({ credentials: 'include' }))
  })

  it('is left to a function where the endpoint is one', async () => {
    const check = vi.fn(json({ subject: 'ada' }))
    const { backend, fetch } = open(answer(500), { check })
    const asked = call()
    expect(readReply('check', await backend.check(asked))).toMatchObject({ status: 'alive', subject: 'ada' })
    expect(check).toHaveBeenCalledExactlyOnceWith(asked)
    expect(fetch).not.toHaveBeenCalled()
  })

  describe('without a fetch of its own', () => {
    afterEach(() => void vi.unstubAllGlobals())

    it('is made by the global one of the moment', async () => {
      const backend = httpBackend({ check: '/check' })
      const fetch = vi.fn(answer(204))
      vi.stubGlobal('fetch', fetch)
      expect(readReply('check', await backend.check(call()))).toMatchObject({ status: 'alive' })
      expect(fetch).toHaveBeenCalledTimes(1)
    })
  })
})

describe('a backend', () => {
  it('makes no request and resolves no URL before it is asked', () => {
    const { fetch } = open(answer(204), { check: 'not a url at all' })
    expect(fetch).not.toHaveBeenCalled()
  })

  it('can do what it has endpoints for, and signs in as the app does', () => {
    const signIn = () => {}
    expect(httpBackend({ check: '/', signIn })).toMatchObject({ signIn, extend: undefined, revoke: undefined })
    expect(() => createSession(httpBackend({ check: '/' }), {}, { clock: createVirtualTime().clock, random: () => 0 })).not.toThrow()
  })

  it.each<[string, object | null | undefined | string]>([
    ['no options', undefined],
    ['null', null],
    ['a URL alone', '/session'],
    ['no check', {}],
    ['a check that is null', { check: null }],
    ['a check that is a number', { check: 1 }],
    ['an extend that is a request', { check: '/', extend: new Request('http://localhost') }],
    ['a revoke that is null', { check: '/', revoke: null }],
    ['a signIn that is a URL', { check: '/', signIn: '/login' }],
    ['a read that is no function', { check: '/', read: 'expires' }],
    ['a fetch that is no function', { check: '/', fetch: {} }],
    ['credentials that do not exist', { check: '/', credentials: 'inculde' }],
    ['one ending status', { check: '/', endedBy: 401 }],
    ['an ending status that is text', { check: '/', endedBy: ['401'] }],
    ['an ending status that is no integer', { check: '/', endedBy: [401.5] }],
    ['a redirect that ends', { check: '/', endedBy: [302] }],
    ['an outage that ends', { check: '/', endedBy: [401, 503] }],
    ['a stepUp that is a URL', { check: '/', stepUp: '/more' }],
    ['a checkExtends that is text', { check: '/', checkExtends: 'yes' }],
    ['a rotates that is null', { check: '/', rotates: null }],
    ['an unknown option', { check: '/', login: '/login' }],
  ])('is not made of %s', (_, options) => {
    const make = () => httpBackend(options as HttpBackendOptions)
    expect(make).toThrow(SessionError)
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_SESSION_BAD_BACKEND' }))
  })

  it('takes options that are there but undefined', () => {
    const nothing = { extend: undefined, signIn: undefined, revoke: undefined, read: undefined, endedBy: undefined, credentials: undefined, fetch: undefined, stepUp: undefined, checkExtends: undefined, rotates: undefined }
    expect(() => httpBackend({ check: '/', ...nothing })).not.toThrow()
  })
})

describe('the status', () => {
  it.each([401, 419])('%i is the server’s no to a check and an extension, and all that a sign-out wants', async (status) => {
    expect(await statusOf('check', answer(status))).toBe('ended')
    expect(await statusOf('extend', answer(status))).toBe('ended')
    expect(await statusOf('revoke', answer(status))).toBe('done')
  })

  it('that ends is what the app says it is', async () => {
    expect(await statusOf('check', answer(404), { endedBy: [404] })).toBe('ended')
    expect(await statusOf('check', answer(204), { endedBy: [204] })).toBe('ended')
    expect(await statusOf('check', answer(401), { endedBy: [404] })).toBe('unanswered')
    expect(await statusOf('extend', answer(401), { endedBy: [] })).toBe('refused')
  })

  const silent = [301, 302, 303, 307, 308, 304, 400, 403, 404, 408, 410, 425, 429, 451, 500, 501, 502, 503, 504, 511, 599]
  it.each(silent)('%i is no verdict to a check, and no sign-out', async (status) => {
    expect(await statusOf('check', answer(status))).toBe('unanswered')
    expect(await statusOf('revoke', answer(status))).toBe('unanswered')
  })

  it.each(silent)('%i to an extension is a refusal where it is about the request, else no verdict', async (status) => {
    const refused = [400, 403, 404, 410, 451].includes(status)
    expect(await statusOf('extend', answer(status))).toBe(refused ? 'refused' : 'unanswered')
  })

  it('of a refusal that asks for patience is no refusal', async () => {
    expect(await ask('extend', answer(403, { 'retry-after': '9' }))).toEqual({ status: 'unanswered', retryAfterMs: 9_000 })
  })

  it.each<[string, () => unknown]>([
    ['a redirect that was not followed', but({ type: 'opaqueredirect', status: 0 }, answer(200))],
    ['a redirect that was followed', but({ redirected: true })],
    ['a redirect that was followed to a 401', but({ redirected: true }, answer(401))],
    ['a redirect that was followed to a 403', but({ redirected: true }, answer(403))],
    ['an answer that a script may not see', but({ type: 'opaque', status: 0 }, answer(200))],
    ['an answer of an error', () => Response.error()],
  ])('is nobody’s word in %s', async (_, respond) => {
    for (const kind of ['check', 'extend', 'revoke'] as const) {
      expect(await statusOf(kind, respond)).toBe('unanswered')
      expect(await statusOf(kind, answer(500), { [kind]: respond })).toBe('unanswered')
    }
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a boolean', true],
    ['a verdict', { status: 'ended' }],
    ['a body', { user: 'ada' }],
    ['an answer of another client', { status: 401, headers: { get: () => null }, data: {} }],
  ])('is not looked for in %s', async (_, value) => {
    for (const kind of ['check', 'extend', 'revoke'] as const) {
      expect(await statusOf(kind, answer(500), { [kind]: () => value })).toBe('unanswered')
    }
  })

  it('is nobody’s word when the network is dead, and the error is passed on', async () => {
    const error = new TypeError('Failed to fetch')
    const { backend } = open(() => {
      throw error
    })
    for (const kind of ['check', 'extend', 'revoke'] as const) await expect(backend[kind]?.(call())).rejects.toBe(error)
  })
})

describe('the body', () => {
  const html = { 'content-type': 'text/html; charset=utf-8' }
  const typed = { 'content-type': 'application/json' }

  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON ;charset=utf-8', 'text/json', 'application/vnd.api+json'])('is read where it is %s', async (type) => {
    expect(await ask('check', answer(200, { 'content-type': type }, '{"ttlMs":60000}'))).toMatchObject({ status: 'alive', ttlMs: 60_000 })
  })

  it('may be empty', async () => {
    for (const respond of [answer(204), answer(200), answer(200, typed), answer(200, {}, ''), answer(200, {}, new Uint8Array())]) {
      expect(await statusOf('check', respond)).toBe('alive')
      expect(await statusOf('extend', respond)).toBe('alive')
      expect(await statusOf('revoke', respond)).toBe('done')
    }
  })

  it('is no verdict when it is text, though many a server says OK to a sign-out', async () => {
    const respond = answer(200, {}, 'OK')
    expect(await statusOf('check', respond)).toBe('unanswered')
    expect(await statusOf('extend', respond)).toBe('unanswered')
    expect(await statusOf('revoke', respond)).toBe('done')
  })

  it.each<[string, () => unknown]>([
    ['HTML', answer(200, html, '<h1>Welcome to the airport</h1>')],
    ['HTML that says it is JSON', answer(200, typed, '<h1>Welcome to the airport</h1>')],
    ['JSON that says it is HTML', answer(200, html, '{"ttlMs":60000}')],
    ['bytes of no type', answer(200, {}, new Uint8Array([0x7b, 0x7d]))],
    ['JSON that was cut off', answer(200, typed, '{"ttlMs":600')],
    ['two kinds of it', answer(200, { 'content-type': 'application/json, text/html' }, '{"ttlMs":60000}')],
    ['lines of JSON', answer(200, { 'content-type': 'application/json-seq' }, '{}')],
  ])('is no verdict, and no sign-out, when it is %s', async (_, respond) => {
    for (const kind of ['check', 'extend', 'revoke'] as const) expect(await statusOf(kind, respond)).toBe('unanswered')
  })

  it.each<[string, (response: Response) => Promise<unknown>]>([
    ['as a whole', (response) => response.json()],
    [
      'piece by piece',
      async ({ body }) => {
        const reader = body?.getReader()
        while (!(await reader?.read())?.done);
        reader?.releaseLock()
      },
    ],
  ])('is no verdict when somebody has read it already, %s', async (_, consume) => {
    const peeking = async () => {
      const response = json({ status: 'ended' })()
      await consume(response)
      return response
    }
    expect(await statusOf('check', answer(500), { check: peeking })).toBe('unanswered')
  })

  /** Chunks without end; says how many were asked for, and whether it was stopped. */
  function endless(chunk: Uint8Array) {
    const seen = { chunks: 0, cancelled: false }
    const stream = () =>
      new ReadableStream<Uint8Array>({
        pull: (controller) => (seen.chunks++, controller.enqueue(chunk)),
        cancel: () => void (seen.cancelled = true),
      })
    return { seen, stream }
  }

  it('is read up to 64 KiB', async () => {
    const sized = (bytes: number) => json({ ttlMs: 60_000, pad: 'x'.repeat(bytes - '{"ttlMs":60000,"pad":""}'.length) })
    expect(await sized(65_536)().text()).toHaveLength(65_536)
    expect(await statusOf('check', sized(65_536))).toBe('alive')
    expect(await statusOf('check', sized(65_537))).toBe('unanswered')
    const { seen, stream } = endless(new TextEncoder().encode(' '.repeat(32_768)))
    expect(await statusOf('check', () => new Response(stream(), { headers: typed }))).toBe('unanswered')
    expect(seen.cancelled).toBe(true)
    expect(seen.chunks).toBeLessThanOrEqual(4)
  })

  it('is stopped at its first byte when it is no JSON', async () => {
    const { seen, stream } = endless(new TextEncoder().encode('<'))
    expect(await statusOf('check', () => new Response(stream(), { headers: html }))).toBe('unanswered')
    expect(seen.cancelled).toBe(true)
    expect(seen.chunks).toBeLessThanOrEqual(2)
  })

  it.each([401, 403, 503])('of a %i is not read, and does not hold its connection', async (status) => {
    const { seen, stream } = endless(new Uint8Array(1))
    await ask('extend', () => new Response(stream(), { status }))
    expect(seen.cancelled).toBe(true)
  })

  it('may come in pieces of a character', async () => {
    const bytes = new TextEncoder().encode('{"subject":"Žofie 🦉"}')
    const pieces = () =>
      new ReadableStream<Uint8Array>({
        start(controller) {
          for (const byte of bytes) controller.enqueue(new Uint8Array([byte]))
          controller.close()
        },
      })
    expect(await ask('check', () => new Response(pieces(), { headers: typed }))).toMatchObject({ subject: 'Žofie 🦉' })
  })

  it.each([
    ['no stream', undefined],
    ['a stream of another kind', {}],
  ])('is read as a whole where a fetch has %s: React Native, node-fetch', async (_, body) => {
    const bodiless = (make: () => Response) => but({ body: body as never }, make)
    expect(await ask('check', bodiless(json({ ttlMs: 60_000 })))).toMatchObject({ status: 'alive', ttlMs: 60_000 })
    expect(await statusOf('check', bodiless(answer(200, html, '{"ttlMs":60000}')))).toBe('unanswered')
    expect(await statusOf('check', bodiless(answer(200)))).toBe('alive')
    expect(await statusOf('check', bodiless(answer(401)))).toBe('ended')
  })
})

describe('what a 2xx says by itself', () => {
  it('is what it has of our fields', async () => {
    const fields = { ttlMs: 60_000, expiresAt: NOW + HOUR, serverNow: NOW, maxExpiresAt: NOW + 2 * HOUR, subject: 'ada' }
    const { backend } = open(json({ ...fields, permanent: true, token: 'secret' }))
    expect(await backend.check(call())).toEqual({ status: 'alive', ...fields })
  })

  it.each([{ ttlMs: 0 }, { expiresAt: NOW }, { serverNow: NOW }, { maxExpiresAt: NOW }, { subject: 'ada' }, { status: 'ok', ttlMs: 1 }, { status: 1, ttlMs: 1 }])('is alive when it is %o', async (body) => {
    expect(await statusOf('check', json(body))).toBe('alive')
  })

  it.each([{}, { user: null }, { expiresAt: null }, { error: 'login' }, { status: 'expired' }, [], ['ended'], null, true, false, 0, 'ended', 'alive'])('is no verdict when it is %o', async (body) => {
    expect(await ask('check', json(body))).toMatchObject({ status: 'unanswered', code: 'ERR_SESSION_BAD_VERDICT' })
    expect(await statusOf('extend', json(body))).toBe('unanswered')
    expect(await statusOf('revoke', json(body))).toBe('done')
  })

  it('is the verdict that it spells out', async () => {
    expect(await ask('check', json({ status: 'ended', reason: 'revoked' }))).toEqual({ status: 'ended', reason: 'revoked' })
    expect(await statusOf('extend', json({ status: 'ended' }))).toBe('ended')
    expect(await statusOf('check', json({ status: 'superseded' }))).toBe('unanswered')
    expect(await statusOf('extend', json({ status: 'superseded' }))).toBe('refused')
    expect(await ask('check', json({ status: 'alive', permanent: true }))).toMatchObject({ status: 'alive', permanent: true })
  })

  it('surfaces a field of the wrong kind and lives on', async () => {
    expect(await ask('check', json({ expiresAt: '2026-01-01T13:00:00Z' }))).toMatchObject({ status: 'alive', flaw: 'expiresAt must be milliseconds' })
  })
})

describe('read', () => {
  it('sees the status, the headers and the JSON of a 2xx only', async () => {
    const look = vi.fn<(answer: HttpAnswer) => Reply>(() => true)
    await ask('check', json({ a: 1 }, { 'x-b': '2' }, 201), { read: look })
    await ask('extend', answer(204), { read: look })
    expect(look.mock.calls.map(([{ status, headers, json }]) => [status, headers.get('x-b'), json])).toEqual([
      [201, '2', { a: 1 }],
      [204, null, undefined],
    ])
    for (const respond of [answer(401), answer(403), answer(302), answer(500), answer(200, { 'content-type': 'text/html' }, '<p>')]) await ask('check', respond, { read: look })
    await ask('revoke', json({}), { read: look })
    expect(look).toHaveBeenCalledTimes(2)
  })

  it.each<[string, unknown, string, string]>([
    ['true', true, 'alive', 'alive'],
    ['false', false, 'ended', 'refused'],
    ['alive', { status: 'alive', subject: 'ada' }, 'alive', 'alive'],
    ['ended', { status: 'ended' }, 'ended', 'ended'],
    ['superseded', { status: 'superseded' }, 'unanswered', 'refused'],
    ['nothing', undefined, 'unanswered', 'unanswered'],
    ['null', null, 'unanswered', 'unanswered'],
    ['text', 'alive', 'unanswered', 'unanswered'],
    ['an unknown status', { status: 'fine' }, 'unanswered', 'unanswered'],
  ])('that says %s is taken at its word', async (_, reply, checked, extended) => {
    const says = () => reply as Reply
    expect(await statusOf('check', json({}), { read: says })).toBe(checked)
    expect(await statusOf('extend', json({}), { read: says })).toBe(extended)
  })

  it('that throws has said nothing', async () => {
    const breaks = ({ json }: HttpAnswer) => (json as unknown as { user: { id: string } }).user.id === 'ada'
    expect(await statusOf('check', json(null), { read: breaks })).toBe('unanswered')
    expect(await statusOf('extend', answer(204), { read: breaks })).toBe('unanswered')
  })

  it('finds the end in a field, a header, a cookie or a token', async () => {
    const token = `e30.${btoa(JSON.stringify({ exp: (NOW + HOUR) / 1_000 }))}.signature`
    const body = json({ expires: new Date(NOW + HOUR).toISOString(), token }, { 'session-ttl': '60', 'set-cookie': 'sid=1; Max-Age=60' })
    const read = async (options: Pick<HttpBackendOptions, 'read'>) => ask('check', body, options)
    const field = httpBackend({
      check: body,
      read: ({ json }: HttpAnswer<{ expires: string } | null>) => json !== null && { status: 'alive', expiresAt: Date.parse(json.expires) },
    })
    expect(await field.check(call())).toEqual({ status: 'alive', expiresAt: NOW + HOUR })
    expect(await read({ read: ({ headers }) => ({ status: 'alive', ttlMs: Number(headers.get('session-ttl')) * 1_000 }) })).toMatchObject({ ttlMs: 60_000 })
    expect(await read({ read: ({ headers }) => ({ status: 'alive', ttlMs: cookieMaxAge(headers, 'sid') }) })).toMatchObject({ ttlMs: 60_000 })
    expect(await read({ read: ({ json }) => ({ status: 'alive', expiresAt: jwtExpiry(json?.['token'] as string) }) })).toMatchObject({ expiresAt: NOW + HOUR })
  })
})

describe('the time of the server', () => {
  const alive = (headers: Record<string, string>, body: object = { expiresAt: NOW + HOUR }) => ask('check', json(body, headers))

  it('comes from Date, rounded up, so that no life looks longer than it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 1, max: HOUR }), async (ms, left) => {
        const serverNow = NOW + ms
        const seen = (await alive({ date: httpDate(serverNow) }, { expiresAt: serverNow + left })) as { expiresAt: number; serverNow: number }
        const looksLeft = seen.expiresAt - seen.serverNow
        expect(looksLeft).toBeLessThanOrEqual(left)
        expect(looksLeft).toBeGreaterThan(left - 1_000)
      }),
    )
  })

  it('corrects the longest life, and what read says, as well', async () => {
    const date = httpDate(NOW)
    expect(await alive({ date }, { maxExpiresAt: NOW + HOUR })).toMatchObject({ serverNow: NOW + 999 })
    expect(await ask('extend', answer(204, { date }), { read: () => ({ status: 'alive', expiresAt: NOW }) })).toMatchObject({ serverNow: NOW + 999 })
  })

  it('is the body’s where that says it', async () => {
    expect(await alive({ date: httpDate(NOW) }, { expiresAt: NOW + HOUR, serverNow: NOW - 5 })).toMatchObject({ serverNow: NOW - 5 })
  })

  it.each<[string, Record<string, string>]>([
    ['there is no Date', {}],
    ['a cache answered', { date: httpDate(NOW), age: '1' }],
    ['a cache says so in words of its own', { date: httpDate(NOW), age: 'old' }],
    ['Date is no date', { date: 'now' }],
    ['Date is in a format that some read as local time', { date: 'Thu Jan  1 12:00:00 2026' }],
    ['Date says more than a date', { date: `${httpDate(NOW)}, ${httpDate(NOW)}` }],
    ['Date is in another zone', { date: 'Thu, 01 Jan 2026 12:00:00 CET' }],
    ['Date is on a day that does not exist', { date: 'Thu, 99 Jan 2026 12:00:00 GMT' }],
  ])('is unknown when %s', async (_, headers) => {
    expect(await alive(headers)).toMatchObject({ status: 'alive', expiresAt: NOW + HOUR, serverNow: undefined })
  })

  it('is not hidden by a cache that did not answer', async () => {
    expect(await alive({ date: httpDate(NOW), age: '0' })).toMatchObject({ serverNow: NOW + 999 })
  })

  it('is not put on what is not alive', async () => {
    const headers = { date: httpDate(NOW) }
    expect(await open(json({ status: 'ended' }, headers)).backend.check(call())).toEqual({ status: 'ended' })
    expect(await open(answer(204, headers)).backend.check(call())).toBe(true)
    expect(await open(answer(204, headers), { read: () => null as never }).backend.check(call())).toBe(null)
  })
})

describe('Retry-After', () => {
  const date = httpDate(NOW)
  const patience = async (headers: Record<string, string>, status = 503) => ((await ask('check', answer(status, headers))) as { retryAfterMs?: number }).retryAfterMs

  it.each<[string, Record<string, string>, number | undefined]>([
    ['seconds', { 'retry-after': '120' }, 120_000],
    ['seconds, and the server’s time', { 'retry-after': '120', date }, 120_000],
    ['seconds of better-auth', { 'x-retry-after': '120' }, 120_000],
    ['seconds of better-auth, and others of a proxy', { 'x-retry-after': '120', 'retry-after': '60' }, 60_000],
    ['a date', { 'retry-after': httpDate(NOW + 90_000), date }, 90_000],
    ['a date, and no time to measure it by', { 'retry-after': httpDate(Date.now() + HOUR) }, undefined],
    ['a date, and the time of a cache', { 'retry-after': httpDate(NOW + 90_000), date, age: '30' }, undefined],
    ['a date that has passed', { 'retry-after': httpDate(NOW - 1_000), date }, undefined],
    ['no seconds', { 'retry-after': '0' }, undefined],
    ['negative seconds', { 'retry-after': '-5' }, undefined],
    ['half seconds', { 'retry-after': '1.5' }, undefined],
    ['seconds in another notation', { 'retry-after': '1e3' }, undefined],
    ['two of it', { 'retry-after': '1, 2' }, undefined],
    ['garbage', { 'retry-after': 'soon', date }, undefined],
    ['an empty one', { 'retry-after': '', date }, undefined],
    ['none', { date }, undefined],
  ])('is read when it is %s', async (_, headers, expected) => {
    expect(await patience(headers)).toBe(expected)
  })

  it.each([302, 403, 404, 429, 500, 503])('is read of a %i', async (status) => {
    expect(await patience({ 'retry-after': '7' }, status)).toBe(7_000)
  })

  it('does not turn a no into something else', async () => {
    expect(await statusOf('check', answer(401, { 'retry-after': '7' }))).toBe('ended')
  })

  it('is never negative, whatever the headers are', async () => {
    const text = fc.oneof(fc.string({ unit: 'binary-ascii' }), fc.integer().map(String), fc.double().map(String), fc.date({ noInvalidDate: true }).map((at) => at.toUTCString()))
    const printable = text.map((value) => value.replace(/[^ -~]/g, ''))
    await fc.assert(
      fc.asyncProperty(printable, printable, printable, async (retryAfter, date, age) => {
        const seen = await patience({ 'retry-after': retryAfter, date, age })
        expect(seen ?? 1).toBeGreaterThan(0)
      }),
    )
  })

  it('is obeyed by a session', async () => {
    const time = createVirtualTime(NOW)
    let respond = answer(503, { 'retry-after': '600' })
    const { backend, fetch } = open(() => respond())
    const session = createSession(backend, {}, { clock: time.clock, random: () => 0.5 })
    const release = session.start()
    await time.advance(599_000)
    expect(fetch).toHaveBeenCalledTimes(1)
    expect(session.get()).toMatchObject({ signedIn: undefined, problem: { code: 'ERR_SESSION_RATE_LIMITED' } })
    respond = answer(204)
    await time.advance(120_000)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    release()
    await time.advance(1)
  })
})

describe('a failed operation', () => {
  const classify = (error: unknown, options: Partial<HttpBackendOptions> = {}) => open(answer(204), options).backend.classify?.(error)
  const wants = (challenge: string, more: Record<string, string> = {}) => answer(401, { 'www-authenticate': challenge, ...more })()
  const MORE = 'Bearer error="insufficient_user_authentication"'

  it.each([
    ['a Response', answer(401)()],
    ['an error with a status', Object.assign(new Error(), { status: 401 })],
    ['an error with a response', Object.assign(new Error(), { response: answer(419)() })],
    ['an error with a status of its own and a response', Object.assign(new Error(), { status: 500, response: { status: 401 } })],
  ])('is unauthenticated when %s says so', (_, error) => {
    expect(classify(error)).toBe('unauthenticated')
  })

  it('is unauthenticated with the statuses that the app calls an end', () => {
    expect(classify({ status: 404 }, { endedBy: [404] })).toBe('unauthenticated')
    expect(classify({ status: 401 }, { endedBy: [404] })).toBeUndefined()
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['text', '401'],
    ['a status that is text', { status: '401' }],
    ['a 403', answer(403)()],
    ['a 500', { response: { status: 500, headers: {} } }],
    ['a response that is null', { response: null }],
    ['headers that are null', { status: 403, headers: null }],
    ['a header that is a number', { status: 403, headers: { 'www-authenticate': 7 } }],
    ['another error', { status: 403, headers: { 'www-authenticate': 'Bearer error="insufficient_scope"' } }],
    ['words about it', { status: 403, headers: { 'www-authenticate': 'Bearer error_description="insufficient_user_authentication"' } }],
  ])('means nothing with %s', (_, error) => {
    expect(classify(error)).toBeUndefined()
  })

  it.each<[string, string, object]>([
    ['which ways of signing in will do', `${MORE}, acr_values="myACR  phr"`, { acrValues: ['myACR', 'phr'] }],
    ['how long ago it may have been', `${MORE}, max_age="5"`, { maxAgeMs: 5_000 }],
    ['both, in another order, without quotes and in capitals', 'BEARER Max_Age=60,ACR_VALUES=phr,ERROR=insufficient_user_authentication', { acrValues: ['phr'], maxAgeMs: 60_000 }],
    ['that it may not have been before', `${MORE}, max_age=0`, { maxAgeMs: 0 }],
    ['something in quotes that are escaped', `Bearer realm="say \\"error=no\\"", error="insufficient_user_authentication"`, {}],
    ['nothing more', MORE, {}],
    ['no number', `${MORE}, max_age="soon"`, {}],
    ['a negative number', `${MORE}, max_age="-5"`, {}],
    ['a number without end', `${MORE}, max_age=${'9'.repeat(400)}`, {}],
    ['empty ones', `${MORE}, acr_values="", max_age=""`, {}],
    ['a quote that does not end', `${MORE}, acr_values="phr`, {}],
    ['another scheme beside it', `Basic realm="max_age=7", max_age=8, ${MORE}, acr_values=phr, DPoP acr_values=no, max_age=9`, { acrValues: ['phr'] }],
  ])('is a challenge that says %s', (_, header, challenge) => {
    expect(classify(wants(header))).toEqual(challenge)
  })

  it('is a challenge with headers of every kind of client, whatever the status', () => {
    const header = `${MORE}, max_age=1`
    const kinds = [new Headers({ 'www-authenticate': header }), { 'WWW-Authenticate': header }, { 'www-authenticate': ['Basic realm=a', header] }, new Map([['www-authenticate', header]])]
    for (const headers of kinds) {
      expect(classify({ status: 403, headers })).toEqual({ maxAgeMs: 1_000 })
      expect(classify(Object.assign(new Error(), { response: { status: 401, headers } }))).toEqual({ maxAgeMs: 1_000 })
    }
  })

  it('is looked at without an error of its own, whatever the header is', () => {
    const part = fc.constantFrom('Bearer ', 'error=', '"', '\\', 'insufficient_user_authentication', 'max_age=', 'acr_values=', ' ', ',', '=', '12', 'x')
    fc.assert(
      fc.property(fc.array(fc.oneof(part, fc.string())), (parts) => {
        const failure = classify({ status: 401, headers: { 'www-authenticate': parts.join('') } })
        expect(failure).toSatisfy((value) => value === 'unauthenticated' || (typeof value === 'object' && Object.keys(value as object).every((key) => ['acrValues', 'maxAgeMs'].includes(key))))
      }),
    )
  })

  it('asks the person for more, and then begins again', async () => {
    const time = createVirtualTime(NOW)
    const stepUp = vi.fn(async () => {})
    const { backend } = open(json({ subject: 'ada' }), { stepUp })
    const session = createSession(backend, {}, { clock: time.clock, random: () => 0.5 })
    const release = session.start()
    await time.advance(1)
    const operation = vi.fn(async () => 'signed').mockRejectedValueOnce(wants(`${MORE}, acr_values=phr`))
    const outcome = session.run(operation, { replay: () => true })
    await time.advance(10)
    expect(await outcome).toBe('signed')
    expect(stepUp).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ challenge: { acrValues: ['phr'] } }))
    release()
    await time.advance(1)
  })
})

describe('a flag', () => {
  it('is passed on as it is', () => {
    expect(httpBackend({ check: '/' })).toMatchObject({ checkExtends: undefined, rotates: undefined })
    expect(httpBackend({ check: '/', checkExtends: true, rotates: false })).toMatchObject({ checkExtends: true, rotates: false })
  })
})

describe('an error', () => {
  it('says nothing that the server said', async () => {
    const secret = 'canary'
    const header = { 'x-token': secret, 'set-cookie': secret, 'retry-after': secret, date: secret, location: `/${secret}` }
    const spoken = { ...header, 'content-type': 'application/json' }
    const answers = [answer(503, header, secret), answer(302, header), answer(403, header, secret), answer(200, spoken, secret), answer(200, { ...spoken, 'content-type': secret }, secret), answer(200, spoken, `"${secret.repeat(20_000)}"`)]
    for (const respond of answers) {
      const error: unknown = await Promise.resolve(open(respond).backend.check(call())).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(SessionError)
      const { message, cause, stack } = error as Error
      expect(JSON.stringify([error, message, cause, stack])).not.toContain(secret)
    }
  })
})
