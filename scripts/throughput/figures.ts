import { execFile } from 'node:child_process'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../entries'
import { bundle } from '../patched'
import { install } from '../publish'
import type * as Entry from './entry'
import type { EventsRow } from './events'
import { median, thorough } from './rounds'
import type { ViewsRow } from './views'

export interface CostRow {
  readonly count: number
  /** Of processor time for each: until it is there, and from `start()` to the first verdict. */
  readonly createMicros: number
  readonly startMicros: number
  /** Of the heap for each, after garbage collection: before `start()`, and with its first verdict. */
  readonly createdBytes: number
  readonly bytes: number
  /** Platform timers that each holds. */
  readonly timers: number
}

export interface Figures {
  readonly machine: string
  readonly events: readonly EventsRow[]
  readonly views: readonly ViewsRow[]
  readonly cost: readonly CostRow[]
  /** Of the heap for an actor of the same machine by `createActor` alone, which nobody has started. */
  readonly actorBytes: number
}

const run = promisify(execFile)
const folder = join(root, 'bench/throughput')
const COUNTS = [1, 10, 100, 1_000, 10_000, 100_000]

export async function measure(progress: (text: string) => void): Promise<Figures> {
  install(folder)
  // As it ships, without what a loader adds.
  const { measureEvents, measureViews } = (await import(await bundle('scripts/throughput/entry.ts', 'throughput'))) as typeof Entry
  progress('events')
  const events = await measureEvents(thorough)
  progress('views')
  const views = await measureViews({ ...thorough, turns: 4 }, folder)
  const crowd = await bundle('scripts/throughput/crowd.ts', 'crowd')
  const inProcess = async <T>(...args: string[]) => JSON.parse((await run('node', ['--expose-gc', '--max-old-space-size=6144', crowd, ...args])).stdout) as T
  const cost: CostRow[] = []
  for (const count of COUNTS) {
    progress(`${String(count)} sessions`)
    const rows: CostRow[] = []
    for (let i = 0; i < (count > 1_000 ? 1 : 5); i++) rows.push(await inProcess<CostRow>(String(count)))
    const of = (name: keyof CostRow) => median(rows.map((row) => row[name]))
    cost.push({ count, createMicros: of('createMicros'), startMicros: of('startMicros'), createdBytes: of('createdBytes'), bytes: of('bytes'), timers: of('timers') })
  }
  const { bytes: actorBytes } = await inProcess<{ bytes: number }>('1000', 'actor')
  const machine = `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${String(availableParallelism())} cores, Node ${process.versions.node}`
  return { machine, events, views, cost, actorBytes }
}

export const LEAST_RATIO = 0.9

/** Of the facade to raw XState, over all that was measured. */
export const ratioOf = ({ events }: Figures) => events.reduce((sum, { ratio }) => sum + ratio, 0) / events.length
