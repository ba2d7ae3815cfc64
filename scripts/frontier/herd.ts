import { createSession } from '../../src/core'
import { httpBackend } from '../../src/backends/http'
import { createWorld, type Tab } from '../../src/testing'
import { HOUR, MINUTE, SECOND } from './traces'

export interface HerdResult {
  readonly clients: number
  /** Calls in ten seconds, on average, before the outage. */
  readonly steadyPer10s: number
  /** Most calls in any ten seconds from the outage on. */
  readonly largestPer10s: number
  readonly ratio: number
}

function outlast(tab: Tab) {
  const backend = httpBackend({ check: '/session', extend: '/session/extend', fetch: (url, init) => tab.fetch(url, init) })
  createSession(backend, {}, tab.ports).start()
}

/** Calls in each ten seconds: before the outage, in it, and after it. */
export interface HerdCalls {
  readonly before: readonly number[]
  readonly meanwhile: readonly number[]
  readonly after: readonly number[]
}

/** What a server gets to see when it has been away for ten minutes and many clients have been waiting. */
export async function runHerd(clients: number): Promise<HerdResult> {
  const { before, meanwhile, after } = await herdCalls(clients, outlast, 'ttlMs')
  const steadyPer10s = before.reduce((sum, count) => sum + count, 0) / before.length
  const largestPer10s = Math.max(...meanwhile, ...after)
  return { clients, steadyPer10s: Math.round(steadyPer10s * 10) / 10, largestPer10s, ratio: Math.round((largestPer10s / steadyPer10s) * 100) / 100 }
}

/** @param tells how the server tells the end of a session */
export async function herdCalls(clients: number, open: (tab: Tab) => unknown, tells: 'ttlMs' | 'expiresAt'): Promise<HerdCalls> {
  const [lifeMs, outageMs] = [2 * HOUR, 10 * MINUTE]
  const world = createWorld({ seed: 1, server: { lifeMs, tells } })
  const startedAt = world.now()
  const warmUpMs = 2 * lifeMs
  const buckets: number[] = []
  // The server is away, not the networks: no page is told that it is back.
  let isAway = false
  for (let i = 0; i < clients; i++) {
    const browser = world.openBrowser()
    browser.network.conditions = () => ({ thereMs: 50, backMs: 50, ...(isAway && { fault: 'refused' }) })
    const tab = browser.openTab()
    tab.on(({ type }) => {
      if (type !== 'request.sent') return
      const bucket = Math.floor((world.now() - startedAt) / (10 * SECOND))
      buckets[bucket] = (buckets[bucket] ?? 0) + 1
    })
    // They come in over half a life, one after the other.
    world.after((lifeMs / 2) * (i / clients), () => {
      browser.token = world.server.signIn('ada')
      open(tab)
    })
  }
  world.after(warmUpMs, () => (isAway = true))
  world.after(warmUpMs + outageMs, () => (isAway = false))
  await world.advance(warmUpMs + outageMs + lifeMs / 2)
  const [outage, back] = [warmUpMs / (10 * SECOND), (warmUpMs + outageMs) / (10 * SECOND)]
  const ends = (warmUpMs + outageMs + lifeMs / 2) / (10 * SECOND)
  const counts = Array.from({ length: ends }, (_, i) => buckets[i] ?? 0)
  return { before: counts.slice(outage / 2, outage), meanwhile: counts.slice(outage, back), after: counts.slice(back) }
}
