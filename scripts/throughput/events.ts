import { createActor, waitFor } from 'xstate'
import type { SessionContext } from '../../machines/session.machine'
import { type Parts, partsOf, sharedMachine } from '../../src/sharedMachine'
import { median, type Effort, interleave } from './rounds'
import { createBareWorld } from './world'

/** What one session is made to do. */
export interface Driven {
  /** Asks the server, and waits for the answer. */
  ask(): Promise<unknown>
  /** Extends, and waits for the answer. */
  extend(): Promise<unknown>
  /** Hears that another tab has extended it. */
  hear(): void
  /** Is warned of a limit. */
  warn(): void
  /** What came of it: the calls made, what a listener and a subscriber heard, and what the machine remembers. */
  outcome(): { calls: number; told: number; expiresAt: number | undefined; context: SessionContext }
}

/** What an app that runs either one listens to. */
const TOLD = ['session.extended', 'session.warned'] as const

/** The machine as it is, run by `createActor`, with the very actors that a session has. */
export async function openRaw(): Promise<Driven> {
  const { session, clock, pass, tellExtended, calls } = createBareWorld()
  const actor = createActor(sharedMachine, { clock, input: {} })
  partsOf.set(actor.system, partsOf.get(session.actor.system) as Parts)
  let expiresAt: number | undefined
  actor.subscribe(({ context }) => (expiresAt = context.lease?.expiresAt))
  let told = 0
  for (const type of TOLD) actor.on(type, () => told++)
  actor.start()
  const answered = () => waitFor(actor, (snapshot) => !snapshot.hasTag('busy'))
  await answered()
  let endsAt = 0
  return {
    ask() {
      pass()
      actor.send({ type: 'session.check' })
      return answered()
    },
    extend() {
      pass()
      actor.send({ type: 'session.extend' })
      return answered()
    },
    hear: () => tellExtended(actor.getSnapshot().context),
    warn: () => actor.send({ type: 'limits.warned', warning: { reason: 'idle', endsAt: ++endsAt } }),
    outcome: () => ({ calls: calls(), told, expiresAt, context: actor.getSnapshot().context }),
  }
}

/** The same by `createSession`: commands, and a view. */
export async function openFacade(): Promise<Driven> {
  const { session, pass, tellExtended, calls } = createBareWorld()
  let expiresAt: number | undefined
  session.subscribe((view) => (expiresAt = view.expiresAt))
  let told = 0
  for (const type of TOLD) session.on(type, () => told++)
  session.start()
  await session.ready()
  let endsAt = 0
  return {
    ask() {
      pass()
      return session.check()
    },
    extend() {
      pass()
      return session.extend()
    },
    hear: () => tellExtended(session.actor.getSnapshot().context),
    warn: () => session.actor.send({ type: 'limits.warned', warning: { reason: 'idle', endsAt: ++endsAt } }),
    outcome: () => ({ calls: calls(), told, expiresAt, context: session.actor.getSnapshot().context }),
  }
}

/** What it is made to do, and how many events of the machine that is. */
export const workloads = {
  'asks, and is answered': { events: 2, run: async (driven: Driven, times: number) => {
    for (let i = 0; i < times; i++) await driven.ask()
  } },
  'extends, and is answered': { events: 2, run: async (driven: Driven, times: number) => {
    for (let i = 0; i < times; i++) await driven.extend()
  } },
  'hears of an extension in another tab': { events: 1, run: (driven: Driven, times: number) => {
    for (let i = 0; i < times; i++) driven.hear()
  } },
  'is warned of a limit': { events: 1, run: (driven: Driven, times: number) => {
    for (let i = 0; i < times; i++) driven.warn()
  } },
} as const

export interface EventsRow {
  readonly what: string
  /** Events a second, the median of all rounds. */
  readonly raw: number
  readonly facade: number
  /** Of the facade to raw XState in each round; the median of all rounds. */
  readonly ratio: number
}

export async function measureEvents(effort: Effort): Promise<EventsRow[]> {
  const rows: EventsRow[] = []
  for (const [what, { events, run }] of Object.entries(workloads)) {
    const [raw, facade] = [await openRaw(), await openFacade()]
    const rates = await interleave([
      { name: 'raw', run: (times) => run(raw, times) },
      { name: 'facade', run: (times) => run(facade, times) },
    ], effort)
    const [ofRaw = [], ofFacade = []] = [rates.get('raw'), rates.get('facade')]
    rows.push({ what, raw: median(ofRaw) * events, facade: median(ofFacade) * events, ratio: median(ofFacade.map((rate, round) => rate / (ofRaw[round] ?? NaN))) })
  }
  return rows
}
