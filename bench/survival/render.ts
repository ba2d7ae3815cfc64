import { drawing, panelAt, put, short as shortly, table } from '../../scripts/frontier/render'
import { callsPerHour, falseSignOuts, type Figures, isBetter, lost, promises, type Row, TAB_COUNTS, type Total, totalOf } from './figures'
import { failures } from '../field/failures'
import { lives } from './traces'

const short = (value: number) => (!Number.isFinite(value) ? '–' : value >= 100 ? value.toFixed(0) : shortly(value))
const seconds = (value: number) => (value === Infinity ? 'never' : Number.isNaN(value) ? '–' : `${short(value)} s`)
const share = (value: number) => `${String(Math.round(value * 100))} %`
const named = (name: string) => (name === 'Outlast' ? '**Outlast**' : name)
const tabsOf = (tabs: number) => (tabs === 1 ? 'one tab' : `${String(tabs)} tabs`)

/** What somebody may want of a client; the less the better. */
const wishes: readonly { readonly name: string; readonly of: (total: Total) => number; readonly show: (value: number) => string }[] = [
  { name: 'false sign-outs', of: (total) => total.falseSignOuts / total.stretches, show: share },
  { name: 'lost', of: (total) => total.lost / total.stretches, show: share },
  { name: 'believed dead sessions alive', of: ({ believed }) => believed, show: seconds },
  { name: 'noticed an end after', of: ({ noticed }) => noticed, show: seconds },
  { name: 'calls/h', of: (total) => total.callsPerHour, show: short },
  { name: 'x all-knowing', of: (total) => total.callsPerLeast, show: short },
]

const totalsOf = ({ clients }: Figures, tabs: number) => clients.map(({ name, rows }) => totalOf(rows, name, tabs))

function summary(figures: Figures, tabs: number): string {
  const wakeUps = (name: string) => figures.clients.find((client) => client.name === name)?.idle.find((one) => one.tabs === tabs)?.wakeUps ?? NaN
  return table(
    [tabsOf(tabs), 'stretches', ...wishes.map(({ name }) => name), 'wake-ups per idle hour'],
    totalsOf(figures, tabs).map((total) => [named(total.client), String(total.stretches), ...wishes.map(({ of, show }) => show(of(total))), short(wakeUps(total.client))]),
  )
}

/** False sign-outs + sessions lost / stretches @ calls an hour. */
const cell = (row: Row | undefined) => (row ? `${String(falseSignOuts(row))} + ${String(lost(row))} / ${String(row.fates.length)} @ ${short(callsPerHour(row))}` : '')

function perLife({ clients, least }: Figures, tabs: number): string {
  const line = (name: string, rows: readonly Row[]) => [named(name), ...lives.map((life) => cell(rows.find((row) => row.life === life.name)))]
  return table(
    [tabsOf(tabs), ...lives.map(({ name }) => name)],
    [...clients.map(({ name, rows }) => line(name, rows.filter((row) => row.tabs === tabs))), line('all-knowing', least)],
  )
}

/** Who is best at what, whoever it is. */
function winners(figures: Figures): string {
  return TAB_COUNTS.flatMap((tabs) => {
    const totals = totalsOf(figures, tabs)
    const best = wishes.map(({ name, of, show }) => {
      const least = Math.min(...totals.map(of).filter((value) => !Number.isNaN(value)))
      const who = totals.filter((total) => of(total) === least)
      return `- ${tabsOf(tabs)}, ${name}: ${who.map(({ client }) => named(client)).join(', ')} (${show(least)}).`
    })
    const beaten = lives.flatMap(({ name }) => {
      const here = figures.clients.flatMap(({ rows }) => rows).filter((row) => row.life === name && row.tabs === tabs)
      const own = here.filter(({ client }) => client === 'Outlast')
      return here.filter((row) => isBetter([row], own)).map(({ client }) => `${client} in "${name}"`)
    })
    return [...best, `- ${tabsOf(tabs)}, cheaper and safer than Outlast in one of the lives: ${beaten.join(', ') || 'nobody'}.`]
  }).join('\n')
}

