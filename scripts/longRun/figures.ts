import type { SimulationReport } from '../../src/testing'
import { put, table } from '../frontier/render'

/** Decisions of one run. */
export const RUN = 500_000

/** What is lived through: so many runs with these arguments of `npm run sim`. */
export const kinds: readonly { readonly what: string; readonly runs: number; readonly args: readonly string[] }[] = [
  { what: 'any weather, and mostly tabs that share a session', runs: 12, args: [] },
  { what: 'a storm that never ends, and tabs that share nothing', runs: 44, args: ['--weather', 'storm', '--alone'] },
]

const NUMBERS = ['worlds', 'decisions', 'steps', 'virtualHours', 'lost', 'unsurvivable'] as const
const COUNTS = ['calls', 'faults', 'acts'] as const

/** What was counted in all runs of one kind. */
export type Counted = { readonly [name in (typeof NUMBERS)[number] | (typeof COUNTS)[number] | 'violations']: number } & { readonly what: string }
export interface Figures {
  readonly seed: number
  readonly kinds: readonly Counted[]
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

export function merged(what: string, reports: readonly SimulationReport[]): Counted {
  const numbers = NUMBERS.map((name) => [name, sum(reports.map((report) => report[name]))])
  const counts = COUNTS.map((name) => [name, sum(reports.flatMap((report) => Object.values(report[name])))])
  return { what, ...Object.fromEntries([...numbers, ...counts]), violations: sum(reports.map(({ violations }) => violations.length)) } as Counted
}

export const totalOf = ({ kinds: counted }: Figures, name: Exclude<keyof Counted, 'what'>) => sum(counted.map((kind) => kind[name]))

const rows: readonly (readonly [title: string, name: Exclude<keyof Counted, 'what'>])[] = [
  ['decisions', 'decisions'],
  ['worlds', 'worlds'],
  ['hours lived', 'virtualHours'],
  ['calls', 'calls'],
  ['faults', 'faults'],
  ['acts', 'acts'],
  ['sessions lost', 'lost'],
  ['that nobody could keep', 'unsurvivable'],
  ['**laws broken**', 'violations'],
]

export const text = (figures: Figures) =>
  [
    table(
      ['', ...figures.kinds.map(({ what }) => what), 'together'],
      rows.map(([title, name]) => [title, ...[...figures.kinds.map((kind) => kind[name]), totalOf(figures, name)].map((value) => value.toLocaleString('en'))]),
    ),
    `Seed ${String(figures.seed)}.`,
  ].join('\n\n')

export const fill = (page: string, figures: Figures) => put(page, { 'long-run': text(figures) })
