import { HOUR, SECOND } from '../../scripts/frontier/traces'
import { herdCalls } from '../../scripts/frontier/herd'
import { median } from '../../scripts/throughput/rounds'
import { failures, type FieldResults, runField } from '../field/failures'
import type { Client } from './client'
import { type Idle, idle } from './idle'
import { type Contender, type Lived, live } from './live'
import { outlast, outlastOnPara } from './ours'
import { allKnowing, interval, intervalWithSignOut } from './simple'
import { type Life, lives, tracesOf } from './traces'

/** One client through all stretches of a life. */
export interface Row {
  readonly client: string
  readonly life: string
  readonly tabs: number
  /** What came of each stretch: kept, lost, or signed out of a live session. */
  readonly fates: string
  /** While the tabs were opened. */
  readonly callsToOpen: number
  readonly calls: number
  readonly leastCalls: number
  /** In which the machine was awake and the session lived. */
  readonly hours: number
  /** Seconds in which somebody looked at a dead session that was shown alive. */
  readonly believed: number
  /** For each session that ended, seconds until somebody who looks could see it; null for never. */
  readonly noticed: readonly (number | null)[]
}

export interface Herd {
  /** So many clients were measured. */
  readonly clients: number
  /** Calls in ten seconds: on average before the outage, and the most in it and after it. */
  readonly usual: number
  readonly meanwhile: number
  readonly after: number
}

/** All that was measured of a client. */
export interface Measured {
  readonly name: string
  readonly version?: string
  readonly configuration: string
  readonly rows: readonly Row[]
  readonly idle: readonly (Idle & { readonly tabs: number })[]
  readonly herd: Herd
  readonly field: FieldResults
}

export interface Figures {
  readonly clients: readonly Measured[]
  /** Peers that could not be measured, and why. */
  readonly missing: readonly { readonly name: string; readonly why: string }[]
  /** Of the client that knows the future. */
  readonly least: readonly Row[]
}

const [KEPT, LOST, SIGNED_OUT] = ['.', 'x', '!']

/** What is feasible for a client: how many at once, and how many stretches of each life in many tabs. */
export interface Effort {
  readonly herd: number
  readonly stretches: number
}

export const TAB_COUNTS = [1, 20] as const

/** Clients that need no package but this one. */
export const simple: readonly Client[] = [outlast, outlastOnPara, interval, intervalWithSignOut]

const rounded = (value: number, grains: number) => Math.round(value * grains) / grains

/** @param most only so many stretches */
export async function measureLife(client: Contender, name: string, life: Life, tabs: number, most = Infinity): Promise<Row> {
  const lived: Lived[] = []
  for (const trace of tracesOf(life).slice(0, most)) lived.push(await live(client, trace, tabs))
  const sum = (of: (one: Lived) => number) => lived.reduce((total, one) => total + of(one), 0)
  return {
    client: name,
    life: life.name,
    tabs,
    fates: lived.map(({ falseSignOut, lost }) => (falseSignOut ? SIGNED_OUT : lost ? LOST : KEPT)).join(''),
    callsToOpen: sum(({ callsToOpen }) => callsToOpen),
    calls: sum(({ calls }) => calls),
    leastCalls: sum(({ leastCalls }) => leastCalls),
    hours: rounded(sum(({ awakeMs }) => awakeMs) / HOUR, 1000),
    believed: rounded(sum(({ believedMs }) => believedMs) / SECOND, 10),
    noticed: lived.flatMap(({ noticedMs }) => (noticedMs === undefined ? [] : [noticedMs === Infinity ? null : rounded(noticedMs / SECOND, 10)])),
  }
}

export async function measure(client: Client, effort: Effort): Promise<Measured> {
  const rows: Row[] = []
  for (const life of lives) {
    for (const tabs of TAB_COUNTS) rows.push(await measureLife(client, client.name, life, tabs, tabs === 1 ? Infinity : effort.stretches))
  }
  const idles: Measured['idle'][number][] = []
  for (const tabs of TAB_COUNTS) idles.push({ tabs, ...(await idle(client, tabs)) })
  const { before, meanwhile, after } = await herdCalls(effort.herd, (tab) => client.open(tab), 'expiresAt')
  const usual = rounded(before.reduce((sum, calls) => sum + calls, 0) / before.length, 100)
  const { name, version, configuration } = client
  return {
    name,
    ...(version && { version }),
    configuration,
    rows,
    idle: idles,
    herd: { clients: effort.herd, usual, meanwhile: Math.max(0, ...meanwhile), after: Math.max(0, ...after) },
    field: await runField(client),
  }
}

