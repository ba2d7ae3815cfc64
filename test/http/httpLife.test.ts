import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SessionBackend } from '../../src/backend'
import { createClock, createSession } from '../../src/core'
import { createVirtualTime } from '../../src/testing/virtualTime'
import { type ExpressApi, LIFE, openClient, startExpressApi } from './expressApi'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

describe('a life on a real server', () => {
  const time = createVirtualTime()
  const restoreDate: (() => void)[] = []
  let api: ExpressApi
  beforeEach(async () => {
    // HTTP is real and takes the time it takes; the server's clock and the session's are virtual.
    restoreDate.push(time.replaceDate())
    api = await startExpressApi()
  })
  afterEach(async () => {
    await api.close()
    restoreDate.pop()?.()
  })

  async function live(fastBy = 0) {
    const { backend } = await openClient(api)
    let pending = 0
    const counted = <T extends unknown[]>(run: ((...args: T) => unknown) | undefined) => async (...args: T) => {
      pending++
      try {
        return await run?.(...args)
      } finally {
        pending--
      }
    }
    const { check, extend, revoke, signIn } = backend
    const watched = { check: counted(check), extend: counted(extend), revoke: counted(revoke), signIn: counted(signIn) } as SessionBackend
    const clock = createClock({ ...time.platform, wallNow: () => time.now() + fastBy })
    const session = createSession(watched, {}, { clock, random: () => 0.5 })
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
    const release = session.start()
    await settle()
    const close = async () => {
      release()
      await time.advance(1)
    }
    return { session, pass, settle, close, now: () => clock.now() }
  }
  const count = (request: string) => api.requests.filter((made) => made === request).length

  it.each([
    ['right', 0],
    ['five hours fast', 5 * HOUR],
    ['five hours slow', -5 * HOUR],
  ])('lasts a day and an outage while the clock here is %s', async (_, fastBy) => {
    const { session, pass, close, now } = await live(fastBy)
    const left = () => (session.get().expiresAt ?? 0) - now()
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    expect(left()).toBeLessThanOrEqual(LIFE)
    expect(left()).toBeGreaterThan(LIFE - 2_000)

    await pass(24 * HOUR)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
    expect(left()).toBeLessThanOrEqual(LIFE)
    expect(count('POST /session/extend')).toBeGreaterThanOrEqual(24 * HOUR / LIFE)
    expect(count('POST /session/extend')).toBeLessThanOrEqual(24 * HOUR / (LIFE / 6))

    api.fault((_req, res) => void res.status(503).set('retry-after', '60').send('<h1>Back soon</h1>'))
    await pass(HOUR)
    expect(session.get()).toMatchObject({ signedIn: true, problem: { code: 'ERR_SESSION_RATE_LIMITED' } })
    api.fault(undefined)
    await pass(10 * MINUTE)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
    await close()
  })

  it('is not ended by extensions that are refused, only by its end', async () => {
    const { session, pass, close } = await live()
    api.fault((req, res, next) => (req.path === '/session/extend' ? void res.sendStatus(403) : next()))
    await pass(LIFE - MINUTE)
    expect(session.get()).toMatchObject({ signedIn: true, problem: { code: 'ERR_SESSION_REFUSED' } })
    expect(count('POST /session/extend')).toBeLessThan(30)
    await pass(2 * MINUTE)
    expect(session.get()).toMatchObject({ signedIn: false, certain: true, reason: 'ended' })
    await close()
  })

  it('ends when the server says so, begins anew with a sign-in, and ends with a sign-out', async () => {
    const { session, pass, settle, close } = await live()
    api.endAll()
    await pass(LIFE)
    expect(session.get()).toMatchObject({ signedIn: false, certain: true, reason: 'ended' })

    void session.reauthenticate()
    await settle()
    await pass(MINUTE)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })

    void session.signOut()
    await settle()
    await pass(MINUTE)
    expect(session.get()).toMatchObject({ signedIn: false, certain: true, reason: 'signedOut' })
    expect(count('POST /session/end')).toBe(1)
    await close()
  })
})
