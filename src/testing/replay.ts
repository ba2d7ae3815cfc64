import { type Actor, createActor, createMachine, type EventObject, fromCallback, fromPromise, initialTransition } from 'xstate'
import { type Answer, type CallInput, type SessionContext, type SessionEvent, sessionMachine, type TabsCommand } from '../../machines/session.machine'
import { SessionError } from '../errors'
import type { FlightMoment, FlightRecord, FlightTransition } from '../flightRecord'
import { type SessionState, type SessionView, viewOf } from '../sessionView'

/** A transition, lived through again. */
export interface ReplayStep {
  /** When it happened, epoch milliseconds. */
  readonly at: number
  /** The type of the event. */
  readonly event: string
  /** Where it leads now. */
  readonly state: SessionState
  readonly view: SessionView
  /**
   * Of a delay, how much later it was over than this version sets it for, milliseconds: a sleep, a throttled page, or a shorter
   * delay now. Below zero: the clock was set back, or the delay is longer now. Undefined for other events, and where the record
   * begins after the delay did.
   */
  readonly lateMs: number | undefined
}

export interface Replay {
  readonly steps: readonly ReplayStep[]
  /** The first step that does not lead where it led then, by its index; undefined when all do. Nothing comes after it. */
  readonly divergedAt: number | undefined
}

/** Delays that end when the record says so, and not before. */
function createRecordedClock() {
  const timers = new Map<number, { readonly callback: () => void; readonly due: number }>()
  let lastId = 0
  let now = 0
  return {
    set: (at: number) => void (now = at),
    setTimeout(callback: () => void, delayMs: number) {
      timers.set(++lastId, { callback, due: now + delayMs })
      return lastId
    },
    clearTimeout: (id: number) => void timers.delete(id),
    /** Ends the delay that is to end first. Returns when that was to be. */
    fire(): number | undefined {
      const [first] = [...timers].sort(([, one], [, other]) => one.due - other.due)
      if (!first) return undefined
      timers.delete(first[0])
      first[1].callback()
      return first[1].due
    },
  }
}

/** Nobody answers by himself: what was heard is in the record. */
const silent = () => fromPromise<Answer, CallInput>(() => new Promise<never>(() => {}))
const deaf = <T extends EventObject>() => fromCallback<T>(() => {})
const machine = sessionMachine.provide({
  actors: {
    check: silent(),
    extend: silent(),
    reauthenticate: silent(),
    revoke: silent(),
    platformSignals: deaf<SessionEvent>(),
    backendEvents: deaf<SessionEvent>(),
    tabs: deaf<TabsCommand>(),
    limits: deaf<SessionEvent>(),
    stepUp: deaf<SessionEvent>(),
  },
})

/** The machine, put where it was: its delays begin and its actors are called, as when the state is entered. */
function machineAt({ state, context }: FlightMoment): typeof machine {
  const { config, implementations } = machine
  const [fresh] = initialTransition(machine, context)
  return createMachine(
    {
      ...config,
      context: { ...fresh.context, ...(context as Partial<SessionContext>) },
      initial: 'here',
      states: { ...config.states, here: { always: { target: `#session.${state}` } } },
    } as never,
    implementations as never,
  ) as never
}

/**
 * Lives through a record of `createRecorder()` again, with the machine of this version: the same events at the same times, and
 * no world around it. Delays end when the record says that they ended. States are compared, and which delay ended; when it
 * would have is told by `lateMs`, and what the machine remembers by `view`.
 *
 * @param record a `FlightRecord`, as an object or as JSON
 * @throws {SessionError} `ERR_SESSION_BAD_OPTION` when it is none, or makes no sense
 */
export function replay(record: unknown): Replay {
  const { start, transitions } = readRecord(record)
  const clock = createRecordedClock()
  /** What the present run's machine heard last. */
  let heard: string | undefined
  let failed = false
  const run = (logic: typeof machine, input: object): Actor<typeof machine> => {
    const actor = createActor(logic, {
      clock,
      input,
      inspect: (event) => {
        if (event.type === '@xstate.snapshot' && event.actorRef === actor) heard = event.event.type
      },
    })
    actor.subscribe({ error: () => (failed = true) })
    return actor.start()
  }

  clock.set(start.at)
  let actor = run(machineAt(start), {})
  /** The delays of the first state may have begun before the record. */
  let isFirstState = true
  const steps: ReplayStep[] = []
  for (const { at, event, state, context } of transitions) {
    clock.set(at)
    heard = undefined
    let due: number | undefined
    if (event.type === 'xstate.init') actor = run(machine, context ?? {})
    else if (event.type === 'xstate.stop') actor.stop()
    else if (event.type.startsWith('xstate.after.')) due = clock.fire()
    else actor.send(event as never)
    if (failed) throw new SessionError('ERR_SESSION_BAD_OPTION', `transition ${steps.length} makes no sense`)
    const view = viewOf(actor.getSnapshot(), true)
    const before = steps.at(-1)?.state ?? start.state
    const lateMs = due === undefined || isFirstState ? undefined : at - due
    steps.push({ at, event: event.type, state: view.state, view, lateMs })
    if (view.state !== state || (due !== undefined && heard !== event.type)) return end(steps.length - 1)
    if (state !== before) isFirstState = false
  }
  return end(undefined)

  function end(divergedAt: number | undefined): Replay {
    actor.stop()
    return { steps, divergedAt }
  }
}

/** @throws {SessionError} `ERR_SESSION_BAD_OPTION` */
function readRecord(given: unknown): FlightRecord {
  const record = Object(typeof given === 'string' ? parse(given) : given) as Partial<FlightRecord>
  const { version, start, transitions } = record
  if (version !== 1) fail('not a flight record of version 1')
  if (!isMoment(start) || typeof start.context !== 'object') fail('start is no moment of a session')
  if (!Array.isArray(transitions)) fail('transitions is no list')
  const odd = (transitions as unknown[]).findIndex((transition) => !isMoment(transition) || typeof (transition as Partial<FlightTransition>).event?.type !== 'string')
  if (odd >= 0) fail(`transition ${odd} is none`)
  return record as FlightRecord
}

function isMoment(value: unknown): value is FlightMoment {
  const { at, state } = Object(value) as Partial<FlightMoment>
  const [status = '', step = '', ...more] = String(state).split('.')
  const inner = Object.hasOwn(machine.states, status) ? machine.states[status as never] as { states: object } : undefined
  return Number.isFinite(at) && more.length === 0 && !!inner && Object.hasOwn(inner.states, step)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function fail(what: string): never {
  throw new SessionError('ERR_SESSION_BAD_OPTION', what)
}
