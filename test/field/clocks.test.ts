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
    // A page that is reloaded or looked at again and again, as people do when something is wrong.
    for (let i = 0; i < 59; i++) {
      void session.check()
      await world.advance(10 * SECOND)
      expect(session.get().signedIn).toBe(true)
    }
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
  const opened = async (lifeMs: number, keepAlive: 'always' | 'off') => {
    const family = openFamily({ tabs: 1, seed: 2, server: { lifeMs }, policy: { keepAlive } })
    const [member] = family.members
    let timers = 0
    member?.tab.on(({ type }) => type === 'timer.set' && timers++)
    await family.settle()
    // A delay that is too long is over at once, and then the next one.
    await family.world.advance(SECOND)
    expect(timers).toBeLessThan(30)
    return { ...family, member }
  }

  it('does not: it is watched to its end with a timer now and then', async () => {
    const { world, member } = await opened(30 * DAY, 'off')
    await world.advance(30 * DAY - MINUTE)
    expect(member?.session.get()).toMatchObject({ signedIn: true, certain: true })
    expect(member?.calls.length).toBe(1)
    await world.advance(2 * MINUTE)
    expect(member?.session.get()).toMatchObject({ signedIn: false, reason: 'ended' })
  })

  it.each([30, 200, 1_000])('does not: one of %d days is extended about once a day', async (days) => {
    const { world, session, member } = await opened(days * DAY, 'always')
    await world.advance(2 * days * DAY)
    expect(session()?.ended).toBeUndefined()
    expect(member?.calls.length).toBeGreaterThan(2 * days - 1)
    expect(member?.calls.length).toBeLessThan(2.5 * days + 5)
  })
})
