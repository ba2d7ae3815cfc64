import type { BetterAuthOptions } from 'better-auth'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SessionBackend } from '../../../src/backend'
import { createClock, createSession } from '../../../src/core'
import { createVirtualTime } from '../../../src/testing/virtualTime'
import { type AuthServer, LIFE, openClient, startAuthServer } from './authServer'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

describe('a life on better-auth', () => {
  const time = createVirtualTime()
  const closing: (() => unknown)[] = []
  // HTTP and SQLite are real and take the time they take; the server's clock and the session's are virtual.
  beforeEach(() => void closing.push(time.replaceDate()))
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  async function live(options?: BetterAuthOptions) {
    const server: AuthServer = await startAuthServer(options)
    closing.push(server.close)
    const { backend, client, signIn } = await openClient(server)
    let pending = 0
    const counted = <T extends unknown[]>(run: ((...args: T) => unknown) | undefined) => async (...args: T) => {
      pending++
      try {
        return await run?.(...args)
      } finally {
        pending--
      }
    }
    const { check, extend, revoke, signIn: flow } = backend
    const watched = { ...backend, check: counted(check), extend: counted(extend), revoke: counted(revoke), signIn: counted(flow) } as SessionBackend
    const session = createSession(watched, {}, { clock: createClock(time.platform), random: () => 0.5 })
    const settle = () =>
      vi.waitFor(
        async () => {
          await time.settle()
          expect(pending).toBe(0)
        },
        { interval: 1, timeout: 10_000 },
      )
    async function pass(ms: number) {
      for (const until = time.now() + ms; time.now() < until; ) {
        await time.advance(Math.min(until - time.now(), ...time.delays()))
        await settle()
      }
    }
    const asked = server.requests.length
    const release = session.start()
    closing.push(async () => {
      release()
      await time.advance(1)
    })
    await settle()
    return { server, client, signIn, session, pass, settle, requests: () => server.requests.slice(asked) }
  }

  it.each<[string, BetterAuthOptions['session']]>([
    ['as it comes', {}],
    ['with a cookie cache', { cookieCache: { enabled: true, maxAge: 300 } }],
    ['with a GET that does not write', { deferSessionRefresh: true }],
  ])('lasts a day and an outage, %s', async (_, options) => {
    const { server, session, pass, requests } = await live({ session: options ?? {} })
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    await pass(DAY)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
    // What the session believes is what the table has.
    expect(server.ends()[0]).toBeGreaterThan(time.now() + LIFE / 2)
    expect(Math.abs((session.get().expiresAt ?? NaN) - (server.ends()[0] ?? NaN))).toBeLessThan(2_000)
    const extensions = requests().filter((request) => request === 'GET /get-session?disableCookieCache=true')
    expect(extensions.length).toBeGreaterThanOrEqual(DAY / LIFE)
    expect(extensions.length).toBeLessThanOrEqual(DAY / (LIFE / 6))
    expect(requests().filter((request) => request.includes('disableRefresh')).length).toBeLessThan(3)

    server.fault((response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome to the airport</h1>'))
    await pass(HOUR)
    expect(session.get()).toMatchObject({ signedIn: true, problem: { code: 'ERR_SESSION_UNREACHABLE' } })
    server.fault(undefined)
    await pass(10 * MINUTE)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
  })

  it('lasts two months with a week that rolls once a day, on a few calls', async () => {
    const { session, pass, requests } = await live({ session: { expiresIn: 7 * 86_400, updateAge: 86_400 } })
    await pass(60 * DAY)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
    expect(requests().length).toBeLessThan(60)
  })

  it('that cannot be extended is asked ever more rarely, lasts to its end, and not beyond', async () => {
    // `updateAge` is a day by default: sessions that are shorter never roll.
    const { server, session, pass, requests } = await live({ session: { updateAge: 86_400 } })
    const [end = NaN] = server.ends()
    await pass(end - time.now() - MINUTE)
    expect(session.get()).toMatchObject({ signedIn: true, problem: { code: 'ERR_SESSION_UNMOVED' } })
    expect(server.ends()).toEqual([end])
    expect(requests().length).toBeLessThan(20)
    await pass(3 * MINUTE)
    expect(session.get()).toMatchObject({ signedIn: false, certain: true, reason: 'ended' })
  })

  it('ends when it is revoked elsewhere, begins anew with a sign-in, and ends with a sign-out', async () => {
    const { server, session, pass, settle, requests } = await live()
    const elsewhere = await openClient(server)
    await elsewhere.client.revokeSessions()
    await pass(LIFE)
    expect(session.get()).toMatchObject({ signedIn: false, certain: true, reason: 'ended' })

    void session.reauthenticate()
    await settle()
    await pass(MINUTE)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    expect(server.ends()).toHaveLength(1)

    const asked = requests().length
    void session.signOut()
    await settle()
    await pass(MINUTE)
    expect(session.get()).toMatchObject({ signedIn: false, certain: true, reason: 'signedOut' })
    expect(server.ends()).toEqual([])
    // Its own sign-out is no news to it.
    expect(requests().slice(asked)).toEqual(['POST /sign-out'])
  })

  it('hears of a sign-in and a sign-out by the client itself', async () => {
    const { client, signIn, session, settle } = await live()
    await client.signOut()
    await expect.poll(async () => (await settle(), session.get())).toMatchObject({ signedIn: false, certain: true, reason: 'ended' })
    await signIn()
    await expect.poll(async () => (await settle(), session.get())).toMatchObject({ signedIn: true, certain: true })
  })

  it('is signed out at once and for good when the server cannot be told, which it is later', async () => {
    const { server, session, pass, settle } = await live()
    server.fault((response) => void response.writeHead(503).end())
    void session.signOut()
    await settle()
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'signedOut' })
    expect(server.ends()).toHaveLength(1)
    server.fault(undefined)
    await pass(HOUR)
    expect(session.get()).toMatchObject({ signedIn: false, certain: true, reason: 'signedOut' })
    expect(server.ends()).toEqual([])
  })
})
