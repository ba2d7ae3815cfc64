import { describe, expect, it } from 'vitest'
import { limits } from '../../src/limits/limits'
import { type Behaviours, type FamilyOptions, HOUR, type Member, MINUTE, openFamily, SECOND } from './family'

const NOTE = 'outlast:session:active'
const IDLE = 15 * MINUTE
const LIMIT = 2 * HOUR
const DAY = 24 * HOUR

/** Tabs of one browser with an idle limit; only limits end their session. */
async function limited(options: FamilyOptions = {}) {
  const family = openFamily({ tabs: 3, seed: 1, server: { lifeMs: 30 * DAY }, policy: { limits: limits({ idleMs: IDLE }) }, ...options })
  const { world, browser, members } = family
  const startedAt = world.now()
  const { token } = browser
  await family.settle()
  const [first, second, third] = members as [Member, Member, Member]
  return {
    ...family,
    first,
    second,
    third,
    startedAt,
    /** What the server knows of the session that they began with. */
    atServer: () => world.server.find(token)?.ended,
    /** Somebody uses a tab now and then. */
    async use({ session }: Member, ms: number, every = MINUTE) {
      for (const until = world.now() + ms; world.now() < until; await world.advance(every)) session.touch()
    },
    note: (value: string) => browser.openTab().primitives.notes?.setItem(NOTE, value),
    seen: () => members.filter(({ tab }) => !tab.isGone && !tab.isFrozen).map(({ session }) => session.get()),
  }
}
type Limited = Awaited<ReturnType<typeof limited>>

const isGoing = ({ seen, session }: Limited) => {
  for (const view of seen()) expect(view).toMatchObject({ signedIn: true, certain: true, reason: undefined, warning: undefined })
  expect(session()?.ended).toBeUndefined()
}
const isEnded = ({ seen, members, calls, atServer }: Limited, reason: 'idle' | 'limit') => {
  for (const view of seen()) expect(view).toMatchObject({ signedIn: false, certain: true, reason, warning: undefined, state: 'expired.ended' })
  for (const { heard } of members) expect(heard.filter((type) => type === 'session.expired').length).toBeLessThanOrEqual(1)
  expect([calls('revoke').length, atServer()]).toEqual([1, 'signedOut'])
}

describe('an idle limit in many tabs', () => {
  it.each([1, 2, 3, 4, 5])('that nobody lifts warns in all and ends all at once, and is told once (seed %i)', async (seed) => {
    const family = await limited({ seed, tabs: 5 })
    const { world, startedAt, seen } = family
    await world.advance(IDLE - 30 * SECOND)
    for (const { warning } of seen()) expect(warning).toMatchObject({ reason: 'idle' })
    expect(new Set(seen().map(({ warning }) => warning?.endsAt)).size).toBe(1)
    await world.advance(startedAt + IDLE + 2 * SECOND - world.now())
    isEnded(family, 'idle')
  })

  it('is lifted by what somebody does in any of them', async () => {
    const family = await limited()
    await family.use(family.second, 6 * HOUR, IDLE - 10 * SECOND)
    family.second.session.touch()
    await family.world.advance(2 * SECOND)
    isGoing(family)
    await family.world.advance(IDLE)
    isEnded(family, 'idle')
  })

  it('is not moved by what a tab does by itself', async () => {
    const family = await limited()
    const { world, startedAt, third } = family
    for (const until = startedAt + IDLE - 10 * SECOND; world.now() < until; await world.advance(5 * SECOND)) {
      void third.session.run(() => 'poll').catch(() => {})
      void third.session.check()
      void third.session.extend()
    }
    await world.advance(15 * SECOND)
    isEnded(family, 'idle')
  })

  it('counts what somebody did in a tab that is gone', async () => {
    const family = await limited()
    const { world, first } = family
    await world.advance(10 * MINUTE)
    first.session.touch()
    first.tab.vanish()
    await world.advance(10 * MINUTE)
    isGoing(family)
    await world.advance(5 * MINUTE + 2 * SECOND)
    isEnded(family, 'idle')
  })

  it('counts for a tab that is opened later, and for one that is reloaded', async () => {
    const family = await limited()
    const { world, open, first } = family
    await world.advance(10 * MINUTE)
    first.tab.close()
    open()
    await world.advance(4 * MINUTE + 30 * SECOND)
    for (const { warning } of family.seen()) expect(warning).toMatchObject({ reason: 'idle' })
    await world.advance(32 * SECOND)
    isEnded(family, 'idle')
  })

  it('goes on during sleep, and ends all tabs when somebody looks at one or does something in it', async () => {
    for (const looks of [({ tab }: Member) => (tab.hide(), tab.show()), ({ session }: Member) => session.touch()]) {
      const family = await limited()
      const { world, browser, second } = family
      browser.machine.sleep(HOUR)
      await world.advance(HOUR + 10 * SECOND)
      looks(second)
      await world.advance(2 * SECOND)
      isEnded(family, 'idle')
    }
  })

  it('that is near is said in no tab for longer than a second after somebody was active in another', async () => {
    const family = await limited()
    const { world, first } = family
    await world.advance(IDLE - 30 * SECOND)
    first.session.touch()
    await world.advance(SECOND)
    isGoing(family)
  })

  it('that passed without a network is final in all tabs, and is told once when there is one', async () => {
    const family = await limited()
    const { world, browser, seen } = family
    browser.network.cut()
    await world.advance(HOUR)
    for (const view of seen()) expect(view).toMatchObject({ signedIn: false, reason: 'idle' })
    browser.network.restore()
    await world.advance(10 * MINUTE)
    for (const view of seen()) expect(view).toMatchObject({ signedIn: false, reason: 'idle', state: 'expired.ended' })
    expect(family.atServer()).toBe('signedOut')
  })

  it.each([0, 1])('is not warned of once nobody is signed in, not even for a moment: tab %i of the two', async (tab) => {
    const family = await limited()
    const { world, first, members } = family
    await world.advance(IDLE - 30 * SECOND)
    void first.session.signOut()
    await world.advance(2 * SECOND)
    const { views = [] } = members[tab] ?? {}
    expect(views.at(-1)).toMatchObject({ signedIn: false, warning: undefined })
    expect(views.filter(({ signedIn, warning }) => signedIn === false && warning !== undefined)).toEqual([])
  })

  it('begins anew for all with the next sign-in', async () => {
    const family = await limited()
    const { world, second } = family
    await world.advance(HOUR)
    void second.session.reauthenticate()
    await world.advance(10 * MINUTE)
    isGoing(family)
  })

  const comesBack = async (family: Limited) => {
    const { world, second } = family
    second.tab.freeze()
    await world.advance(HOUR)
    second.tab.resume()
    await world.advance(5 * SECOND)
    return second.session.get()
  }
  it('ends a tab that was frozen then as soon as it resumes', async () => {
    const family = await limited()
    expect(await comesBack(family)).toMatchObject({ signedIn: false, state: 'expired.ended' })
    expect(family.calls('revoke')).toHaveLength(1)
  })
  it('ends a tab that was frozen then for the reason that it had', async () => {
    expect(await comesBack(await limited())).toMatchObject({ reason: 'idle' })
  })
})

