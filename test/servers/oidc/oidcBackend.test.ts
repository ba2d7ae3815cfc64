import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readReply, type SessionBackend } from '../../src/backend'
import type { OidcBackendOptions } from '../../src/backends/oidc'
import { createVirtualTime, describeBackend } from '../../src/testing'
import { texts } from '../texts'
import { APP, type Fault, memoryStore, openTab, type RealProvider, startProvider } from './provider'

const call = (signal = new AbortController().signal) => ({ signal, timeoutMs: 10_000 })

const PAGE = `${APP}/orders?page=2#top`
beforeEach(() => void vi.stubGlobal('location', new URL(PAGE)))
afterEach(() => void vi.unstubAllGlobals())

const answer = (status: number, headers: { [name: string]: string } = {}, body = ''): Fault => (_req, res) => !!res.writeHead(status, headers).end(body)
const refuse: Fault = (req) => !!req.socket.destroy()

for (const [how, cutOff] of [
  ['oidc-provider', refuse],
  ['oidc-provider behind a captive portal', answer(200, { 'content-type': 'text/html' }, '<h1>Welcome to the airport</h1>')],
  ['oidc-provider that is being deployed', answer(503, { 'retry-after': '5' })],
  ['oidc-provider behind a broken gateway', answer(502)],
] satisfies [string, Fault][]) {
  describeBackend(
    how,
    async () => {
      vi.stubGlobal('location', new URL(PAGE))
      const provider = await startProvider()
      const backend = openTab(provider)
      await backend.signIn?.(call())
      return { backend, end: provider.endAll, cutOff: () => provider.fault(cutOff), restore: () => provider.fault(undefined), close: provider.close }
    },
    { describe, it },
  )
}

