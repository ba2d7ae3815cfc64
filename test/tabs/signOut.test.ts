import { describe, expect, it } from 'vitest'
import { type Behaviours, type Family, HOUR, liveFamily, MINUTE, SECOND } from './family'

describe('a sign-out', () => {
  // Without a store the note alone tells of it, and without notes the record; one of them is enough.
  const halves: { what: string; behaviours: Behaviours }[] = [
    { what: 'nothing is broken', behaviours: {} },
    ...(['store', 'notes', 'locks', 'channel'] as const).map((what) => ({ what: `no ${what}`, behaviours: { [what]: 'missing' } })),
  ]
  it.each(halves)('without a network outlives the page, and is told by the next one: $what', async ({ behaviours }) => {
    const { world, browser, members, open } = await liveFamily({ behaviours, tabs: 1 })
    const { token } = browser
    browser.network.cut()
    void members[0]?.session.signOut()
    await world.advance(SECOND)
    members[0]?.tab.close()
    await world.advance(MINUTE)
    const late = open()
    await world.advance(MINUTE)
    expect(late.views.some(({ signedIn }) => signedIn)).toBe(false)
    expect(late.session.get()).toMatchObject({ signedIn: false, reason: 'signedOut', state: 'expired.unrevoked' })
    browser.network.restore()
    await world.advance(10 * MINUTE)
    expect(late.session.get()).toMatchObject({ signedIn: false, reason: 'signedOut', state: 'expired.ended' })
    expect(world.server.find(token)?.ended).toBe('signedOut')
  })

  it.each([0, 1, 2, 5, 10])('of a page that is closed %d ms later is told by the next one at the latest', async (ms) => {
    const { world, browser, members, open } = await liveFamily({ tabs: 1 })
    const { token } = browser
    void members[0]?.session.signOut()
    await world.advance(ms)
    members[0]?.tab.close()
    await world.advance(MINUTE)
    const late = open()
    await world.advance(MINUTE)
    expect(late.views.some(({ signedIn }) => signedIn)).toBe(false)
    expect([late.session.get().signedIn, world.server.find(token)?.ended]).toEqual([false, 'signedOut'])
  })

  it('is seen by a page that comes back before it shows anything', async () => {
    const { world, browser, members } = await liveFamily({ tabs: 2 })
    const [one, other] = members
    one?.tab.freeze()
    browser.network.cut()
    void other?.session.signOut()
    await world.advance(HOUR)
    const seen = one?.views.length
    one?.tab.resume()
    expect(one?.session.get()).toMatchObject({ signedIn: false, reason: 'signedOut' })
    await world.advance(MINUTE)
    expect(one?.views.slice(seen).some(({ signedIn }) => signedIn)).toBe(false)
  })

  const forgetful: { what: string; before: (family: Family) => void }[] = [
    { what: 'the record was evicted', before: ({ browser }) => void browser.tabs[0]?.primitives.store?.del('outlast:session') },
    { what: 'the store broke', before: ({ browser }) => void (browser.behaviours.store = 'throws') },
  ]
  it.each(forgetful)('that was told to the server by a later page is over, also when $what: who then signs in without Outlast stays signed in', async ({ before }) => {
    const family = await liveFamily({ tabs: 1 })
    const { world, browser, members, open, session } = family
    before(family)
    await world.advance(SECOND)
    browser.network.cut()
    void members[0]?.session.signOut()
    await world.advance(MINUTE)
    members[0]?.tab.close()
    browser.network.restore()
    const teller = open()
    await world.advance(MINUTE)
    teller.tab.close()
    await world.advance(MINUTE)
    browser.token = world.server.signIn('ada')
    const late = open()
    await world.advance(MINUTE)
    expect(late.session.get()).toMatchObject({ signedIn: true, certain: true })
    expect(session()).toMatchObject({ ended: undefined })
  })

  it('that was told is not told again by a page that comes back when the store is broken', async () => {
    const { world, browser, members, open, session } = await liveFamily({ tabs: 2 })
    const [one, other] = members
    one?.tab.freeze()
    void other?.session.signOut()
    await world.advance(MINUTE)
    other?.tab.close()
    browser.token = world.server.signIn('ada')
    browser.behaviours.store = 'throws'
    open()
    await world.advance(MINUTE)
    one?.tab.resume()
    await world.advance(MINUTE)
    expect(session()).toMatchObject({ ended: undefined })
  })

  /** In the first of two tabs without a store, and then a sign-in; the second one's call to tell the server fares differently. */
  async function signOutAndIn(second: { backMs?: number; fault?: { status: number } }) {
    const family = await liveFamily({ behaviours: { store: 'missing' }, tabs: 2 })
    const { world, browser, members } = family
    let revocations = 0
    browser.network.conditions = (kind) => ({ thereMs: 50, backMs: 50, ...(kind === 'revoke' && revocations++ === 1 && second) })
    void members[0]?.session.signOut()
    await world.advance(2 * SECOND)
    void members[0]?.session.reauthenticate()
    await world.advance(SECOND)
    await world.advance(10 * MINUTE)
    return family
  }

  it('of which both tabs tell the server in time does not touch a later sign-in', async () => {
    const { session, members } = await signOutAndIn({})
    expect(session()).toMatchObject({ ended: undefined })
    expect(members[0]?.session.get()).toMatchObject({ signedIn: true, certain: true })
  })

  it('that the server was told of is not told again by another tab after somebody signed in', async () => {
    const { session } = await signOutAndIn({ fault: { status: 503 } })
    expect(session()).toMatchObject({ ended: undefined })
  })

  it('that the server was told of is told once, so that no late answer takes away the cookie of a new sign-in', async () => {
    const { session } = await signOutAndIn({ backMs: 5 * SECOND })
    expect(session()).toMatchObject({ ended: undefined })
  })
})
