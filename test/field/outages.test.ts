import { describe, expect, it } from 'vitest'
import { createSession } from '../../src/core'
import { httpBackend } from '../../src/backends/http'
import { paraBackend } from '../../src/backends/para'
import { createVirtualTime } from '../../src/testing'
import { HOUR, live, MINUTE, outage, SECOND, shown } from '../liveSession'
import { openFamily } from '../tabs/family'

// What users of other libraries suffered in outages, each through the public API.

describe('F17: one network blip, signed out for ever (nextauthjs/next-auth#9139, nextauthjs/next-auth#13058)', () => {
  it.each(['check', 'extend'] as const)('is not: a single %s that fails leaves everything as it was', async (kind) => {
    const { time, fake, session, views } = await live()
    fake.script(kind, outage)
    await session[kind]()
    expect(session.get()).toMatchObject({ signedIn: true, problem: { code: 'ERR_SESSION_UNREACHABLE' } })
    await time.advance(24 * HOUR)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
    expect(shown(views)).toEqual([true])
  })
})

describe('F18: being offline removes the session (clerk/javascript#7912)', () => {
  it.each<[string, () => Response]>([
    ['nothing', () => new Response(null, { status: 204 })],
    ['an empty body', () => new Response('')],
    ['null', () => Response.json(null)],
    ['an empty object', () => Response.json({})],
    ['a page of its own', () => new Response('<h1>You are offline</h1>', { headers: { 'content-type': 'text/html' } })],
  ])('does not: %s from a cache or a worker is not a no', async (_, answer) => {
    const time = createVirtualTime()
    let isOffline = false
    const ask = async () => (isOffline ? answer() : Response.json({ ttlMs: 2 * HOUR }))
    const session = createSession(httpBackend({ check: ask, extend: ask }), {}, { clock: time.clock, random: () => 0.5 })
    session.start()
    await time.settle()
    isOffline = true
    for (let i = 0; i < 10; i++) {
      await session.check()
      expect(session.get().signedIn).toBe(true)
      await time.advance(3 * MINUTE)
    }
    isOffline = false
    await time.advance(HOUR)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
  })
})

describe('F19: the credentials are dropped while offline (damienbod/angular-auth-oidc-client#2103)', () => {
  it('are not: every tab, one opened meanwhile too, goes on with the same session, and nobody signs in again', async () => {
    const { world, browser, members, open, settle, session } = openFamily({ tabs: 2, seed: 5 })
    await settle()
    const { token } = browser
    const ends = members.map((member) => member.session.get().expiresAt)
    browser.network.cut()
    await world.advance(HOUR)
    // What is known is kept until a server says otherwise.
    expect(members.map((member) => member.session.get())).toMatchObject(ends.map((expiresAt) => ({ signedIn: true, expiresAt, problem: { code: 'ERR_SESSION_UNREACHABLE' } })))
    open()
    await world.advance(20 * MINUTE)
    browser.network.restore()
    await world.advance(10 * MINUTE)
    for (const { session: { get }, views } of members) {
      expect(get()).toMatchObject({ signedIn: true, certain: true })
      expect(shown(views)).toEqual([undefined, true])
    }
    expect([browser.token, world.server.signIns, session()?.ended]).toEqual([token, 1, undefined])
  })
})

describe('F20: everybody is out during a rolling deploy (metadist/synaplan#1355)', () => {
  it.each([500, 501, 502, 503, 504, 511, 520, 599])('is not: a %d for half an hour ends nothing', async (status) => {
    const { world, browser, members, settle } = openFamily({ tabs: 2, seed: status })
    await settle()
    await world.advance(20 * MINUTE)
    browser.network.conditions = () => ({ fault: { status }, thereMs: 50, backMs: 50 })
    for (const { session } of members) void session.check()
    await world.advance(30 * MINUTE)
    browser.network.conditions = () => ({ thereMs: 50, backMs: 50 })
    await world.advance(HOUR)
    for (const { session, views } of members) {
      expect(session.get()).toMatchObject({ signedIn: true, certain: true })
      expect(shown(views).filter((signedIn) => signedIn !== undefined)).toEqual([true])
    }
  })
})

describe('F31: a keep-alive says true, and the expiry does not move (KeeperHub/keeperhub#781)', () => {
  it('is seen: nothing counts as extended, nobody is stormed, and near the end the app is told', async () => {
    const time = createVirtualTime()
    const endsAt = time.now() + 2 * HOUR
    let calls = 0
    const para = {
      isSessionActive: async () => (calls++, time.now() < endsAt),
      keepSessionAlive: async () => (calls++, true),
      retrieveSessionCookie: () => `sid=1; Expires=${new Date(endsAt).toUTCString()}`,
      getUserId: () => 'ada',
      logout: async () => {},
    }
    const session = createSession(paraBackend(para), {}, { clock: time.clock, random: () => 0.5 })
    let extensions = 0
    session.on('session.extended', () => extensions++)
    session.start()
    await time.advance(2 * HOUR - 10 * MINUTE)
    expect([extensions, session.get()]).toMatchObject([0, { signedIn: true, expiresAt: endsAt, problem: { code: 'ERR_SESSION_UNMOVED' } }])
    await time.advance(10 * MINUTE + SECOND)
    await time.advance(MINUTE)
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'ended' })
    expect(calls).toBeLessThan(20)
  })
})
