import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { OidcStore } from '../../src/backends/oidc'
import { APP, startProvider } from './provider'
import { race, races } from './race'
import { simulatedProvider } from './simulatedProvider'

beforeEach(() => void vi.stubGlobal('location', new URL(APP)))
afterEach(() => void vi.unstubAllGlobals())

/** A store that forgets which refresh token was shown. */
const forgetful = (store: OidcStore): OidcStore => ({
  get: store.get,
  update: (key, change) => store.update(key, (stored) => change(stored && { ...stored, shownAt: undefined })),
})

describe('the rotation race: two tabs, a slow network, lost answers, and a provider that detects reuse', () => {
  it.each([1, 251, 501, 751])('revokes no family in 1,000 random lives where no refresh token may be used twice (250 from %d)', async (from) => {
    const { total, unexplained } = await races({ from, runs: 250 }, { providerAt: simulatedProvider() })
    console.log(total)
    expect(total).toMatchObject({ revoked: 0, repeated: 0 })
    expect(unexplained).toEqual([])
    // It was hard enough.
    expect(total.lost).toBeGreaterThan(25)
  })

  it('puts no token in doubt by an outage or a slow network: only answers that are lost do', async () => {
    const { total, unexplained } = await races({ runs: 60 }, { providerAt: simulatedProvider(), faults: 0 })
    console.log(total)
    expect(total).toMatchObject({ revoked: 0, repeated: 0, inDoubt: total.lost })
    expect(unexplained).toEqual([])
    expect(total.exchanged).toBeGreaterThan(500)
  })

  it('revokes none where one may be used again within a minute, and fewer people sign in again', async () => {
    const strict = await races({ runs: 100 }, { providerAt: simulatedProvider() })
    const lenient = await races({ runs: 100 }, { providerAt: simulatedProvider({ leewayMs: 60_000 }), options: { reuseMs: 60_000 } })
    console.log({ strict: strict.total, lenient: lenient.total })
    expect(lenient.total.revoked).toBe(0)
    expect(lenient.unexplained).toEqual([])
    expect(lenient.total.repeated).toBeGreaterThan(0)
    expect(lenient.total.ended).toBeLessThan(strict.total.ended)
  })

  it('revokes many if the tabs forget what they have shown, so that this means something', async () => {
    const { total } = await races({ runs: 50 }, { providerAt: simulatedProvider(), spoil: forgetful })
    expect(total.revoked).toBeGreaterThan(10)
  })

  it('revokes none of the real oidc-provider', async () => {
    const real = await startProvider({ ttl: { AccessToken: 1_200, RefreshToken: 86_400, Grant: 86_400, Session: 86_400, Interaction: 600, IdToken: 3_600 } })
    try {
      const providerAt = () => ({ ...real, handle: (url: string, init: RequestInit) => fetch(url, { ...init, signal: null }), revoked: () => real.revoked.length })
      const { total, unexplained } = await races({ runs: 20 }, { providerAt })
      console.log(total)
      expect(total).toMatchObject({ revoked: 0, repeated: 0 })
      expect(unexplained).toEqual([])
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
