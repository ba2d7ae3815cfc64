import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'
import { oidcBackend, type OidcBackend, type OidcBackendOptions } from '../../../src/backends/oidc'
import { APP } from '../../../scripts/rotation/simulatedProvider'
import { memoryStore } from '../../backends/memoryStore'
import { createJar } from '../../http/expressApi'

export { APP }
const CLIENT = 'app'
const SCOPE = 'openid offline_access'

/** Answers instead of the provider, and says so; or leaves it to the provider. */
export type Fault = (req: IncomingMessage, res: ServerResponse) => boolean

/** A real oidc-provider with its defaults for a public client: refresh tokens rotate, and one that is used twice revokes its family. */
export async function startProvider(options: object = {}, app = APP) {
  const grants: string[] = []
  const revoked: string[] = []
  const requests: string[] = []
  const faults: { fault?: Fault | undefined } = {}
  let person = 'ada'

  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  // It warns of what is not meant for production.
  const { warn } = console
  console.warn = () => {}
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT,
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: [`${app}/signed-in`],
        post_logout_redirect_uris: [`${app}/bye`],
      },
    ],
    clientBasedCORS: () => true,
    cookies: { keys: ['not a secret'] },
    features: { devInteractions: { enabled: false }, revocation: { enabled: true, allowedPolicy: () => true } },
    interactions: { url: () => '/interaction' },
    findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
    ttl: { AccessToken: 3_600, RefreshToken: 14 * 86_400, Grant: 14 * 86_400, Session: 86_400, Interaction: 600, IdToken: 3_600 },
    ...options,
  })
  console.warn = warn
  provider.on('grant.revoked', (_, grantId) => revoked.push(grantId))

  /** The person signs in, and agrees to everything. */
  async function interact(req: IncomingMessage, res: ServerResponse) {
    const { prompt } = await provider.interactionDetails(req, res)
    if (prompt.name === 'login') return provider.interactionFinished(req, res, { login: { accountId: person } })
    const grant = new provider.Grant({ accountId: person, clientId: CLIENT })
    grant.addOIDCScope(SCOPE)
    const grantId = await grant.save()
    grants.push(grantId)
    return provider.interactionFinished(req, res, { consent: { grantId } }, { mergeWithLastSubmission: true })
  }

  const handle = provider.callback()
  server.on('request', (req, res) => {
    requests.push(`${String(req.method)} ${String(req.url).replace(/\?.*/, '')}`)
    if (faults.fault?.(req, res)) return
    if (req.url === '/interaction') void interact(req, res)
    else void handle(req, res)
  })

  return {
    issuer,
    requests,
    /** The families of refresh tokens that were revoked. */
    revoked,
    as: (name: string) => void (person = name),
    fault: (fault: Fault | undefined) => void (faults.fault = fault),
    /** An administrator ends every session. */
    async endAll() {
      for (const id of grants) await (await provider.Grant.find(id))?.destroy()
    },
    /** What a browser of its own and the person in it do, up to the page of the app. */
    async visit(page: string): Promise<string> {
      const jar = createJar()
      for (let url = page; ; ) {
        const response = await jar.fetch(url, { redirect: 'manual' })
        const location = response.headers.get('location')
        if (location === null) throw new Error(`${String(response.status)} ${await response.text()}`)
        url = new URL(location, url).href
        if (url.startsWith(app)) return url
      }
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export type RealProvider = Awaited<ReturnType<typeof startProvider>>

/** A tab of the app, which signs in as in a window of its own. */
export function openTab({ issuer, visit }: Pick<RealProvider, 'issuer' | 'visit'>, options: Partial<OidcBackendOptions> = {}): OidcBackend {
  const backend: OidcBackend = oidcBackend({
    issuer,
    clientId: CLIENT,
    redirectUri: '/signed-in',
    // oidc-provider gives a refresh token only to who is asked.
    parameters: { prompt: 'consent' },
    open: async (url) => void (await backend.finishSignIn(await visit(url))),
    store: memoryStore(),
    ...options,
  })
  return backend
}
