import type { Readable } from '@xstate/store'
import { expectTypeOf } from 'vitest'
import type { InspectionEvent, Observer } from 'xstate'
import * as core from '../../src/core'
import * as outlast from '../../src/index'
import type {
  AliveVerdict,
  BackendEvent,
  Call,
  CommandOptions,
  EndedVerdict,
  EndReason,
  Limits,
  Problem,
  ProblemCode,
  Release,
  Reply,
  Session,
  SessionActor,
  SessionBackend,
  SessionEmitted,
  SessionErrorCode,
  SessionOptions,
  SessionState,
  SessionStatus,
  SessionView,
  SupersededVerdict,
  Verdict,
  Warning,
} from '../../src/index'
import type { Answer, CallInput, Lease, Plan, SessionContext, SessionEvent } from '../../machines/session.machine'

declare const session: Session
declare const ports: core.Ports

// The view: these fields, and no others.
expectTypeOf<SessionView>().toEqualTypeOf<{
  readonly signedIn: boolean | undefined
  readonly certain: boolean
  readonly busy: boolean
  readonly expiresAt: number | undefined
  readonly reason: EndReason | undefined
  readonly problem: Problem | undefined
  readonly warning: Warning | undefined
  readonly status: SessionStatus
  readonly state: SessionState
}>()
expectTypeOf<SessionStatus>().toEqualTypeOf<'unknown' | 'active' | 'extending' | 'expired' | 'reauthenticating'>()
expectTypeOf<SessionState>().toEqualTypeOf<
  | 'unknown.checking' | 'unknown.waiting'
  | 'active.scheduled' | 'active.unattended' | 'active.resting' | 'active.checking'
  | 'extending.calling' | 'extending.asking' | 'extending.waiting'
  | 'expired.ended' | 'expired.renewing' | 'expired.revoking' | 'expired.unrevoked'
  | 'reauthenticating.revoking' | 'reauthenticating.signingIn' | 'reauthenticating.confirming' | 'reauthenticating.elsewhere'
>()
expectTypeOf<EndReason>().toEqualTypeOf<'absent' | 'ended' | 'expired' | 'revoked' | 'signedOut' | 'idle' | 'limit'>()
expectTypeOf<Problem['code']>().toEqualTypeOf<ProblemCode>()
expectTypeOf<Problem['detail']>().toEqualTypeOf<string | undefined>()
expectTypeOf<ProblemCode>().toExtend<SessionErrorCode>()
expectTypeOf<outlast.SessionError['code']>().toEqualTypeOf<SessionErrorCode>()

const view = session.get()
// @ts-expect-error a view cannot be written to
view.signedIn = true
// @ts-expect-error there is no such state
view.status = 'dead'
// @ts-expect-error `signedIn` may not be known yet
session.get().signedIn satisfies boolean

// The handle is what every binding of @xstate/store wants, and an observable.
expectTypeOf(session).toExtend<Readable<SessionView>>()
// As RxJS declares it.
expectTypeOf(session).toExtend<{ [Symbol.observable]: () => { subscribe(observer: Partial<Observer<SessionView>>): { unsubscribe(): void } } }>()
expectTypeOf(session.get()).toEqualTypeOf<SessionView>()
session.subscribe((value) => expectTypeOf(value).toEqualTypeOf<SessionView>())
const observer: Observer<SessionView> = { next: (value) => void value.certain }
session.subscribe(observer).unsubscribe()

// Lifecycle and commands.
expectTypeOf(session.start()).toEqualTypeOf<Release>()
expectTypeOf<Release>().toExtend<() => void>()
expectTypeOf<Release>().toExtend<Disposable>()
expectTypeOf<CommandOptions>().toEqualTypeOf<{ readonly signal?: AbortSignal | undefined }>()
expectTypeOf<Session['ready'] | Session['check'] | Session['extend'] | Session['reauthenticate'] | Session['signOut']>().toEqualTypeOf<(options?: CommandOptions) => Promise<SessionView>>()
expectTypeOf<Session['cancel']>().toEqualTypeOf<() => void>()
expectTypeOf(session.actor).toEqualTypeOf<SessionActor>()
// @ts-expect-error the actor is of the handle
session.actor = session.actor

// run() gives what the operation gives.
expectTypeOf(session.run(() => 7)).toEqualTypeOf<Promise<number>>()
expectTypeOf(session.run(async () => ({ signature: '0x' }))).toEqualTypeOf<Promise<{ signature: string }>>()
expectTypeOf(session.run(async () => {})).toEqualTypeOf<Promise<void>>()
// @ts-expect-error run() wants a function, not its promise
void session.run(Promise.resolve(7))

