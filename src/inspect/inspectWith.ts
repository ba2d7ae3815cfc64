import type { AnyActorRef, InspectionEvent } from 'xstate'
import { SessionError } from '../errors'
import { realPorts } from '../ports'
import { isActorName, safeContext, safeEvent, safeStatus, safeValue } from './allowList'
import { definitionOf } from './definition'

/** An inspection event of XState that may be seen by anybody. */
export type SafeInspectionEvent = InspectionEvent & {
  /** When it happened, by the session's own clock, epoch milliseconds. */
  readonly at: number
}

/** What XState takes as an inspection observer. */
export type InspectionObserver = ((event: SafeInspectionEvent) => void) | { next?(event: SafeInspectionEvent): void }

/** An inspector of `@statelyai/inspect`. On a server `createBrowserInspector` gives one that sees nothing. */
export interface StatelyInspector {
  readonly inspect?: { next?(event: InspectionEvent): void }
  start?(): void
}

type Next = (event: SafeInspectionEvent) => void
type Told = Extract<InspectionEvent, { type: '@xstate.actor' | '@xstate.event' | '@xstate.snapshot' }>

/** Of an actor, what is looked at. */
interface Actor extends Pick<AnyActorRef, 'sessionId' | 'getSnapshot'> {
  readonly id?: string
  readonly logic?: unknown
  readonly clock?: { now?(): number }
  readonly _parent?: Actor
}

/**
 * Shows a session to inspectors: `createSession(backend, { inspect: inspectWith(createBrowserInspector()) })`.
 *
 * All that they see goes through an allow-list: a reference of its own for each actor, the shape of the machines, types of events
 * and those of their fields that are known to be times, states or reasons, and of the context the same. Whatever else there is,
 * now or in a later version, is left out. Actors, events and snapshots are told; microsteps and actions are not.
 * An inspector that throws is reported to the console, and harms nobody.
 *
 * @param observers inspectors of `@statelyai/inspect`, recorders, or inspection observers of XState
 * @throws {SessionError} `ERR_SESSION_BAD_OPTION`
 */
export function inspectWith(...observers: readonly (InspectionObserver | StatelyInspector)[]): (event: InspectionEvent) => void {
  const nexts = observers.map(nextOf)
  const { clock, random } = realPorts()
  // XState counts its actors anew in each page, and one inspector may see many.
  const reference = Math.floor(random() * 36 ** 6).toString(36)
  const seen = new WeakMap<Actor, object>()

  /** The same for the same actor, and nothing that leads to it. */
  function shown(actor: Actor): object {
    const known = seen.get(actor)
    if (known) return known
    const sessionId = `${reference}.${actor.sessionId}`
    const made = {
      id: isActorName(actor.id) ? actor.id : sessionId,
      sessionId,
      _parent: actor._parent && shown(actor._parent),
      ...(isMachine(actor) && { logic: { config: definitionOf(actor.logic.config) } }),
      getSnapshot: () => snapshotOf(actor, actor.getSnapshot()),
    }
    seen.set(actor, made)
    return made
  }

  function eventOf(inspected: Told): object {
    const actor = inspected.actorRef as Actor
    return {
      type: inspected.type,
      at: rootOf(actor).clock?.now?.() ?? clock.now(),
      rootId: `${reference}.${inspected.rootId}`,
      actorRef: shown(actor),
      ...(inspected.type !== '@xstate.actor' && { event: safeEvent(inspected.event) }),
      ...(inspected.type === '@xstate.event' && { sourceRef: inspected.sourceRef && shown(inspected.sourceRef) }),
      ...(inspected.type === '@xstate.snapshot' && { snapshot: snapshotOf(actor, inspected.snapshot) }),
    }
  }

  return (inspected) => {
    if (inspected.type !== '@xstate.actor' && inspected.type !== '@xstate.event' && inspected.type !== '@xstate.snapshot') return
    // Whatever is thrown here XState would throw at whoever sent the event.
    harmless(() => {
      const event = eventOf(inspected) as SafeInspectionEvent
      for (const next of nexts) harmless(() => next(event))
    })
  }
}

function harmless(act: () => void): void {
  try {
    act()
  } catch (error) {
    console.error(error)
  }
}

/** @throws {SessionError} `ERR_SESSION_BAD_OPTION` */
function nextOf(observer: unknown): Next {
  if (typeof observer === 'function') return observer as Next
  const given = Object(observer) as { next?: unknown; inspect?: { next?: unknown }; start?: unknown }
  const target = given.inspect ?? given
  if (typeof target.next === 'function') return (event) => (target as { next: Next }).next(event)
  if (typeof given.start === 'function') return () => {}
  throw new SessionError('ERR_SESSION_BAD_OPTION', 'an inspector has next() or inspect.next()')
}

function rootOf(actor: Actor): Actor {
  return actor._parent ? rootOf(actor._parent) : actor
}

interface Seen {
  readonly value?: unknown
  readonly context?: unknown
  readonly tags?: Iterable<string>
}

const isMachine = (actor: Actor): actor is Actor & { logic: { id: string; config: object } } =>
  typeof (Object(actor.logic) as { config?: unknown }).config === 'object'

/** State and chosen context of a machine; of any other actor whether it is active. */
function snapshotOf(actor: Actor, snapshot: unknown): object {
  const { value, context, tags } = Object(snapshot) as Seen
  return { ...safeStatus(snapshot), ...(isMachine(actor) && { value: safeValue(value), context: safeContext(actor.logic.id, context), tags: [...(tags ?? [])] }) }
}
