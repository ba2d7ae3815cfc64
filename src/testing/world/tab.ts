import { type Clock, createClock, type Platform } from '../../clock'
import type { Ports, Signal, Signals } from '../../ports'
import type { Browser } from './browser'
import type { Choices } from './choices'
import { createFetch, type Heard } from './fetch'
import type { Primitives, SharedPrimitives } from './primitives'
import type { RequestKind, Server } from './server'
import type { Timeline } from './timeline'

/** What happens in a tab, as it happens. */
export type TabEvent =
  | { readonly type: 'timer.set'; readonly delayMs: number }
  /** A callback of a timer is about to run, so late. */
  | { readonly type: 'timer.fires'; readonly lateMs: number }
  | { readonly type: 'request.sent'; readonly kind: RequestKind }
  | ({ readonly type: 'reply.heard' } & Heard)
  | { readonly type: 'tab.hidden' | 'tab.shown' | 'tab.frozen' | 'tab.resumed' | 'tab.gone' }

/** A page of a browser. Hand its ports to `createSession` of `outlast/core`, and its `fetch` to the backend. */
export interface Tab {
  readonly number: number
  readonly browser: Browser
  readonly platform: Platform
  readonly ports: Ports & { readonly clock: Clock }
  readonly fetch: typeof fetch
  /** What the page hears of its own life. Not of the sleep of its machine: that is what late timers are for. */
  readonly signals: Signals
  /** Locks, store, channels and notes, shared with the other tabs of its browser; and notes of its own. */
  readonly primitives: Primitives
  readonly isHidden: boolean
  readonly isFrozen: boolean
  readonly isGone: boolean
  /** Timers that the platform holds for it now. */
  pendingTimers(): number
  /** Timers are aligned to seconds, and after five minutes to minutes. */
  hide(): void
  show(): void
  /** Somebody does something in it. */
  use(): void
  /** The page hears of it, and does what follows at once. Then nothing runs; time goes on. As in the back/forward cache. */
  freeze(): void
  /** The page hears of it before anything else runs. */
  resume(): void
  /** The page hears of it, and does what follows at once. Then it is gone. */
  close(): void
  /** Crashed or discarded: nothing in it runs ever again, and nothing is told. */
  vanish(): void
  on(listener: (event: TabEvent) => void): void
}

/** A tab, as its browser holds it. */
export interface HeldTab extends Tab {
  /** What its pages noted for themselves. */
  readonly own: Map<string, string>
  /** The network is back. */
  tellOnline(): void
}

/** A page that was hidden so long is woken once a minute. */
const INTENSIVE_AFTER_MS = 300_000
const SECOND_MS = 1_000
const MINUTE_MS = 60_000

export interface TabParts {
  readonly timeline: Timeline
  readonly server: Server
  readonly choices: Choices
  readonly browser: Browser
  readonly shared: SharedPrimitives
  readonly number: number
  readonly own: Map<string, string>
}

