import { describe, expect, it, vi } from 'vitest'
import { memoryStore } from '../../backends/memoryStore'
import { APP, openTab } from './provider'
import { ask, call, useProvider } from './useProvider'

/** What somebody else, or another version, may have left there. */
const whole = { accessToken: 'an-access-token', refreshToken: 'a-refresh-token', subject: 'ada', expiresAt: 4e12 }
const foreign: [string, unknown][] = [
  ['text', 'a-refresh-token'],
  ['a number', 42],
  ['null', null],
  ['a list', [whole]],
  ['nothing of ours', {}],
  ['no refresh token', { ...whole, refreshToken: undefined }],
  ['an empty one', { ...whole, refreshToken: '' }],
  ['one that is an object', { ...whole, refreshToken: { toString: 'a-refresh-token' } }],
  ['no access token', { ...whole, accessToken: null }],
  ['nobody', { ...whole, subject: undefined }],
  ['an ID token that is none', { ...whole, idToken: 7 }],
  ['an end that is none', { ...whole, expiresAt: NaN }],
  ['a mark that is none', { ...whole, shownAt: 'just now' }],
]

describe('a store', () => {
  const real = useProvider()
  const { signedIn } = real

  it.each(foreign)('with %s in it is one without tokens: nothing is sent, nothing throws, and a sign-in and a sign-out put it right', async (_, record) => {
    const store = memoryStore()
    const backend = openTab(real.provider, { store })
    const spoil = () => store.data.set(`${new URL(real.provider.issuer).href} app`, record)
    spoil()
    expect(await ask(backend, 'check')).toMatchObject({ status: 'ended' })
    expect(await ask(backend, 'extend')).toMatchObject({ status: 'refused' })
    expect(await backend.accessToken()).toBeUndefined()
    expect(await backend.signOutUrl()).not.toContain('id_token_hint')
    expect(real.provider.requests.filter((request) => request !== 'GET /.well-known/openid-configuration')).toEqual([])
    spoil()
    await backend.signIn?.(call())
    expect((await ask(backend, 'extend')).status).toBe('alive')
    spoil()
    await backend.revoke?.(call())
    expect([...store.data.values()]).toEqual([undefined, undefined])
  })

  it.each(foreign)('with %s in place of a sign-in has none that waits', async (_, record) => {
    const store = memoryStore()
    const backend = openTab(real.provider, { store, open: () => undefined })
    await backend.signIn?.(call())
    for (const key of store.data.keys()) store.data.set(key, record)
    for (const query of ['', '?code=stolen', '?code=stolen&state=', '?code=stolen&state=undefined', '?code=stolen&state=null'])
      await expect(backend.finishSignIn(`${APP}/signed-in${query}`)).rejects.toMatchObject({ code: 'ERR_SESSION_SIGN_IN_FAILED' })
    expect(real.provider.requests).not.toContain('POST /token')
  })

  it('that fails in the middle of an exchange loses no verdict, and has no token shown twice', async () => {
    const store = memoryStore()
    const broken: { after: number } = { after: Infinity }
    const update: typeof store.update = async (key, change) => {
      if (broken.after-- <= 0) throw new DOMException('The disk is full', 'QuotaExceededError')
      return store.update(key, change)
    }
    const backend = await signedIn({ store: { ...store, update } })
    for (const after of [0, 1]) {
      broken.after = after
      expect((await ask(backend, 'extend')).status).toBe('unanswered')
    }
    broken.after = Infinity
    expect((await ask(backend, 'check')).status).toBe('alive')
    expect((await ask(backend, 'extend')).status).toBe('unanswered')
    expect(real.provider.requests.filter((request) => request === 'POST /token')).toHaveLength(1)
    expect(real.provider.revoked).toEqual([])
  })

  it('that is not there gives no verdict, and signs in nobody', async () => {
    const open = vi.fn()
    const backend = openTab(real.provider, { store: undefined, open })
    for (const kind of ['check', 'extend'] as const) expect((await ask(backend, kind)).status).toBe('unanswered')
    await expect(async () => backend.signIn?.(call())).rejects.toThrow()
    expect(open).not.toHaveBeenCalled()
  })
})
