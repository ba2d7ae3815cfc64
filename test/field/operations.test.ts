import { describe, expect, it } from 'vitest'
import { createSession } from '../../src/core'
import { httpBackend } from '../../src/backends/http'
import { paraBackend, type ParaSession } from '../../src/backends/para'
import { limits } from '../../src/limits/limits'
import { createFakeBackend, createVirtualTime } from '../../src/testing'
import { fakeSignals, hold, HOUR, kindsOf, LIFE, live, MINUTE, SECOND, shown } from '../liveSession'
import { openFamily } from '../tabs/family'

// What users of other libraries suffered, each through the public API. The numbers are those of the collection.

describe('F06: a lost race revokes every session (fliks-app/fliks#457)', () => {
  it.each([1, 2, 3])('does not: where nothing keeps two tabs apart, the loser is told so, and takes that for no end (seed %d)', async (seed) => {
    const apart = { locks: 'throws', store: 'throws', channel: 'throws', notes: 'throws' } as const
    const { world, browser, members, session, settle, calls } = openFamily({ tabs: 2, seed, server: { rotates: true }, behaviours: apart })
    await settle()
    const quick = { thereMs: 50, backMs: 50 }
    browser.network.conditions = () => quick
    for (let i = 0; i < 20; i++) {
      // Two requests with the same credentials, in the same moment.
      for (const member of members) void member.session.extend()
      await world.advance(10 * MINUTE)
    }
    expect([session()?.ended, world.server.signIns]).toEqual([undefined, 1])
    for (const { session: { get }, views } of members) {
      expect(get()).toMatchObject({ signedIn: true, certain: true })
      expect(shown(views)).toEqual([undefined, true])
    }
    expect(calls('extend').length).toBeGreaterThanOrEqual(40)
  })

  it('does not: whoever was not answered asks before it uses its credentials again', async () => {
    // A server with rotation: whoever presents an exchanged token loses the whole family.
    let current = 1
    let family: 'sound' | 'revoked' = 'sound'
    let stored = 1
    const time = createVirtualTime()
    const session = createSession(
      {
        rotates: true,
        // The credentials are looked up for each call; what another tab or a lost reply left there counts.
        check: () => (family !== 'sound' ? false : stored === current ? { status: 'alive', ttlMs: HOUR } : { status: 'superseded' }),
        async extend() {
          if (stored !== current) {
            family = 'revoked'
            return { status: 'ended' }
          }
          current++
          // The server has exchanged it, and its reply is lost; another tab stores it a little later.
          if (current === 2) {
            time.clock.setTimeout(() => (stored = current), 20 * MINUTE)
            throw new Error('connection lost')
          }
          stored = current
          return { status: 'alive', ttlMs: HOUR }
        },
      },
      {},
      { clock: time.clock, random: () => 0.5 },
    )
    session.start()
    await time.settle()
    await time.advance(3 * HOUR)
    expect([family, session.get().signedIn, current > 3]).toEqual(['sound', true, true])
  })
})

describe('F08: an expired tab adopts another user\'s session (DataDog/browser-sdk#4475)', () => {
  it('does not: what was begun for one person is refused for another, in every tab', async () => {
    const { world, browser, members, as, settle } = openFamily({ tabs: 2 })
    await settle()
    const [first, second] = members
    world.server.revoke(browser.token)
    await Promise.all([first?.session.check(), second?.session.check(), world.advance(5 * SECOND)])
    let asked = 0
    const outcomes: unknown[] = []
    for (const member of members) {
      void member.session.run(() => 'sent', { onEnded: 'wait', replay: () => ++asked > 0 }).then((sent) => outcomes.push(sent), (error: { code: string }) => outcomes.push(error.code))
    }
    as('bob')
    void second?.session.reauthenticate()
    await world.advance(MINUTE)
    for (const { session, heard } of members) {
      expect(session.get()).toMatchObject({ signedIn: true, certain: true })
      expect(heard.filter((type) => type !== 'session.extended')).toEqual(['session.expired', 'session.subjectChanged'])
    }
    expect([outcomes, asked]).toEqual([['ERR_SESSION_SUBJECT_CHANGED', 'ERR_SESSION_SUBJECT_CHANGED'], 0])
  })
})

describe('F25: idle sessions look active (clerk/javascript#9215, sjacorg/bayanat#343)', () => {
  it('do not: a page that polls its own API all the time ends at the idle limit, at the server as well', async () => {
    const page = fakeSignals()
    const { time, fake, session } = await live({ ports: { signals: page.signals }, policy: { keepAlive: 'whileActive', limits: limits({ idleMs: 15 * MINUTE }) } })
    page.give('hidden')
    for (let i = 0; i < 90; i++) {
      await session.run(() => 'poll').catch(() => {})
      await time.advance(10 * SECOND)
    }
    expect([session.get(), fake.count('extend'), fake.expiresAt]).toMatchObject([{ signedIn: false, reason: 'idle' }, 0, undefined])
  })

  it('do not: without a limit of the app, nobody extends for a page that only polls, and the server\'s own ends it', async () => {
    const { time, fake, session } = await live({ policy: { keepAlive: 'whileActive' } })
    for (let at = 0; at < LIFE + MINUTE; at += 10 * SECOND) {
      await session.run(() => 'poll').catch(() => {})
      await time.advance(10 * SECOND)
    }
    expect([session.get(), fake.count('extend')]).toMatchObject([{ signedIn: false, reason: 'expired' }, 0])
  })
})

