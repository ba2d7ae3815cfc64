import { describe, expect, it, vi } from 'vitest'
import type { OidcBackendOptions } from '../../../src/backends/oidc'
import { memoryStore } from '../../backends/memoryStore'
import { APP, openTab } from './provider'
import { answer, ask, call, json, PAGE, useProvider } from './useProvider'

describe('a sign-in', () => {
  const real = useProvider()
  const { signedIn } = real

  /** Begins one, and gives the address to which the provider sent the browser. */
  async function begin(options: Partial<OidcBackendOptions> = {}) {
    let returned = ''
    const backend = openTab(real.provider, { ...options, open: async (url) => void (returned = await real.provider.visit(url)) })
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
    const backend = openTab(real.provider, { store })
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
    'https://ada:secret@app.example/',
    'https://evil.example%2f@evil.example/',
    'java\nscript:alert(1)',
    'javascript:alert(1)',
    'data:text/html,hello',
    'blob:https://app.example/4f6e',
    'https://',
  ])('refuses to bring them to %s', async (target) => {
    const open = vi.fn()
    const backend = openTab(real.provider, { returnTo: () => target, open })
    await expect(async () => backend.signIn?.(call())).rejects.toThrow()
    expect(open).not.toHaveBeenCalled()
  })

  it.each([`${APP}//evil.example/`, '/%2F/evil.example', '/%5C%5Cevil.example', '/x/..//evil.example', '%2F%2Fevil.example', '?to=//evil.example'])('keeps who goes to %s on this origin', async (target) => {
    const { backend, returned } = await begin({ returnTo: () => target })
    // As `location.replace` would read it.
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
    await expect(openTab(real.provider).finishSignIn(returned)).rejects.toEqual(failed)
    await backend.finishSignIn(returned)
    await expect(backend.finishSignIn(returned)).rejects.toEqual(failed)
  })

  it('waits for the provider when it is out of reach at the return', async () => {
    const { backend, returned } = await begin()
    real.provider.fault(answer(502))
    await expect(backend.finishSignIn(returned)).rejects.toEqual(failed)
    real.provider.fault(undefined)
    expect(await backend.finishSignIn(returned)).toBe(PAGE)
  })

  it.each([
    ['nonce', 'of-another-sign-in'],
    ['nonce', undefined],
    ['verifier', 'of-another-sign-in-and-as-long-as-it-has-to-be'],
    ['verifier', undefined],
    ['returnTo', 'https://evil.example/'],
    ['returnTo', 'javascript:alert(1)'],
    ['returnTo', 'https://ada:secret@app.example/'],
  ])('signs in nobody where the %s that was stored is %s', async (name, value) => {
    const store = memoryStore()
    const { backend, returned } = await begin({ store })
    for (const [key, begun] of store.data) store.data.set(key, { ...(begun as object), [name]: value })
    await expect(backend.finishSignIn(returned)).rejects.toEqual(failed)
    expect((await ask(backend, 'check')).status).toBe('ended')
  })

  it('proves that it is the one that began, whatever else the provider is told', async () => {
    const urls: URL[] = []
    const backend = openTab(real.provider, {
      parameters: { audience: 'https://api.example', state: 'mine', nonce: 'mine', code_challenge_method: 'plain', redirect_uri: 'https://evil.example/' },
      open: (url) => void urls.push(new URL(url)),
    })
    for (let i = 0; i < 2; i++) await backend.signIn?.(call())
    const told = urls.map(({ searchParams }) => Object.fromEntries(searchParams))
    const redirect_uri = `${APP}/signed-in`
    for (const query of told) expect(query).toMatchObject({ audience: 'https://api.example', response_type: 'code', code_challenge_method: 'S256', redirect_uri })
    for (const name of ['state', 'nonce', 'code_challenge'] as const) {
      expect(told[0]?.[name]).toMatch(/^[\w-]{43}$/)
      expect(told[0]?.[name]).not.toBe(told[1]?.[name])
    }
  })

  it('opens no page of a provider that is a script', async () => {
    const open = vi.fn()
    const backend = openTab(real.provider, { open })
    const { issuer } = real.provider
    const page = 'javascript:alert(1)'
    real.provider.fault(json(200, { issuer, authorization_endpoint: page, end_session_endpoint: page, token_endpoint: `${issuer}/token` }))
    await expect(async () => backend.signIn?.(call())).rejects.toThrow('ERR_SESSION_UNREACHABLE')
    expect(open).not.toHaveBeenCalled()
    await expect(backend.signOutUrl()).rejects.toThrow('ERR_SESSION_UNREACHABLE')
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
    real.provider.as('bob')
    await backend.signIn?.(call())
    expect(await ask(backend, 'check')).toMatchObject({ status: 'alive', subject: 'bob' })
  })

  describe('by the whole page', () => {
    function leaving() {
      const page = Object.assign(new EventTarget(), { assigned: [] as string[] })
      vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
      vi.stubGlobal('location', Object.assign(new URL(PAGE), { assign: (url: string) => page.assigned.push(url) }))
      const backend = openTab(real.provider, { open: undefined })
      const left = new AbortController()
      const over = Promise.resolve(backend.signIn?.(call(left.signal))).then(() => 'done', () => 'given up')
      return { page, left, over }
    }

    it('leaves for the provider, and is not over before it is left', async () => {
      const { page, over } = leaving()
      await vi.waitFor(() => expect(page.assigned).toHaveLength(1))
      expect(new URL(page.assigned[0] ?? '').origin).toBe(real.provider.issuer)
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
