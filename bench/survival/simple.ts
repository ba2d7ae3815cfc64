import { MINUTE } from '../../scripts/frontier/traces'
import type { Client } from './client'
import type { Contender } from './live'
import { paraClient } from './paraClient'
import { leastCalls } from './traces'

/** What Para's pages show, in each tab. The app asks once whether anybody is signed in, when it is opened. */
const everyFiveMinutes = (name: string, configuration: string, believesFalse: boolean): Client => ({
  name,
  version: undefined,
  configuration,
  async open(tab) {
    const para = paraClient(tab)
    const { clock } = tab.ports
    let signedIn: boolean | undefined
    let timer: unknown
    const signOut = () =>
      para.logout().then(
        () => (signedIn = false),
        // Offline it throws before anything is cleared.
        () => undefined,
      )
    function tick() {
      timer = clock.setTimeout(tick, 5 * MINUTE)
      void para.keepSessionAlive().then((success) => {
        if (!success && believesFalse) void signOut()
      })
    }
    timer = clock.setTimeout(tick, 5 * MINUTE)
    para.isSessionActive().then(
      (isActive) => (signedIn = isActive),
      () => undefined,
    )
    return { signedIn: () => signedIn, close: () => clock.clearTimeout(timer) }
  },
})

export const interval = everyFiveMinutes(
  'every 5 minutes',
  'setInterval(keepSessionAlive, 5 * 60 * 1000) in each tab (docs.getpara.com/v2/react-native/guides/hooks/use-keep-session-alive)',
  false,
)

export const intervalWithSignOut = everyFiveMinutes(
  'every 5 minutes, sign out on false',
  'the same, and logout() when it is false (docs.getpara.com/v3/react/guides/sessions-lifecycle)',
  true,
)

/** Knows the future: the least that any client needs. What it shows is the truth, and says nothing. */
export const allKnowing: Contender = (trace, world) => ({
  name: 'all-knowing',
  version: undefined,
  configuration: 'knows every obstacle, and extends in the last moment before each',
  async open(tab) {
    if (tab.number === 1) {
      for (const at of leastCalls(trace) ?? []) world.after(at, () => void tab.fetch('/session/extend', { method: 'POST' }).catch(() => undefined))
    }
    return { signedIn: () => undefined, close: () => undefined }
  },
})