describe('F30: "interaction in progress" sticks (AzureAD/microsoft-authentication-library-for-js#8055)', () => {
  it('does not: a tab that dies in the middle of a sign-in is waited for no longer than a minute and a half, in which anybody can take over', async () => {
    const { world, browser, members, settle } = openFamily({ tabs: 3, seed: 7 })
    await settle()
    world.server.revoke(browser.token)
    for (const { session } of members) void session.check()
    await world.advance(5 * SECOND)
    const quick = { thereMs: 50, backMs: 50 }
    browser.network.conditions = (kind) => (kind === 'signIn' ? { ...quick, backMs: 10 * MINUTE } : quick)
    const [owner, second, third] = members
    void owner?.session.reauthenticate()
    await world.advance(2 * SECOND)
    expect([second, third].map((member) => member?.session.get().state)).toEqual(['reauthenticating.elsewhere', 'reauthenticating.elsewhere'])
    owner?.tab.vanish()
    await world.advance(91 * SECOND)
    expect([second, third].map((member) => member?.session.get().state)).toEqual(['expired.ended', 'expired.ended'])
    browser.network.conditions = () => quick
    void third?.session.reauthenticate()
    await world.advance(10 * SECOND)
    for (const member of [second, third]) expect(member?.session.get()).toMatchObject({ signedIn: true, certain: true })
  })
})

describe('F32: the wallet reconnects, the session is dead (jk-labs-inc/confetti#6183)', () => {
  /** Its connection is for ever; its session is not. */
  function connected(isAlive: () => boolean) {
    const wallet: ParaSession = {
      externalWalletConnectionType: 'VERIFICATION',
      isSessionActive: async () => isAlive(),
      keepSessionAlive: async () => isAlive(),
      retrieveSessionCookie: () => undefined,
      getUserId: () => 'ada',
      touchSession: async () => ({ isAuthenticated: isAlive(), verifiedExternalWalletAddresses: [] }),
      logout: async () => {},
    }
    const time = createVirtualTime()
    const session = createSession(paraBackend(wallet), {}, { clock: time.clock, random: () => 0.5 })
    session.start()
    return { time, session }
  }

  it('is not taken for alive: a page that opens with a connected wallet is signed in when the server says so', async () => {
    const { time, session } = connected(() => false)
    await time.settle()
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'absent' })
    await expect(session.run(() => 'signed')).rejects.toMatchObject({ code: 'ERR_SESSION_ENDED' })
  })

  it('is told within a period, though the wallet stays connected, and nothing is signed with it', async () => {
    let isAlive = true
    const { time, session } = connected(() => isAlive)
    await time.advance(HOUR)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    isAlive = false
    await time.advance(10 * MINUTE)
    expect(session.get()).toMatchObject({ signedIn: false, certain: true, reason: 'ended' })
    await expect(session.run(() => 'signed')).rejects.toMatchObject({ code: 'ERR_SESSION_ENDED' })
  })
})

describe('F33: the signer keeps the old token (zerodevapp/zerodev-wallet-sdk#54)', () => {
  it('does not: each call reads the credentials that there are by then, and so does an operation that waited', async () => {
    const time = createVirtualTime()
    const sent: (string | undefined)[] = []
    let token = 'old'
    let accepted = 'old'
    const ask = async () => {
      sent.push(token)
      return new Response(JSON.stringify({ ttlMs: HOUR, subject: 'ada' }), { status: token === accepted ? 200 : 401, headers: { 'content-type': 'application/json' } })
    }
    const session = createSession(httpBackend({ check: ask, extend: ask, signIn: () => (token = accepted) }), {}, { clock: time.clock, random: () => 0.5 })
    session.start()
    await time.settle()
    accepted = 'new'
    await session.check()
    const signed = session.run(() => `signed with ${token}`, { onEnded: 'wait', replay: () => true })
    await time.settle()
    await session.reauthenticate()
    expect(await signed).toBe('signed with new')
    await session.extend()
    expect(sent).toEqual(['old', 'old', 'new', 'new'])
  })
})

describe('a backend that waits for its sign-in', () => {
  it('gets no second one while the first runs, and both callers learn what came of it', async () => {
    const time = createVirtualTime()
    const fake = createFakeBackend(time.clock, { subject: null })
    const session = createSession(fake.backend, {}, { clock: time.clock, random: () => 0.5 })
    session.start()
    await time.settle()
    const give = hold(fake, 'signIn')
    const both = Promise.all([session.reauthenticate(), session.reauthenticate()])
    await time.settle()
    fake.signInAs('ada')
    give('whatever')
    for (const view of await both) expect(view).toMatchObject({ signedIn: true })
    expect(kindsOf(fake).filter((kind) => kind === 'signIn')).toHaveLength(1)
  })

  it('and resolves without a session is no sign-in', async () => {
    const time = createVirtualTime()
    const fake = createFakeBackend(time.clock, { subject: null })
    const session = createSession({ ...fake.backend, signIn: () => 'nobody came' }, {}, { clock: time.clock, random: () => 0.5 })
    session.start()
    await time.settle()
    expect(await session.reauthenticate()).toMatchObject({ signedIn: false, reason: 'absent', state: 'expired.ended' })
  })
})
