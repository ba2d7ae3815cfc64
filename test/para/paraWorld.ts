import { Environment, Para } from '@getpara/server-sdk'
import { expect, vi } from 'vitest'
import { createParaControl, type ParaControl, uniqueApiKey } from '../../examples/para-api/client'
import type { CallKind, Faults, Settings } from '../../examples/para-api/contract'
import { paraBackend, refreshSignIn } from '../../src/backends/para'
import { createSession, type Session, type SessionBackend, type SessionEmitted, type SessionOptions } from '../../src/core'
import { createVirtualTime } from '../../src/testing/virtualTime'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
/** Para's default. */
export const LIFE = 2 * HOUR

export const newPara = ({ apiKey }: ParaControl) => new Para(Environment.DEV, apiKey, { disableWebSockets: true })

export async function importedPara(control: ParaControl): Promise<Para> {
  const para = newPara(control)
  await para.importSession((await control.signIn()).exported)
  return para
}

/** What a user does on the page that `refreshSession()` links to. */
export async function signInAtPortal(loginUrl: string): Promise<void> {
  const link = new URL(loginUrl)
  const fields = ['apiKey', 'sessionId'].map((name) => [name, link.searchParams.get(name) ?? ''])
  await fetch(new URL('/sign-in', link), { method: 'POST', body: new URLSearchParams(fields) })
}

export interface World {
  readonly control: ParaControl
  readonly session: Session
  /** What the session told, in order. */
  readonly told: readonly SessionEmitted['type'][]
  /** Every state that was seen, once. */
  readonly states: ReadonlySet<string>
  /** Lets time pass for the session and for Para's sessions alike; every call is answered, or hangs, at the time it is made. */
  pass(ms: number): Promise<void>
  /** Waits for what is under way; time stands still. */
  settle(): Promise<void>
  /** Replaces all faults. */
  fault(faults?: Faults): Promise<void>
  /** Calls that reached Para so far. */
  count(kind: CallKind): Promise<number>
  /** Backend calls that have not settled, left behind or not. */
  unsettled(): number
  now(): number
  close(): Promise<void>
}

interface WorldOptions extends SessionOptions {
  readonly settings?: Partial<Settings>
  readonly faults?: Faults
  /** Sees the session before it starts. */
  readonly watch?: (session: Session) => void
}

/**
 * A session of the shipping code on Para's real SDK and the stand-in. HTTP is real and takes the time it takes, which
 * the session does not see: its time is virtual, so that hours pass in milliseconds and nothing depends on the machine.
 */
export async function openWorld(
  makeBackend: (control: ParaControl) => SessionBackend | Promise<SessionBackend>,
  { settings, faults, watch, ...options }: WorldOptions = {},
): Promise<World> {
  const control = createParaControl(uniqueApiKey())
  await control.configure({ sessionLengthMs: LIFE, ...settings })
  const inner = await makeBackend(control)
  if (faults) await control.setFaults(faults)
  const time = createVirtualTime(Date.now())

  const unsettled = new Set<AbortSignal>()
  const watched = <K extends 'check' | 'extend' | 'signIn' | 'revoke'>(kind: K): Pick<SessionBackend, K> | undefined => {
    const run = inner[kind] as SessionBackend['check'] | undefined
    return run && ({
      [kind]: async (call: Parameters<typeof run>[0]) => {
        unsettled.add(call.signal)
        try {
          return await run(call)
        } finally {
          unsettled.delete(call.signal)
        }
      },
    } as unknown as Pick<SessionBackend, K>)
  }
  const backend = { ...inner, ...watched('check'), ...watched('extend'), ...watched('signIn'), ...watched('revoke') }
  const session = createSession(backend, options, { clock: time.clock, random: () => 0.5 })
  watch?.(session)
  const told: SessionEmitted['type'][] = []
  for (const type of ['session.extended', 'session.expired', 'session.reauthenticated', 'session.subjectChanged'] as const) {
    session.on(type, () => void told.push(type))
  }
  const states = new Set<string>()
  session.subscribe(({ state }) => void states.add(state))

  const count = async (kind: CallKind) => (await control.requests()).filter((request) => request.kind === kind).length
  const settle = () =>
    vi.waitFor(
      async () => {
        await time.settle()
        if (![...unsettled].some(({ aborted }) => !aborted)) return
        const hanging = (await control.requests()).filter(({ status }) => status === 'hang').length
        expect(hanging).toBeGreaterThanOrEqual(unsettled.size)
      },
      { interval: 2, timeout: 20_000 },
    )
  /** The stand-in's clock is the real one: what it grants is moved to the session's time, and ended in that time. */
  async function setServerTime(now: number) {
    await control.configure({ sessionLengthMs: (settings?.sessionLengthMs ?? LIFE) + now - Date.now() })
    for (const { sessionId, state, expiresAt } of await control.sessions()) {
      if (state === 'live' && expiresAt <= now) await control.expire(sessionId)
    }
  }

  const release = session.start()
  await settle()
  const world: World = {
    control,
    session,
    told,
    states,
    settle,
    count,
    async pass(ms) {
      for (const until = time.now() + ms; time.now() < until; ) {
        const step = Math.min(until - time.now(), ...time.delays())
        await setServerTime(time.now() + step)
        await time.advance(step)
        await settle()
      }
    },
    fault: (faults = {}) => control.setFaults(faults),
    unsettled: () => unsettled.size,
    now: time.now,
    async close() {
      release()
      await time.advance(1)
      await control.forget()
    },
  }
  opened.add(world)
  return world
}

const opened = new Set<World>()
export async function closeAll(): Promise<void> {
  await Promise.all([...opened].map((world) => world.close()))
  opened.clear()
}

/** The app's own sign-in: as if its flow had signed in the session that the client has. */
export const ownSignIn = (control: ParaControl, para: Para) => async () => {
  await control.signIn({ session: para.retrieveSessionCookie() ?? '' })
}

/** A world with one signed-in client, that signs in again by the app's own flow or through Para's portal. */
export async function openPara(options: WorldOptions & { portal?: boolean } = {}): Promise<World & { para: Para }> {
  const { portal, ...others } = options
  const made: { para?: Para } = {}
  const world = await openWorld(async (control) => {
    const para = (made.para = await importedPara(control))
    return paraBackend(para, { signIn: portal ? refreshSignIn(para, signInAtPortal) : ownSignIn(control, para) })
  }, others)
  return Object.assign(world, { para: made.para as Para })
}