export function createTab({ timeline, server, choices, browser, shared, number, own }: TabParts): HeldTab {
  const { machine } = browser
  const listeners: ((event: TabEvent) => void)[] = []
  const tell = (event: TabEvent) => listeners.forEach((listener) => listener(event))
  const ears = new Set<(signal: Signal) => void>()
  const signal = (what: Signal) => [...ears].forEach((hear) => ears.has(hear) && hear(what))
  const timers = new Map<number, { readonly callback: () => void; readonly due: number }>()
  const thawing: (() => void)[] = []
  let lastTimer = 0
  let hiddenSince: number | undefined
  let isFrozen = false
  let isGone = false
  /** In which it hears that it will be frozen or closed, and does what follows at once. */
  let lastTurn: number | undefined
  const isStopped = () => (isFrozen || isGone) && timeline.turn() !== lastTurn

  function whenRunning(run: () => void) {
    machine.onceAwake(() => {
      if (!isStopped()) run()
      else if (!isGone) thawing.push(run)
    })
  }

  /** When a timer that is due may fire: at once, or in step with the others of a hidden page. */
  function opportunity(now: number) {
    if (hiddenSince === undefined) return now
    const step = now - hiddenSince > INTENSIVE_AFTER_MS ? MINUTE_MS : SECOND_MS
    return Math.ceil(now / step) * step
  }

  const attemptAfter = (ms: number, id: number) => void timeline.after(ms, () => whenRunning(() => attempt(id)))

  function attempt(id: number) {
    const timer = timers.get(id)
    if (!timer) return
    // It slept meanwhile, and its timers with it.
    const lateMs = machine.monotonicNow() - timer.due
    if (lateMs < 0) {
      attemptAfter(-lateMs, id)
      return
    }
    const now = timeline.now()
    const at = opportunity(now)
    if (at > now) {
      attemptAfter(at - now, id)
      return
    }
    timers.delete(id)
    tell({ type: 'timer.fires', lateMs })
    timer.callback()
  }

  const platform: Platform = {
    wallNow: machine.wallNow,
    monotonicNow: machine.monotonicNow,
    setTimeout(callback, delayMs) {
      tell({ type: 'timer.set', delayMs })
      // As real platforms do, so that a delay too long is seen to fire at once.
      const delay = delayMs > 2 ** 31 - 1 || !(delayMs > 0) ? 1 : Math.floor(delayMs)
      timers.set(++lastTimer, { callback, due: machine.monotonicNow() + delay })
      attemptAfter(delay, lastTimer)
      return lastTimer
    },
    clearTimeout: (id) => void timers.delete(id as number),
  }

  const change = (type: Extract<TabEvent, { type: `tab.${string}` }>['type'], run: () => void) => () => {
    if (isGone) return
    run()
    tell({ type })
  }

  /** The page hears what holds then. */
  const tellOfSight = () => whenRunning(() => signal(hiddenSince === undefined ? 'shown' : 'hidden'))

  /** Whatever does not run hears nothing. */
  function tellOfEnd() {
    if (machine.asleep || isStopped()) return
    lastTurn = timeline.turn()
    signal('frozen')
  }

  function vanish() {
    isGone = true
    lastTurn = undefined
    timers.clear()
    ears.clear()
    thawing.length = 0
    tell({ type: 'tab.gone' })
  }

  return {
    number,
    browser,
    platform,
    signals: {
      isHidden: () => hiddenSince !== undefined,
      listen(listener) {
        const hear = (what: Signal) => listener(what)
        ears.add(hear)
        return () => void ears.delete(hear)
      },
    },
    ports: { clock: createClock(platform), random: choices.random },
    fetch: createFetch(timeline, server, {
      browser,
      isGone: () => isGone,
      whenRunning,
      sent: (kind) => tell({ type: 'request.sent', kind }),
      heard: (heard) => tell({ type: 'reply.heard', ...heard }),
    }),
    own,
    primitives: shared.forTab(
      {
        whenRunning,
        onceGone(run) {
          listeners.push((event) => {
            if (event.type === 'tab.gone') run()
          })
        },
      },
      own,
    ),
    get isHidden() {
      return hiddenSince !== undefined
    },
    get isFrozen() {
      return isFrozen
    },
    get isGone() {
      return isGone
    },
    pendingTimers: () => timers.size,
    use: () => whenRunning(() => signal('active')),
    tellOnline: () => whenRunning(() => signal('online')),
    hide: change('tab.hidden', () => {
      if (hiddenSince !== undefined) return
      hiddenSince = timeline.now()
      tellOfSight()
    }),
    show: change('tab.shown', () => {
      const wasHidden = hiddenSince !== undefined
      hiddenSince = undefined
      if (wasHidden) tellOfSight()
      // What waits for its second or minute need not wait any longer.
      for (const [id, { due }] of timers) if (due <= machine.monotonicNow()) attemptAfter(0, id)
    }),
    freeze: change('tab.frozen', () => {
      if (isFrozen) return
      tellOfEnd()
      isFrozen = true
    }),
    resume: change('tab.resumed', () => {
      if (!isFrozen) return
      isFrozen = false
      whenRunning(() => {
        signal('woke')
        for (const run of thawing.splice(0)) timeline.after(0, () => whenRunning(run))
      })
    }),
    close() {
      if (isGone) return
      tellOfEnd()
      isGone = true
      timeline.after(0, vanish)
    },
    vanish() {
      if (!isGone) vanish()
    },
    on: (listener) => void listeners.push(listener),
  }
}
