import type { SessionContext } from '../../machines/session.machine'
import { createClock, createSession, type SessionBackend } from '../../src/core'
import type { TabsEvent } from '../../src/ports'

const LIFE_MS = 2 * 3_600_000

/** One session in a world that takes next to no time: a server that answers at once, and a clock that is moved by hand. */
export function createBareWorld() {
  let now = Date.UTC(2026, 0, 1)
  let expiresAt = now + LIFE_MS
  let calls = 0
  let tell: (event: TabsEvent) => void = () => {}
  const alive = () => {
    calls++
    return { status: 'alive', subject: 'ada', expiresAt } as const
  }
  const backend: SessionBackend = {
    check: alive,
    extend() {
      expiresAt = now + LIFE_MS
      return alive()
    },
  }
  // Timers are held and let go of as on any platform. None falls due: whatever happens here is asked for.
  const held = new Map<number, () => void>()
  let lastId = 0
  const clock = createClock({
    wallNow: () => now,
    monotonicNow: () => now,
    setTimeout(callback) {
      held.set(++lastId, callback)
      return lastId
    },
    clearTimeout: (id) => void held.delete(id as number),
  })
  const listen = (listener: typeof tell) => {
    tell = listener
    return () => {}
  }
  const tabs = () => ({ share: <T>(call: T) => call, listen, activeAt: () => undefined, giveUp: () => {} })
  return {
    session: createSession(backend, {}, { clock, random: () => 0.5, tabs }),
    clock,
    /** So much time that the calls of a session stay inside their budget. */
    pass: () => void (now += 7_000),
    /** Another tab has extended it. */
    tellExtended({ lease, plan }: SessionContext) {
      if (lease) tell({ type: 'tabs.answered', output: { status: 'alive', subject: '1', extended: true, lease: { ...lease, expiresAt: (expiresAt += 1_000) }, plan, failures: 0, problem: undefined } })
    },
    calls: () => calls,
  }
}
