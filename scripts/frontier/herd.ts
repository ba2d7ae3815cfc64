import { createSession } from '../../src/core'
import { httpBackend } from '../../src/backends/http'
import { createWorld } from '../../src/testing'
import { HOUR, MINUTE, SECOND } from './traces'

export interface HerdResult {
  readonly clients: number
  /** Calls in ten seconds, on average, before the outage. */
  readonly steadyPer10s: number
  /** Most calls in any ten seconds from the outage on. */
  readonly largestPer10s: number
  readonly ratio: number
}

/** What a server gets to see when it has been away for ten minutes and many clients have been waiting. */
export async function runHerd(clients: number, lifeMs = 2 * HOUR, outageMs = 10 * MINUTE): Promise<HerdResult> {
  const world = createWorld({ seed: 1, server: { lifeMs, tells: 'ttlMs' } })
  const startedAt = world.now()
  const warmUpMs = 2 * lifeMs
  const buckets: number[] = []
  const browsers = Array.from({ length: clients }, (_, i) => {
    const browser = world.openBrowser()
    const tab = browser.openTab()
    tab.on(({ type }) => {
      if (type !== 'request.sent') return
      const bucket = Math.floor((world.now() - startedAt) / (10 * SECOND))
      buckets[bucket] = (buckets[bucket] ?? 0) + 1
    })
    // They come in over half a life, one after the other.
    world.after((lifeMs / 2) * (i / clients), () => {
      browser.token = world.server.signIn(`person ${String(i)}`)
      const backend = httpBackend({ check: '/session', extend: '/session/extend', fetch: (url, init) => tab.fetch(url, init) })
      createSession(backend, {}, tab.ports).start()
    })
    return browser
  })
  world.after(warmUpMs, () => browsers.forEach(({ network }) => network.cut()))
  world.after(warmUpMs + outageMs, () => browsers.forEach(({ network }) => network.restore()))
  await world.advance(warmUpMs + outageMs + lifeMs / 2)
  const first = warmUpMs / (10 * SECOND)
  const before = buckets.slice(first / 2, first)
  const steadyPer10s = before.reduce((sum, count) => sum + count, 0) / before.length
  const largestPer10s = Math.max(...Array.from(buckets.slice(first), (count: number | undefined) => count ?? 0))
  return { clients, steadyPer10s: Math.round(steadyPer10s * 10) / 10, largestPer10s, ratio: Math.round((largestPer10s / steadyPer10s) * 100) / 100 }
}
