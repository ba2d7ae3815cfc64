import { describe, expect, it, vi } from 'vitest'
import { createVirtualTime, describeBackend } from '../../../src/testing'
import { memoryStore } from '../../backends/memoryStore'
import { texts } from '../../texts'
import { APP, type Fault, openTab, startProvider } from './provider'
import { answer, ask, call, PAGE, refuse, useProvider } from './useProvider'

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

describe('a session of OpenID Connect', () => {
  const real = useProvider()
  const { signedIn, at } = real

  it('says who it is, and until when the access token is good', async () => {
    const time = createVirtualTime()
    const backend = await signedIn({ clock: time.clock })
    expect(await ask(backend, 'check')).toMatchObject({ status: 'alive', subject: 'ada', expiresAt: time.now() + 3_600_000 })
    expect(real.provider.requests).toEqual(['GET /.well-known/openid-configuration', 'GET /me'])
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
    expect(real.provider.revoked).toEqual([])
  })

  it.each([5, -5])('asks the provider when the clock here is set by %d hours', async (hours) => {
    const time = createVirtualTime()
    const backend = await signedIn({ clock: time.clock })
    time.setClockBy(hours * 3_600_000)
    expect((await ask(backend, 'check')).status).toBe('alive')
    expect((await ask(backend, 'extend')).status).toBe('alive')
    expect(real.provider.revoked).toEqual([])
  })

  it('asks by the refresh token when the access token has run out', async () => {
    const time = createVirtualTime()
    const backend = await signedIn({ clock: time.clock })
    await time.advance(3_600_000)
    expect(await ask(backend, 'check')).toMatchObject({ status: 'alive', expiresAt: time.now() + 3_600_000 })
    expect(real.provider.requests).toContain('POST /token')
    expect(real.provider.requests).not.toContain('GET /me')
  })

  it('asks by the refresh token when the access token is for another API', async () => {
    const backend = await signedIn()
    at('/me', answer(401, { 'www-authenticate': 'Bearer error="invalid_token"' }))
    expect((await ask(backend, 'check')).status).toBe('alive')
    expect(real.provider.requests).toContain('POST /token')
  })

  it('takes what a userinfo endpoint says beside 200 and 401 for no verdict, and no other person for this one', async () => {
    const backend = await signedIn()
    for (const fault of [answer(403), answer(500), answer(503, { 'retry-after': '5' }), answer(200, { 'content-type': 'application/json' }, '{"sub":"bob"}')]) {
      at('/me', fault)
      expect((await ask(backend, 'check')).status).toBe('unanswered')
    }
    expect(real.provider.requests).not.toContain('POST /token')
  })

  it('keeps what an exchange does not say again, and knows no end where none is said', async () => {
    const store = memoryStore()
    const backend = await signedIn({ store })
    at('/token', answer(200, { 'content-type': 'application/json' }, '{"access_token":"a-new-one","token_type":"Bearer"}'))
    expect(await ask(backend, 'extend')).toMatchObject({ status: 'alive', subject: 'ada', expiresAt: undefined })
    expect(await backend.accessToken()).toBe('a-new-one')
    real.provider.fault(undefined)
    // The access token is not one of the provider's, the refresh token is still good.
    expect((await ask(backend, 'check')).status).toBe('alive')
  })

  it('tells operations that fail with a 401 from others', () => {
    const { classify } = openTab(real.provider)
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
})
