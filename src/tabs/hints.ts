import type { TabPrimitives } from './primitives'

/** "Look": all that tabs ever say to each other. Whoever lies causes a look, and nothing else. */
const LOOK = 'outlast: look'

/** Messages between the tabs, as far as the browser carries any. */
export function createHints(key: string, BroadcastChannel: () => TabPrimitives['BroadcastChannel'], hear: () => void) {
  const make = () => {
    const Channel = BroadcastChannel()
    return Channel && new Channel(key)
  }
  let channel: InstanceType<NonNullable<TabPrimitives['BroadcastChannel']>> | undefined
  return {
    open() {
      if (channel) return
      try {
        channel = make()
        channel?.addEventListener('message', ({ data }) => data === LOOK && hear())
      } catch {
        // Privacy settings; then nobody is heard.
      }
    },
    post() {
      try {
        // What is over here may still have to be told.
        const open = channel ?? make()
        open?.postMessage(LOOK)
        if (!channel) open?.close()
      } catch {
        // The others find out when they look.
      }
    },
    /** A page in the back/forward cache that is sent a message is thrown out of it. */
    close() {
      try {
        channel?.close()
      } catch {
        // It is as good as closed.
      }
      channel = undefined
    },
  }
}
