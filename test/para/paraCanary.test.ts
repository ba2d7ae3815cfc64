import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Session } from '../../src/core'
import { texts } from '../texts'
import { closeAll, HOUR, LIFE, MINUTE, openPara } from './paraWorld'

const CANARY = 'CANARY-7f3a'

const leaksIn = (value: unknown) => texts(value).filter((text) => text.includes(CANARY))

/** Everything that a session shows. Only what leaks is kept: a life has many snapshots. */
function watch() {
  const leaked: string[] = []
  const kinds = new Set<string>()
  const look = (where: string, value: unknown) => void leaked.push(...leaksIn(value).map((text) => `${where}: ${text.slice(0, 200)}`))
  const attach = (session: Session) => {
    for (const type of ['session.extended', 'session.expired', 'session.reauthenticated', 'session.subjectChanged'] as const) {
      session.on(type, (event) => look('emitted', event))
    }
    session.subscribe((view) => {
      look('view', view)
      look('snapshot', session.actor.getSnapshot())
      look('persisted', session.actor.getPersistedSnapshot())
      look('JSON', JSON.stringify(session.actor.getSnapshot()))
    })
    session.actor.system.inspect((event) => {
      kinds.add(event.type)
      look(event.type, event)
    })
  }
  return { leaked, kinds, look, attach }
}

const spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((name) => vi.spyOn(console, name))
beforeEach(() => spies.forEach((spy) => spy.mockClear().mockImplementation(() => undefined)))
afterEach(closeAll)

it('nothing that Para knows is seen in a session: no cookie, no person, no error', { timeout: 60_000 }, async () => {
  const { leaked, kinds, look, attach } = watch()
  const world = await openPara({ portal: true, settings: { canary: CANARY }, watch: attach })
  const { control, para, session, told, fault, pass, settle } = world
  // What was looked for was there to be seen.
  expect(leaksIn([para.retrieveSessionCookie(), para.getUserId()])).toHaveLength(2)
  await fault({ touch: { status: 500 } })
  expect(leaksIn(await para.isSessionActive().catch((error: unknown) => error))).not.toHaveLength(0)

  await fault()
  await pass(LIFE)
  for (const faults of [{ all: { status: 500 } }, { all: { status: 403 } }, { all: { status: 429 } }, { all: { refuse: true } }, { all: { html: true } }, { all: { hang: true } }]) {
    await fault(faults)
    const asked = session.check()
    await settle()
    await pass(10 * MINUTE)
    look('view', await asked)
  }
  expect(session.get()).toMatchObject({ signedIn: true })
  await fault({ keepAlive: { status: 401 } })
  await pass(10 * MINUTE)
  await fault()
  await pass(HOUR)

  await control.revoke()
  await pass(HOUR)
  expect(session.get()).toMatchObject({ signedIn: false, reason: 'ended' })
  await fault({ all: { status: 503 } })
  look('view', await session.reauthenticate())
  await fault()
  look('view', await session.reauthenticate())
  expect(session.get()).toMatchObject({ signedIn: true })

  await fault({ all: { refuse: true } })
  look('view', await session.signOut())
  await fault()
  await pass(10 * MINUTE)
  expect(session.get()).toMatchObject({ signedIn: false, reason: 'signedOut', state: 'expired.ended' })

  look('handle', session)
  look('actor', session.actor)
  expect(leaked).toEqual([])
  expect([...kinds].sort()).toEqual(['@xstate.action', '@xstate.actor', '@xstate.event', '@xstate.microstep', '@xstate.snapshot'])
  expect([...new Set(told)].sort()).toEqual(['session.expired', 'session.extended', 'session.reauthenticated'])
})