/** The tables of `docs/reliability.md`, by the name of their place there. */
export function tables(figures: Figures): { readonly [name: string]: string } {
  const { clients, missing } = figures
  const toOpen = (rows: readonly Row[]) => rows.reduce((sum, { callsToOpen }) => sum + callsToOpen, 0) / rows.reduce((sum, { fates, tabs }) => sum + fates.length * tabs, 0)
  return {
    'survival-promises': promises(figures)
      .map(({ what, kept }) => `- ${kept ? '' : '**Not kept:** '}${what}.`)
      .join('\n'),
    'survival-summary': TAB_COUNTS.map((tabs) => summary(figures, tabs)).join('\n\n'),
    'survival-winners': winners(figures),
    'survival-lives': TAB_COUNTS.map((tabs) => perLife(figures, tabs)).join('\n\n'),
    'survival-herd': table(
      ['', 'measured', 'usual', 'most while nobody answers', 'most afterwards', 'afterwards / usual', 'calls to open a tab'],
      clients.map(({ name, rows, herd: { clients: count, usual, meanwhile, after } }) => [
        named(name),
        count.toLocaleString('en'),
        ...[usual, meanwhile, after].map((calls) => Math.round((calls * 10_000) / count).toLocaleString('en')),
        usual > 0 ? short(after / usual) : '–',
        short(toOpen(rows)),
      ]),
    ),
    'survival-clients': [
      table(['', 'version', 'as configured'], clients.map(({ name, version, configuration }) => [named(name), version ?? '', configuration])),
      ...(missing.length > 0 ? [`Not measured:\n\n${missing.map(({ name, why }) => `- ${name}: ${why}.`).join('\n')}`] : []),
    ].join('\n\n'),
    field: table(
      ['', ...clients.map(({ name }) => named(name)), 'what happens'],
      failures.map(({ row, what }) => [row, ...clients.map(({ field }) => field[row] || 'passes'), what]),
    ),
    'survival-kinds': lives.map(({ name, what }) => `- **${name}**: ${what}.`).join('\n'),
  }
}

export const fill = (text: string, figures: Figures) => put(text, tables(figures))

/** Calls an hour at the two ends of the axis. */
const ENDS = [0.25, 8192] as const
const gone = ({ falseSignOuts, lost, stretches }: Total) => (falseSignOuts + lost) / stretches
const LABEL = { height: 13, width: 6.3 }

/** People signed out without need against calls made: every client a point. */
export function chart(figures: Figures): string {
  const panel = (tabs: number, index: number) => {
    const { x, y, left, right, bottom, frame } = panelAt(index, tabsOf(tabs), ENDS, [1, 4, 16, 64, 256, 1024, 4096])
    const points = totalsOf(figures, tabs)
      .sort((a, b) => gone(b) - gone(a) || a.callsPerHour - b.callsPerHour)
      .map((total) => ({ total, at: [x(total.callsPerHour), y(gone(total) * 100)] as const }))
    interface Box {
      readonly left: number
      readonly right: number
      /** Of the line on which its text stands. */
      readonly y: number
    }
    const taken: Box[] = points.map(({ at: [cx, cy] }) => ({ left: cx - 12, right: cx + 12, y: cy + 4 }))
    /** Beside the point, or as near as there is room. */
    function placeOf(name: string, [cx, cy]: readonly [number, number], own: Box | undefined): Box & { readonly isRight: boolean } {
      const width = name.length * LABEL.width
      const places = [0, 1, -1, 2, -2, 3, -3, 4, -4].flatMap((lines) =>
        [true, false].map((isRight) => ({ isRight, left: isRight ? cx + 10 : cx - 10 - width, right: isRight ? cx + 10 + width : cx - 10, y: cy + 4 - lines * LABEL.height })),
      )
      const isFree = (place: Box) =>
        place.y <= bottom + 4 && place.left > left && place.right < right + 24 && !taken.some((other) => other !== own && Math.abs(other.y - place.y) < LABEL.height && other.left < place.right && place.left < other.right)
      return places.find(isFree) ?? (places[0] as (typeof places)[number])
    }
    const draw = ({ total, at: [cx, cy] }: (typeof points)[number], i: number) => {
      const own = total.client.startsWith('Outlast')
      const place = placeOf(total.client, [cx, cy], taken[i])
      taken.push(place)
      const title = `${total.client}: ${share(gone(total))} @ ${short(total.callsPerHour)}`
      return [
        `<circle class="${total.client === 'Outlast' ? 'default' : own ? 'own' : 'fraction'}" cx="${cx.toFixed(1)}" cy="${cy.toFixed(1)}" r="${total.client === 'Outlast' ? '7' : '4'}"><title>${title}</title></circle>`,
        // A name that had to go elsewhere is tied to its point.
        ...(place.y === cy + 4 ? [] : [`<line class="grid" x1="${cx.toFixed(1)}" y1="${cy.toFixed(1)}" x2="${(place.isRight ? place.left : place.right).toFixed(1)}" y2="${(place.y - 4).toFixed(1)}"/>`]),
        `<text class="label" x="${(place.isRight ? place.left : place.right).toFixed(1)}" y="${place.y.toFixed(1)}" text-anchor="${place.isRight ? 'start' : 'end'}">${total.client}</text>`,
      ]
    }
    return [...frame, ...points.flatMap(draw)].join('\n')
  }
  return drawing(
    'Sessions lost or falsely ended, against calls per waking hour',
    'calls per waking hour; upward: stretches of life in which a session was lost, or somebody signed out of a live one',
    TAB_COUNTS.map(panel),
    [
      ['own', 'Outlast'],
      ['fraction', 'other clients, as their documentation recommends them'],
    ],
    100,
  )
}
