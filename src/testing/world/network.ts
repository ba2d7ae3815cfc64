import type { RequestKind } from './server'

/** What may befall one exchange. */
export type Fault =
  /** No connection, and an error at once. */
  | 'refused'
  /** The request is lost, and nobody says so. */
  | 'lostRequest'
  /** The server does it, and its answer is lost. */
  | 'lostReply'
  /** The server does it, and the connection breaks. */
  | 'broken'
  /** A captive portal answers 200 with a page of its own. */
  | 'portal'
  /** Somebody sends the browser elsewhere. */
  | 'redirect'
  /** JSON that is none. */
  | 'garbage'
  /** A megabyte of nothing. */
  | 'oversize'
  /** The answer comes byte by byte. */
  | 'drip'
  /** Something between the two answers instead of the server. */
  | { readonly status: number; readonly retryAfter?: string | undefined }

export interface Conditions {
  readonly fault?: Fault | undefined
  /** Milliseconds to the server. */
  readonly thereMs: number
  /** Milliseconds back. */
  readonly backMs: number
}

/** The connection of a browser to the server. */
export interface Network {
  /** Cut off: connections are refused, or silent and answered by nobody. */
  cut(how?: 'refused' | 'lostRequest'): void
  restore(): void
  /** What befalls every exchange while it is cut off. */
  readonly cutBy: Fault | undefined
  /** Decides about each exchange while it is not. Default: no fault, and 50 ms each way. */
  conditions: (kind: RequestKind) => Conditions
}

/** @param back tells that it is there again */
export function createNetwork(back: () => void = () => {}): Network {
  let cutBy: Fault | undefined
  return {
    cut: (how = 'refused') => void (cutBy = how),
    restore() {
      const wasCut = cutBy !== undefined
      cutBy = undefined
      if (wasCut) back()
    },
    get cutBy() {
      return cutBy
    },
    conditions: () => ({ thereMs: 50, backMs: 50 }),
  }
}