describe('an idle limit that passed while no tab was open', () => {
  async function comeLate() {
    const family = await limited({ tabs: 1 })
    const { world, first, open } = family
    first.session.touch()
    first.tab.close()
    await world.advance(IDLE)
    const late = open()
    const ran: unknown[] = []
    void late.session.run(() => ran.push('ran')).catch(({ code }: { code: string }) => ran.push(code))
    await world.advance(5 * SECOND)
    return { family, late, ran }
  }

  it('ends the session for whoever comes back, who runs nothing, and is told then', async () => {
    const { family, late, ran } = await comeLate()
    expect([late.session.get().reason, ran]).toEqual(['idle', ['ERR_SESSION_ENDED']])
    isEnded(family, 'idle')
  })

  it('never shows the session again, not even for a moment', async () => {
    const { late } = await comeLate()
    expect(late.views.filter(({ signedIn }) => signedIn)).toEqual([])
  })
})

describe('an absolute limit in many tabs', () => {
  const policy = { limits: limits({ absoluteMs: LIMIT }) }

  it('is moved by no activity, no extension, no reload and no new tab, and ends all at once', async () => {
    const family = await limited({ policy })
    const { world, open, startedAt, first, second, third, use } = family
    await use(first, HOUR)
    void second.session.extend()
    third.tab.close()
    open()
    await use(second, 30 * MINUTE)
    await world.advance(startedAt + LIMIT - world.now() - 10 * SECOND)
    for (const { warning } of family.seen()) expect(warning).toMatchObject({ reason: 'limit' })
    await world.advance(12 * SECOND)
    isEnded(family, 'limit')
  })

  it('counts from the sign-in for whoever opens the page when all tabs were closed', async () => {
    const family = await limited({ policy, tabs: 1 })
    const { world, open, first } = family
    first.tab.close()
    await world.advance(LIMIT - MINUTE)
    open()
    await world.advance(2 * MINUTE)
    isEnded(family, 'limit')
  })

  it('begins anew for all with a sign-in in one', async () => {
    const family = await limited({ policy })
    const { world, first } = family
    await world.advance(LIMIT - 10 * MINUTE)
    void first.session.reauthenticate()
    await world.advance(LIMIT - 10 * MINUTE)
    isGoing(family)
    await world.advance(11 * MINUTE)
    for (const view of family.seen()) expect(view).toMatchObject({ signedIn: false, reason: 'limit' })
  })
})

