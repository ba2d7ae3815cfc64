import { describe, expect, it } from 'vitest'
import type { SessionRecord } from '../../src/tabs/record'
import { HOUR, LIFE, MINUTE, openFamily, SECOND } from './family'

const KEY = 'outlast:session'
const LOOK = 'outlast: look'
const DAY = 24 * HOUR
const MOST = Math.floor(DAY / (LIFE / 5 - SECOND))
const Y2099 = Date.UTC(2099, 0, 1)
const untilThen = (now: number) => ({ keepAliveMs: undefined, deadlineMs: Y2099 - now, retryMs: 0 })

/** Three tabs that share a session, and a page of the same origin that means no good. */
async function openBesideStranger(behaviours: Partial<ReturnType<typeof openFamily>['browser']['behaviours']> = {}) {
  const family = openFamily({ tabs: 3, server: { lifeMs: LIFE }, seed: 5 })
  const { world, browser, members, calls } = family
  Object.assign(browser.behaviours, behaviours)
  await family.settle()
  await world.advance(10 * MINUTE)
  const { primitives } = browser.openTab()
  const channel = new primitives.BroadcastChannel!(KEY)
  const views = members.map((member) => member.views.length)
  const before = { check: calls('check').length, extend: calls('extend').length }
  return {
    ...family,
    say: (message: unknown) => channel.postMessage(message),
    read: () => Promise.all([primitives.store?.get<SessionRecord>(KEY), world.advance(SECOND)]).then(([record]) => record),
    /** Writes something in place of the record, and has all look. */
    async write(change: (record: SessionRecord, now: number) => unknown) {
      void primitives.store?.update<SessionRecord>(KEY, (record) => change(record as SessionRecord, world.now()) as SessionRecord)
      await world.advance(SECOND)
      channel.postMessage(LOOK)
      await world.advance(SECOND)
    },
    /** The calls since. */
    made: (kind: 'check' | 'extend') => calls(kind).length - before[kind],
    /** The views that changed since. */
    seen: () => members.map((member, i) => member.views.slice(views[i])),
  }
}
type Beside = Awaited<ReturnType<typeof openBesideStranger>>

