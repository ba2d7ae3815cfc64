import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createAtom } from '@xstate/store'
import { isSameView, type SessionView } from '../../src/sessionView'
import { type Effort, interleave, median } from './rounds'
import { createBareWorld } from './world'

const view: SessionView = { signedIn: true, certain: true, busy: false, expiresAt: 0, reason: undefined, problem: undefined, warning: undefined, status: 'active', state: 'active.scheduled' }

/** What the two stores are used for here. */
interface Zustand {
  createStore(create: unknown): {
    setState(part: Partial<SessionView>): void
    subscribe<T>(select: (state: SessionView) => T, listener: (value: T) => void): void
  }
}
interface ZustandMiddleware {
  subscribeWithSelector(create: () => SessionView): unknown
}
interface Nanostores {
  map(value: SessionView): { setKey(key: 'expiresAt', value: number): void }
  listenKeys(store: unknown, keys: readonly (keyof SessionView)[], listener: (value: SessionView) => void): void
}

interface Store {
  /** Gives everybody another end to show. */
  update(): void
  /** Shows the end alone, as often as it changes. */
  subscribe(show: (expiresAt: number | undefined) => void): void
}

/** A subscriber to all who looks at one thing, as the `useSelector` of `@xstate/store-react` and its like do. */
const selecting = (show: (expiresAt: number | undefined) => void) => {
  let last: number | undefined
  return (seen: SessionView) => {
    if (seen.expiresAt !== last) show((last = seen.expiresAt))
  }
}

export const stores: { readonly [name: string]: (folder: string) => Store | Promise<Store> } = {
  async 'Outlast, from the event on'() {
    const { session, tellExtended } = createBareWorld()
    session.start()
    await session.ready()
    return {
      update: () => tellExtended(session.actor.getSnapshot().context),
      subscribe: (show) => void session.subscribe(selecting(show)),
    }
  },
  'Outlast, the view alone'() {
    const atom = createAtom(view, { compare: isSameView })
    let expiresAt = 0
    return {
      update: () => atom.set({ ...view, expiresAt: ++expiresAt }),
      subscribe: (show) => void atom.subscribe(selecting(show)),
    }
  },
  zustand(folder) {
    const load = createRequire(join(folder, 'package.json'))
    const { createStore } = load('zustand/vanilla') as Zustand
    const { subscribeWithSelector } = load('zustand/middleware') as ZustandMiddleware
    const store = createStore(subscribeWithSelector(() => view))
    let expiresAt = 0
    return {
      update: () => store.setState({ expiresAt: ++expiresAt }),
      subscribe: (show) => store.subscribe((seen) => seen.expiresAt, show),
    }
  },
  async nanostores(folder) {
    const { map, listenKeys } = (await import(createRequire(join(folder, 'package.json')).resolve('nanostores'))) as Nanostores
    const store = map(view)
    let expiresAt = 0
    return {
      update: () => store.setKey('expiresAt', ++expiresAt),
      subscribe: (show) => listenKeys(store, ['expiresAt'], (seen) => show(seen.expiresAt)),
    }
  },
}

export const SUBSCRIBERS = [1, 10, 100, 1_000]

export interface ViewsRow {
  readonly name: string
  readonly subscribers: number
  /** Updates a second that all subscribers have seen, the median of all rounds. */
  readonly updates: number
}

export async function measureViews(effort: Effort, folder: string): Promise<ViewsRow[]> {
  const rows: ViewsRow[] = []
  for (const subscribers of SUBSCRIBERS) {
    const contestants = []
    for (const [name, open] of Object.entries(stores)) {
      const store = await open(folder)
      let shown = 0
      for (let i = 0; i < subscribers; i++) store.subscribe(() => shown++)
      const run = (times: number) => {
        const before = shown
        for (let i = 0; i < times; i++) store.update()
        if (shown - before !== times * subscribers) throw new Error(`${name}: not everybody saw every update`)
      }
      contestants.push({ name, run })
    }
    for (const [name, rates] of await interleave(contestants, effort)) rows.push({ name, subscribers, updates: median(rates) })
  }
  return rows
}
