import { describe, expect, it } from 'vitest'
import { gapsOf, HOUR, LIFE, MINUTE, SECOND, shown } from '../liveSession'
import { openFamily } from '../tabs/family'

// What users of other libraries suffered in several tabs, each through the public API.

/** The most extensions of a session, however many tabs it has: the earliest that one may come is after a fifth of the life. */
const mostIn = (ms: number) => ms / (0.2 * LIFE) + 1

describe('F05: two tabs refresh, and all are signed out (medplum/medplum#9113, authts/oidc-client-ts#430)', () => {
  it.each([1, 2, 3, 4, 5])('are not: credentials that are good for one use are used by one tab, and the others take what it got (seed %d)', async (seed) => {
    const { world, members, calls, session, settle } = openFamily({ tabs: 8, seed, server: { rotates: true, graceMs: 0 } })
    await settle()
    await world.advance(24 * HOUR)
    expect(session()?.ended).toBeUndefined()
    expect(calls('extend').length).toBeLessThanOrEqual(mostIn(24 * HOUR))
    for (const { session: { get } } of members) expect(get()).toMatchObject({ signedIn: true, certain: true })
  })
})

describe('F07: a stale tab destroys valid credentials (bluesky-social/social-app#11195)', () => {
  it('does not: a no that was long on its way, to ten of them, says nothing about who signed in since', async () => {
    // Nobody tells them of it, either.
    const { world, browser, members, session, settle } = openFamily({ tabs: 11, seed: 9, behaviours: { channel: 'throws' } })
    await settle()
    const [fresh, ...stale] = members
    const quick = { thereMs: 50, backMs: 50 }
    world.server.revoke(browser.token)
    browser.network.conditions = () => ({ ...quick, backMs: 20 * SECOND })
    for (const { session: { check } } of stale) void check()
    await world.advance(SECOND)
    browser.network.conditions = () => quick
    await Promise.all([fresh?.session.check(), world.advance(SECOND)])
    void fresh?.session.reauthenticate()
    await world.advance(5 * SECOND)
    expect(fresh?.session.get()).toMatchObject({ signedIn: true, certain: true })
    await world.advance(MINUTE)
    for (const { session: { get }, heard } of members) {
      expect(get()).toMatchObject({ signedIn: true, certain: true })
      expect(heard.filter((type) => type === 'session.expired').length).toBe(get === fresh?.session.get ? 1 : 0)
    }
    await world.advance(12 * HOUR)
    expect(session()?.ended).toBeUndefined()
    for (const { session: { get } } of members) expect(get()).toMatchObject({ signedIn: true, certain: true })
  })

  it('does not: what ten were told before they were frozen says nothing about who signed in since, and disturbs nobody', async () => {
    const { world, browser, members, settle } = openFamily({ tabs: 11, seed: 9 })
    await settle()
    const [fresh, ...stale] = members
    const quick = { thereMs: 50, backMs: 50 }
    browser.network.conditions = () => quick
    world.server.revoke(browser.token)
    for (const { session } of stale) void session.check()
    await world.advance(70)
    // The no is on its way, and nobody runs to hear it.
    for (const { tab } of stale) tab.freeze()
    void fresh?.session.check()
    await world.advance(SECOND)
    void fresh?.session.reauthenticate()
    await world.advance(5 * SECOND)
    expect(fresh?.session.get()).toMatchObject({ signedIn: true, certain: true })
    const before = fresh?.views.length
    for (const { tab } of stale) {
      tab.resume()
      await world.advance(10 * SECOND)
    }
    for (const { session: { get } } of members) expect(get()).toMatchObject({ signedIn: true, certain: true })
    expect(fresh?.views.slice(before).map(({ signedIn, certain }) => signedIn && certain)).not.toContain(false)
    await world.advance(12 * HOUR)
    expect(world.server.find(browser.token)?.ended).toBeUndefined()
  })
})

