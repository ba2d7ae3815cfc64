import { importPatched, type Patch } from '../patched'
import { clients, outlast } from './clients'
import { type CellResult, runCell } from './days'
import type * as Entry from './entry'
import { type HerdResult, runHerd } from './herd'
import { type Cell, DAY, HOUR, MINUTE } from './traces'

/** A line of a table: who or what was measured, where, and what came out. */
export interface Row extends CellResult {
  readonly name: string
  readonly cell: Cell
}

export interface Figures {
  /** All clients, sessions of two hours that roll. */
  readonly clients: readonly Row[]
  /** Outlast with other numbers in `timing.ts`, on the same days. */
  readonly sweep: readonly Row[]
  /** Outlast where pages are hidden before a sleep, and between. */
  readonly hidden: readonly Row[]
  /** Other lengths and limits. */
  readonly lives: readonly Row[]
  readonly herd: HerdResult
}

export const twoHours: Cell = { lifeMs: 2 * HOUR, limit: 'rolling', outages: 'mild', sleeps: 0.75, hiddenFirst: 0.5, switches: true }
export const DAYS = 300

const OUTAGES = ['mild', 'harsh'] as const
const SLEEPS = [0.5, 0.75, 1] as const

/** What is swept: a number of `timing.ts`, and what else it might be. The first is the default. */
export const parameters: readonly { readonly name: string; readonly find: string; readonly values: readonly (readonly [name: string, replace: string])[] }[] = [
  {
    name: 'extend after',
    find: 'const EXTEND_AFTER = 0.25',
    values: [0.1, 0.15, 0.2, 0.33, 0.5].map((value) => [`${String(value * 100)} %`, `const EXTEND_AFTER = ${String(value)}`] as const),
  },
  {
    name: 'spread',
    find: 'const SPREAD = 0.2',
    values: [0, 0.1, 0.4].map((value) => [`${String(value * 100)} %`, `const SPREAD = ${String(value)}`] as const),
  },
  {
    name: 'retry within',
    find: 'deadlineMs / 3 || longest',
    values: [1, 2, 6, 12, 24].map((value) => [`1/${String(value)} of what is left`, `deadlineMs / ${String(value)} || longest`] as const),
  },
  {
    name: 'longest retry',
    find: 'const LONGEST_WAIT_MS = 20 * 60_000',
    values: [1, 5, 60].map((value) => [`${String(value)} min`, `const LONGEST_WAIT_MS = ${String(value)} * 60_000`] as const),
  },
]

const sweepCells: readonly Cell[] = [
  { ...twoHours, outages: 'harsh' },
  { ...twoHours, outages: 'harsh', sleeps: 1 },
]

export async function measure(progress: (text: string) => void): Promise<Figures> {
  const row = async (name: string, cell: Cell, days: number, run = () => runCell(clients[name] ?? outlast, cell, days)): Promise<Row> => {
    progress(`${name}, ${describe(cell)}`)
    return { name, cell, ...(await run()) }
  }
  const compared: Row[] = []
  for (const outages of OUTAGES) {
    for (const sleeps of SLEEPS) for (const name of Object.keys(clients)) compared.push(await row(name, { ...twoHours, outages, sleeps }, DAYS))
  }
  const sweep: Row[] = []
  for (const { name, find, values } of parameters) {
    for (const [value, replace] of values) {
      const patch: Patch = { file: 'src/timing.ts', find, replace }
      const patched = await importPatched<typeof Entry>('scripts/frontier/entry.ts', `frontier-${name}-${value}`.replace(/\W+/g, '-'), [patch])
      for (const cell of sweepCells) sweep.push(await row(`${name}: ${value}`, cell, DAYS, () => patched.runCell(patched.outlast, cell, DAYS)))
    }
  }
  const hidden: Row[] = []
  for (const sleeps of [0.75, 1]) {
    for (const hiddenFirst of [0, 0.5, 1]) for (const switches of [false, true]) hidden.push(await row('Outlast', { ...twoHours, outages: 'harsh', sleeps, hiddenFirst, switches }, 100))
  }
  const lives: Row[] = []
  for (const lifeMs of [15 * MINUTE, 2 * HOUR, DAY, 30 * DAY]) {
    for (const limit of ['rolling', 'absolute', 'fixed'] as const) {
      for (const outages of OUTAGES) {
        for (const sleeps of SLEEPS) for (const name of ['Outlast', 'at 25 %']) lives.push(await row(name, { ...twoHours, lifeMs, limit, outages, sleeps }, 60))
      }
    }
  }
  progress('10,000 clients')
  return { clients: compared, sweep, hidden, lives, herd: await runHerd(10_000) }
}

export const lengthOf = (ms: number) => (ms % DAY === 0 ? `${String(ms / DAY)} d` : ms % HOUR === 0 ? `${String(ms / HOUR)} h` : `${String(ms / MINUTE)} min`)
export const percent = ({ lost, days }: CellResult) => (lost * 100) / days

const describe = ({ lifeMs, limit, outages, sleeps }: Cell) => `${lengthOf(lifeMs)} ${limit}, ${outages}, sleeps to ${String(sleeps * 100)} %`

export interface Promised {
  readonly what: string
  readonly kept: boolean
}

/** What Outlast promises of its default, judged by the figures. */
export function promises({ clients: rows, herd }: Figures): Promised[] {
  const find = (name: string, outages: Cell['outages'], sleeps: number) => {
    const found = rows.find((row) => row.name === name && row.cell.outages === outages && row.cell.sleeps === sleeps)
    if (!found) throw new Error(`${name} was not measured`)
    return found
  }
  const mild = find('Outlast', 'mild', 0.75)
  const harsh = find('Outlast', 'harsh', 0.75)
  const blind = find('every 5 min', 'mild', 0.75)
  const better = rows.filter((other) => {
    const own = find('Outlast', other.cell.outages, other.cell.sleeps)
    return other.lost < own.lost && other.callsPerHour < own.callsPerHour
  })
  return [
    { what: `mild, sleeps to 75 %: ${String(mild.lost)} of ${String(mild.days)} days lost`, kept: mild.lost === 0 },
    {
      what: `at ${mild.callsPerHour.toFixed(2)} calls an hour, ${(mild.callsPerHour / blind.callsPerHour).toFixed(2)} of the blind five minutes' ${blind.callsPerHour.toFixed(2)}`,
      kept: mild.callsPerHour <= blind.callsPerHour / 4,
    },
    { what: `harsh, sleeps to 75 %: ${percent(harsh).toFixed(1)} % lost`, kept: percent(harsh) <= 1 },
    { what: `of the clients below, both cheaper and safer in any column: ${better.map(({ name }) => name).join(', ') || 'none'}`, kept: better.length === 0 },
    {
      what: `${herd.clients.toLocaleString('en')} clients after ten minutes without a server: at most ${String(herd.largestPer10s)} calls in ten seconds, ${herd.ratio.toFixed(2)} times the usual ${String(herd.steadyPer10s)}`,
      kept: herd.ratio < 3,
    },
  ]
}
