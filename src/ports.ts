import type { Answer, CallInput } from '../machines/session.machine'
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
 */
export type Signal = 'hidden' | 'shown' | 'frozen' | 'woke' | 'online'

/** The port for a platform's signals. Give your own to `createSession` of `outlast/core` on a platform that is neither a browser nor Node. */
export interface Signals {
  isHidden(): boolean
  /** Hears of each signal; of none in particular when it is only time to look at the clock. Returns the way to stop. */
  listen(listener: (signal?: Signal) => void): () => void
}

/** Makes a call, and always resolves. */
export type Caller = (kind: BackendCall, input: CallInput, left: AbortSignal) => Promise<Answer>

export type TabsEvent = { type: 'tabs.answered'; output: Answer } | { type: 'tabs.changed' }

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
}

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
