import { DAY, HOUR, MINUTE, SECOND } from '../../scripts/frontier/traces'
import type { ServerOptions } from '../../src/testing'
import { drawnChoices } from '../../src/testing/world/choices'

/** Something that happens to a browser or to its person, milliseconds from the sign-in on. */
export type Happening =
  | { readonly kind: 'sleep' | 'offline' | 'silent'; readonly at: number; readonly ms: number }
  /** The server, or what stands before it, answers with this. */
  | { readonly kind: 'status'; readonly at: number; readonly ms: number; readonly status: 502 | 503 }
  /** The person looks at this tab, or at something else. */
  | { readonly kind: 'look'; readonly at: number; readonly tab: number | undefined }
  /** Somebody sets the clock of the machine, forward or back. */
  | { readonly kind: 'clock'; readonly at: number; readonly ms: number }

/** A stretch of somebody's life, the same for every client. */
export interface Trace {
  readonly seed: number
  readonly server: ServerOptions & { readonly lifeMs: number }
  readonly ms: number
  readonly happenings: readonly Happening[]
  /** When an administrator ends the session, if anybody does. */
  readonly revokedAt: number | undefined
}

/** A kind of life, and how many stretches of it are lived. */
export interface Life {
  readonly name: string
  readonly what: string
  readonly stretches: number
  draw(seed: number): Trace
}

const LIFE = 2 * HOUR
/** Half of them end with the end of the session. */
const STRETCHES = 6
/** A laptop that wakes has no network for so long, and a hidden page is looked at again after less. */
const RECONNECTS_MS = [2 * SECOND, 8 * SECOND] as const
/** How long somebody is still there after the session was ended. */
const EPILOGUE = 30 * MINUTE

/** Draws what happens, in the order of the drawing. */
function pen(seed: number) {
  const { random } = drawnChoices(seed)
  const happenings: Happening[] = []
  const between = (from: number, to: number) => Math.round(from + (to - from) * random())
  const add = (happening: Happening) => void happenings.push(happening)
  return {
    between,
    chance: (probability: number) => random() < probability,
    add,
    /** The lid is closed. On half of all machines the page is told that nobody sees it; on all of them the network is gone for a moment longer. */
    sleep(at: number, ms: number, tab = 0) {
      if (random() < 0.5) {
        add({ kind: 'look', at: at - 2 * SECOND, tab: undefined })
        add({ kind: 'look', at: at + ms + SECOND, tab })
      }
      add({ kind: 'sleep', at, ms })
      add({ kind: 'offline', at, ms: ms + between(...RECONNECTS_MS) })
      return at + ms
    },
    /** Short failures of the network, as everybody has them. */
    blips(from: number, to: number, every: number, lasts: readonly [number, number]) {
      for (let at = Math.max(from, 2 * MINUTE) + between(0, 2 * every); at < to; at += between(0.2 * every, 1.8 * every)) add({ kind: random() < 0.3 ? 'silent' : 'offline', at, ms: between(...lasts) })
    },
    trace: (lifeMs: number, ms: number, revokedAt?: number): Trace => ({
      seed,
      server: { lifeMs },
      ms,
      happenings: happenings.sort((a, b) => a.at - b.at),
      revokedAt,
    }),
  }
}

type Pen = ReturnType<typeof pen>

/** How long somebody is away who closes the lid for longer: up to almost the whole life, milliseconds. */
const long = ({ between }: Pen) => between(0.3 * LIFE, 0.97 * LIFE)

/** Every other stretch ends with the end of the session, in a last short sleep. */
function lastSleep({ between, sleep, trace }: Pen, lifeMs: number, at: number, seed: number, tab = 0): Trace {
  if (seed % 2 === 1) return trace(lifeMs, at)
  const asleepMs = between(10 * MINUTE, 0.5 * LIFE)
  const wakesAt = sleep(at, asleepMs, tab)
  return trace(lifeMs, wakesAt + EPILOGUE, at + between(MINUTE, asleepMs - MINUTE))
}

