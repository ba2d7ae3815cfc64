import { describe, expect, it } from 'vitest'
import { type BetterAuthClient, type BetterAuthRequest, betterAuthBackend } from '../../src/backends/betterAuth'

// What only a browser or another client shows; the rest is tried on the real ones, in test/servers.

function record(answer: (request: BetterAuthRequest) => Response | undefined = () => Response.json(null)) {
  const requests: (BetterAuthRequest & { path: string })[] = []
  const client: BetterAuthClient = {
    async $fetch(path, request) {
      requests.push({ path, ...request })
      const response = answer(request)
      if (response) request.onResponse({ response })
    },
    $store: { notify: () => undefined, atoms: {} },
  }
  return { client, requests }
}
const call = { signal: new AbortController().signal, timeoutMs: 10_000 }

describe('the backend of better-auth', () => {
  it('takes no answer out of a cache and follows no redirect; only a sign-out outlives its page', async () => {
    const { client, requests } = record()
    const backend = betterAuthBackend(client)
    for (const kind of ['check', 'extend', 'revoke'] as const) await backend[kind]?.(call)
    expect(requests.map(({ path, method, cache, redirect, keepalive }) => ({ path, method, cache, redirect, keepalive }))).toEqual([
      { path: '/get-session', method: 'GET', cache: 'no-store', redirect: 'manual', keepalive: undefined },
      { path: '/get-session', method: 'GET', cache: 'no-store', redirect: 'manual', keepalive: undefined },
      { path: '/sign-out', method: 'POST', cache: 'no-store', redirect: 'manual', keepalive: true },
    ])
  })

  it('has no verdict where the client shows it no response', async () => {
    const backend = betterAuthBackend(record(() => undefined).client)
    for (const kind of ['check', 'extend', 'revoke'] as const) await expect(backend[kind]?.(call)).rejects.toMatchObject({ code: 'ERR_SESSION_UNREACHABLE' })
  })

  it('says so when better-auth’s sessions have lost their end', async () => {
    const backend = betterAuthBackend(record(() => Response.json({ session: { userId: 'ada' } })).client)
    expect(await backend.check(call)).toEqual({ status: 'alive', subject: 'ada', expiresAt: NaN })
  })

  it('has the sign-in and the step-up that it is given', () => {
    const flows = { signIn: () => undefined, stepUp: () => undefined }
    expect(betterAuthBackend(record().client, flows)).toMatchObject(flows)
  })

  it.each([
    ['an option that there is not', { login: () => undefined }],
    ['a sign-in that is no function', { signIn: 'google' }],
  ])('refuses %s', (_, options) => {
    expect(() => betterAuthBackend(record().client, options as object)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_BAD_BACKEND' }) as Error)
  })

  it('listens in vain to a client that tells of nothing', () => {
    const stop = betterAuthBackend(record().client).events?.(() => undefined)
    expect(stop).toBeTypeOf('function')
    expect(() => stop?.()).not.toThrow()
  })
})
