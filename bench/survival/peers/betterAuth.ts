import type { Browser, Tab } from '../../../src/testing'
import type { Client } from '../client'
import { answering, ask, type Told } from './answers'
import { versionOf } from './installed'
import { openApp } from './openApp'

/** What a server of better-auth has in its table, as learned from its last answer. */
interface Row {
  readonly lifeMs: number
  readonly expiresAt: number
  /** What time it was then, at the server and at the browser's machine. */
  readonly serverNow: number
  readonly wallNow: number
  readonly monotonicNow: number
}
const rows = new WeakMap<Browser, Row>()

/** Of the life, after which an answer starts a new one: `updateAge` is a day of seven by default. */
const UPDATE_AGE = 1 / 7

/**
 * Whether the server would start a new life now. One of the two clocks stands still in a sleep, the other may be set;
 * if it is, an answer starts a new life too early.
 */
function isDue({ browser, platform }: Tab): boolean {
  const row = rows.get(browser)
  if (!row) return false
  const passedMs = Math.max(platform.wallNow() - row.wallNow, platform.monotonicNow() - row.monotonicNow)
  return row.expiresAt - row.lifeMs + row.lifeMs * UPDATE_AGE <= row.serverNow + passedMs
}

/**
 * `GET /api/auth/get-session`: starts a new life when the present one is older than `updateAge`, and only tells of it
 * otherwise. Nobody is `null`. The life is the longest that was ever left: right for who opens a page after a sign-in.
 */
function serverFor(tab: Tab): typeof fetch {
  const alive = ({ subject, expiresAt, serverNow }: Told) => {
    const lifeMs = Math.max(rows.get(tab.browser)?.lifeMs ?? 0, expiresAt - serverNow)
    rows.set(tab.browser, { lifeMs, expiresAt, serverNow, wallNow: tab.platform.wallNow(), monotonicNow: tab.platform.monotonicNow() })
    const session = { id: 'session', userId: subject, token: 'token', expiresAt: new Date(expiresAt).toISOString() }
    return Response.json({ session, user: { id: subject, name: subject } })
  }
  return answering(({ signal }) => ask(tab, isDue(tab) ? 'extend' : 'check', signal, alive, () => Response.json(null)))
}

const clientOf = (name: string, entry: string, configuration: string): Client => ({
  name,
  version: versionOf('better-auth'),
  configuration: `useSession of better-auth/react with ${configuration}; updateAge a seventh of the life, as by default (better-auth.com/docs/concepts/session-management)`,
  open: (tab) => openApp(tab, entry, serverFor(tab)),
})

/** As it comes: asks on load, on focus, and when the network is back. */
export const betterAuth = clientOf('better-auth', 'peers/pages/betterAuth.tsx', 'its defaults: refetchInterval 0, refetchOnWindowFocus, refetchWhenOffline false')

/** With what its documentation offers against an end in idle periods. It names no number; this is that of next-auth. */
export const betterAuthPolling = clientOf('better-auth, polling', 'peers/pages/betterAuthPolling.tsx', 'refetchInterval 300 s, the rest as by default')
