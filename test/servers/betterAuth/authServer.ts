import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { betterAuth, type BetterAuthOptions } from 'better-auth'
import { createAuthClient } from 'better-auth/client'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import { betterAuthBackend, type BetterAuthBackendOptions } from '../../../src/backends/betterAuth'
import { createJar } from '../../http/expressApi'
import { createSqlite } from './sqlite'

export const ada = { name: 'Ada', email: 'ada@example.com', password: 'not a secret' }
export const secret = 'not a secret either, and as long as better-auth wants it'
/** What a good hash costs, a test does not have. */
export const withoutHash = { enabled: true, password: { hash: async (text: string) => text, verify: async ({ hash, password }: { hash: string; password: string }) => hash === password } }
export const LIFE = 2 * 3_600_000

export type Fault = (response: ServerResponse) => void

/** better-auth as one sets it up, on SQLite and on a port of its own, beside a page perhaps. A `fault` answers in its place. */
export async function startAuthServer(options: BetterAuthOptions = {}, page?: RequestListener) {
  const sqlite = createSqlite()
  const faults: { handler?: Fault | undefined } = {}
  const requests: string[] = []
  const handle: { current?: RequestListener } = {}
  const server = createServer((request, response) => {
    requests.push(`${request.method ?? ''} ${request.url?.replace('/api/auth', '') ?? ''}`)
    // Node's own is of a clock that no test can replace.
    response.setHeader('date', new Date().toUTCString())
    if (page && !request.url?.startsWith('/api/auth/')) page(request, response)
    else if (faults.handler) faults.handler(response)
    else handle.current?.(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`

  const settings = {
    baseURL: origin,
    secret,
    database: sqlite.forBetterAuth as unknown as NonNullable<BetterAuthOptions['database']>,
    emailAndPassword: withoutHash,
    logger: { disabled: true },
    telemetry: { enabled: false },
    ...options,
    session: { expiresIn: LIFE / 1_000, updateAge: 0, ...options.session },
  } satisfies BetterAuthOptions
  await (await getMigrations(settings)).runMigrations()
  const auth = betterAuth(settings)
  handle.current = toNodeHandler(auth) as RequestListener
  await auth.api.signUpEmail({ body: ada })
  sqlite.run('delete from session')

  return {
    origin,
    requests,
    sqlite,
    /** Every session's end as the table has it, epoch milliseconds. */
    ends: () => sqlite.all('select expiresAt from session').map(({ expiresAt }) => Date.parse(expiresAt as string)),
    fault: (handler: Fault | undefined) => void (faults.handler = handler),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      sqlite.close()
    },
  }
}

export type AuthServer = Awaited<ReturnType<typeof startAuthServer>>

/** A browser of Ada's, who has signed in. */
export async function openClient({ origin }: AuthServer, options?: BetterAuthBackendOptions) {
  const jar = createJar()
  const client = createAuthClient({
    baseURL: origin,
    fetchOptions: {
      headers: { origin },
      customFetchImpl: (url, init) => jar.fetch(url as URL, init ?? {}),
    },
  })
  const signIn = async () => {
    // The client tells of it a little later.
    const told = new Promise<void>((resolve) => {
      const stop = client.$store.atoms['$sessionSignal']?.listen(() => (stop?.(), resolve()))
    })
    const { error } = await client.signIn.email({ email: ada.email, password: ada.password })
    if (error) throw new Error(error.message)
    await told
  }
  await signIn()
  return { client, jar, signIn, backend: betterAuthBackend(client, { signIn, ...options }) }
}
