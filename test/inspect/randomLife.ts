import { createSession } from '../../src/core'
import { createRecorder, type FlightRecord, inspectWith } from '../../src/inspect'
import { limits } from '../../src/limits/limits'
import type { Step } from '../../src/testing'
import { createFakeBackend } from '../../src/testing/fakeBackend'
import { createVirtualTime } from '../../src/testing/virtualTime'
import { busy, fakeSignals, fakeTabs, HOUR, MINUTE, outage, SECOND, seeded } from '../liveSession'

/** A random life of a session, what was seen of it by itself, and what was recorded. */
export async function liveAtRandom(seed: number, { steps = 200, limit = 10_000, standsStill = true } = {}) {
  const random = seeded(seed)
  const pick = <T>(...of: readonly T[]): T => of[Math.floor(random() * of.length)] as T
  const time = createVirtualTime()
  const fake = createFakeBackend(time, { lifeMs: pick(4 * MINUTE, HOUR) })
  const { signals, give } = fakeSignals()
  const others = fakeTabs()
  const recorder = createRecorder({ limit })
  const session = createSession(
    { ...fake.backend, stepUp: async () => {}, unattended: pick(true, false) },
    {
      inspect: inspectWith(recorder),
      keepAlive: pick('always', 'whileActive', 'whileVisible'),
      limits: limits({ idleMs: pick(30 * MINUTE, 3 * HOUR), warningMs: 5 * MINUTE }),
    },
    { clock: time.clock, random, signals, tabs: others.tabs },
  )
  /** Every state of the session's actors, and when. */
  const seen: { at: number; state: string }[] = []
  const attach = () =>
    session.actor.subscribe(({ value }) => {
      seen.push({ at: time.now(), state: Object.entries(value)[0]?.join('.') ?? '' })
    })
  const start = () => (attach(), session.start())
  let release = start()
  const acts: readonly (() => unknown)[] = [
    () => void session.check().catch(() => {}),
    () => void session.extend().catch(() => {}),
    () => void session.signOut().catch(() => {}),
    () => void session.reauthenticate().catch(() => {}),
    () => void session.stepUp().catch(() => {}),
    () => session.cancel(),
    () => session.touch(),
    () => fake.script(pick('check', 'extend', 'signIn', 'revoke'), pick<Step>(outage, busy(40 * SECOND), { answer: false }, 'hang')),
    () => fake.always(outage),
    () => fake.always(undefined),
    () => fake.end(),
    () => fake.signInAs(pick('ada', 'grace')),
    () => fake.tell(pick('signedIn', 'signedOut')),
    () => give(pick('hidden', 'shown', 'online', 'active')),
    () => others.tell({ type: 'tabs.claimed', retryMs: pick(0, 90 * SECOND) }),
    () => others.tell({ type: 'tabs.changed' }),
    () => others.tell({ type: 'tabs.answered', output: pick(...answers(session.actor.getSnapshot().context)) as never }),
    async () => {
      release()
      await time.advance(1)
      release = start()
    },
    ...(standsStill ? [() => time.sleep(pick(MINUTE, HOUR)), () => give('woke'), () => time.setClockBy(-MINUTE)] : []),
  ]
  await time.settle()
  for (let step = 0; step < steps; step++) {
    await pick(...acts)()
    await time.advance(pick(0, SECOND, MINUTE, 20 * MINUTE))
    if (session.get().signedIn === false && random() < 0.5) void session.reauthenticate().catch(() => {})
  }
  release()
  return { record: recorder.record() as FlightRecord, seen, time }
}

/** What another tab may have been answered. */
function answers({ lease, plan, failures }: object & { lease: unknown; plan: unknown; failures: number }) {
  const known = { lease, plan, failures, problem: undefined }
  return lease ? [{ ...known, status: 'alive', subject: undefined, extended: false }, { ...known, status: 'ended', reason: 'expired' }] : [{ ...known, status: 'ended', reason: 'ended' }]
}
