import { expectTypeOf } from 'vitest'
import type { BackendEvent, Call, Reply, SessionBackend, SessionOptions, Verdict } from '../../src/index'
import { createSession } from '../../src/index'

declare const api: { alive(): Promise<boolean>; extend(): Promise<boolean>; end(): Promise<number> }

// Three lines with booleans are a backend.
createSession({
  check: () => api.alive(),
  extend: () => api.extend(),
  revoke: () => api.end(),
})
createSession({ check: () => true })
createSession({ check: async () => (await fetch('/session')).ok })

// Everything at once, without an annotation.
createSession({
  async check({ signal, timeoutMs }) {
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
    expectTypeOf(timeoutMs).toEqualTypeOf<number>()
    return { status: 'alive', expiresAt: 1, serverNow: 1, maxExpiresAt: undefined, subject: 'ada', permanent: false }
  },
  extend: (call) => (call.signal.aborted ? { status: 'superseded' } : { status: 'alive', ttlMs: 60_000 }),
  signIn: async () => ({ anything: true }),
  revoke: () => {},
  peek: () => ({ status: 'alive', expiresAt: 1 }),
  events: (listener) => {
    listener('signedIn')
    // @ts-expect-error no such event
    listener('expired')
    return () => {}
  },
  unattended: true,
})

// What is not there may be said to be undefined.
declare const maybe: (() => boolean) | undefined
createSession({ check: () => true, extend: maybe, signIn: undefined, revoke: undefined, peek: undefined, events: undefined, unattended: undefined })

// A class is one, too.
class Mine implements SessionBackend {
  check(call: Call): Promise<Reply> {
    return Promise.resolve(call.signal.aborted ? false : { status: 'ended', reason: 'revoked' })
  }
}
createSession(new Mine())

// @ts-expect-error only `check` can tell
createSession({ extend: () => true })
// @ts-expect-error a function, not its answer
createSession({ check: true })
// @ts-expect-error text is no verdict
createSession({ check: () => 'alive' })
// @ts-expect-error a response is no verdict: say `.ok`
createSession({ check: () => fetch('/session') })
// @ts-expect-error there is no such status
createSession({ check: () => ({ status: 'expired' }) })
// @ts-expect-error a date is not milliseconds
createSession({ check: () => ({ status: 'alive', expiresAt: new Date(1) }) })
// @ts-expect-error nobody signs out by way of `check`
createSession({ check: () => ({ status: 'ended', reason: 'signedOut' }) })
// @ts-expect-error to give nothing is no answer
createSession({ check: async () => {} })
// @ts-expect-error `peek` answers at once
createSession({ check: () => true, peek: async () => ({ status: 'alive' }) })
// @ts-expect-error `events` gives the way to stop
createSession({ check: () => true, events: () => {} })
// @ts-expect-error no such member
createSession({ check: () => true, refresh: () => true })

// Verdicts.
expectTypeOf<Verdict['status']>().toEqualTypeOf<'alive' | 'ended' | 'superseded'>()
expectTypeOf<Extract<Verdict, { status: 'ended' }>['reason']>().toEqualTypeOf<'ended' | 'expired' | 'revoked' | undefined>()
expectTypeOf<Extract<Verdict, { status: 'alive' }>>().toEqualTypeOf<{
  readonly status: 'alive'
  readonly ttlMs?: number | undefined
  readonly expiresAt?: number | undefined
  readonly serverNow?: number | undefined
  readonly maxExpiresAt?: number | undefined
  readonly subject?: string | undefined
  readonly permanent?: boolean | undefined
}>()
expectTypeOf<Reply>().toEqualTypeOf<Verdict | boolean>()
expectTypeOf<BackendEvent>().toEqualTypeOf<'signedIn' | 'signedOut'>()
expectTypeOf<Parameters<SessionBackend['check']>>().toEqualTypeOf<[call: Call]>()
expectTypeOf<keyof SessionBackend>().toEqualTypeOf<'check' | 'extend' | 'signIn' | 'revoke' | 'peek' | 'events' | 'unattended' | 'stepUp' | 'classify' | 'checkExtends' | 'rotates'>()
expectTypeOf<keyof SessionOptions>().toEqualTypeOf<'keepAlive' | 'intervalMs' | 'name' | 'limits' | 'inspect'>()
