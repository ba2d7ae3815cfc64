import { type Clock, createClock, type Platform } from '../../clock'
import type { Ports } from '../../ports'
import type { Choices } from './choices'
import { createMachine, type Machine } from './machine'
import { createFetch, createNetwork, type Heard, type Network } from './network'
import { type Behaviours, createPrimitives, type Primitives } from './primitives'
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
  /** Nothing runs. Time goes on. */
  freeze(): void
  resume(): void
  /** Closed, crashed or discarded: nothing in it runs ever again, and nothing is told. */
  vanish(): void
  on(listener: (event: TabEvent) => void): void
}

/** A browser on a machine: its tabs share a network and a cookie. */
export interface Browser {
  readonly machine: Machine
  readonly network: Network
  /** How its locks, its store and its channels behave; may be changed at any time. */
  readonly behaviours: Behaviours
  /** The cookie. */
  token: string | undefined
  /** Those that are open. */
  readonly tabs: readonly Tab[]
  openTab(): Tab
}

/** A page that was hidden so long is woken once a minute. */
const INTENSIVE_AFTER_MS = 300_000
const SECOND_MS = 1_000
const MINUTE_MS = 60_000

export function createBrowser(timeline: Timeline, server: Server, choices: Choices): Browser {
  const machine = createMachine(timeline)
  const network = createNetwork()
  const { behaviours, forTab } = createPrimitives(timeline, choices)
  const tabs: Tab[] = []
  let opened = 0
  const browser: Browser = {
    machine,
    network,
    behaviours,
    token: undefined,
    tabs,
    openTab() {
      const tab = createTab(++opened)
      tabs.push(tab)
      return tab
    },
  }

  function createTab(number: number): Tab {
    const listeners: ((event: TabEvent) => void)[] = []
    const tell = (event: TabEvent) => listeners.forEach((listener) => listener(event))
    const timers = new Map<number, { readonly callback: () => void; readonly due: number }>()
    const thawing: (() => void)[] = []
    let lastTimer = 0
    let hiddenSince: number | undefined
    let isFrozen = false
    let isGone = false

    function whenRunning(run: () => void) {
      machine.onceAwake(() => {
        if (isGone) return
        if (isFrozen) thawing.push(run)
        else run()
      })
    }

    /** When a timer that is due may fire: at once, or in step with the others of a hidden page. */
    function opportunity(now: number) {
      if (hiddenSince === undefined) return now
      const step = now - hiddenSince > INTENSIVE_AFTER_MS ? MINUTE_MS : SECOND_MS
      return Math.ceil(now / step) * step
    }

    function arm(id: number) {
      const timer = timers.get(id)
      if (!timer) return
      const left = timer.due - machine.monotonicNow()
      timeline.after(Math.max(0, left), () => whenRunning(() => attempt(id)))
    }

    function attempt(id: number) {
      const timer = timers.get(id)
      if (!timer) return
      // It slept meanwhile, and its timers with it.
      if (machine.monotonicNow() < timer.due) return arm(id)
      const now = timeline.now()
      const at = opportunity(now)
      if (at > now) return timeline.at(at, () => whenRunning(() => attempt(id)))
      timers.delete(id)
      tell({ type: 'timer.fires', lateMs: machine.monotonicNow() - timer.due })
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
        arm(lastTimer)
        return lastTimer
      },
      clearTimeout: (id) => void timers.delete(id as number),
    }

    const change = (type: Extract<TabEvent, { type: `tab.${string}` }>['type'], run: () => void) => () => {
      if (isGone) return
      run()
      tell({ type })
    }
    const clock = createClock(platform)
    return {
      number,
      browser,
      platform,
      ports: { clock, random: choices.random },
      fetch: createFetch(timeline, server, {
        machine,
        network,
        get token() {
          return browser.token
        },
        set token(token) {
          browser.token = token
        },
        whenRunning,
        sent: (kind) => tell({ type: 'request.sent', kind }),
        heard: (heard) => tell({ type: 'reply.heard', ...heard }),
      }),
      primitives: forTab({
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
      hide: change('tab.hidden', () => (hiddenSince ??= timeline.now())),
      show: change('tab.shown', () => (hiddenSince = undefined)),
      freeze: change('tab.frozen', () => (isFrozen = true)),
      resume: change('tab.resumed', () => {
        isFrozen = false
        for (const run of thawing.splice(0)) timeline.after(0, () => whenRunning(run))
      }),
      vanish: change('tab.gone', () => {
        isGone = true
        tabs.splice(tabs.findIndex((tab) => tab.number === number), 1)
      }),
      on: (listener) => void listeners.push(listener),
    }
  }

  return browser
}