describe('F09: signing in hangs for ever (supabase/supabase-js#2013, supabase/auth-js#1119)', () => {
  it('does not: a lock that nobody gives back is waited for as long as a call may take, and then done without', async () => {
    const { world, browser, members, session, settle } = openFamily({ tabs: 2, seed: 6 })
    const orphaned = browser.openTab()
    for (const name of ['extend', 'revoke', 'session']) void orphaned.primitives.locks?.request(`outlast:session:${name}`, () => new Promise(() => {})).catch(() => {})
    await settle()
    await world.advance(12 * HOUR)
    expect(session()?.ended).toBeUndefined()
    for (const { session: { get }, views } of members) {
      expect(get()).toMatchObject({ signedIn: true, certain: true })
      expect(views.some(({ signedIn }) => signedIn === false)).toBe(false)
    }
    const server = session()
    let out = false
    void members[0]?.session.signOut().then(() => (out = true))
    await world.advance(2 * MINUTE)
    expect([out, server?.ended]).toEqual([true, 'signedOut'])
  })
})

describe('F11: two tabs take one lock (auth0/auth0-spa-js#973)', () => {
  it.each([1, 2, 3, 4, 5])('and that harms nobody: who comes second with the same credentials is told so, and asks (seed %d)', async (seed) => {
    const { world, members, calls, session, settle } = openFamily({ tabs: 4, seed, server: { rotates: true }, behaviours: { locks: 'loses' } })
    await settle()
    await world.advance(24 * HOUR)
    // Both did take it: else there would be nothing to survive.
    expect(gapsOf(calls('extend')).some((gap) => gap < SECOND)).toBe(true)
    expect(session()?.ended).toBeUndefined()
    for (const { session: { get }, views } of members) {
      expect(get()).toMatchObject({ signedIn: true, certain: true })
      expect(shown(views)).toEqual([undefined, true])
    }
  })

  it.each(['missing', 'throws'] as const)('and that harms nobody: with locks %s, the record says who is at it', async (locks) => {
    const { world, members, calls, session, settle } = openFamily({ tabs: 4, seed: 8, server: { rotates: true }, behaviours: { locks } })
    await settle()
    await world.advance(24 * HOUR)
    expect(session()?.ended).toBeUndefined()
    expect(calls('extend').length).toBeLessThanOrEqual(mostIn(24 * HOUR))
    for (const { session: { get } } of members) expect(get()).toMatchObject({ signedIn: true, certain: true })
  })
})

describe('F22: the number of tabs multiplies the requests (nextauthjs/next-auth#10244, nextauthjs/next-auth#6851)', () => {
  it('does not: twenty tabs through which a person wanders all day call as often as one', async () => {
    const day = async (tabs: number) => {
      const { world, members, settle } = openFamily({ tabs, seed: 12 })
      await settle()
      const before = members.flatMap(({ calls }) => calls).length
      for (const { tab } of members.slice(1)) tab.hide()
      for (let i = 0; i < 10 * 60; i++) {
        members[i % tabs]?.tab.hide()
        members[(i + 1) % tabs]?.tab.show()
        await world.advance(MINUTE)
      }
      return members.flatMap(({ calls }) => calls).length - before
    }
    expect(await day(20)).toBeLessThanOrEqual(1.05 * (await day(1)))
  })
})

describe('F28: BroadcastChannel throws (trezor/connect#737)', () => {
  it.each(['channel', 'locks', 'store', 'notes'] as const)('and the session lives on, as it does without any other means (%s)', async (what) => {
    const { world, members, session, settle } = openFamily({ tabs: 2, seed: 4, behaviours: { [what]: 'throws' } })
    await settle()
    await world.advance(12 * HOUR)
    expect(session()?.ended).toBeUndefined()
    for (const { session: { get }, views } of members) {
      expect(get()).toMatchObject({ signedIn: true, certain: true })
      expect(shown(views)).toEqual([undefined, true])
    }
  })
})

describe('F29: the back button after a sign-out shows the app signed in (auth0/auth0-react#562)', () => {
  it('does not: a page that comes back is signed out before anything else runs in it', async () => {
    const { world, members, settle } = openFamily({ tabs: 2, seed: 4 })
    await settle()
    const [left, other] = members
    left?.tab.freeze()
    await world.advance(MINUTE)
    void other?.session.signOut()
    await world.advance(MINUTE)
    left?.tab.resume()
    expect(left?.session.get()).toMatchObject({ signedIn: false, reason: 'signedOut' })
    await world.advance(LIFE)
    expect(left?.session.get()).toMatchObject({ signedIn: false, reason: 'signedOut' })
    expect(gapsOf(left?.calls.map(({ at }) => at) ?? []).length).toBeLessThan(2)
  })
})
