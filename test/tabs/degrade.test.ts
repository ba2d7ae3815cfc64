import { describe, expect, it } from 'vitest'
import { HOUR, LIFE, MINUTE, openFamily, SECOND } from './family'

type Broken = Parameters<typeof openFamily>[0] & { readonly what: string }

const primitives = ['locks', 'store', 'channel', 'notes'] as const
const ways = ['missing', 'throws', 'hangs', 'loses'] as const
const cases = [
  ...primitives.flatMap((what) => ways.filter((how) => what !== 'notes' || how !== 'hangs').map((how) => ({ what: `${what}: ${how}`, behaviours: { [what]: how } }))),
  ...(['missing', 'throws'] as const).map((how) => ({ what: `all: ${how}`, behaviours: { locks: how, store: how, channel: how, notes: how } })),
]

async function live(behaviours: object, seed: number) {
  const family = openFamily({ tabs: 3, server: { lifeMs: LIFE }, seed } satisfies Omit<Broken, 'what'>)
  Object.assign(family.browser.behaviours, behaviours)
  await family.settle()
  return family
}

describe('without a primitive that works', () => {
  it.each(cases)('no session is lost, and a sign-out is final: $what', async ({ behaviours, what }) => {
    const { world, members, calls, session } = await live(behaviours, 7)
    const alone = 24 * HOUR / (0.2 * LIFE)
    await world.advance(24 * HOUR)
    expect(session()?.ended).toBeUndefined()
    expect(calls('extend').length).toBeLessThanOrEqual(3 * alone + 3)
    for (const { views } of members) {
      expect(views.filter(({ signedIn }) => signedIn !== undefined).every(({ signedIn }) => signedIn)).toBe(true)
      const told = views.some(({ problem }) => problem?.code === 'ERR_SESSION_STORAGE')
      expect(told).toBe(/store: (missing|throws|hangs)|all/.test(what))
    }
    void members[0]?.session.signOut()
    await world.advance(LIFE)
    for (const member of members) expect(member.session.get()).toMatchObject({ signedIn: false, state: 'expired.ended' })
  })

  it('of which each is broken for a while, all is as before when it works again', async () => {
    const { world, browser, members, calls } = await live({}, 3)
    for (const what of primitives) {
      Object.assign(browser.behaviours, { [what]: 'throws' })
      await world.advance(2 * HOUR)
      Object.assign(browser.behaviours, { [what]: 'works' })
      await world.advance(2 * HOUR)
    }
    const before = calls('extend').length
    await world.advance(24 * HOUR)
    expect(calls('extend').length - before).toBeLessThanOrEqual(24 * HOUR / (0.2 * LIFE) + 1)
    for (const { session } of members) expect(session.get()).toMatchObject({ signedIn: true, certain: true })
  })
})

