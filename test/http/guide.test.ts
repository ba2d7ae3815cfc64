import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { transform } from 'esbuild'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { root } from '../../scripts/entries'
import type { SessionBackend } from '../../src/backend'
import { httpBackend } from '../../src/backends/http'
import { describeBackend } from '../../src/testing/describeBackend'
import { createJar } from './expressApi'

/** The block of a guide that has this in it, as JavaScript. */
async function blockOf(guide: string, what: string, format: 'esm' | 'cjs'): Promise<string> {
  const blocks = readFileSync(join(root, 'docs', guide), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```/gm)
  const block = [...blocks].map(([, text = '']) => text).find((text) => text.includes(what))
  if (block === undefined) throw new Error(`docs/${guide} has no block with ${what}`)
  return (await transform(block, { loader: 'ts', format })).code
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return String(port)
}

/** The server of the guide, in a process of its own. */
async function startServer(env: { readonly [name: string]: string }) {
  const port = await freePort()
  // What is evaluated finds its packages from the working directory.
  const server = spawn(process.execPath, ['--input-type=module', '--eval', await blockOf('http.md', 'app.listen', 'esm')], {
    cwd: root,
    env: { PORT: port, ...env },
    stdio: 'ignore',
  })
  const url = (path: string) => new URL(path, `http://127.0.0.1:${port}`)
  await vi.waitFor(() => fetch(url('/session')), { timeout: 30_000, interval: 20 })
  return {
    url,
    async stop() {
      const gone = once(server, 'exit')
      server.kill()
      await gone
    },
  }
}

let server: Awaited<ReturnType<typeof startServer>>
beforeAll(async () => void (server = await startServer({ SESSION_SECRET: 'not a secret' })), 60_000)
afterAll(() => server.stop())

/** A browser in which Ada has signed in. */
async function openClient() {
  const { url } = server
  const jar = createJar()
  let isCut = false
  const request = async (path: string | URL, init: RequestInit = {}) => {
    if (isCut) throw new TypeError('fetch failed')
    return jar.fetch(new URL(path, url('/')), init)
  }
  const signIn = () => request('/login', { method: 'POST' })
  await signIn()
  return {
    jar,
    request,
    backend: httpBackend({ check: '/session', extend: '/session/extend', revoke: '/session/end', signIn, fetch: request }),
    end: () => request('/session/end', { method: 'POST' }),
    cutOff: () => void (isCut = true),
    restore: () => void (isCut = false),
  }
}

describeBackend('outlast/http, on the server of its guide,', openClient, { describe, it })

describeBackend(
  'the backend of the guide, on the server of the other,',
  async () => {
    const client = await openClient()
    const module = { exports: {} as { readonly mine: SessionBackend } }
    // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call -- run as it is read
    new Function('module', 'fetch', await blockOf('backend.md', 'export const mine', 'cjs'))(module, client.request)
    return { ...client, backend: module.exports.mine }
  },
  { describe, it },
)

describe('the server of the guide', () => {
  let client: Awaited<ReturnType<typeof openClient>>
  beforeEach(async () => void (client = await openClient()))

  const call = { signal: new AbortController().signal, timeoutMs: 10_000 }
  const endOf = async (kind: 'check' | 'extend') => ((await client.backend[kind]?.(call)) as { expiresAt: number }).expiresAt

  it('prolongs by an extension, in the store and in the cookie, and by no question', async () => {
    const first = await endOf('check')
    for (const until = Date.now() + 10; Date.now() < until; ) expect(await endOf('check')).toBe(first)
    expect((await client.request('/session')).headers.getSetCookie()).toEqual([])
    const extended = await endOf('extend')
    expect(extended).toBeGreaterThanOrEqual(first + 10)
    // It is touched once more when it has been answered.
    expect(await endOf('check')).toBeGreaterThanOrEqual(extended)
    expect((await client.request('/session/extend', { method: 'POST' })).headers.getSetCookie()).toHaveLength(1)
  })

  it('gives whoever signs in another session', async () => {
    const before = [...client.jar.cookies.values()]
    await client.request('/login', { method: 'POST' })
    expect([...client.jar.cookies.values()]).not.toEqual(before)
  })

  it('says that nobody is there, and makes no session of it', async () => {
    client.jar.cookies.clear()
    for (const [path, method] of [['/session', 'GET'], ['/session/extend', 'POST']] as const) {
      const answer = await client.request(path, { method })
      expect(answer.status).toBe(401)
      expect(answer.headers.getSetCookie()).toEqual([])
    }
  })

  it('signs nobody out for want of a secret', async () => {
    const { url, stop } = await startServer({})
    expect((await fetch(url('/session'))).status).toBe(500)
    await stop()
  })
})
