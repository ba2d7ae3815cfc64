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
  /** What the page hears of its own life. */
  readonly signals: Signals
  /** Locks, store and channels, shared with the other tabs of its browser. */
  readonly primitives: Primitives
  readonly isHidden: boolean
  readonly isFrozen: boolean
  readonly isGone: boolean
  /** Timers that the platform holds for it now. */
  pendingTimers(): number
  /** Timers are aligned to seconds, and after five minutes to minutes. */
  hide(): void
  show(): void
  /** Nothing runs. Time goes on. As in the back/forward cache; the page hears of it before. */
  freeze(): void
  resume(): void
  /** The page hears of it, and is gone. */
  close(): void
  /** Crashed or discarded: nothing in it runs ever again, and nothing is told. */
  vanish(): void
  on(listener: (event: TabEvent) => void): void
}

/** A tab, as its browser holds it. */
export interface HeldTab extends Tab {
  tellOnline(): void
}

/** A page that was hidden so long is woken once a minute. */
const INTENSIVE_AFTER_MS = 300_000
const SECOND_MS = 1_000
const MINUTE_MS = 60_000

/** More than what follows from a word at once, in one task. */
const MICROTASKS = 100

export interface TabParts {
  readonly timeline: Timeline
  readonly server: Server
  readonly choices: Choices
  readonly browser: Browser
  readonly shared: SharedPrimitives
  readonly number: number
}

export function createTab({ timeline, server, choices, browser, shared, number }: TabParts): HeldTab {
  const { machine } = browser
  const listeners: ((event: TabEvent) => void)[] = []
  const tell = (event: TabEvent) => listeners.forEach((listener) => listener(event))
  const ears = new Set<(signal?: Signal) => void>()
  const signal = (what: Signal) => [...ears].forEach((hear) => hear(what))
  const timers = new Map<number, { readonly callback: () => void; readonly due: number }>()
  const thawing: (() => void)[] = []
  let lastTimer = 0
  let hiddenSince: number | undefined
  let isFrozen = false
  /** What a page does at once when it hears that it will be frozen is done before it is. */
  let isStopped = false
  let isGone = false

  function whenRunning(run: () => void) {
    machine.onceAwake(() => {
      if (isGone) return
      if (isStopped) thawing.push(run)
      else run()
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
  async function stop() {
    for (let turn = 0; turn < MICROTASKS; turn++) await Promise.resolve()
    isStopped = isFrozen
  }

  function vanish() {
    isGone = true
    timers.clear()
    ears.clear()
  }

  return {
    number,
    browser,
    platform,
    signals: {
      isHidden: () => hiddenSince !== undefined,
      listen(listener) {
        ears.add(listener)
        return () => void ears.delete(listener)
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
    primitives: shared.forTab({
      whenRunning,
      onceGone(run) {
        listeners.push((event) => {
          if (event.type === 'tab.gone') run()
        })
      },
    }),
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
    tellOnline: () => whenRunning(() => signal('online')),
    hide: change('tab.hidden', () => {
      if (hiddenSince !== undefined) return
      hiddenSince = timeline.now()
      whenRunning(() => signal('hidden'))
    }),
    show: change('tab.shown', () => {
      if (hiddenSince !== undefined) whenRunning(() => signal('shown'))
      hiddenSince = undefined
      // What waits for its second or minute need not wait any longer.
      for (const [id, { due }] of timers) if (due <= machine.monotonicNow()) attemptAfter(0, id)
    }),
    freeze: change('tab.frozen', () => {
      if (isFrozen) return
      isFrozen = true
      if (machine.asleep) isStopped = true
      else {
        signal('frozen')
        void stop()
      }
    }),
    resume: change('tab.resumed', () => {
      if (!isFrozen) return
      isFrozen = isStopped = false
      whenRunning(() => signal('woke'))
      for (const run of thawing.splice(0)) timeline.after(0, () => whenRunning(run))
    }),
    close: change('tab.gone', () => {
      if (!isFrozen && !machine.asleep) signal('frozen')
      vanish()
    }),
    vanish: change('tab.gone', vanish),
    on: (listener) => void listeners.push(listener),
  }
}