describe('an idle limit where a primitive fails', () => {
  const cases: { what: string; behaviours: Behaviours }[] = (['missing', 'throws', 'hangs', 'loses'] as const).flatMap((how) => [
    ...(['locks', 'store', 'channel'] as const).map((what) => ({ what: `${what}: ${how}`, behaviours: { [what]: how } as Behaviours })),
  ])
  const blind: typeof cases = (['missing', 'throws'] as const).flatMap((how) => [
    { what: `notes: ${how}`, behaviours: { notes: how } as Behaviours },
    { what: `all: ${how}`, behaviours: { locks: how, store: how, channel: how, notes: how } as Behaviours },
  ])

  it.each(cases)('ends nobody who is active in some tab: $what', async ({ behaviours }) => {
    const family = await limited({ behaviours })
    await family.use(family.second, 3 * HOUR)
    for (const view of family.seen()) expect(view).toMatchObject({ signedIn: true, warning: undefined })
    expect(family.atServer()).toBeUndefined()
  })

  const endsNobody = async ({ behaviours }: (typeof cases)[number]) => {
    const family = await limited({ behaviours })
    await family.use(family.second, HOUR)
    expect([family.second.session.get().signedIn, family.atServer()]).toEqual([true, undefined])
  }
  it.each(blind.filter(({ what }) => what.startsWith('notes')))('ends nobody who is active in some tab: $what', endsNobody)
  // A limit of what can be done: tabs that cannot tell each other anything each count for themselves (docs/limits.md).
  it.fails.each(blind.filter(({ what }) => what.startsWith('all')))('ends nobody who is active in some tab: $what', endsNobody)

  it('ends nobody who is active when the app clears the notes', async () => {
    const family = await limited()
    const { world, browser, use, first, second } = family
    await use(second, HOUR)
    browser.openTab().primitives.notes?.removeItem(NOTE)
    void first.session.check()
    await world.advance(SECOND)
    await use(second, HOUR)
    isGoing(family)
  })
  it('ends nobody who is active where the notes lose what they are given', async () => {
    const family = await limited({ behaviours: { notes: 'loses' } })
    await family.use(family.second, 3 * HOUR)
    expect([family.second.session.get().signedIn, family.atServer()]).toEqual([true, undefined])
  })

  it.each([...cases, ...blind, { what: 'notes: loses', behaviours: { notes: 'loses' } as Behaviours }])('ends all when nobody is, and the server is told: $what', async ({ behaviours }) => {
    const family = await limited({ behaviours })
    await family.world.advance(IDLE + MINUTE)
    for (const view of family.seen()) expect(view).toMatchObject({ signedIn: false, reason: 'idle' })
    expect(family.atServer()).toBe('signedOut')
  })
})

describe('a note of when somebody was active that nobody can believe', () => {
  it.each(['abc', '', 'NaN', 'Infinity', '-Infinity', '-1', '0', '1e400', '[object Object]', 'null'])('signs nobody out, and nobody who is active: %s', async (value) => {
    const family = await limited()
    const { world, note, use, first } = family
    await world.advance(10 * MINUTE)
    note(value)
    await world.advance(MINUTE)
    isGoing(family)
    await use(first, HOUR)
    isGoing(family)
  })

  const ends = async (value: (wall: number) => string) => {
    const family = await limited()
    const { world, note, browser } = family
    await world.advance(MINUTE)
    note(value(browser.machine.wallNow()))
    await world.advance(2 * IDLE)
    isEnded(family, 'idle')
  }
  it.each(['abc', '', 'NaN', '-Infinity', '-1', '0', '[object Object]', 'null'])('puts off no limit: %s', (value) => ends(() => value))
  it.each<[string, (wall: number) => string]>([
    ['in 2099', () => String(Date.UTC(2099, 0, 1))],
    ['in an hour', (wall) => String(wall + HOUR)],
    ['Infinity', () => 'Infinity'],
  ])('puts off no limit: %s', (_, value) => ends(value))

  it('is mended by the next thing that somebody does', async () => {
    const family = await limited()
    const { world, note, first } = family
    note(String(Date.UTC(2099, 0, 1)))
    await world.advance(10 * MINUTE)
    isGoing(family)
    first.session.touch()
    await world.advance(IDLE + 2 * SECOND)
    isEnded(family, 'idle')
  })
})

describe('a clock that is set while limits are counted', () => {
  it('back, gives time, and the limit is reached all the same', async () => {
    const family = await limited()
    const { world, browser, first } = family
    await world.advance(MINUTE)
    first.session.touch()
    browser.machine.setClockBy(-HOUR)
    await world.advance(IDLE)
    isGoing(family)
    await world.advance(HOUR + IDLE)
    isEnded(family, 'idle')
  })

  it('forward past a limit, ends all tabs once', async () => {
    const family = await limited()
    family.browser.machine.setClockBy(HOUR)
    await family.world.advance(IDLE)
    isEnded(family, 'idle')
  })

  it('back twice, ends nobody who is active', async () => {
    const family = await limited()
    const { browser, use, first } = family
    for (let time = 0; time < 2; time++) {
      await use(first, 10 * MINUTE, 30 * SECOND)
      browser.machine.setClockBy(-HOUR)
      first.session.touch()
      await use(first, 20 * MINUTE, 30 * SECOND)
    }
    expect(family.atServer()).toBeUndefined()
  })
})
