import type { Tab } from '../../src/testing'

/** That of Chrome, of which libraries without a limit of their own make use. */
const PATIENCE_MS = 300_000

/** A browser gives up on a request that nobody answers; the network of a world never does. */
export const patient =
  ({ platform }: Tab, fetch: typeof globalThis.fetch): typeof globalThis.fetch =>
  (input, init) =>
    new Promise((resolve, reject) => {
      const timer = platform.setTimeout(() => reject(new TypeError('fetch failed')), PATIENCE_MS)
      const settle =
        <T>(settled: (value: T) => void) =>
        (value: T) => {
          platform.clearTimeout(timer)
          settled(value)
        }
      fetch(input, init).then(settle(resolve), settle(reject))
    })
