import { expect } from 'vitest'
import type { SessionRecord } from '../../src/tabs/record'
import { type FamilyOptions, LIFE, type Member, openFamily, SECOND, type SignIn } from './family'

export const KEY = 'outlast:session'
const LOOK = 'outlast: look'
/** How long a tab that is not heard of any more is believed to sign somebody in. */
export const CLAIM = 90 * SECOND

interface Begun extends Pick<SignIn, 'signal'> {
  readonly tab: number
  readonly at: number
  /** The person does what is asked of them. */
  succeed(): void
  fail(): void
}

/** Tabs in which a sign-in takes until the test says so; the session has ended in all of them. */
export async function openEnded(options: FamilyOptions = {}) {
  const begun: Begun[] = []
  const family = openFamily({
    server: { lifeMs: LIFE },
    // Without one chance is always the same, and all tabs have one name.
    seed: 1,
    tabs: 3,
    ...options,
    signsIn: ({ tab, signal, request }) =>
      new Promise((resolve, reject) => {
        begun.push({ tab: tab.number, at: family.world.now(), signal, succeed: () => void request().then(resolve, reject), fail: () => reject(new Error('the window was closed')) })
      }),
  })
  const { world, browser, members } = family
  await family.settle()
  world.server.revoke(browser.token)
  for (const { session } of members) void session.check()
  await world.advance(5 * SECOND)
  const [first, second, third] = members as [Member, Member, Member]
  return {
    ...family,
    begun,
    first,
    second,
    third,
    states: () => members.filter(({ tab }) => !tab.isGone).map(({ session }) => session.get().state),
    /** Those in which somebody signs in, as far as they know. */
    signingIn: () => begun.filter(({ signal }) => !signal.aborted).map(({ tab }) => tab),
    /** Writes something in place of the record, and has all look. */
    async write(change: (record: SessionRecord, now: number) => unknown) {
      const { primitives } = browser.openTab()
      const wall = browser.machine.wallNow()
      void primitives.store?.update<SessionRecord>(KEY, (record) => change(record as SessionRecord, wall) as SessionRecord)
      await world.advance(SECOND)
      new primitives.BroadcastChannel!(KEY).postMessage(LOOK)
      await world.advance(SECOND)
    },
    async record() {
      const reading = browser.openTab().primitives.store?.get<SessionRecord>(KEY)
      await world.advance(SECOND)
      return reading
    },
  }
}
export type Ended = Awaited<ReturnType<typeof openEnded>>

export const ENDED = 'expired.ended'
export const ELSEWHERE = 'reauthenticating.elsewhere'
export const SIGNING_IN = 'reauthenticating.signingIn'
export const begin = async ({ world, first }: Pick<Ended, 'world' | 'first'>) => {
  void first.session.reauthenticate()
  await world.advance(2 * SECOND)
}
export const last = <T>(list: readonly T[]) => list.at(-1) as T
export const expectAllBack = ({ members }: Pick<Ended, 'members'>) => {
  for (const { tab, session } of members) if (!tab.isGone && !tab.isFrozen) expect(session.get()).toMatchObject({ signedIn: true, certain: true, busy: false, reason: undefined, problem: undefined })
}