/** What the client needs that knows the future, in one tab as in many. */
export async function measureLeast(): Promise<Row[]> {
  const rows: Row[] = []
  for (const life of lives) rows.push(await measureLife(allKnowing, 'all-knowing', life, 1))
  return rows
}

/** All lives of a client together, each life counting as much as any other. */
export interface Total {
  readonly client: string
  readonly tabs: number
  readonly stretches: number
  readonly falseSignOuts: number
  readonly lost: number
  readonly callsPerHour: number
  readonly callsPerLeast: number
  /** Seconds, on average over the sessions that ended. */
  readonly believed: number
  /** Median, seconds. */
  readonly noticed: number
}

const count = (fates: string, fate: string | undefined) => [...fates].filter((one) => one === fate).length
export const falseSignOuts = ({ fates }: Row) => count(fates, SIGNED_OUT)
export const lost = ({ fates }: Row) => count(fates, LOST)

export const callsPerHour = ({ calls, hours }: Row) => calls / hours

export function totalOf(rows: readonly Row[], client: string, tabs: number): Total {
  const own = rows.filter((row) => row.client === client && row.tabs === tabs)
  const sum = (of: (row: Row) => number) => own.reduce((total, row) => total + of(row), 0)
  const noticed = own.flatMap(({ noticed }) => noticed)
  return {
    client,
    tabs,
    stretches: sum(({ fates }) => fates.length),
    falseSignOuts: sum(falseSignOuts),
    lost: sum(lost),
    callsPerHour: sum(callsPerHour) / own.length,
    callsPerLeast: sum(callsPerHour) / sum(({ leastCalls, hours }) => leastCalls / hours),
    believed: sum(({ believed }) => believed) / noticed.length,
    noticed: median(noticed.map((seconds) => seconds ?? Infinity)),
  }
}

export interface Promised {
  readonly what: string
  readonly kept: boolean
}

/** Stretches in which somebody had to sign in again without need, of the first so many. */
const gone = ({ fates }: Row, of = fates.length) => of - count(fates.slice(0, of), KEPT)

/** Whether one is both cheaper and safer than another in the same lives; on as many stretches as both lived. */
export function isBetter(rows: readonly Row[], others: readonly Row[]): boolean {
  const pairs = rows.flatMap((row) => others.filter(({ life, tabs }) => life === row.life && tabs === row.tabs).map((other) => [row, other] as const))
  const sum = (of: (pair: readonly [Row, Row]) => number) => pairs.reduce((total, pair) => total + of(pair), 0)
  const goneMore = sum(([row, other]) => {
    const both = Math.min(row.fates.length, other.fates.length)
    return gone(other, both) - gone(row, both)
  })
  return goneMore > 0 && sum(([row, other]) => callsPerHour(other) - callsPerHour(row)) > 0
}

/** What is promised of Outlast, judged by the figures. */
export function promises({ clients }: Figures): Promised[] {
  const own = [outlast.name, outlastOnPara.name]
  const ours = clients.filter(({ name }) => own.includes(name))
  const others = clients.filter(({ name }) => !own.includes(name))
  const rows = clients.flatMap(({ rows }) => rows)
  const ourRows = ours.flatMap(({ rows }) => rows)
  const had = failures.map(({ row }) => row).filter((row) => ours.some(({ field }) => field[row] !== ''))
  const rowsOf = (name: string, tabs: number) => rows.filter((row) => row.client === name && row.tabs === tabs)
  const beaten = TAB_COUNTS.flatMap((tabs) => others.filter(({ name }) => isBetter(rowsOf(name, tabs), rowsOf(outlast.name, tabs))).map(({ name }) => `${name} (${String(tabs)})`))
  const [one, many] = TAB_COUNTS.map((tabs) => totalOf(rows, outlast.name, tabs))
  const ratio = (many?.callsPerHour ?? NaN) / (one?.callsPerHour ?? NaN)
  return [
    {
      what: `nobody is signed out of a live session by Outlast, in ${String(ourRows.reduce((sum, { fates }) => sum + fates.length, 0))} stretches of ${String(lives.length)} lives`,
      kept: ourRows.every((row) => falseSignOuts(row) === 0),
    },
    { what: `both cheaper and safer than Outlast: ${beaten.join(', ') || 'none'}`, kept: beaten.length === 0 },
    { what: `of ${String(failures.length)} failures of the field, as they may happen to any client, Outlast has: ${had.join(', ') || 'none'}`, kept: had.length === 0 },
    { what: `with ${String(many?.tabs)} tabs ${ratio.toFixed(2)} of the calls with one`, kept: ratio <= 1.05 },
  ]
}
