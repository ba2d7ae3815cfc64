import { describe, expect, it } from 'vitest'
import { createSession } from '../../src/core'
import { httpBackend } from '../../src/backends/http'
import { createWorld, type ServerOptions } from '../../src/testing'
import { DAY, HOUR, MINUTE, SECOND, seeded, shown } from '../liveSession'
import { openFamily } from '../tabs/family'

// What users of other libraries suffered from clocks and timers, each through the public API.

/** A session of an HTTP server whose clock is so far ahead of the machine's. */
function openApart(aheadMs: number, server: ServerOptions = {}) {
  const world = createWorld({ server: { ...server, clockOffsetMs: aheadMs } })
  const browser = world.openBrowser()
  browser.token = world.server.signIn('ada')
  const { token } = browser
  const tab = browser.openTab()
  const calls: number[] = []
  tab.on(({ type }) => {
    if (type === 'request.sent') calls.push(world.now())
  })
  const session = createSession(httpBackend({ check: '/session', extend: '/session/extend', fetch: tab.fetch }), {}, { ...tab.ports, random: seeded(11) })
  const views = [session.get()]
  session.subscribe((view) => views.push(view))
  session.start()
  return { world, browser, tab, session, views, calls, found: () => world.server.find(token) }
}

describe('F14: a fast clock and a 429 make a loop of sign-outs (ginlix-ai/LangAlpha#387, supabase/auth-js#926)', () => {
  it('do not: the server is left alone for as long as it asks, and nobody is signed out', async () => {
    const { world, browser, session, views, calls } = openApart(-3 * HOUR)
    await world.advance(10 * MINUTE)
    browser.network.conditions = () => ({ fault: { status: 429, retryAfter: '600' }, thereMs: 50, backMs: 50 })
    void session.extend()
    await world.advance(SECOND)
    const refusedAt = world.now()
    const before = calls.length
    await world.advance(598 * SECOND)
    expect(calls.length).toBe(before)
    browser.network.conditions = () => ({ thereMs: 50, backMs: 50 })
    await world.advance(12 * HOUR)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
    expect(shown(views)).toEqual([undefined, true])
    expect(calls.filter((at) => at > refusedAt).length).toBeLessThan(12 * 5)
  })
})

describe('F15: a wrong clock, endless renewal (okta/okta-oidc-js#894)', () => {
  it.each([-DAY, -HOUR, HOUR])('is not: a session that looks expired on arrival is extended by periods (%d ms apart, and the server does not tell its time)', async (aheadMs) => {
    const { world, session, views, calls } = openApart(aheadMs, { lifeMs: HOUR, dated: false })
    await world.advance(12 * HOUR)
    expect(session.get().signedIn).toBe(true)
    expect(shown(views)).toEqual([undefined, true])
    // Every five minutes where no end can be known.
    expect(calls.length).toBeLessThan((12 * HOUR) / (4 * MINUTE) + 5)
  })
})

describe('F16: what has expired is held valid for ten minutes (manfredsteyer/angular-oauth2-oidc#1225)', () => {
  it.each([-3 * HOUR, -10 * MINUTE, -SECOND, 0, SECOND, 10 * MINUTE, 3 * HOUR])('is not: the end is seen within seconds of when it is (%d ms apart)', async (aheadMs) => {
    const { world, session, views, found } = openApart(aheadMs, { lifeMs: HOUR, limit: 'fixed' })
    await world.advance(HOUR - 3 * SECOND)
    expect([session.get().signedIn, found()?.ended]).toEqual([true, undefined])
    await world.advance(6 * SECOND)
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'ended' })
    expect(shown(views)).toEqual([undefined, true, false])
  })
})

describe('F26: a session of thirty days renews in a hot loop (keycloak/keycloak-js#107)', () => {
  it('does not: a delay longer than a timer can carry is waited for in pieces', async () => {
    const { world, session, members } = openFamily({ tabs: 1, seed: 2, server: { lifeMs: 100 * DAY } })
    const delays: number[] = []
    members[0]?.tab.on((event) => event.type === 'timer.set' && delays.push(event.delayMs))
    await world.advance(400 * DAY)
    expect(session()?.ended).toBeUndefined()
    expect(members[0]?.calls.length).toBeLessThan(25)
    expect(Math.max(...delays)).toBeLessThanOrEqual(2 ** 31 - 1)
  })
})
