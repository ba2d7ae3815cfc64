import { describe, expect, it } from 'vitest'
import { everySchedule, type Schedule, scheduled } from './schedules'
import { openFamily, LIFE, MINUTE, SECOND } from './family'

type Family = ReturnType<typeof openFamily>

/** Two tabs at the moment in which an extension falls due in both, step by step. */
async function liveThrough(schedule: Schedule, disturb: (family: Family, step: number) => void = () => {}) {
  const choices = scheduled(schedule)
  const family = openFamily({ choices, tabs: 2, server: { lifeMs: LIFE } })
  const { world } = family
  await world.advance(LIFE / 4 - SECOND)
  expect(family.calls('extend')).toEqual([])
  choices.armed = true
  const until = world.now() + 6 * SECOND
  for (let step = 0; await world.next(until); step++) {
    disturb(family, step)
    // What it begins comes before time goes on.
    await world.advance(0)
  }
  choices.armed = false
  return { ...family, counts: choices.counts }
}

/** Something happens at the first step, at the second, and so on; each with every schedule of one change. Returns how many there were. */
async function atEveryStep(act: (family: Family) => void, judge: (family: Family, actedAt: number) => void | Promise<void>) {
  let lived = 0
  for (let at = 0, happened = true; happened; at++) {
    happened = false
    lived += await everySchedule(1, async (schedule) => {
      let actedAt = 0
      const family = await liveThrough(schedule, (living, step) => {
        if (step !== at) return
        actedAt = living.world.now()
        act(living)
      })
      if (actedAt > 0) {
        happened = true
        await judge(family, actedAt)
      }
      return family.counts
    })
  }
  return lived
}

/** All that are left were signed in throughout, and know what the server knows. */
function expectHarmony({ members, session }: Family) {
  const there = members.filter(({ tab }) => !tab.isGone && !tab.isFrozen)
  for (const { session: { get }, views } of there) {
    // The first view is the question at the start.
    expect(views.slice(1).every(({ signedIn, certain }) => signedIn && certain)).toBe(true)
    expect(Math.abs((get().expiresAt ?? 0) - (session()?.expiresAt ?? 0))).toBeLessThan(2 * SECOND)
  }
}

describe('two tabs that are due in the same moment', () => {
  it('make one extension, in every order within three changes of the plain one', async () => {
    const lived = await everySchedule(3, async (schedule) => {
      const family = await liveThrough(schedule)
      expect(family.calls('extend')).toHaveLength(1)
      expect(family.session()?.moves).toBe(1)
      expectHarmony(family)
      return family.counts
    })
    expect(lived).toBeGreaterThan(2_000)
  })

  const troubles = [
    { what: 'dies', act: ({ members }: Family, who: number) => members[who]?.tab.vanish() },
    { what: 'is closed', act: ({ members }: Family, who: number) => members[who]?.tab.close() },
    { what: 'freezes', act: ({ members }: Family, who: number) => members[who]?.tab.freeze() },
  ]
  it.each(troubles.flatMap((trouble) => [0, 1].map((who) => ({ ...trouble, who }))))(
    'lose nothing when tab $who $what at any step: one more call at most, within a second',
    async ({ act, who }) => {
      const lived = await atEveryStep(
        (family) => act(family, who),
        (family, actedAt) => {
          const { calls, session, members } = family
          expect(calls('extend').length).toBeLessThanOrEqual(2)
          expect(session()?.moves).toBeGreaterThanOrEqual(1)
          const [first = 0, second] = calls('extend')
          // Due a second after the first step.
          expect(first).toBeLessThan(members[0]!.calls[0]!.at + LIFE / 4 + SECOND)
          if (second !== undefined) expect(second - actedAt).toBeLessThan(SECOND)
          expectHarmony(family)
        },
      )
      expect(lived).toBeGreaterThan(300)
    },
  )

  it.each([0, 1])('a sign-out in tab %i is final in both, at whatever step it comes, and told once', async (who) => {
    const lived = await atEveryStep(
      ({ members }) => void members[who]?.session.signOut(),
      async ({ world, members, calls }) => {
        await world.advance(MINUTE)
        expect(calls('revoke')).toHaveLength(1)
        for (const { session, views } of members) {
          expect(session.get()).toMatchObject({ signedIn: false, reason: 'signedOut', state: 'expired.ended' })
          const outSince = views.findIndex(({ signedIn }) => signedIn === false)
          expect(views.slice(outSince).every(({ signedIn }) => signedIn === false)).toBe(true)
        }
      },
    )
    expect(lived).toBeGreaterThan(300)
  })
})
