import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { OidcStore } from '../../src/backends/oidc'
import { APP, startProvider } from './provider'
import { type Race, race, races } from './race'
import { simulatedProvider } from './simulatedProvider'

const RUNS = Number(process.env['RUNS'] ?? 1_000)

beforeEach(() => void vi.stubGlobal('location', new URL(APP)))
afterEach(() => void vi.unstubAllGlobals())

/** Nothing but an answer that was lost makes anybody sign in again. */
const expectCause = ({ ended, isSpent }: Race, seed: number) => expect(!ended || isSpent, `seed ${String(seed)}`).toBe(true)

/** A store that forgets which refresh token was shown. */
const forgetful = (store: OidcStore): OidcStore => ({
  get: store.get,
  update: (key, change) => store.update(key, (stored) => change(stored && { ...stored, shownAt: undefined })),
})

describe('the rotation race: two tabs, a slow network, lost answers, and a provider that detects reuse', () => {
  it('revokes no family in 1,000 random lives where no refresh token may be used twice', async () => {
    const total = await races(RUNS, { providerAt: simulatedProvider() }, expectCause)
    console.log(total)
    expect(total).toMatchObject({ revoked: 0, repeated: 0 })
    expect(total.lost).toBeGreaterThan(100)
  })

  it('revokes none in 300 where one may be used again within a minute, and far fewer people sign in again', async () => {
    const strict = await races(300, { providerAt: simulatedProvider() }, expectCause)
    const lenient = await races(300, { providerAt: simulatedProvider({ leewayMs: 60_000 }), options: { reuseMs: 60_000 } }, expectCause)
    console.log({ strict, lenient })
    expect(lenient.revoked).toBe(0)
    expect(lenient.repeated).toBeGreaterThan(0)
    expect(lenient.ended).toBeLessThan(strict.ended / 1.5)
  })

  it('revokes many if the tabs forget what they have shown, so that this means something', async () => {
    const { revoked } = await races(50, { providerAt: simulatedProvider(), spoil: forgetful })
    expect(revoked).toBeGreaterThan(10)
  })

  it('revokes none of the real oidc-provider', async () => {
    const real = await startProvider({ ttl: { AccessToken: 1_200, RefreshToken: 86_400, Grant: 86_400, Session: 86_400, Interaction: 600, IdToken: 3_600 } })
    try {
      const providerAt = () => ({ ...real, handle: (url: string, init: RequestInit) => fetch(url, { ...init, signal: null }), revoked: () => real.revoked.length })
      const total = await races(20, { providerAt, hours: 2 }, expectCause)
      console.log(total)
      expect(total).toMatchObject({ revoked: 0, repeated: 0 })
      expect(total.exchanged).toBeGreaterThan(50)
    } finally {
      await real.close()
    }
  })

  it('is the same for the same seed', async () => {
    const options = { seed: 7, providerAt: simulatedProvider() }
    expect(await race(options)).toEqual(await race(options))
  })
})