function expectAllSignedIn({ members, session }: Beside) {
  expect(session()?.ended).toBeUndefined()
  for (const member of members) {
    expect(member.session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
    expect(member.views.some(({ signedIn }) => signedIn === false)).toBe(false)
  }
}

/** And all know when the session ends. */
function expectHarmony(beside: Beside) {
  expectAllSignedIn(beside)
  const { members, session } = beside
  for (const member of members) expect(Math.abs((member.session.get().expiresAt ?? 0) - (session()?.expiresAt ?? 0))).toBeLessThan(2 * SECOND)
}

describe('a message', () => {
  const messages: { what: string; message: unknown }[] = [
    { what: 'nothing', message: undefined },
    { what: 'null', message: null },
    { what: 'a number', message: NaN },
    { what: 'a word', message: 'ended' },
    { what: 'the word in an object', message: { message: LOOK } },
    { what: 'another version', message: { version: 2, type: 'look' } },
    { what: '"extended until 2099"', message: { type: 'extended', expiresAt: Y2099 } },
    { what: '"extended until 2099", as the session hears it', message: { type: 'tabs.answered', output: { status: 'alive', lease: { aliveAt: Y2099, expiresAt: Y2099 }, plan: untilThen(0), failures: 0, extended: true } } },
    { what: '"ended", as the session hears it', message: { type: 'tabs.answered', output: { status: 'ended', reason: 'signedOut' } } },
    { what: '"changed", as the session hears it', message: { type: 'tabs.changed' } },
    { what: 'a record that has ended', message: { version: 1, reference: 'a', generation: 9, end: 'untold' } },
    { what: 'a megabyte', message: new Uint8Array(1_048_576) },
    { what: 'the word, for nothing', message: LOOK },
  ]
  it.each(messages)('that says $what causes no call, and nobody sees anything', async ({ message }) => {
    const beside = await openBesideStranger()
    const { say, world, made, seen } = beside
    say(message)
    await world.advance(MINUTE)
    expect([made('check'), made('extend'), seen()]).toEqual([0, 0, [[], [], []]])
    expectHarmony(beside)
  })

  it.each([{ what: 'of another shape', message: { type: 'ended' } }, { what: 'that says the word', message: LOOK }])('$what, ten thousand times, causes no call, and nobody sees anything', async ({ message }) => {
    const beside = await openBesideStranger()
    const { say, world, made, seen } = beside
    for (let n = 0; n < 10_000; n++) {
      say(message)
      if (n % 100 === 0) await world.advance(5)
    }
    await world.advance(MINUTE)
    expect([made('check'), made('extend'), seen()]).toEqual([0, 0, [[], [], []]])
    await world.advance(DAY)
    expect(made('extend')).toBeLessThanOrEqual(MOST)
    expectHarmony(beside)
  })

  it('in a flood holds up neither an extension nor a sign-out', async () => {
    const { say, world, members, calls } = await openBesideStranger()
    const flood = async (ms: number) => {
      for (const until = world.now() + ms; world.now() < until; ) {
        for (let n = 0; n < 20; n++) say(LOOK)
        await world.advance(10)
      }
    }
    void members[0]?.session.extend()
    await flood(SECOND)
    expect(calls('extend')).toHaveLength(1)
    const ends = members.map(({ session }) => session.get().expiresAt)
    expect(new Set(ends).size).toBe(1)
    void members[1]?.session.signOut()
    await flood(SECOND)
    for (const { session } of members) expect(session.get()).toMatchObject({ signedIn: false, reason: 'signedOut' })
  })
})

describe('a record that is none', () => {
  const records: { what: string; change: (record: SessionRecord) => unknown }[] = [
    { what: 'gone, as after an eviction', change: () => undefined },
    { what: 'null', change: () => null },
    { what: 'a word', change: () => 'garbage' },
    { what: 'empty', change: () => ({}) },
    { what: 'of a later version', change: (record) => ({ ...record, version: 2, generation: 99 }) },
    { what: 'of a version that is a word', change: (record) => ({ ...record, version: '1' }) },
    { what: 'without a reference', change: (record) => ({ ...record, reference: undefined }) },
    { what: 'without a number where one must be', change: (record) => ({ ...record, generation: NaN }) },
    { what: 'with a lease of words', change: (record) => ({ ...record, report: { ...record.report, lease: { aliveAt: '2099' } } }) },
  ]
  it.each(records)('is replaced with the next answer, and nothing is lost: $what', async ({ change }) => {
    const beside = await openBesideStranger()
    const { write, world, made, seen, read, members } = beside
    const { reference } = (await read()) as SessionRecord
    await write(change)
    expect([made('check'), made('extend'), seen()]).toEqual([0, 0, [[], [], []]])
    void members[0]?.session.check()
    await world.advance(SECOND)
    // It is about the same sign-in, so nobody has to ask who is there.
    const record = await read()
    expect([record?.version, record?.reference, record?.end]).toEqual([1, reference, undefined])
    await world.advance(DAY)
    expect([made('check'), made('extend') <= MOST]).toEqual([1, true])
    expectHarmony(beside)
  })

  it('every few minutes costs a call of each tab in each period at most', async () => {
    const beside = await openBesideStranger()
    const { write, world, made } = beside
    for (let n = 0; n < 288; n++) {
      await write(() => (n % 2 ? undefined : 'garbage'))
      await world.advance(5 * MINUTE - 2 * SECOND)
    }
    expect(made('extend')).toBeLessThanOrEqual(3 * MOST)
    expectAllSignedIn(beside)
  })

  it('while somebody signs out keeps nobody signed in', async () => {
    const { write, world, members } = await openBesideStranger()
    await write(() => undefined)
    void members[0]?.session.signOut()
    await write(() => 'garbage')
    await world.advance(LIFE / 4)
    for (const { session } of members) expect(session.get()).toMatchObject({ signedIn: false, state: 'expired.ended' })
  })
})

// A record that some tab might have written is believed: whoever can write it is of the same origin, and could call the backend, or
// sign out, as well. What bounds the harm is told here.
describe('a record that lies', () => {
  const until2099 = (record: SessionRecord, now: number): SessionRecord => {
    const { report } = record
    const lease = { ...report.lease!, expiresAt: Y2099, latestExpiresAt: Y2099, grantedAt: now, lifeMs: Y2099 - now }
    return { ...record, generation: record.generation + 1, answeredAt: now, report: { ...report, lease, plan: untilThen(now) } }
  }

  it.each(['ended', 'nonsense'])('of an end (%s) makes each tab ask, twice at most, and the server decides', async (end) => {
    const beside = await openBesideStranger()
    const { write, world, made, members } = beside
    await write((record) => ({ ...record, end }))
    expect(made('check')).toBeGreaterThan(0)
    for (const { calls } of members) expect(calls.filter(({ kind }) => kind === 'check').length).toBeLessThanOrEqual(1 + 2)
    await world.advance(DAY)
    expect(made('extend')).toBeLessThanOrEqual(MOST)
    expectHarmony(beside)
  })

  it('of a sign-out is one', async () => {
    const { write, members } = await openBesideStranger()
    await write((record) => ({ ...record, end: 'untold' }))
    for (const { session } of members) expect(session.get()).toMatchObject({ signedIn: false, reason: 'signedOut' })
  })

  it.each([
    { what: 'another person', change: (record: SessionRecord) => ({ ...record, person: 1 }) },
    { what: 'another sign-in', change: (record: SessionRecord) => ({ ...record, reference: 'x' }) },
    { what: 'more than was ever written', change: (record: SessionRecord) => ({ ...record, generation: 1e308 }) },
  ])('of $what costs a call of each tab in each period, until somebody signs in anew', async ({ change }) => {
    const beside = await openBesideStranger()
    const { write, world, made, members, calls } = beside
    await write(change)
    await world.advance(DAY)
    expect(made('extend')).toBeLessThanOrEqual(3 * MOST)
    expect(made('check')).toBeLessThanOrEqual(3)
    expectAllSignedIn(beside)
    void members[0]?.session.reauthenticate()
    await world.advance(LIFE / 2)
    const since = calls('extend').length
    await world.advance(DAY)
    expect(calls('extend').length - since).toBeLessThanOrEqual(MOST)
    expectHarmony(beside)
  })

  it('of an answer to come, or of calls of others, costs nothing', async () => {
    for (const change of [
      (record: SessionRecord) => ({ ...record, generation: record.generation + 1, answeredAt: Y2099 }),
      (record: SessionRecord) => ({ ...record, claim: { by: 'stranger', until: Y2099 } }),
      (record: SessionRecord) => ({ ...record, generation: record.generation + 1, report: { ...record.report, plan: { keepAliveMs: -1, deadlineMs: -1, retryMs: -1 } } }),
      (record: SessionRecord) => ({ ...record, budget: { calls: 1e9, at: Y2099 } }),
    ]) {
      const beside = await openBesideStranger()
      await beside.write(change)
      await beside.world.advance(DAY)
      expect(beside.made('extend')).toBeLessThanOrEqual(MOST + 1)
      expectAllSignedIn(beside)
    }
  })

  it('a thousand times, each time of another sign-in, costs the calls that the tabs may make together, and nobody the session', async () => {
    const beside = await openBesideStranger()
    const { say, browser, world, made, members } = beside
    const { primitives: { store } } = browser.openTab()
    for (let n = 0; n < 1_000; n++) {
      void store?.update<SessionRecord>(KEY, (record) => ({ ...(record as SessionRecord), reference: `x${n}` }))
      say(LOOK)
      await world.advance(50)
    }
    expect(made('check')).toBeLessThanOrEqual(310)
    await world.advance(HOUR)
    expectAllSignedIn(beside)
    expect(members.some(({ heard }) => heard.includes('session.subjectChanged'))).toBe(false)
  })

  describe('of a lease until 2099', () => {
    it('is believed, and the server not asked again', async () => {
      const { write, world, made, members, session } = await openBesideStranger()
      await write(until2099)
      await world.advance(DAY)
      expect([made('check'), made('extend'), session()?.ended]).toEqual([0, 0, 'expired'])
      for (const member of members) expect(member.session.get()).toMatchObject({ signedIn: true, expiresAt: Y2099 })
    })

    it.each<{ who: string; act: (beside: Beside) => void }>([
      { who: 'somebody asks', act: ({ members }) => void members[0]?.session.check() },
      { who: 'somebody extends', act: ({ members }) => void members[0]?.session.extend() },
      { who: 'a page is opened', act: ({ open }) => void open() },
      { who: 'a page comes back', act: ({ members }) => (members[0]?.tab.freeze(), members[0]?.tab.resume()) },
      { who: 'somebody signs in', act: ({ members }) => void members[0]?.session.reauthenticate() },
    ])('is put right in all tabs as soon as $who', async ({ act }) => {
      const beside = await openBesideStranger()
      const { write, world, members, session } = beside
      await write(until2099)
      act(beside)
      await world.advance(SECOND)
      for (const member of members) expect(Math.abs((member.session.get().expiresAt ?? 0) - (session()?.expiresAt ?? 0))).toBeLessThan(2 * SECOND)
      await world.advance(DAY)
      expect(session()?.ended).toBeUndefined()
      for (const member of members) expect(member.session.get()).toMatchObject({ signedIn: true, certain: true })
    })

    it('hides an end only until somebody asks', async () => {
      const { write, world, browser, members } = await openBesideStranger()
      await write(until2099)
      world.server.revoke(browser.token)
      void members[1]?.session.check()
      await world.advance(SECOND)
      for (const member of members) expect(member.session.get()).toMatchObject({ signedIn: false, state: 'expired.ended' })
    })

    it('of which the server is said to be asked in 2099 hides it no longer than that', async () => {
      const { write, world, browser, members } = await openBesideStranger()
      await write((record, now) => ({ ...until2099(record, now), report: { ...until2099(record, now).report, lease: { ...until2099(record, now).report.lease, aliveAt: Y2099 } } }))
      world.server.revoke(browser.token)
      for (let n = 0; n < 3; n++) {
        void members[1]?.session.check()
        await world.advance(MINUTE)
      }
      expect(members[1]?.session.get()).toMatchObject({ signedIn: false, state: 'expired.ended' })
    })
  })

  interface Lie {
    readonly what: string
    readonly change: (record: SessionRecord, now: number) => SessionRecord
    readonly behaviours?: { readonly locks: 'missing' }
  }
  const isNotFatal = async ({ change, behaviours }: Lie) => {
    const beside = await openBesideStranger(behaviours)
    await beside.write(change)
    await beside.world.advance(DAY)
    expectAllSignedIn(beside)
  }

  it.each<Lie>([
    { what: 'calls used up for the next thousand years', change: (record, now) => ({ ...record, budget: { calls: -1e9, at: now } }) },
    { what: 'a call of another tab that takes until 2099, without locks', change: (record) => ({ ...record, claim: { by: 'stranger', until: Y2099 } }), behaviours: { locks: 'missing' } },
    { what: 'a server that wants to be left alone for three hundred years', change: (record, now) => ({ ...record, generation: record.generation + 1, answeredAt: now, report: { ...record.report, failures: 1, problem: { code: 'ERR_SESSION_RATE_LIMITED' }, plan: { ...record.report.plan, retryMs: 1e13 } } }) },
    { what: 'a failure that is tried again after as long', change: (record, now) => ({ ...record, generation: record.generation + 1, answeredAt: now, report: { ...record.report, failures: 1, plan: { ...record.report.plan, retryMs: 1e13 } } }) },
  ])('of $what is not fatal', isNotFatal)
})
