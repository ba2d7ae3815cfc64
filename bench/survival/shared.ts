import type { Tab } from '../../src/testing'
import { type Change, createLocalStorage } from './storage'

type Listener = (event: MessageEvent) => unknown

/** What the pages of a browser have in common. */
export function createShared(tab: Tab, guard: (run: () => unknown) => void, heard: (change: Change) => void) {
  const open = new Set<{ close(): void }>()

  /** The tab's, with `onmessage`, and listeners that may throw. */
  function openChannel(name: string) {
    const Channel = tab.primitives.BroadcastChannel
    if (!Channel) throw new ReferenceError('BroadcastChannel is not defined')
    const channel = new Channel(name)
    const guarded = new Map<Listener, Listener>()
    const opened = {
      name,
      onmessage: null as Listener | null,
      postMessage: (message: unknown) => channel.postMessage(message),
      addEventListener(type: 'message', listener: Listener) {
        const hear: Listener = guarded.get(listener) ?? ((event) => guard(() => listener(event)))
        guarded.set(listener, hear)
        channel.addEventListener(type, hear)
      },
      removeEventListener: (type: 'message', listener: Listener) => channel.removeEventListener(type, guarded.get(listener) ?? listener),
      close() {
        channel.close()
        open.delete(opened)
      },
    }
    channel.addEventListener('message', (event) => guard(() => opened.onmessage?.(event)))
    open.add(opened)
    return opened
  }

  /** How the others hear of what is written: `storage` events travel as messages do. */
  const channel = attempt(() => openChannel('storage events'))
  channel?.addEventListener('message', ({ data }) => heard(data as Change))

  return {
    localStorage: createLocalStorage(tab, (change) => attempt(() => channel?.postMessage(change))),
    get BroadcastChannel() {
      return tab.primitives.BroadcastChannel && function BroadcastChannel(name: string) { return openChannel(name) }
    },
    stop: () => open.forEach((one) => one.close()),
  }
}

/** Where a primitive is missing or throws, nothing is told. */
function attempt<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}
