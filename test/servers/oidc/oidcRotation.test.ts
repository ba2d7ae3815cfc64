import { describe, expect, it, vi } from 'vitest'
import { createVirtualTime } from '../../../src/testing'
import { memoryStore } from '../../backends/memoryStore'
import { openTab, startProvider } from './provider'
import { answer, ask, call, json, refuse, useProvider } from './useProvider'

describe('a refresh token', () => {
  const real = useProvider()
  const { signedIn, at, loseAnswers, holdAnswer } = real

  it.each([
    ['unavailable, for half a minute', answer(503, { 'retry-after': '30' }), 30_000],
    ['too many, for a minute', answer(429, { 'retry-after': '60' }), 60_000],
    ['temporarily unavailable, in the words of OAuth', answer(400, { 'content-type': 'application/json' }, '{"error":"temporarily_unavailable"}'), undefined],
    ['a client that is not known any more', answer(401, { 'content-type': 'application/json' }, '{"error":"invalid_client"}'), undefined],
  ] as const)('takes %s for no verdict, and shows the refresh token again later', async (_, fault, retryAfterMs) => {
    const backend = await signedIn()
    at('/token', fault)
    expect(await ask(backend, 'extend')).toEqual({ status: 'unanswered', retryAfterMs })
    real.provider.fault(undefined)
    expect((await ask(backend, 'extend')).status).toBe('alive')
  })

  it('does not take a gateway that lost the answer for the provider', async () => {
    const backend = await signedIn()
    at('/token', (_req, res) => {
      const end = res.end.bind(res)
      res.end = (() => {
        for (const name of res.getHeaderNames()) res.removeHeader(name)
        res.statusCode = 503
        return end()
      }) as typeof res.end
      return false
    })
    expect((await ask(backend, 'extend')).status).toBe('unanswered')
    real.provider.fault(undefined)
    expect((await ask(backend, 'extend')).status).toBe('unanswered')
    expect((await ask(backend, 'check')).status).toBe('alive')
    expect(real.provider.revoked).toEqual([])
  })

  it('makes nobody somebody else', async () => {
    const backend = await signedIn()
    const before = await backend.accessToken()
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const claims = { iss: real.provider.issuer, aud: 'app', sub: 'bob', iat: 1, exp: 2 }
    at('/token', json(200, { access_token: 'of-bob', refresh_token: 'of-bob', token_type: 'Bearer', id_token: `${part({ alg: 'RS256' })}.${part(claims)}.${part({})}` }))
    expect((await ask(backend, 'extend')).status).toBe('unanswered')
    expect(await backend.accessToken()).toBe(before)
  })

  it('shows the refresh token to nobody while the provider is out of reach', async () => {
    const backend = await signedIn()
    for (const fault of [refuse, answer(502), answer(200, { 'content-type': 'text/html' }, '<h1>Welcome</h1>'), answer(307, { location: 'https://elsewhere.example/' })]) {
      real.provider.fault(fault)
      expect((await ask(backend, 'extend')).status).toBe('unanswered')
    }
    expect(real.provider.requests).not.toContain('POST /token')
    real.provider.fault(undefined)
    expect((await ask(backend, 'extend')).status).toBe('alive')
  })

  it('looks for the provider past every cache before an exchange, and not before a question', async () => {
    const asked: string[] = []
    const backend = await signedIn({ fetch: (url, init) => (asked.push(`${String(init.cache)} ${new URL(url).pathname}`), fetch(url, init)) })
    asked.length = 0
    await ask(backend, 'check')
    await ask(backend, 'extend')
    const document = '/.well-known/openid-configuration'
    expect(asked).toEqual([`default ${document}`, 'no-store /me', `no-store ${document}`, 'no-store /token'])
  })

  it('never shows a refresh token again after a lost answer, and ends when the access token does', async () => {
    const time = createVirtualTime()
    const backend = await signedIn({ clock: time.clock })
    const shown = () => real.provider.requests.filter((request) => request === 'POST /token').length
    loseAnswers('/token')
    expect((await ask(backend, 'extend')).status).toBe('unanswered')
    real.provider.fault(undefined)
    // Perhaps it is still on its way.
    expect((await ask(backend, 'extend')).status).toBe('unanswered')
    await time.advance(60_000)
    expect((await ask(backend, 'extend')).status).toBe('unanswered')
    expect((await ask(backend, 'extend')).status).toBe('refused')
    expect((await ask(backend, 'check')).status).toBe('alive')
    await time.advance(3_540_000)
    expect((await ask(backend, 'check')).status).toBe('ended')
    expect(shown()).toBe(1)
    expect(real.provider.revoked).toEqual([])
    await backend.signIn?.(call())
    expect((await ask(backend, 'extend')).status).toBe('alive')
  })

  it('would have its family revoked if it did', async () => {
    const backend = await signedIn({ reuseMs: Infinity })
    loseAnswers('/token')
    await ask(backend, 'extend')
    real.provider.fault(undefined)
    expect((await ask(backend, 'extend')).status).toBe('ended')
    expect(real.provider.revoked).toHaveLength(1)
  })

  it('shows it again at once where the provider does not mind', async () => {
    const patient = await startProvider({ rotateRefreshToken: () => false })
    const backend = openTab(patient, { reuseMs: Infinity })
    await backend.signIn?.(call())
    let lost = 0
    patient.fault((req, res) => {
      if (req.url === '/token' && lost++ === 0) res.end = () => res.destroy()
      return false
    })
    expect((await ask(backend, 'extend')).status).toBe('alive')
    expect(lost).toBe(2)
    await patient.close()
  })

  it('shows it again as long as the provider allows it, for half of that time from the first', async () => {
    const time = createVirtualTime()
    const backend = await signedIn({ clock: time.clock, reuseMs: 30_000 })
    const shown = () => real.provider.requests.filter((request) => request === 'POST /token').length
    at('/token', answer(504))
    expect((await ask(backend, 'extend')).status).toBe('unanswered')
    expect(shown()).toBe(2)
    await time.advance(14_990)
    // The question is such an occasion, though the access token is good: the page may have been reloaded meanwhile.
    expect((await ask(backend, 'check')).status).toBe('unanswered')
    expect(shown()).toBe(4)
    await time.advance(10)
    expect((await ask(backend, 'extend')).status).toBe('unanswered')
    expect((await ask(backend, 'check')).status).toBe('alive')
    expect(shown()).toBe(4)
  })

  it('stays marked when one tab is turned away, and another may have been heard', async () => {
    const time = createVirtualTime()
    const store = memoryStore()
    const options = { store, clock: time.clock, reuseMs: 60_000 }
    let [shown, turnAway] = [0, (): void => undefined]
    const through = (atToken: () => Promise<Response>) => (url: string, init: RequestInit) => (url.endsWith('/token') && shown++ >= 0 ? atToken() : fetch(url, init))
    await signedIn(options)
    const one = openTab(real.provider, { ...options, fetch: through(() => new Promise((resolve) => (turnAway = () => resolve(new Response(null, { status: 429 }))))) })
    const other = openTab(real.provider, { ...options, fetch: through(() => Promise.reject(new TypeError('fetch failed'))) })
    const waiting = ask(one, 'extend')
    await vi.waitUntil(() => shown === 1)
    await ask(other, 'extend')
    expect(shown).toBe(3)
    turnAway()
    expect((await waiting).status).toBe('unanswered')
    await time.advance(60_000)
    expect((await ask(one, 'extend')).status).toBe('unanswered')
    for (const tab of [one, other]) expect((await ask(tab, 'extend')).status).toBe('refused')
    expect(shown).toBe(3)
  })

  it('is not fooled by a clock that is set back', async () => {
    const time = createVirtualTime()
    const backend = await signedIn({ clock: time.clock })
    loseAnswers('/token')
    await ask(backend, 'extend')
    real.provider.fault(undefined)
    time.setClockBy(-86_400_000)
    expect((await ask(backend, 'extend')).status).toBe('unanswered')
    expect((await ask(backend, 'extend')).status).toBe('refused')
    expect(real.provider.revoked).toEqual([])
  })

  it('does not become fresh again by a clock that is set back by what has passed since', async () => {
    const time = createVirtualTime()
    const backend = await signedIn({ clock: time.clock, reuseMs: 60_000 })
    const shown = () => real.provider.requests.filter((request) => request === 'POST /token').length
    at('/token', answer(504))
    await ask(backend, 'extend')
    real.provider.fault(undefined)
    expect(shown()).toBe(2)
    await time.advance(600_000)
    expect((await ask(backend, 'extend')).status).toBe('unanswered')
    time.setClockBy(-600_000)
    expect((await ask(backend, 'extend')).status).toBe('refused')
    expect(shown()).toBe(2)
  })

  it('gives an answer that was held up by a sleep the time to be heard', async () => {
    const time = createVirtualTime()
    const store = memoryStore()
    const [one, other] = [await signedIn({ store, clock: time.clock }), openTab(real.provider, { store, clock: time.clock })]
    let wake = (): void => undefined
    holdAnswer('/token', () => new Promise<void>((resolve) => (wake = resolve)))
    const waiting = ask(one, 'extend')
    await vi.waitUntil(() => real.provider.requests.includes('POST /token'))
    await time.advance(7_200_000)
    expect((await ask(other, 'check')).status).toBe('unanswered')
    wake()
    expect((await waiting).status).toBe('alive')
    expect((await ask(other, 'check')).status).toBe('alive')
  })

  it('keeps the new tokens when their answer comes too late for the call', async () => {
    const backend = await signedIn()
    const abort = new AbortController()
    at('/token', () => {
      abort.abort()
      return false
    })
    const before = await backend.accessToken()
    await ask(backend, 'extend', abort.signal)
    expect(await backend.accessToken()).not.toBe(before)
    expect((await ask(backend, 'extend')).status).toBe('alive')
  })

  it('shows it once, however many tabs ask at the same moment', async () => {
    const store = memoryStore()
    const tabs = [await signedIn({ store }), ...[1, 2, 3].map(() => openTab(real.provider, { store }))]
    const answered: string[] = []
    const others = new Promise<void>((resolve) => holdAnswer('/token', () => vi.waitUntil(() => answered.length === 3).then(() => resolve())))
    await Promise.all(tabs.map(async (tab) => answered.push((await ask(tab, 'extend')).status)))
    await others
    expect(answered).toEqual(['unanswered', 'unanswered', 'unanswered', 'alive'])
    // They have the new one.
    for (const tab of tabs) expect((await ask(tab, 'extend')).status).toBe('alive')
    expect(real.provider.revoked).toEqual([])
  })

  it('takes the no to an old refresh token for none to the one that another tab has stored since', async () => {
    const store = memoryStore()
    const [one, other] = [await signedIn({ store }), openTab(real.provider, { store })]
    await real.provider.endAll()
    holdAnswer('/token', async () => other.signIn?.(call()))
    expect((await ask(one, 'extend')).status).toBe('refused')
    expect((await ask(one, 'check')).status).toBe('alive')
  })

  it('does not bring back what was signed out while it was exchanged', async () => {
    const store = memoryStore()
    const [one, other] = [await signedIn({ store }), openTab(real.provider, { store })]
    holdAnswer('/token', async () => other.revoke?.(call()))
    expect((await ask(one, 'extend')).status).toBe('refused')
    expect(await one.accessToken()).toBeUndefined()
    expect((await ask(one, 'check')).status).toBe('ended')
  })
})
