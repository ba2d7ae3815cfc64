import { describe, expect, it } from 'vitest'
import { everOut, type Family, HOUR, LIFE, liveFamily, MINUTE, PERIOD, SECOND } from './family'

const TABS = 3

describe('who signs in in one tab', () => {
  it('is found in another one that was answered of somebody else, and heard of nobody', async () => {
    const { world, browser, members, as } = await liveFamily({ behaviours: { channel: 'missing' }, tabs: 2 })
    const [one, other] = members
    browser.network.conditions = (kind) => ({ thereMs: 50, backMs: kind === 'check' ? 5 * SECOND : 50 })
    void one?.session.check()
    await world.advance(SECOND)
    browser.network.conditions = () => ({ thereMs: 50, backMs: 50 })
    as('bob')
    void other?.session.reauthenticate()
    await world.advance(SECOND)
    expect(one?.heard).toEqual([])
    await world.advance(10 * SECOND)
    expect(one?.heard).toContain('session.subjectChanged')
    for (const { session } of members) expect(session.get()).toMatchObject({ signedIn: true, certain: true })
  })

  it('is signed in in another one, too, in which a sign-in was under way and given up', async () => {
    const { world, browser, members } = await liveFamily({ tabs: 2 })
    const [one, other] = members
    world.server.revoke(browser.token)
    void one?.session.check()
    await world.advance(MINUTE)
    // A window that nobody looks at.
    browser.network.conditions = (kind) => ({ thereMs: kind === 'signIn' ? HOUR : 50, backMs: 50 })
    void other?.session.reauthenticate()
    await world.advance(SECOND)
    browser.network.conditions = () => ({ thereMs: 50, backMs: 50 })
    void one?.session.reauthenticate()
    await world.advance(SECOND)
    other?.session.cancel()
    await world.advance(PERIOD)
    for (const { session } of members) expect(session.get()).toMatchObject({ signedIn: true, certain: true })
  })
})

describe('a refused extension', () => {
  const refuse = (browser: Family['browser']) => void (browser.network.conditions = (kind) => ({ thereMs: 50, backMs: 50, ...(kind === 'extend' && { fault: { status: 403 } }) }))

  it('is asked about by the tab that was refused, and the others neither ask nor try', async () => {
    const family = await liveFamily({ seed: 1 })
    const { world, browser, members, calls } = family
    refuse(browser)
    await world.advance(PERIOD + SECOND)
    expect([calls('extend').length, calls('check').length]).toEqual([1, TABS + 1])
    for (const { session } of members) expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    await world.advance(LIFE / 4)
    expect(calls('check').length - TABS).toBe(calls('extend').length)
    expect(everOut(family)).toBe(false)
  })

  it('after which the end is found to have moved all the same is as good as made', async () => {
    const { world, browser, members, calls } = await liveFamily({ seed: 1 })
    const { tab } = members[0]!
    await world.advance(LIFE / 10)
    void tab.fetch('/session/extend', { method: 'POST' })
    await world.advance(SECOND)
    refuse(browser)
    await world.advance(PERIOD - LIFE / 10)
    expect([calls('extend').length, calls('check').length]).toEqual([2, TABS + 1])
    for (const { session, heard } of members) {
      expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
      expect(heard).toEqual(['session.extended'])
    }
  })

  it('because the session has ended ends it in all tabs, each of which hears it from the server', async () => {
    const { world, browser, members, calls } = await liveFamily({ seed: 1 })
    refuse(browser)
    world.server.revoke(browser.token)
    await world.advance(PERIOD + SECOND)
    expect(calls('extend').length).toBeLessThanOrEqual(TABS)
    expect(calls('check').length).toBeLessThanOrEqual(2 * TABS + 1)
    for (const { session } of members) expect(session.get()).toMatchObject({ signedIn: false, reason: 'ended' })
  })
})

describe('an extension that nobody heard the end of', () => {
  it('is asked about before another tab makes one, where credentials are good once', async () => {
    const { world, browser, members, calls } = await liveFamily({ seed: 1, tabs: 2, declares: { rotates: true } })
    const [one, other] = members
    await world.advance(LIFE / 10)
    browser.network.conditions = (kind) => ({ thereMs: 50, backMs: kind === 'extend' ? HOUR : 50 })
    void one?.session.extend()
    await world.advance(SECOND)
    one?.tab.close()
    void other?.session.extend()
    await world.advance(MINUTE)
    expect(other?.session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
    expect(other?.heard).toEqual(['session.extended'])
    expect([calls('extend').length, calls('check').length]).toEqual([1, 3])
  })
})

describe('a session that is stopped', () => {
  it('while it looks hears nothing of what it finds', async () => {
    const { world, browser, members } = await liveFamily({ tabs: 1 })
    const { store, BroadcastChannel } = browser.openTab().primitives
    void store?.update<{ generation: number }>('outlast:session', (record) => ({ ...record, generation: (record?.generation ?? 0) + 1 }))
    await world.advance(SECOND)
    new BroadcastChannel!('outlast:session').postMessage('outlast: look')
    members[0]?.release()
    // By now it is stopped, and looks.
    await world.advance(2)
    const seen = members[0]?.views.length
    await world.advance(SECOND)
    expect([members[0]?.views.length, members[0]?.heard]).toEqual([seen, []])
    expect(members[0]?.session.get()).toMatchObject({ signedIn: true, certain: false, busy: false })
  })

  it('hears nothing of the others, leaves nothing behind, and keeps nobody waiting', async () => {
    const { world, members, calls } = await liveFamily({ seed: 1 })
    const [stopped, other] = members
    void stopped?.session.extend().catch(() => {})
    await world.advance(10)
    stopped?.release()
    await world.advance(SECOND)
    expect(stopped?.tab.pendingTimers()).toBe(0)
    const seen = stopped?.views.length
    void other?.session.extend()
    await world.advance(SECOND)
    expect(calls('extend').length).toBeLessThanOrEqual(2)
    expect(other?.session.get()).toMatchObject({ signedIn: true, certain: true, busy: false })
    void other?.session.signOut()
    await world.advance(MINUTE)
    expect([stopped?.views.length, stopped?.session.get().signedIn]).toEqual([seen, true])
  })

  it('that begins again learns of a sign-out before it shows anything', async () => {
    const { world, members } = await liveFamily({ seed: 1 })
    const [stopped, other] = members
    stopped?.release()
    await world.advance(SECOND)
    void other?.session.signOut()
    await world.advance(MINUTE)
    const seen = stopped?.views.length ?? 0
    stopped?.session.start()
    await world.advance(MINUTE)
    expect(stopped?.views.slice(seen).some(({ signedIn, certain }) => signedIn && certain)).toBe(false)
    expect(stopped?.session.get()).toMatchObject({ signedIn: false, state: 'expired.ended' })
  })
})
