import { type Figures, lengthOf, percent, promises, type Row } from './figures'

type Cells = readonly string[]

export const table = (head: Cells, rows: readonly Cells[]) =>
  [head, head.map((_, i) => (i === 0 ? '---' : '--:')), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

export const short = (value: number) => (value >= 1 ? value.toFixed(1) : String(Number(value.toPrecision(2))))
const lossAt = (row: Row | undefined) => (row ? `${percent(row).toFixed(percent(row) % 1 === 0 ? 0 : 1)} % @ ${short(row.callsPerHour)}` : '')
export const unique = <T>(values: readonly T[]) => [...new Set(values)]

/** The tables of `docs/scheduling.md`, by the name of their place there. */
export function tables(figures: Figures): { readonly [name: string]: string } {
  const { clients, sweep, hidden, lives } = figures
  const columns = unique(clients.map(({ cell }) => `${cell.outages} ${String(cell.sleeps * 100)} %`))
  const at = (rows: readonly Row[], name: string) => columns.map((column) => lossAt(rows.find((row) => row.name === name && `${row.cell.outages} ${String(row.cell.sleeps * 100)} %` === column)))
  const swept = unique(sweep.map(({ cell }) => cell.sleeps))
  const own = (sleeps: number) => clients.find((row) => row.name === 'Outlast' && row.cell.outages === 'harsh' && row.cell.sleeps === sleeps)
  return {
    promises: promises(figures)
      .map(({ what, kept }) => `- ${kept ? '' : '**Not kept:** '}${what}.`)
      .join('\n'),
    clients: table(['', ...columns], unique(clients.map(({ name }) => name)).map((name) => [name === 'Outlast' ? '**Outlast**' : name, ...at(clients, name)])),
    sweep: table(
      ['', ...swept.map((sleeps) => `harsh ${String(sleeps * 100)} %`)],
      [
        ['**the defaults**', ...swept.map((sleeps) => lossAt(own(sleeps)))],
        ...unique(sweep.map(({ name }) => name)).map((name) => [name, ...swept.map((sleeps) => lossAt(sweep.find((row) => row.name === name && row.cell.sleeps === sleeps)))]),
      ],
    ),
    hidden: table(
      ['hidden before a sleep', 'other tabs', ...unique(hidden.map(({ cell }) => `harsh ${String(cell.sleeps * 100)} %`))],
      unique(hidden.map(({ cell }) => `${String(cell.hiddenFirst * 100)} %|${cell.switches ? 'yes' : 'no'}`)).map((key) => {
        const rows = hidden.filter(({ cell }) => `${String(cell.hiddenFirst * 100)} %|${cell.switches ? 'yes' : 'no'}` === key)
        return [...key.split('|'), ...rows.map(lossAt)]
      }),
    ),
    lives: table(
      ['', '', ...columns],
      unique(lives.map(({ cell, name }) => `${lengthOf(cell.lifeMs)}, ${cell.limit}|${name}`)).map((key) => {
        const [life, name] = key.split('|')
        const rows = lives.filter((row) => `${lengthOf(row.cell.lifeMs)}, ${row.cell.limit}` === life && row.name === name)
        return [life ?? '', name ?? '', ...rows.map(lossAt)]
      }),
    ),
  }
}

export const fill = (text: string, figures: Figures) => put(text, tables(figures))

/** Puts contents into their places, `<!-- name -->` to `<!-- /name -->`. */
export function put(text: string, contents: { readonly [name: string]: string }): string {
  return Object.entries(contents).reduce((filled, [name, content]) => {
    const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
    const [before, rest] = filled.split(open)
    const after = rest?.split(close)[1]
    if (before === undefined || after === undefined) throw new Error(`no place for ${name}`)
    return `${before}${open}\n\n${content}\n\n${close}${after}`
  }, text)
}

const WIDTH = 860
const HEIGHT = 400
const PANEL = { left: 62, top: 56, width: 340, height: 270, gap: 54 }
const bottom = PANEL.top + PANEL.height

/** What goes upward, and how numbers are said. */
interface Axes {
  readonly highest: number
  readonly upward: (value: number) => string
  readonly across: (value: number) => string
}

/** A panel of so many; to the right it is logarithmic, with the two ends of the axis given. Upward are percent, unless said otherwise. */
export function panelAt(
  index: number,
  title: string,
  [fewest, most]: readonly [number, number],
  ticks: readonly number[],
  { highest, upward, across }: Axes = { highest: 100, upward: (percent) => `${String(percent)} %`, across: String },
) {
  const left = PANEL.left + index * (PANEL.width + PANEL.gap)
  const right = left + PANEL.width
  const x = (count: number) => left + (Math.log(count / fewest) / Math.log(most / fewest)) * PANEL.width
  const y = (value: number) => bottom - (value / highest) * PANEL.height
  const frame = [
    `<text class="title" x="${String(left)}" y="${String(PANEL.top - 16)}">${title}</text>`,
    ...[0, 1, 2, 3, 4].map((i) => (i * highest) / 4).map((value) => `<line class="grid" x1="${String(left)}" x2="${String(right)}" y1="${String(y(value))}" y2="${String(y(value))}"/><text class="tick" x="${String(left - 8)}" y="${String(y(value) + 4)}" text-anchor="end">${upward(value)}</text>`),
    ...ticks.map((count) => `<text class="tick" x="${x(count).toFixed(1)}" y="${String(bottom + 18)}" text-anchor="middle">${across(count)}</text>`),
  ]
  return { x, y, left, right, bottom, frame }
}

/** What each kind of point is, beside each other. */
const legendOf = (kinds: readonly (readonly [kind: string, text: string])[], apart: number) =>
  kinds.map(([kind, text], i) => {
    const left = PANEL.left + i * apart
    return `<circle class="${kind}" cx="${String(left)}" cy="${String(HEIGHT - 18)}" r="4"/><text class="tick" x="${String(left + 10)}" y="${String(HEIGHT - 14)}">${text}</text>`
  })

/** A drawing that is read by day and by night. */
export const drawing = (label: string, caption: string, panels: readonly string[], kinds: Parameters<typeof legendOf>[0], apart: number) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(WIDTH)} ${String(HEIGHT)}" role="img" aria-label="${label}">
<style>
  text { font: 12px system-ui, sans-serif; fill: #1f2937 }
  .title { font-weight: 600; font-size: 13px }
  .tick { fill: #6b7280 }
  .grid { stroke: #e5e7eb }
  polyline { fill: none; stroke-width: 1.5; opacity: .55 }
  .fraction { stroke: #d97706; fill: #d97706 } .interval { stroke: #6b7280; fill: #6b7280 } .last { stroke: #dc2626; fill: #dc2626 } .own, .default { stroke: #4f46e5; fill: #4f46e5 }
  polyline.fraction, polyline.interval, polyline.own, polyline.last { fill: none }
  @media (prefers-color-scheme: dark) { text { fill: #e5e7eb } .tick { fill: #9ca3af } .grid { stroke: #374151 } .own, .default { stroke: #818cf8; fill: #818cf8 } }
</style>
${panels.join('\n')}
<text class="tick" x="${String(WIDTH / 2)}" y="${String(HEIGHT - 40)}" text-anchor="middle">${caption}</text>
${legendOf(kinds, apart).join('\n')}
</svg>
`

/** Sessions lost against calls made: every client a point, the defaults of Outlast among what else they might be. */
export function chart({ clients, sweep }: Figures): string {
  const harsh = clients.filter(({ cell }) => cell.outages === 'harsh')
  const panel = (sleeps: number, index: number) => {
    const { x, y, frame } = panelAt(index, `sleeps up to ${String(sleeps * 100)} % of the life`, [0.7, 16], [1, 2, 4, 8, 16])
    const place = (row: Row) => `${x(row.callsPerHour).toFixed(1)},${y(percent(row)).toFixed(1)}`
    const rows = harsh.filter(({ cell }) => cell.sleeps === sleeps)
    const line = (kind: string, found: readonly Row[]) =>
      `<polyline class="${kind}" points="${[...found].sort((a, b) => a.callsPerHour - b.callsPerHour).map(place).join(' ')}"/>` +
      found.map((row) => `<circle class="${kind}" cx="${place(row).replace(',', '" cy="')}" r="4"><title>${row.name}: ${lossAt(row)}</title></circle>`).join('')
    const own = rows.filter(({ name }) => name === 'Outlast')
    const early = sweep.filter(({ name, cell }) => name.startsWith('extend after') && cell.sleeps === sleeps)
    const label = (row: Row, text: string, dx: number, dy: number, anchor = 'start') =>
      `<text class="label" x="${(x(row.callsPerHour) + dx).toFixed(1)}" y="${(y(percent(row)) + dy).toFixed(1)}" text-anchor="${anchor}">${text}</text>`
    const named = rows
      .filter(({ name }) => ['last 5 minutes', 'at 50 %', 'every 5 min'].includes(name))
      .map((row) => label(row, row.name, row.name === 'every 5 min' ? 0 : 9, row.name === 'every 5 min' ? -10 : 4, row.name === 'every 5 min' ? 'middle' : 'start'))
    return [
      ...frame,
      line('fraction', rows.filter(({ name }) => name.startsWith('at '))),
      line('interval', rows.filter(({ name }) => name.startsWith('every '))),
      line('last', rows.filter(({ name }) => name.startsWith('last '))),
      line('own', [...early, ...own]),
      ...own.map((row) => `<circle class="default" cx="${place(row).replace(',', '" cy="')}" r="7"><title>Outlast: ${lossAt(row)}</title></circle>`),
      ...own.map((row) => label(row, 'Outlast', percent(row) > 10 ? -8 : 10, percent(row) > 10 ? 20 : -16, percent(row) > 10 ? 'end' : 'start')),
      ...named,
    ].join('\n')
  }
  const kinds = [
    ['fraction', 'at a fixed fraction of the life'],
    ['interval', 'at a fixed interval'],
    ['own', 'Outlast, extending after 10 to 50 % of the life'],
  ] as const
  return drawing('Days on which a session was lost, against calls per waking hour', 'calls per waking hour; upward: days lost. Sessions of two hours, six-minute outages every two hours.', [panel(0.75, 0), panel(1, 1)], kinds, 240)
}
