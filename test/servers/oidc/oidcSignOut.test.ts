import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../backends/memoryStore'
import { APP, openTab, startProvider } from './provider'
import { answer, ask, call, refuse, useProvider } from './useProvider'

describe('a sign-out', () => {
  const real = useProvider()
  const { signedIn, at } = real

  it('revokes at the provider, and again when nobody heard', async () => {
    const store = memoryStore()
    const backend = await signedIn({ store })
    const stolen = structuredClone([...store.data])
    for (const fault of [refuse, answer(503, { 'retry-after': '5' }), answer(200, { 'content-type': 'text/html' }, '<h1>Welcome</h1>')]) {
      real.provider.fault(fault)
      await expect(async () => backend.revoke?.(call())).rejects.toThrow()
    }
    for (const status of [502, 429]) {
      at('/token/revocation', answer(status))
      await expect(async () => backend.revoke?.(call())).rejects.toThrow()
    }
    real.provider.fault(undefined)
    await backend.revoke?.(call())
    expect(await backend.accessToken()).toBeUndefined()
    expect((await ask(backend, 'extend')).status).toBe('refused')
    const thief = memoryStore()
    for (const [key, value] of stolen) thief.data.set(key, value)
    expect((await ask(openTab(real.provider, { store: thief }), 'check')).status).toBe('ended')
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
})
