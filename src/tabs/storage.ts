import type { Clock } from '../clock'
import type { TabPrimitives } from './primitives'
import { readRecord, type SessionRecord } from './record'

/** After a failure the store is left alone for so many times the patience that it was shown. */
const REST = 20

/** The record in the store, with every wait bounded. Whatever fails gives undefined: then there is no record. */
export function createStorage(clock: Clock, key: string, store: () => TabPrimitives['store'], patience: () => number) {
  let restUntil = -Infinity
  const storage = {
    /** It was missing, or failed. */
    failed: false,
    read: () => attempt((sound) => sound.get(key).then(readRecord)),
    /** Reads and writes as one. What comes with the new record is the outcome. */
    async transact<T>(change: (record: SessionRecord | undefined) => readonly [SessionRecord | undefined, T]): Promise<readonly [T] | undefined> {
      let outcome: readonly [T] | undefined
      const done = await attempt(async (sound) => {
        await sound.update(key, (stored) => {
          const [record, result] = change(readRecord(stored))
          outcome = [result]
          return record
        })
        return true
      })
      return done ? outcome : undefined
    },
  }

  async function attempt<T>(use: (store: NonNullable<TabPrimitives['store']>) => Promise<T>): Promise<T | undefined> {
    const now = clock.now()
    // The clock may have been set back meanwhile.
    if (now < restUntil && restUntil < now + 2 * REST * patience()) return undefined
    let timer: unknown
    try {
      return await Promise.race([
        use(store() as NonNullable<TabPrimitives['store']>),
        new Promise<never>((_, reject) => (timer = clock.setTimeout(reject, patience()))),
      ])
    } catch {
      storage.failed = true
      restUntil = clock.now() + REST * patience()
      return undefined
    } finally {
      clock.clearTimeout(timer)
    }
  }
  return storage
}