describe('on a real provider', () => {
  let provider: RealProvider
  beforeEach(async () => void (provider = await startProvider()))
  afterEach(() => provider.close())

  async function signedIn(options: Partial<OidcBackendOptions> = {}) {
    const backend = openTab(provider, options)
    await backend.signIn?.(call())
    provider.requests.length = 0
    return backend
  }

  async function ask(backend: SessionBackend, kind: 'check' | 'extend', signal?: AbortSignal) {
    try {
      return readReply(kind, await backend[kind]?.(call(signal)))
    } catch (error) {
      return { status: 'unanswered', retryAfterMs: (error as { retryAfterMs?: unknown }).retryAfterMs }
    }
  }

  /** Befalls requests of one kind. */
  const at = (path: string, fault: Fault) => provider.fault((req, res) => req.url === path && fault(req, res))
  /** The provider does it, and nobody hears of it. */
  const loseAnswers = (path: string) =>
    at(path, (_req, res) => {
      res.end = () => res.destroy()
      return false
    })

  /** The first one waits for something else to be done. */
  const holdAnswer = (path: string, until: () => Promise<unknown>) =>
    at(path, (_req, res) => {
      provider.fault(undefined)
      const end = res.end.bind(res)
      res.end = ((...args: Parameters<typeof end>) => {
        void until().then(() => end(...args))
        return res
      }) as typeof res.end
      return false
    })

  it('says who it is, and until when the access token is good', async () => {
    const time = createVirtualTime()
    const backend = await signedIn({ clock: time.clock })
    expect(await ask(backend, 'check')).toMatchObject({ status: 'alive', subject: 'ada', expiresAt: time.now() + 3_600_000 })
    expect(provider.requests).toEqual(['GET /.well-known/openid-configuration', 'GET /me'])
  })

  it('signs in whatever the clock here says', async () => {
    for (const startAt of [Date.UTC(2001, 0, 1), Date.UTC(2051, 0, 1)]) {
      vi.setSystemTime(startAt)
      const backend = await signedIn()
      expect((await ask(backend, 'extend')).status).toBe('alive')
      vi.useRealTimers()
    }
  })

  it('moves the end by extending, with a refresh token that is shown once', async () => {
    const time = createVirtualTime()
    const backend = await signedIn({ clock: time.clock })
    const before = await backend.accessToken()
    await time.advance(900_000)
    expect(await ask(backend, 'extend')).toMatchObject({ status: 'alive', expiresAt: time.now() + 3_600_000 })
    expect(await backend.accessToken()).not.toBe(before)
    expect((await ask(backend, 'extend')).status).toBe('alive')
    expect(provider.revoked).toEqual([])
  })

  it('asks by the refresh token when the access token has run out', async () => {
    const time = createVirtualTime()
    const backend = await signedIn({ clock: time.clock })
    await time.advance(3_600_000)
    expect(await ask(backend, 'check')).toMatchObject({ status: 'alive', expiresAt: time.now() + 3_600_000 })
    expect(provider.requests).toContain('POST /token')
    expect(provider.requests).not.toContain('GET /me')
  })

  it('asks by the refresh token when the access token is for another API', async () => {
    const backend = await signedIn()
    at('/me', answer(401, { 'www-authenticate': 'Bearer error="invalid_token"' }))
    expect((await ask(backend, 'check')).status).toBe('alive')
    expect(provider.requests).toContain('POST /token')
  })

  it.each([
    ['unavailable, for half a minute', answer(503, { 'retry-after': '30' }), 30_000],
    ['too many, for a minute', answer(429, { 'retry-after': '60' }), 60_000],
    ['temporarily unavailable, in the words of OAuth', answer(400, { 'content-type': 'application/json' }, '{"error":"temporarily_unavailable"}'), undefined],
    ['a client that is not known any more', answer(401, { 'content-type': 'application/json' }, '{"error":"invalid_client"}'), undefined],
  ] as const)('takes %s for no verdict, and shows the refresh token again later', async (_, fault, retryAfterMs) => {
    const backend = await signedIn()
    at('/token', fault)
    expect(await ask(backend, 'extend')).toEqual({ status: 'unanswered', retryAfterMs })
    provider.fault(undefined)
    expect((await ask(backend, 'extend')).status).toBe('alive')
  })

  it('shows the refresh token to nobody while the provider is out of reach', async () => {
    const backend = await signedIn()
    for (const fault of [refuse, answer(502), answer(200, { 'content-type': 'text/html' }, '<h1>Welcome</h1>'), answer(307, { location: 'https://elsewhere.example/' })]) {
      provider.fault(fault)
      expect((await ask(backend, 'extend')).status).toBe('unanswered')
    }
    expect(provider.requests).not.toContain('POST /token')
    provider.fault(undefined)
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
    const shown = () => provider.requests.filter((request) => request === 'POST /token').length
    loseAnswers('/token')
    expect((await ask(backend, 'extend')).status).toBe('unanswered')
    provider.fault(undefined)
    // Perhaps it is still on its way.
    expect((await ask(backend, 'extend')).status).toBe('unanswered')
    await time.advance(60_000)
    expect((await ask(backend, 'extend')).status).toBe('refused')
    expect((await ask(backend, 'check')).status).toBe('alive')
    await time.advance(3_540_000)
    expect((await ask(backend, 'check')).status).toBe('ended')
    expect(shown()).toBe(1)
    expect(provider.revoked).toEqual([])
    await backend.signIn?.(call())
    expect((await ask(backend, 'extend')).status).toBe('alive')
  })

  it('would have its family revoked if it did', async () => {
    const backend = await signedIn({ reuseMs: Infinity })
    loseAnswers('/token')
    await ask(backend, 'extend')
    provider.fault(undefined)
    expect((await ask(backend, 'extend')).status).toBe('ended')
    expect(provider.revoked).toHaveLength(1)
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
    const shown = () => provider.requests.filter((request) => request === 'POST /token').length
    at('/token', answer(504))
    expect((await ask(backend, 'extend')).status).toBe('unanswered')
    expect(shown()).toBe(2)
    await time.advance(14_999)
    // The question is such an occasion, though the access token is good: the page may have been reloaded meanwhile.
    expect((await ask(backend, 'check')).status).toBe('unanswered')
    expect(shown()).toBe(4)
    await time.advance(1)
    expect((await ask(backend, 'extend')).status).toBe('unanswered')
    expect((await ask(backend, 'check')).status).toBe('alive')
    expect(shown()).toBe(4)
  })

  it('is not fooled by a clock that is set back', async () => {
    const time = createVirtualTime()
    const backend = await signedIn({ clock: time.clock })
    loseAnswers('/token')
    await ask(backend, 'extend')
    provider.fault(undefined)
    time.setClockBy(-86_400_000)
    expect((await ask(backend, 'extend')).status).toBe('refused')
    expect(provider.revoked).toEqual([])
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
    const tabs = [await signedIn({ store }), ...[1, 2, 3].map(() => openTab(provider, { store }))]
    const answered: string[] = []
    const others = new Promise<void>((resolve) => holdAnswer('/token', () => vi.waitUntil(() => answered.length === 3).then(() => resolve())))
    await Promise.all(tabs.map(async (tab) => answered.push((await ask(tab, 'extend')).status)))
    await others
    expect(answered).toEqual(['unanswered', 'unanswered', 'unanswered', 'alive'])
    // They have the new one.
    for (const tab of tabs) expect((await ask(tab, 'extend')).status).toBe('alive')
    expect(provider.revoked).toEqual([])
  })

  it('peeks at what another tab stored, as far as this one has looked', async () => {
    const time = createVirtualTime()
    const store = memoryStore()
    const [one, other] = [await signedIn({ store, clock: time.clock }), openTab(provider, { store, clock: time.clock })]
    expect(other.peek?.()).toBeUndefined()
    await time.advance(900_000)
    await ask(one, 'extend')
    await other.accessToken()
    expect(other.peek?.()).toEqual({ status: 'alive', subject: 'ada', expiresAt: time.now() + 3_600_000 })
  })

  it('takes the no to an old refresh token for none to the one that another tab has stored since', async () => {
    const store = memoryStore()
    const [one, other] = [await signedIn({ store }), openTab(provider, { store })]
    await provider.endAll()
    holdAnswer('/token', async () => other.signIn?.(call()))
    expect((await ask(one, 'extend')).status).toBe('refused')
    expect((await ask(one, 'check')).status).toBe('alive')
  })

  it('does not bring back what was signed out while it was exchanged', async () => {
    const store = memoryStore()
    const [one, other] = [await signedIn({ store }), openTab(provider, { store })]
    holdAnswer('/token', async () => other.revoke?.(call()))
    expect((await ask(one, 'extend')).status).toBe('refused')
    expect(await one.accessToken()).toBeUndefined()
    expect((await ask(one, 'check')).status).toBe('ended')
  })

  it('revokes at the provider, and again when nobody heard', async () => {
    const store = memoryStore()
    const backend = await signedIn({ store })
    const stolen = structuredClone([...store.data])
    for (const fault of [refuse, answer(503, { 'retry-after': '5' }), answer(200, { 'content-type': 'text/html' }, '<h1>Welcome</h1>')]) {
      provider.fault(fault)
      await expect(async () => backend.revoke?.(call())).rejects.toThrow()
    }
    for (const status of [502, 429]) {
      at('/token/revocation', answer(status))
      await expect(async () => backend.revoke?.(call())).rejects.toThrow()
    }
    provider.fault(undefined)
    await backend.revoke?.(call())
    expect(await backend.accessToken()).toBeUndefined()
    expect((await ask(backend, 'extend')).status).toBe('refused')
    const thief = memoryStore()
    for (const [key, value] of stolen) thief.data.set(key, value)
    expect((await ask(openTab(provider, { store: thief }), 'check')).status).toBe('ended')
  })

  it('forgets the tokens where the provider will not revoke them', async () => {
    const backend = await signedIn()
    at('/token/revocation', answer(400, { 'content-type': 'application/json' }, '{"error":"unsupported_token_type"}'))
    await backend.revoke?.(call())
    expect(await backend.accessToken()).toBeUndefined()
  })

  it('knows the page of the provider for signing out there', async () => {
    const backend = await signedIn()
    const url = await backend.signOutUrl(`${APP}/bye`)
    const page = await fetch(url as string)
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('/session/end/confirm')
    expect(new URL(url as string).searchParams.get('id_token_hint')).toMatch(/^ey/)
  })

  it('does without the pages that a provider need not have', async () => {
    const off = { enabled: false }
    const plain = await startProvider({ features: { devInteractions: off, userinfo: off, revocation: off, rpInitiatedLogout: off } })
    const backend = openTab(plain)
    await backend.signIn?.(call())
    const before = await backend.accessToken()
    expect((await ask(backend, 'check')).status).toBe('alive')
    expect(await backend.accessToken()).not.toBe(before)
    expect(await backend.signOutUrl()).toBeUndefined()
    await backend.revoke?.(call())
    expect((await ask(backend, 'check')).status).toBe('ended')
    await plain.close()
  })

  it('takes what a userinfo endpoint says beside 200 and 401 for no verdict, and no other person for this one', async () => {
    const backend = await signedIn()
    for (const fault of [answer(403), answer(500), answer(503, { 'retry-after': '5' }), answer(200, { 'content-type': 'application/json' }, '{"sub":"bob"}')]) {
      at('/me', fault)
      expect((await ask(backend, 'check')).status).toBe('unanswered')
    }
    expect(provider.requests).not.toContain('POST /token')
  })

  it('keeps what an exchange does not say again, and knows no end where none is said', async () => {
    const store = memoryStore()
    const backend = await signedIn({ store })
    at('/token', answer(200, { 'content-type': 'application/json' }, '{"access_token":"a-new-one","token_type":"Bearer"}'))
    expect(await ask(backend, 'extend')).toMatchObject({ status: 'alive', subject: 'ada', expiresAt: undefined })
    expect(await backend.accessToken()).toBe('a-new-one')
    provider.fault(undefined)
    // The access token is not one of the provider's, the refresh token is still good.
    expect((await ask(backend, 'check')).status).toBe('alive')
  })

  it('takes a browser that stores nothing for no verdict, and signs in nobody there', async () => {
    const open = vi.fn()
    const backend = openTab(provider, { store: undefined, open })
    for (const kind of ['check', 'extend'] as const) expect((await ask(backend, kind)).status).toBe('unanswered')
    await expect(async () => backend.signIn?.(call())).rejects.toThrow()
    expect(open).not.toHaveBeenCalled()
  })

  it('tells operations that fail with a 401 from others', () => {
    const { classify } = openTab(provider)
    expect(classify?.(Object.assign(new Error(), { status: 401 }))).toBe('unauthenticated')
    for (const error of [undefined, null, 'text', { status: 403 }]) expect(classify?.(error)).toBeUndefined()
  })

  it('says nothing of tokens or of what the provider said in what it throws and tells', async () => {
    const store = memoryStore()
    const backend = await signedIn({ store })
    const secrets = texts([...store.data]).filter((text) => text.length > 30 && !text.startsWith('http'))
    expect(secrets.length).toBeGreaterThanOrEqual(3)
    const said: unknown[] = [await ask(backend, 'check'), backend.peek?.()]
    const url = `${APP}/signed-in?error=access_denied&error_description=the-secret-reason&state=whatever`
    said.push(await backend.finishSignIn(url).catch((error: unknown) => error))
    at('/token', answer(400, { 'content-type': 'application/json' }, '{"error":"slow_down","error_description":"the-secret-reason"}'))
    said.push(await Promise.resolve(backend.extend?.(call())).catch((error: unknown) => error))
    for (const secret of [...secrets, 'the-secret-reason']) expect(texts(said).join(' ')).not.toContain(secret)
  })

  describe('the sign-in', () => {
    /** Begins one, and gives the address to which the provider sent the browser. */
    async function begin(options: Partial<OidcBackendOptions> = {}) {
      let returned = ''
      const backend = openTab(provider, { ...options, open: async (url) => void (returned = await provider.visit(url)) })
      await backend.signIn?.(call())
      return { backend, returned }
    }

    it('brings the person back to the page where they were', async () => {
      const { backend, returned } = await begin()
      expect(await backend.finishSignIn(returned)).toBe(PAGE)
      expect((await ask(backend, 'check')).status).toBe('alive')
    })

    it('finishes on another page than it began on', async () => {
      const store = memoryStore()
      const { returned } = await begin({ store })
      vi.stubGlobal('location', new URL(returned))
      const backend = openTab(provider, { store })
      expect(await backend.finishSignIn()).toBe(PAGE)
      expect((await ask(backend, 'check')).status).toBe('alive')
    })

    it.each(['/cart', `${APP}/cart`, new URL('/cart', APP)])('brings them to another page of this origin: %s', async (target) => {
      const { backend, returned } = await begin({ returnTo: () => target })
      expect(await backend.finishSignIn(returned)).toBe(`${APP}/cart`)
    })

    it.each([
      'https://evil.example/',
      '//evil.example/',
      '/\\evil.example/',
      '\\\\evil.example',
      ' \t//evil.example',
      'http://app.example/',
      'https://app.example:8443/',
      'https://app.example@evil.example/',
      'javascript:alert(1)',
      'data:text/html,hello',
      'blob:https://app.example/4f6e',
      'https://',
    ])('refuses to bring them to %s', async (target) => {
      const open = vi.fn()
      const backend = openTab(provider, { returnTo: () => target, open })
      await expect(async () => backend.signIn?.(call())).rejects.toThrow()
      expect(open).not.toHaveBeenCalled()
    })

    it('gives back a page whose path looks like another host as an address of this one', async () => {
      const { backend, returned } = await begin({ returnTo: () => `${APP}//evil.example/` })
      expect(new URL(await backend.finishSignIn(returned), PAGE).origin).toBe(APP)
    })

    const failed = expect.objectContaining({ code: 'ERR_SESSION_SIGN_IN_FAILED' }) as Error

    it.each<[string, (url: URL) => void]>([
      ['of another state', (url) => url.searchParams.set('state', 'of-somebody-else')],
      ['without a state', (url) => url.searchParams.delete('state')],
      ['of another provider', (url) => url.searchParams.set('iss', 'https://evil.example')],
      ['of no provider', (url) => url.searchParams.delete('iss')],
      ['without a code', (url) => url.searchParams.delete('code')],
      ['with a code of somebody else', (url) => url.searchParams.set('code', 'stolen')],
    ])('does not believe an answer %s', async (_, change) => {
      const { backend, returned } = await begin()
      const url = new URL(returned)
      change(url)
      await expect(backend.finishSignIn(url)).rejects.toEqual(failed)
      expect((await ask(backend, 'check')).status).toBe('ended')
    })

    it('is not disturbed by an answer that somebody made up', async () => {
      const { backend, returned } = await begin()
      await expect(backend.finishSignIn(`${APP}/signed-in?code=stolen&state=made-up`)).rejects.toEqual(failed)
      expect(await backend.finishSignIn(returned)).toBe(PAGE)
    })

    it('believes an answer once, and only in the browser that asked', async () => {
      const { backend, returned } = await begin()
      await expect(openTab(provider).finishSignIn(returned)).rejects.toEqual(failed)
      await backend.finishSignIn(returned)
      await expect(backend.finishSignIn(returned)).rejects.toEqual(failed)
    })

    it('waits for the provider when it is out of reach at the return', async () => {
      const { backend, returned } = await begin()
      provider.fault(answer(502))
      await expect(backend.finishSignIn(returned)).rejects.toEqual(failed)
      provider.fault(undefined)
      expect(await backend.finishSignIn(returned)).toBe(PAGE)
    })

    it('does not believe an ID token of another nonce', async () => {
      const store = memoryStore()
      const { backend, returned } = await begin({ store })
      for (const [key, value] of store.data) store.data.set(key, { ...(value as object), nonce: 'of-another-sign-in' })
      await expect(backend.finishSignIn(returned)).rejects.toEqual(failed)
    })

    it('fails without a refresh token, for there would be nothing to extend', async () => {
      const { backend, returned } = await begin({ scope: 'openid', parameters: {} })
      await expect(backend.finishSignIn(returned)).rejects.toEqual(failed)
      expect((await ask(backend, 'check')).status).toBe('ended')
    })

    it('says why it fails where the app can do something about it, and else nothing', async () => {
      const why = async (options: Partial<OidcBackendOptions>, change: (url: string) => string = (url) => url) => {
        const { backend, returned } = await begin(options)
        return backend.finishSignIn(change(returned)).catch((error: Error) => error.message)
      }
      expect(await why({ scope: 'openid', parameters: {} })).toContain('no refresh token')
      expect(await why({}, (url) => `${url}x`)).toContain('ERR_SESSION_SIGN_IN_FAILED')
      expect(await why({}, (url) => url.replace('state=', 'state=x'))).toContain('No sign-in')
    })

    it('signs in somebody else as somebody else', async () => {
      const backend = await signedIn()
      provider.as('bob')
      await backend.signIn?.(call())
      expect(await ask(backend, 'check')).toMatchObject({ status: 'alive', subject: 'bob' })
    })

    describe('by the whole page', () => {
      function leaving() {
        const page = Object.assign(new EventTarget(), { assigned: [] as string[] })
        vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
        vi.stubGlobal('location', Object.assign(new URL(PAGE), { assign: (url: string) => page.assigned.push(url) }))
        const backend = openTab(provider, { open: undefined })
        const left = new AbortController()
        const over = Promise.resolve(backend.signIn?.(call(left.signal))).then(() => 'done', () => 'given up')
        return { page, left, over }
      }

      it('leaves for the provider, and is not over before it is left', async () => {
        const { page, over } = leaving()
        await vi.waitFor(() => expect(page.assigned).toHaveLength(1))
        expect(new URL(page.assigned[0] ?? '').origin).toBe(provider.issuer)
        page.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: false }))
        expect(await Promise.race([over, Promise.resolve('under way')])).toBe('under way')
      })

      it('is given up by the back button, and by whoever asked for it', async () => {
        const back = leaving()
        await vi.waitFor(() => expect(back.page.assigned).toHaveLength(1))
        back.page.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }))
        expect(await back.over).toBe('given up')
        const cancelled = leaving()
        await vi.waitFor(() => expect(cancelled.page.assigned).toHaveLength(1))
        cancelled.left.abort()
        expect(await cancelled.over).toBe('given up')
      })

      it('does not leave when it was given up before', async () => {
        const { page, left, over } = leaving()
        left.abort()
        expect(await over).toBe('given up')
        expect(page.assigned).toEqual([])
      })
    })
  })
})
