import { vi } from 'vitest'
import type { AnyActor, InspectionEvent } from 'xstate'
import type { Session } from '../../src/core'
import type { TabPrimitives } from '../../src/tabs/primitives'
import { createEye } from './eye'
import type { Secrets } from './secrets'
import { isOurs } from './vocabulary'

/** Behind the allow-list nothing foreign may be seen, whatever leaks before it. */
export const INSPECTED = ['inspector', 'observer', 'flight record'] as const

/** Wherever anybody outside could see something of a session. */
export const SINKS = [
  '@xstate.action', '@xstate.actor', '@xstate.event', '@xstate.microstep', '@xstate.snapshot',
  'actor', 'snapshot', 'snapshot as JSON', 'persisted', 'persisted as JSON', 'handle', 'view', 'emitted', 'resolved', 'rejected', 'thrown',
  'record', 'channel', 'note', 'lock', 'console', 'reportError', 'unhandled', ...INSPECTED,
] as const
/** A page has one more. */
export type Sink = (typeof SINKS)[number] | 'document'

export const EMITTED = ['session.extended', 'session.expired', 'session.reauthenticated', 'session.subjectChanged', 'session.warned', 'session.steppedUp'] as const

/** What belongs to whoever reads it is looked at for secrets, not for words: an error has a text of ours, in English. */
const PROSE = new Set<Sink>(['rejected', 'thrown', 'console', 'reportError', 'unhandled', 'document'])

export type Sinks = ReturnType<typeof createSinks>

/** Looks at everything that comes out of sessions, and keeps what must not. */
export function createSinks(secrets: Secrets) {
  const see = createEye(secrets)
  const looks = new Map<Sink, number>()
  const leaked = new Set<string>()
  const leaking = new Set<Sink>()
  const states = new Set<string>()
  const heard = new Set<string>()
  const codes = new Set<string>()
  let inspected = 0
  const known = new WeakSet<object>()

  function look(sink: Sink, value: unknown) {
    looks.set(sink, (looks.get(sink) ?? 0) + 1)
    for (const text of see(value, PROSE.has(sink) ? undefined : isOurs)) {
      leaking.add(sink)
      leaked.add(`${sink}: ${text.slice(0, 200)}`)
    }
  }
  function lookAtJson(sink: Sink, value: unknown) {
    look(sink, JSON.parse(JSON.stringify(value)) as unknown)
  }

  /** Each run has an actor of its own, with a system of its own. */
  function attach({ actor }: Session) {
    if (known.has(actor)) return
    known.add(actor)
    actor.system.inspect((event) => {
      // Whom they are about is looked at after each step, as a whole, and here now and then.
      look(event.type as Sink, ++inspected % 50 === 0 ? event : apart(event))
    })
  }

  function watch(session: Session) {
    for (const type of EMITTED) {
      session.on(type, (event) => {
        heard.add(type)
        look('emitted', event)
      })
    }
    session.subscribe((view) => {
      states.add(view.state)
      if (view.problem) codes.add(view.problem.code)
      look('view', view)
      lookAtActor(session)
    })
    attach(session)
  }

  function lookAtActor({ actor }: Session) {
    const snapshot = actor.getSnapshot()
    const isNew = !known.has(snapshot)
    known.add(snapshot)
    if (isNew) {
      look('snapshot', plain(snapshot))
      lookAtJson('snapshot as JSON', snapshot)
    }
    const persisted = actor.getPersistedSnapshot()
    look('persisted', persisted)
    if (isNew) lookAtJson('persisted as JSON', persisted)
  }

  /** All that hangs together with it. */
  function lookAround(session: Session) {
    look('view', session.get())
    look('actor', session.actor)
    look('handle', { ...session, actor: undefined })
    lookAtActor(session)
  }

  return { look, looks, leaked, leaking, states, heard, codes, attach, watch, lookAround, see }
}

/** What happened, without all that whom it happened to hangs together with. */
function apart(event: InspectionEvent): object {
  const { id, logic, options } = event.actorRef as unknown as Pick<AnyActor, 'id'> & { logic: unknown; options: object }
  const actor = { id, logic, options: { ...options, parent: undefined, clock: undefined } }
  return { ...event, sourceRef: undefined, actorRef: event.type === '@xstate.actor' ? actor : undefined, ...('snapshot' in event && { snapshot: plain(event.snapshot) }) }
}

/** A snapshot without what it is a snapshot of. */
const plain = (snapshot: object): object => {
  const { children } = snapshot as { children?: object }
  return { ...snapshot, machine: undefined, _nodes: undefined, children: children && Object.keys(children) }
}

/** What a tab writes for others, in all ways that it has, looked at as it is written. */
export function watched(primitives: TabPrimitives, { look }: Pick<Sinks, 'look'>): TabPrimitives {
  return {
    get locks() {
      const { locks } = primitives
      return (
        locks && {
          request: ((name: string, ...rest: unknown[]) => {
            look('lock', name)
            return (locks.request as (...args: unknown[]) => unknown)(name, ...rest)
          }) as LockManager['request'],
        }
      )
    },
    get store() {
      const { store } = primitives
      return (
        store && {
          get: (key: string) => store.get(key),
          update: (key: string, updater: (old: unknown) => unknown) =>
            store.update(key, (old) => {
              const next = updater(old)
              look('record', [key, next])
              return next
            }),
        }
      )
    },
    get BroadcastChannel() {
      const Channel = primitives.BroadcastChannel
      return (
        Channel &&
        (function (name: string) {
          const channel = new Channel(name)
          const post = channel.postMessage.bind(channel)
          channel.postMessage = (message: unknown) => {
            look('channel', [name, message])
            post(message)
          }
          return channel
        } as unknown as TabPrimitives['BroadcastChannel'])
      )
    },
    get notes() {
      const { notes } = primitives
      return (
        notes && {
          getItem: (key: string) => notes.getItem(key),
          setItem(key: string, text: string) {
            look('note', [key, text])
            notes.setItem(key, text)
          },
          removeItem: (key: string) => notes.removeItem(key),
        }
      )
    },
  }
}

/** The console, what is reported, and what nobody catches. Returns the way back. */
export function watchProcess({ look }: Pick<Sinks, 'look'>): () => void {
  const methods = (Object.keys(console) as (keyof Console)[]).filter((name) => typeof console[name] === 'function')
  const spies = methods.map((name) => vi.spyOn(console, name as 'log').mockImplementation((...printed) => look('console', printed)))
  // Those of the test runner would take a leak that is planted for a failure.
  const kinds = ['unhandledRejection', 'uncaughtException'] as const
  const others = kinds.map((kind) => process.listeners(kind as 'uncaughtException'))
  const note = (error: unknown) => look('unhandled', error)
  for (const kind of kinds) process.removeAllListeners(kind).on(kind as 'uncaughtException', note)
  return () => {
    spies.forEach((spy) => spy.mockRestore())
    kinds.forEach((kind, i) => {
      process.removeAllListeners(kind)
      for (const other of others[i] ?? []) process.on(kind as 'uncaughtException', other)
    })
  }
}
