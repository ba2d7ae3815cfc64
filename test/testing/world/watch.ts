import type { SessionBackend } from '../../../src/backend'
import type { Session } from '../../../src/createSession'
import type { SessionView } from '../../../src/sessionView'
import type { ServerOptions } from '../../../src/testing/world/server'
import { createWitness, type Violation } from '../../../src/testing/world/witness'
import { visit } from './visit'

export const SECRET = 'canary'

type Kind = 'check' | 'extend' | 'signIn' | 'revoke'

const NEW: SessionView = {
  signedIn: undefined,
  certain: false,
  busy: false,
  expiresAt: undefined,
  reason: undefined,
  problem: undefined,
  warning: undefined,
  status: 'unknown',
  state: 'unknown.checking',
}

/** A witness in a tab of a browser where Ada is signed in, beside a session that does and shows what it is told. */
export async function watch(server: ServerOptions = {}) {
  const world = await visit({}, { server })
  const { tab, machine, server: known, now } = world
  const violations: Violation[] = []
  const is = { view: NEW, context: {} as unknown, signIns: 1, drifts: false }
  let reply: () => unknown
  let subscribed: (view: SessionView) => void
  let listening: (event: { readonly expiresAt?: number; readonly who?: string }) => void
  const witness = createWitness({
    tab,
    server: known,
    now,
    signIns: () => is.signIns,
    skewMs: () => machine.wallNow() - now() - known.options.clockOffsetMs,
    drifts: () => is.drifts,
    takesTurns: false,
    isToldOfPeople: () => false,
    secret: SECRET,
    fail: (violation) => violations.push(violation),
  })
  const answer = () => reply() as never
  const backend = witness.wrap({ check: answer, extend: answer, signIn: answer, revoke: answer })
  const session = {
    get: () => is.view,
    subscribe: (listener: typeof subscribed) => void (subscribed = listener),
    on: (_: string, listener: typeof listening) => void (listening = listener),
    actor: { getSnapshot: () => ({ context: is.context }) },
  }

  /** The session calls, and hears this; an error is thrown at it. */
  async function call(kind: Kind, heard: unknown, signal = new AbortController().signal) {
    reply = () => {
      const said: unknown = typeof heard === 'function' ? (heard as () => unknown)() : heard
      if (said instanceof Error) throw said
      return said
    }
    await (backend[kind] as SessionBackend['check'])({ signal, timeoutMs: 30_000 })
  }
  /** What the server of the world says, told as the session is to hear it. */
  const alive = (kind: Kind = 'check') => ({ status: 'alive', ...(known.handle({ kind, token: world.browser.token }).json as object) })
  const timed = () => ({ serverNow: now() + known.options.clockOffsetMs })

  return {
    ...world,
    is,
    witness,
    violations,
    laws: () => violations.map(({ law }) => law),
    look: () => witness.look(),
    attach: () => witness.attach(session as unknown as Session),
    call,
    fails: (kind: Kind, error: Error = new Error('offline'), signal?: AbortSignal) => call(kind, error, signal).catch(() => {}),
    asks: () => call('check', () => ({ ...alive(), ...timed() })),
    extends: () => call('extend', () => ({ ...alive('extend'), ...timed() })),
    show: (change: Partial<SessionView>) => subscribed((is.view = { ...is.view, ...change })),
    tell: (event: Parameters<typeof listening>[0]) => listening(event),
    /** It shows what the server knows. */
    live: () => subscribed((is.view = { ...is.view, signedIn: true, certain: true, expiresAt: world.session()?.expiresAt, status: 'active', state: 'active.scheduled' })),
  }
}

/** A watched session that was told that it lives, and shows it. */
export async function watchLive(server?: ServerOptions) {
  const watched = await watch(server)
  watched.attach()
  await watched.asks()
  watched.live()
  return watched
}

export type Watched = Awaited<ReturnType<typeof watchLive>>

/** What a witness says of the first tab. */
export const broken = (law: number, what: string) => [{ law, what: `tab 1: ${what}` }]

export async function repeat(times: number, run: () => unknown) {
  for (let i = 0; i < times; i++) await run()
}