describe('a tab that was answered while the store hung', () => {
  it('joins the others as soon as it works, and adds no call to theirs', async () => {
    const { world, browser, open, calls } = await live({}, 11)
    await world.advance(2 * HOUR)
    browser.behaviours.store = 'hangs'
    const late = open()
    await world.advance(5 * SECOND)
    expect(late.session.get()).toMatchObject({ signedIn: true, certain: true, problem: { code: 'ERR_SESSION_STORAGE' } })
    browser.behaviours.store = 'works'
    const before = calls('extend').length
    await world.advance(24 * HOUR)
    expect(calls('extend').length - before).toBeLessThanOrEqual(24 * HOUR / (0.2 * LIFE))
    expect(calls('extend').every((at, i, all) => i === 0 || at - (all[i - 1] ?? 0) > 0.1 * LIFE)).toBe(true)
    expect(late.session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
  })
})

describe('a sign-out before anybody was answered', () => {
  it.each(['missing', 'throws', 'loses'] as const)('is final in all tabs where no note can be kept, too: notes %s', async (notes) => {
    const { world, browser, members, session } = openFamily({ tabs: 3, server: { lifeMs: LIFE }, seed: 2, behaviours: { notes } })
    const found = session()
    browser.network.cut()
    await world.advance(2 * SECOND)
    void members[0]?.session.signOut()
    await world.advance(MINUTE)
    browser.network.restore()
    await world.advance(10 * MINUTE)
    expect(found?.ended).toBe('signedOut')
    for (const { session: { get }, views } of members) {
      expect(get()).toMatchObject({ signedIn: false, reason: 'signedOut', state: 'expired.ended' })
      expect(views.some(({ signedIn }) => signedIn)).toBe(false)
    }
  })
})

describe('tabs that know no end, and extend for nobody', () => {
  it('ask once for all', async () => {
    const { world, calls } = openFamily({ tabs: 8, server: { lifeMs: 12 * HOUR, tells: 'nothing' }, policy: { keepAlive: 'whileActive' }, seed: 4 })
    await world.advance(5 * MINUTE)
    const before = calls('check').length
    await world.advance(10 * HOUR)
    const asked = calls('check').slice(before)
    expect(asked.length).toBeGreaterThan(30)
    // Two may fall due in the same moment.
    expect(asked.length).toBeLessThan(1.2 * 10 * HOUR / (9 * MINUTE))
  })
})

describe('a tab that holds the lock and does not run', () => {
  it('is robbed of it once its time is over, and what it says later counts for nothing', async () => {
    const { world, members, browser, calls, session } = await live({}, 5)
    // It gets the lock, and nobody tells it that it will be frozen.
    const held = await new Promise<() => void>((resolve) => {
      void browser.tabs[0]?.primitives.locks?.request('outlast:session:extend', () => new Promise<void>((release) => resolve(release))).catch(() => {})
      void world.advance(10)
    })
    await world.advance(LIFE)
    held()
    await world.advance(LIFE)
    expect(session()?.ended).toBeUndefined()
    expect(calls('extend').length).toBeGreaterThan(4)
    for (const { session: { get } } of members) expect(get()).toMatchObject({ signedIn: true, certain: true })
  })
})

describe('who is signed in', () => {
  it('is not adopted from another tab: whoever signs in is asked about, and told as another person', async () => {
    const { world, members, as } = await live({}, 9)
    as('bob')
    void members[1]?.session.reauthenticate()
    await world.advance(10 * SECOND)
    for (const { heard, session } of members) {
      expect(heard).toContain('session.subjectChanged')
      expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    }
  })

  it('is not argued about for ever by tabs whose clients know different people', async () => {
    const family = openFamily({ tabs: 4, server: { lifeMs: LIFE }, subjectOf: (tab) => (tab % 2 ? 'ada' : 'bob') })
    await family.settle()
    await family.world.advance(2 * HOUR)
    expect(family.calls('check').length).toBeLessThan(30)
    for (const { session } of family.members) expect(session.get()).toMatchObject({ signedIn: true, certain: true })
  })
})

describe('a hostile page of the same origin', () => {
  it('that says whatever it likes causes a look and no call', async () => {
    const { world, browser, calls, members } = await live({}, 2)
    const Channel = browser.openTab().primitives.BroadcastChannel
    const channel = Channel && new Channel('outlast:session')
    const before = calls('check').length
    for (const message of [null, {}, { version: 2 }, 'ended', { expiresAt: Date.UTC(2099) }, ...Array<string>(1_000).fill('outlast: look')]) channel?.postMessage(message)
    await world.advance(MINUTE)
    expect(calls('check')).toHaveLength(before)
    expect(calls('extend')).toHaveLength(0)
    for (const { session } of members) expect(session.get()).toMatchObject({ signedIn: true, certain: true })
  })

  it.each([{ what: 'garbage', value: 'garbage' }, { what: 'a later version', value: { version: 2 } }, { what: 'nothing', value: undefined }])('that leaves $what in place of the record loses nobody', async ({ value }) => {
    const { world, browser, calls, session, members } = await live({}, 2)
    void browser.tabs[0]?.primitives.store?.set('outlast:session', value)
    await world.advance(24 * HOUR)
    expect(session()?.ended).toBeUndefined()
    expect(calls('extend').length).toBeLessThanOrEqual(24 * HOUR / (0.2 * LIFE) + 3)
    for (const { session: { get } } of members) expect(get()).toMatchObject({ signedIn: true, certain: true })
  })
})

describe('an outage', () => {
  it('is met by all tabs as by one', async () => {
    const { world, browser, calls } = await live({}, 4)
    await world.advance(LIFE / 5 - MINUTE)
    browser.network.cut()
    await world.advance(LIFE / 2)
    const many = calls('extend').length
    const single = openFamily({ tabs: 1, server: { lifeMs: LIFE }, seed: 4 })
    await single.settle()
    await single.world.advance(LIFE / 5 - MINUTE)
    single.browser.network.cut()
    await single.world.advance(LIFE / 2)
    expect(many).toBeLessThan(2 * single.calls('extend').length + 2)
  })
})
