import type { AnyActorLogic } from 'xstate'
import type { Answer, CallInput, SessionEvent } from '../machines/session.machine'
import type { BackendCall } from './backend'
import { type Clock, createClock } from './clock'
import type { Random } from './timing'

/**
 * What a platform tells of a page's life.
 *
 * - `hidden`, `shown`: nobody can see it any more; somebody can again.
 * - `frozen`: nothing in it runs from now on. What is held for others is let go at once.
 * - `woke`: it runs again after it was frozen, or came back from the back/forward cache.
 * - `online`: the network is said to be back. A hint, nothing more.
 * - `active`: somebody does something in it.
 */
export type Signal = 'hidden' | 'shown' | 'frozen' | 'woke' | 'online' | 'active'

/** The port for a platform's signals. Give your own to `createSession` of `outlast/core` on a platform that is neither a browser nor Node. */
export interface Signals {
  isHidden(): boolean
  /** Hears of each signal; of none in particular when it is only time to look at the clock. Returns the way to stop. */
  listen(listener: (signal?: Signal) => void): () => void
}

/** Makes a call, and always resolves. */
export type Caller = (kind: Exclude<BackendCall, 'stepUp'>, input: CallInput, left: AbortSignal) => Promise<Answer>

export type TabsEvent = Extract<SessionEvent, { type: `tabs.${string}` }>

/** The port for the other tabs of a browser, which share one session. */
export interface Tabs {
  /**
   * Makes of a tab's own calls those of the whole browser.
   *
   * @param personOf who stands behind an answer's `subject`
   */
  share(call: Caller, personOf: (subject: string | undefined) => string | undefined): Caller
  /** Hears of what other tabs learn, while the session runs. Returns the way to stop. */
  listen(tell: (event: TabsEvent) => void): () => void
  /** When somebody was last active in any tab, epoch milliseconds; now, and in this one, where that is later. */
  activeAt(now?: number): number | undefined
  /** Gives up a sign-in, in whichever tab it is under way. */
  giveUp(): void
}

/** What limits go by. */
export interface Usage {
  now(): number
  /** When somebody signed in, and when they were last active in whichever tab, epoch milliseconds; undefined while nobody is signed in. */
  times(): { readonly startedAt: number; readonly activeAt: number } | undefined
  /** Hears that they may be others. Returns the way to stop. */
  listen(listener: () => void): () => void
}

/** Makes the actor that is invoked as `limits`, and sends its parent a `LimitsVerdict`. */
export type Limits = (usage: Usage) => AnyActorLogic

/** What a session needs of the world around it. */
export interface Ports {
  readonly clock: Clock
  readonly random: Random
  readonly signals?: Signals | undefined
  /** @param name what the tabs of one session have in common */
  readonly tabs?: ((ports: Ports, name: string) => Tabs) | undefined
}

/** Time and chance as they are. */
export const realPorts = (): Ports => ({ clock: createClock(), random: Math.random })
