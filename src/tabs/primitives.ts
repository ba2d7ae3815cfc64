import { createStore, get, update } from 'idb-keyval'

/** What a page has to agree with the other pages of its browser. Any of it may be missing, throw, or never answer. */
export interface TabPrimitives {
  readonly locks?: Pick<LockManager, 'request'> | undefined
  /** Each call is one transaction. */
  readonly store?:
    | {
        get(key: string): Promise<unknown>
        update(key: string, updater: (old: unknown) => unknown): Promise<void>
      }
    | undefined
  readonly BroadcastChannel?: (new (name: string) => Pick<BroadcastChannel, 'postMessage' | 'close' | 'addEventListener'>) | undefined
  /** What can be written down at once, before a page is gone: `localStorage`. */
  readonly notes?: Notes | undefined
  /** The same, of this tab alone; whatever page is in it: `sessionStorage`. */
  readonly ownNotes?: Notes | undefined
}

export type Notes = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/** Those of the page. Nothing is touched before it is used: where storage is blocked, a look at it throws. */
export function pagePrimitives(): TabPrimitives {
  let database: ReturnType<typeof createStore> | undefined
  const opened = () => (database ??= createStore('outlast', 'sessions'))
  return {
    get locks() {
      return navigator.locks
    },
    store: {
      get: async (key) => get<unknown>(key, opened()),
      update: async (key, updater) => update(key, updater, opened()),
    },
    get BroadcastChannel() {
      return globalThis.BroadcastChannel
    },
    get notes() {
      return globalThis.localStorage
    },
    get ownNotes() {
      return globalThis.sessionStorage
    },
  }
}