export const lives: readonly Life[] = [
  {
    name: 'workday',
    what: 'ten hours at a laptop that sleeps three times, each for up to the full life; a minute without network now and then',
    stretches: STRETCHES,
    draw(seed) {
      const day = pen(seed)
      let at = 0
      for (let i = 0; i < 3; i++) at = day.sleep(at + day.between(0.3 * LIFE, LIFE), day.between(0.15 * LIFE, 0.97 * LIFE))
      day.blips(0, at, 4 * HOUR, [30 * SECOND, 90 * SECOND])
      return lastSleep(day, LIFE, at + day.between(0.3 * LIFE, LIFE), seed)
    },
  },
  {
    name: 'commuter',
    what: 'an hour of tunnels and dead spots, half a day with one sleep, and an hour of tunnels back',
    stretches: STRETCHES,
    draw(seed) {
      const day = pen(seed)
      const train = (from: number) => day.blips(from, from + HOUR, 8 * MINUTE, [30 * SECOND, 6 * MINUTE])
      train(0)
      const wakesAt = day.sleep(HOUR + day.between(0, 2 * HOUR), long(day))
      const homeward = wakesAt + day.between(HOUR, 3 * HOUR)
      train(homeward)
      return lastSleep(day, LIFE, homeward + HOUR + day.between(MINUTE, 30 * MINUTE), seed)
    },
  },
  {
    name: 'tab hoarder',
    what: 'eight hours of going from tab to tab and to other windows, with one sleep',
    stretches: STRETCHES,
    draw(seed) {
      const day = pen(seed)
      const browse = (from: number, to: number) => {
        for (let at = from + day.between(MINUTE, 15 * MINUTE); at < to; at += day.between(MINUTE, 15 * MINUTE)) {
          day.add({ kind: 'look', at, tab: day.chance(0.3) ? undefined : day.chance(0.3) ? 0 : day.between(0, 19) })
        }
      }
      const asleepAt = day.between(HOUR, 4 * HOUR)
      browse(0, asleepAt - MINUTE)
      const wakesAt = day.sleep(asleepAt, long(day))
      day.add({ kind: 'look', at: wakesAt + SECOND, tab: 0 })
      const endsAt = wakesAt + 4 * HOUR
      browse(wakesAt + MINUTE, endsAt - MINUTE)
      day.add({ kind: 'look', at: endsAt - 10 * SECOND, tab: 0 })
      return lastSleep(day, LIFE, endsAt, seed)
    },
  },
  {
    name: 'flaky wifi',
    what: 'eight hours on a network that is gone for 5 to 90 seconds every few minutes, sometimes without a word, with one sleep',
    stretches: STRETCHES,
    draw(seed) {
      const day = pen(seed)
      const wakesAt = day.sleep(day.between(HOUR, 4 * HOUR), long(day))
      const endsAt = wakesAt + 4 * HOUR
      day.blips(0, endsAt, 4 * MINUTE, [5 * SECOND, 90 * SECOND])
      return lastSleep(day, LIFE, endsAt, seed)
    },
  },
  {
    name: 'rolling deploy',
    what: 'eight hours with four deploys of 4 to 12 minutes, in which six of ten requests are answered 502 or 503, and one sleep',
    stretches: STRETCHES,
    draw(seed) {
      const day = pen(seed)
      for (let i = 0; i < 4; i++) {
        const from = i * 2 * HOUR + day.between(0, 1.5 * HOUR)
        const to = from + day.between(4 * MINUTE, 12 * MINUTE)
        // Which instance answers goes by the second, so that it is the same for all clients.
        for (let at = from; at < to; at += SECOND) if (day.chance(0.6)) day.add({ kind: 'status', at, ms: SECOND, status: day.chance(0.5) ? 502 : 503 })
      }
      const wakesAt = day.sleep(day.between(HOUR, 5 * HOUR), long(day))
      return lastSleep(day, LIFE, Math.max(wakesAt + HOUR, 8 * HOUR), seed)
    },
  },
  {
    name: 'wrong clock',
    what: 'eight hours on a machine whose clock is ten minutes fast until somebody sets it, with a sleep before and one after',
    stretches: STRETCHES,
    draw(seed) {
      const day = pen(seed)
      day.add({ kind: 'clock', at: 0, ms: 10 * MINUTE })
      let at = day.sleep(day.between(0.5 * HOUR, 1.5 * HOUR), long(day))
      at += day.between(0.5 * HOUR, HOUR)
      day.add({ kind: 'clock', at, ms: -10 * MINUTE })
      at = day.sleep(at + day.between(HOUR, 2 * HOUR), long(day))
      return lastSleep(day, LIFE, at + HOUR, seed)
    },
  },
  {
    name: '30-day session',
    what: 'a session of 30 days, used on workdays; the laptop sleeps at night, over weekends, and for up to the full life in a holiday',
    stretches: 2,
    draw(seed) {
      const month = pen(seed)
      const holiday = month.between(4, 9)
      let at = 9 * HOUR
      for (let day = 0; day < 12; day++) {
        const until = day === holiday ? month.between(0.5 * 30 * DAY, 0.95 * 30 * DAY) : (day % 5 === 4 ? 3 : 1) * DAY - 9 * HOUR
        at = month.sleep(at, until) + 9 * HOUR
      }
      return lastSleep(month, 30 * DAY, at, seed)
    },
  },
  {
    name: 'background tab',
    what: 'ten hours behind other windows, with one sleep; looked at again in the end',
    stretches: STRETCHES,
    draw(seed) {
      const day = pen(seed)
      const hiddenAt = day.between(MINUTE, 20 * MINUTE)
      day.add({ kind: 'look', at: hiddenAt, tab: undefined })
      const asleepAt = hiddenAt + day.between(2 * HOUR, 4 * HOUR)
      const asleepMs = long(day)
      day.add({ kind: 'sleep', at: asleepAt, ms: asleepMs })
      day.add({ kind: 'offline', at: asleepAt, ms: asleepMs + day.between(...RECONNECTS_MS) })
      const shownAt = 10 * HOUR
      day.add({ kind: 'look', at: shownAt, tab: 0 })
      // While it is hidden nobody could see what it shows.
      return day.trace(LIFE, shownAt + EPILOGUE, seed % 2 === 1 ? undefined : shownAt - day.between(MINUTE, 30 * MINUTE))
    },
  },
]

