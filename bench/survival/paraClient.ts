import { paraClientOf } from '../../scripts/sim/paraClient'
import type { ParaSession } from '../../src/backends/para'
import type { Tab } from '../../src/testing'

const TIMEOUT_MS = 60_000
const RETRIES = 3

/**
 * Para's client with the patience of its SDK (user-management-client 2.31): a call has a minute, and one that found no
 * connection is made again up to three times, after 200, 400 and 800 milliseconds and up to a fifth more.
 */
export function paraClient(tab: Tab): ParaSession {
  const { clock, random } = tab.ports
  const wait = (ms: number) => new Promise<void>((resolve) => void clock.setTimeout(resolve, ms))

  async function patientFetch(...[url, init]: Parameters<typeof fetch>): Promise<Response> {
    const abort = new AbortController()
    const timer = clock.setTimeout(() => abort.abort(), TIMEOUT_MS)
    try {
      return await tab.fetch(url, { ...init, signal: abort.signal })
    } finally {
      clock.clearTimeout(timer)
    }
  }
  async function retryingFetch(...request: Parameters<typeof fetch>): Promise<Response> {
    for (let retry = 1; ; retry++) {
      try {
        return await patientFetch(...request)
      } catch (error) {
        // Who gave up after a minute does not try again.
        if (retry > RETRIES || (error as Error).name === 'AbortError') throw error
        await wait(2 ** retry * 100 * (1 + 0.2 * random()))
      }
    }
  }
  return paraClientOf({ ...tab, fetch: retryingFetch })
}
