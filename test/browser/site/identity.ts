import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the identity provider is like: its opener policy, and whether it knows the person and sends them back at once. */
export interface Identity {
  readonly policy?: 'same-origin' | 'unsafe-none'
  readonly remembers?: boolean
}

export interface IdentityProvider {
  /** Its sign-in page, from which people return to that address. */
  url(returnTo: string, identity?: Identity): string
  close(): Promise<void>
}

/** An identity provider on an origin, and a site, of its own, on the loopback interface. */
export async function serveIdentity(): Promise<IdentityProvider> {
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://localhost')
    const returnTo = searchParams.get('return') ?? ''
    response.setHeader('content-security-policy', "default-src 'none'")
    response.setHeader('cross-origin-opener-policy', searchParams.get('policy') ?? 'unsafe-none')
    if (searchParams.has('remembers')) response.writeHead(302, { location: returnTo }).end()
    else response.setHeader('content-type', 'text/html').end(`<!doctype html><title>Who are you?</title><a href="${encodeURI(returnTo)}">Ada</a>`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // By name, which is another site than the address.
  const origin = `http://localhost:${String((server.address() as AddressInfo).port)}`
  return {
    url: (returnTo, { policy = 'unsafe-none', remembers } = {}) =>
      `${origin}/authorize?${new URLSearchParams({ return: returnTo, policy, ...(remembers && { remembers: 'yes' }) }).toString()}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
