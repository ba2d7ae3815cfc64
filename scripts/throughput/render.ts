import { drawing, panelAt, put, table, unique } from '../frontier/render'
import { type CostRow, type Figures, ratioOf } from './figures'

const whole = (value: number) => Math.round(value).toLocaleString('en')
/** Three digits are more than another machine will show again. */
const about = (value: number) => whole(Number(value.toPrecision(3)))
const kilobytes = (bytes: number) => `${(bytes / 1_000).toFixed(1)} kB`

/** What goes into docs/reliability.md, by the name of its place there. */
export function tables(figures: Figures): { readonly throughput: string } {
  const { machine, events, views, cost, actorBytes } = figures
  const names = unique(views.map(({ name }) => name))
  const counts = unique(views.map(({ subscribers }) => subscribers))
  const most = cost.at(-1)
  return {
    throughput: [
      `On ${machine}. Every figure is per second of processor time and the median of 15 interleaved rounds; another machine has others, and the ratios are what counts.`,
      '**Events.** One machine with one set of actors, by `createActor` and by `createSession`: events a second.',
      table(
        ['', 'raw XState', 'Outlast', 'ratio'],
        [...events.map(({ what, raw, facade, ratio }) => [what, about(raw), about(facade), ratio.toFixed(2)]), ['**mean**', '', '', `**${ratioOf(figures).toFixed(2)}**`]],
      ),
      '**Views.** Updates a second that every subscriber has seen, each of whom looks at one thing of the view. A store is only the last step of what a session does with an event, so the first line is not a race: it shows what the statechart costs. The second is the step that compares.',
      table(
        ['subscribers', ...counts.map(whole)],
        names.map((name) => [name, ...counts.map((count) => about(views.find((row) => row.name === name && row.subscribers === count)?.updates ?? NaN))]),
      ),
      `**Sessions in one process.** For each: processor time until it is made and from \`start()\` to its first verdict, heap, and platform timers. An actor of the same machine by \`createActor\` alone takes ${kilobytes(actorBytes)}. The heap of a single one is lost in the noise of the process.`,
      table(
        ['sessions', 'made', 'started', 'heap, made', 'heap, alive', 'timers'],
        cost.map((row) => [whole(row.count), `${about(row.createMicros)} µs`, `${about(row.startMicros)} µs`, ...[row.createdBytes, row.bytes].map((bytes) => (row.count === 1 ? '' : kilobytes(bytes))), String(Number(row.timers.toFixed(2)))]),
      ),
      ...(most ? [`${whole(most.count)} sessions: ${((most.bytes * most.count) / 1e9).toFixed(1)} GB.`] : []),
    ].join('\n\n'),
  }
}

export const fill = (text: string, figures: Figures) => put(text, tables(figures))

/** How the cost of each grows with their number: a flat line is none. */
export function chart({ cost }: Figures): string {
  const counts = cost.map(({ count }) => count)
  type Of = (row: CostRow) => number
  const panel = (index: number, title: string, unit: string, rows: readonly CostRow[], made: Of, alive: Of) => {
    const highest = Math.max(...rows.flatMap((row) => [made(row), alive(row)]))
    const step = [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000].find((size) => size * 4 >= highest) ?? highest / 4
    const { x, y, frame } = panelAt(index, title, [Math.min(...counts), Math.max(...counts)], counts, { highest: 4 * step, upward: whole, across: whole })
    const line = (kind: string, of: Of) => {
      const places = rows.map((row) => [x(row.count).toFixed(1), y(of(row)).toFixed(1)])
      return `<polyline class="${kind}" points="${places.map((place) => place.join(',')).join(' ')}"/>${rows.map((row, i) => `<circle class="${kind}" cx="${places[i]?.[0] ?? ''}" cy="${places[i]?.[1] ?? ''}" r="4"><title>${whole(row.count)} sessions: ${of(row).toFixed(1)} ${unit} each</title></circle>`).join('')}`
    }
    return [...frame, line('interval', made), line('own', alive)].join('\n')
  }
  return drawing(
    'What each session costs, against the number of sessions in one process',
    'sessions in one process; upward: the cost of each. A flat line is no growth.',
    [
      panel(0, 'heap of each, kB', 'kB', cost.filter(({ count }) => count > 1), (row) => row.createdBytes / 1_000, (row) => row.bytes / 1_000),
      panel(1, 'processor time of each, µs', 'µs', cost, (row) => row.createMicros, (row) => row.createMicros + row.startMicros),
    ],
    [
      ['interval', 'made'],
      ['own', 'alive: started, with a first verdict'],
    ],
    120,
  )
}