// on() narrows the event.
expectTypeOf<SessionEmitted['type']>().toEqualTypeOf<'session.extended' | 'session.expired' | 'session.reauthenticated' | 'session.subjectChanged' | 'session.warned' | 'session.steppedUp'>()
session.on('session.extended', (event) => expectTypeOf(event).toEqualTypeOf<{ type: 'session.extended'; expiresAt: number | undefined }>())
session.on('session.expired', (event) => expectTypeOf(event.reason).toEqualTypeOf<EndReason>())
session.on('session.reauthenticated', (event) => expectTypeOf(event).toEqualTypeOf<{ type: 'session.reauthenticated' }>())
// @ts-expect-error only an expiry has a reason
session.on('session.subjectChanged', (event) => void event.reason)
// @ts-expect-error nothing of the kind is told
session.on('session.ended', () => {})
expectTypeOf(session.on('session.extended', () => {})).toEqualTypeOf<() => void>()

// Both entries make the same handle; the core wants its ports.
expectTypeOf(outlast.createSession).returns.toEqualTypeOf<Session>()
expectTypeOf(core.createSession).returns.toEqualTypeOf<Session>()
expectTypeOf(outlast.createSession).parameters.toEqualTypeOf<[backend: SessionBackend, options?: SessionOptions]>()
expectTypeOf(core.createSession).parameters.toEqualTypeOf<[backend: SessionBackend, options: SessionOptions | undefined, ports: core.Ports]>()
expectTypeOf<SessionOptions>().toEqualTypeOf<{
  readonly keepAlive?: 'off' | 'always' | 'whileVisible' | 'whileActive' | undefined
  readonly intervalMs?: number | undefined
  readonly name?: string | undefined
  readonly limits?: Limits | undefined
  readonly inspect?: ((event: InspectionEvent) => void) | undefined
}>()
outlast.createSession({ check: () => true }, { keepAlive: 'off', intervalMs: 60_000 })
core.createSession({ check: () => true }, undefined, ports)
// @ts-expect-error the core has no world of its own
core.createSession({ check: () => true })
// @ts-expect-error no such option
outlast.createSession({ check: () => true }, { keepalive: 'off' })
// @ts-expect-error no such policy
outlast.createSession({ check: () => true }, { keepAlive: true })

// No public type is `any`, nor has it one where it matters.
type IsAny<T> = 0 extends 1 & T ? true : false
type AnyOf<T> = T extends object ? { [K in keyof T]-?: IsAny<T[K]> extends true ? K : never }[keyof T] : never
type Public = {
  AliveVerdict: AliveVerdict
  BackendEvent: BackendEvent
  Call: Call
  CommandOptions: CommandOptions
  EndedVerdict: EndedVerdict
  EndReason: EndReason
  Problem: Problem
  ProblemCode: ProblemCode
  Release: Release
  Reply: Reply
  Session: Session
  SessionActor: SessionActor
  SessionBackend: SessionBackend
  SessionEmitted: SessionEmitted
  SessionErrorCode: SessionErrorCode
  SessionOptions: SessionOptions
  SessionState: SessionState
  SessionStatus: SessionStatus
  SessionView: SessionView
  SupersededVerdict: SupersededVerdict
  Verdict: Verdict
  Ports: core.Ports
  Clock: core.Clock
  Platform: core.Platform
  Random: core.Random
  Answer: Answer
  CallInput: CallInput
  Lease: Lease
  Plan: Plan
  SessionContext: SessionContext
  SessionEvent: SessionEvent
  context: ReturnType<SessionActor['getSnapshot']>['context']
  createSession: typeof outlast.createSession
  result: Awaited<ReturnType<Session['check']>>
}
// What JSON.parse gives is `any`, so the guard is known to see one.
type Seen = ReturnType<typeof JSON.parse>
expectTypeOf<IsAny<Seen>>().toEqualTypeOf<true>()
expectTypeOf<AnyOf<{ a: Seen; b: 1 }>>().toEqualTypeOf<'a'>()
expectTypeOf<AnyOf<Public>>().toEqualTypeOf<never>()
// The actor is XState's own class: what it holds is looked at below.
expectTypeOf<{ [K in keyof Public]: AnyOf<Public[K]> }[Exclude<keyof Public, 'SessionActor'>]>().toEqualTypeOf<never>()
expectTypeOf<AnyOf<ReturnType<SessionActor['getSnapshot']>['context']>>().toEqualTypeOf<never>()
expectTypeOf<Parameters<SessionActor['send']>[0]>().toEqualTypeOf<SessionEvent>()
