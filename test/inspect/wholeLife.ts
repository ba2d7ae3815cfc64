import { createSession } from '../../src/core'
import { limits } from '../../src/limits/limits'
import type { SessionOptions } from '../../src/policy'
import { createFakeBackend } from '../../src/testing/fakeBackend'
import { createVirtualTime } from '../../src/testing/virtualTime'
import { HOUR, MINUTE, outage, SECOND } from '../liveSession'

/** A session with limits and a step-up, in virtual time; not started yet. */
export function openWhole(inspect: NonNullable<SessionOptions['inspect']>, time = createVirtualTime()) {
  const fake = createFakeBackend(time, { lifeMs: 2 * HOUR })
  const session = createSession(
    { ...fake.backend, stepUp: async () => {} },
    { inspect, limits: limits({ idleMs: HOUR, warningMs: 5 * MINUTE }) },
    { clock: time.clock, random: () => 0.5 },
  )
  return { time, fake, session }
}

/** Sign-in, extension, step-up, an outage, a warning that is lifted, an end by the server, a sign-in again, and a sign-out. */
export async function liveWhole({ time, fake, session }: ReturnType<typeof openWhole>): Promise<void> {
  const done = async (command: Promise<unknown>) => {
    await time.advance(SECOND)
    await command
  }
  const release = session.start()
  await time.advance(31 * MINUTE)
  await done(session.stepUp())
  fake.always(outage)
  await done(session.extend())
  await time.advance(20 * MINUTE)
  fake.always(undefined)
  await time.advance(6 * MINUTE)
  session.touch()
  await time.advance(MINUTE)
  fake.end()
  await done(session.check())
  await done(session.reauthenticate())
  await done(session.signOut())
  release()
  await time.advance(1)
}
