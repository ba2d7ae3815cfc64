import { type EventObject, fromCallback, fromPromise } from 'xstate'
import { type Answer, type CallInput, type SessionEvent, sessionMachine } from '../machines/session.machine'
import type { Caller } from './ports'

/** What an actor does while its state lasts. Returns the way to stop. */
export type Stream = (self: { sendBack(event: SessionEvent): void; receive(listener: () => void): void }) => (() => unknown) | undefined

/** What the actors of one session do. */
export interface Parts {
  readonly call: Caller
  readonly tabs: Stream
  readonly platformSignals: Stream
  readonly backendEvents: Stream
  readonly stepUp: Stream
}

/** By the actor system of each run. */
export const partsOf = new WeakMap<object, Parts>()
const find = (system: object) => partsOf.get(system) as Parts

const calling = (kind: Parameters<Caller>[0]) => fromPromise<Answer, CallInput>(({ input, signal, system }) => find(system).call(kind, input, signal))
const streaming = <E extends EventObject>(name: Exclude<keyof Parts, 'call'>) => fromCallback<E>((self) => find(self.system)[name](self))

/** One for all sessions, because what `provide()` makes is as large as the machine: its actors look up whose they are. */
export const sharedMachine = sessionMachine.provide({
  actors: {
    check: calling('check'),
    extend: calling('extend'),
    reauthenticate: calling('signIn'),
    revoke: calling('revoke'),
    stepUp: streaming('stepUp'),
    tabs: streaming('tabs'),
    platformSignals: streaming('platformSignals'),
    backendEvents: streaming('backendEvents'),
    limits: fromCallback(() => {}),
  },
})
