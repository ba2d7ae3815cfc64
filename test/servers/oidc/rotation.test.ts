import { expect, it } from 'vitest'
import { races } from '../../../scripts/rotation/race'
import { startProvider } from './provider'

// What the simulated provider is to the race of test/sim, the real one is here.
it('the rotation race revokes no family of the real oidc-provider', async () => {
  const real = await startProvider({ ttl: { AccessToken: 1_200, RefreshToken: 86_400, Grant: 86_400, Session: 86_400, Interaction: 600, IdToken: 3_600 } })
  try {
    const providerAt = () => ({ ...real, handle: (url: string, init: RequestInit) => fetch(url, { ...init, signal: null }), revoked: () => real.revoked.length })
    const { total, failed } = await races({ runs: 20 }, { providerAt })
    console.log(total)
    expect(total).toMatchObject({ revoked: 0, repeated: 0 })
    expect(failed).toEqual([])
    expect(total.exchanged).toBeGreaterThan(50)
  } finally {
    await real.close()
  }
})