/** What is in the way of a call, as spans of time in order; those that touch are one. */
export function obstacles({ happenings }: Trace): { readonly from: number; to: number }[] {
  const spans: { from: number; to: number }[] = []
  for (const happening of happenings) {
    if (happening.kind === 'look' || happening.kind === 'clock') continue
    const { at, ms } = happening
    const last = spans.at(-1)
    if (last && at <= last.to) last.to = Math.max(last.to, at + ms)
    else spans.push({ from: at, to: at + ms })
  }
  return spans
}

/** A call takes this long, and one that is cut off by an obstacle is none. */
const CALL_MS = SECOND

/**
 * When a client that knows the future extends, as seldom as it can, to keep the session until then; undefined when nobody could.
 * It waits until the last moment before an obstacle that the session would not survive otherwise.
 */
export function leastCalls(trace: Trace, until = trace.revokedAt ?? trace.ms): number[] | undefined {
  const spans = obstacles(trace)
  const calls: number[] = []
  for (let aliveUntil = trace.server.lifeMs; aliveUntil < until; aliveUntil = (calls.at(-1) ?? 0) + trace.server.lifeMs) {
    let at = aliveUntil - CALL_MS
    for (let i = spans.length - 1; i >= 0; i--) {
      const span = spans[i]
      if (span && at + CALL_MS > span.from && at < span.to) at = span.from - CALL_MS
    }
    if (at <= (calls.at(-1) ?? 0)) return undefined
    calls.push(at)
  }
  return calls
}

/** Milliseconds until then in which the machine was awake. */
export const awakeMs = ({ happenings }: Trace, until: number) =>
  happenings.reduce((left, happening) => left - (happening.kind === 'sleep' ? Math.max(0, Math.min(happening.ms, until - happening.at)) : 0), until)

/** The first stretches of a life that can be survived at all. */
export function tracesOf({ stretches, draw }: Life): Trace[] {
  const traces: Trace[] = []
  for (let seed = 1; traces.length < stretches; seed++) {
    const trace = draw(seed)
    // Every other one ends in a revocation, whatever else is drawn.
    if ((trace.revokedAt === undefined) === (traces.length % 2 === 0) && leastCalls(trace)) traces.push(trace)
  }
  return traces
}

