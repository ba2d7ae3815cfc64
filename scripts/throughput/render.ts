import { HEIGHT, PANEL, put, table, WIDTH } from '../frontier/render'
import { type CostRow, type Figures, ratioOf } from './figures'

const whole = (value: number) => Math.round(value).toLocaleString('en')
/** Three digits are more than another machine will show again. */
const about = (value: number) => whole(Number(value.toPrecision(3)))
const kilobytes = (bytes: number) => `${(bytes / 1_000).toFixed(1)} kB`

/** What goes into docs/reliability.md, by the name of its place there. */
export function tables(figures: Figures): { readonly throughput: string } {
  const { machine, events, views, cost, actorBytes } = figures
  const names = [...new Set(views.map(({ name }) => name))]
  const counts = [...new Set(views.map(({ subscribers }) => subscribers))]
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
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)]
  const bottom = PANEL.top + PANEL.height
  type Line = readonly [kind: string, of: (row: CostRow) => number]
  const panel = (index: number, title: string, unit: string, rows: readonly CostRow[], lines: readonly Line[]) => {
    const left = PANEL.left + index * (PANEL.width + PANEL.gap)
    const highest = Math.max(...rows.flatMap((row) => lines.map(([, of]) => of(row))))
    const step = [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000].find((size) => size * 4 >= highest) ?? highest / 4
    const x = (count: number) => left + (Math.log(count / fewest) / Math.log(most / fewest)) * PANEL.width
    const y = (value: number) => bottom - (value / (4 * step)) * PANEL.height
    return [
      `<text class="title" x="${String(left)}" y="${String(PANEL.top - 16)}">${title}</text>`,
      ...[0, 1, 2, 3, 4].map((i) => `<line class="grid" x1="${String(left)}" x2="${String(left + PANEL.width)}" y1="${String(y(i * step))}" y2="${String(y(i * step))}"/><text class="tick" x="${String(left - 8)}" y="${String(y(i * step) + 4)}" text-anchor="end">${whole(i * step)}</text>`),
      ...counts.map((count) => `<text class="tick" x="${x(count).toFixed(1)}" y="${String(bottom + 18)}" text-anchor="middle">${whole(count)}</text>`),
      ...lines.map(([kind, of]) => {
        const places = rows.map((row) => [x(row.count).toFixed(1), y(of(row)).toFixed(1)])
        return `<polyline class="${kind}" points="${places.map((place) => place.join(',')).join(' ')}"/>${rows.map((row, i) => `<circle class="${kind}" cx="${places[i]?.[0] ?? ''}" cy="${places[i]?.[1] ?? ''}" r="4"><title>${whole(row.count)} sessions: ${of(row).toFixed(1)} ${unit} each</title></circle>`).join('')}`
      }),
    ].join('\n')
  }
  const lines = (made: Line[1], alive: Line[1]): Line[] => [['made', made], ['alive', alive]]
  const legend = [['made', 'made'], ['alive', 'alive: started, with a first verdict']].map(([kind = '', text = ''], i) => {
    const left = PANEL.left + i * 120
    return `<circle class="${kind}" cx="${String(left)}" cy="${String(HEIGHT - 18)}" r="4"/><text class="tick" x="${String(left + 10)}" y="${String(HEIGHT - 14)}">${text}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(WIDTH)} ${String(HEIGHT)}" role="img" aria-label="What each session costs, against the number of sessions in one process">
<style>
  text { font: 12px system-ui, sans-serif; fill: #1f2937 }
  .title { font-weight: 600; font-size: 13px }
  .tick { fill: #6b7280 }
  .grid { stroke: #e5e7eb }
  polyline { stroke-width: 1.5; opacity: .55 }
  .made { stroke: #6b7280; fill: #6b7280 } .alive { stroke: #4f46e5; fill: #4f46e5 }
  polyline.made, polyline.alive { fill: none }
  @media (prefers-color-scheme: dark) { text { fill: #e5e7eb } .tick { fill: #9ca3af } .grid { stroke: #374151 } .alive { stroke: #818cf8; fill: #818cf8 } }
</style>
${panel(0, 'heap of each, kB', 'kB', cost.filter(({ count }) => count > 1), lines((row) => row.createdBytes / 1_000, (row) => row.bytes / 1_000))}
${panel(1, 'processor time of each, µs', 'µs', cost, lines((row) => row.createMicros, (row) => row.createMicros + row.startMicros))}
<text class="tick" x="${String(WIDTH / 2)}" y="${String(HEIGHT - 40)}" text-anchor="middle">sessions in one process; upward: the cost of each. A flat line is no growth.</text>
${legend.join('\n')}
</svg>
`
}
