import { type Drawing, type Edge } from './drawn'
import { type Arrow, type Box, GROUP, headerOf, type Inner, layOut, type Point, shift } from './inner'
import { type Chart, contains, type State, stateOf } from './read'
import { route } from './route'
import { faces, fold, widest, widthOf } from './text'

// The whole picture: the groups in a row and columns, each with its inside; then the arrows between them.

export interface Layout {
  readonly width: number
  readonly height: number
  readonly boxes: ReadonlyMap<string, Box>
  readonly arrows: ReadonlyMap<string, Arrow>
  readonly entries: ReadonlyMap<string, Arrow>
  /** Where they begin. */
  readonly dots: ReadonlyMap<string, Box>
  readonly legend: Legend | undefined
}

export interface Legend extends Box {
  readonly nameWidth: number
  readonly rows: readonly { readonly lines: readonly string[]; readonly target: string; readonly y: number }[]
}

export const PAGE = { padX: 28, padTop: 24, padBottom: 38, side: 56 }
export const LEGEND = { title: 'From anywhere', pad: 12, textWidth: 190, rowGap: 6 }

/** Pixels between the groups: at most from row to row, and how much more from column to column. */
const [FARTHEST, GUTTER] = [160, 84]

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

function legendOf(chart: Chart, anywhere: Drawing['anywhere']): Omit<Legend, 'x' | 'y'> | undefined {
  if (anywhere.length === 0) return undefined
  let y = LEGEND.pad + faces.name.line + LEGEND.rowGap
  const rows = anywhere.map(({ target, lines }) => {
    const row = { lines: fold(lines, LEGEND.textWidth), target, y }
    y += row.lines.length * faces.label.line + LEGEND.rowGap
    return row
  })
  const names = anywhere.map(({ target }) => `→ ${nameIn(chart, target)}`)
  const nameWidth = widest(names, { ...faces.label, isBold: true }) + 12
  return { rows, nameWidth, width: nameWidth + Math.max(...rows.map(({ lines }) => widest(lines, faces.label))) + 2 * LEGEND.pad, height: y - LEGEND.rowGap + LEGEND.pad }
}

/** `unknown.waiting`: the state's name without the machine's. */
export const nameIn = (chart: Chart, id: string): string => id.slice(chart.id.length + 1)

/** The state where all begins, and below it a column for each state that it leads to; the others stand below those they have most to do with. */
function arrange(chart: Chart, edges: readonly Edge[]): { first: string; columns: string[][] } {
  const tops = chart.root.children
  const topOf = (id: string) => tops.find((top) => contains(chart, top, id))
  const between = (a: string, b: string) => edges.filter(({ source, target }) => [topOf(source), topOf(target)].sort().join() === [a, b].sort().join()).length
  const first = chart.root.initial ?? tops[0] ?? ''
  const next = edges.filter(({ source }) => topOf(source) === first).map(({ target }) => topOf(target))
  const heads = tops.filter((top) => top !== first && next.includes(top))
  const columns = heads.map((head) => [head])
  for (const top of tops.filter((other) => other !== first && !heads.includes(other))) {
    const [closest] = [...columns].sort((a, b) => between(b[0] ?? '', top) - between(a[0] ?? '', top) || a.length - b.length)
    if (closest) closest.push(top)
    else columns.push([top])
  }
  return { first, columns }
}

interface Group {
  readonly state: State
  readonly inner: Inner
  readonly width: number
  readonly height: number
}

/** The machine's own name stands on the page. */
function headerIn(state: State, width: number) {
  const header = headerOf(state, state.parent === undefined ? 0 : width)
  return state.parent === undefined ? { ...header, height: header.height + PAGE.padTop } : header
}

function groupOf(state: State, inner: Inner): Group {
  const header = headerIn(state, inner.width)
  return { state, inner, width: Math.max(inner.width, header.width) + 2 * GROUP.padX, height: header.height + GROUP.afterHeader + inner.height + GROUP.padBottom }
}

/** Arrows from a group's own border to what is in it begin where ELK was told of a point: from there on to the border. */
function fromBorder({ points, ...rest }: Arrow, box: Box, header: Box): Arrow {
  const [[x, y] = [0, 0], ...others] = points
  const [second] = others
  if (second && second[1] === y) return { ...rest, points: [[box.x, y], ...others] }
  if (x > header.x + header.width + 12) return { ...rest, points: [[x, box.y], ...others] }
  return { ...rest, points: [[box.x, y], [x, y], ...others] }
}

/** Puts a group's inside into its box. */
function unfold(chart: Chart, { state, inner }: Group, box: Box) {
  const header = headerIn(state, inner.width)
  const by: Point = [Math.round(box.x + (box.width - inner.width) / 2), box.y + header.height + GROUP.afterHeader]
  const headerBoxOf = ({ x, y }: Box, { width, height }: { width: number; height: number }): Box => ({ x: x + GROUP.padX, y, width, height })
  const headerBox = headerBoxOf(box, header)
  const move = ({ points, label, lines }: Arrow): Arrow => ({ lines, points: points.map(([x, y]) => [x + by[0], y + by[1]]), label: label && shift(label, by) })
  const boxes = [...inner.boxes].filter(([id]) => chart.states.has(id)).map(([id, inside]) => [id, shift(inside, by)] as const)
  const extend = (id: string, arrow: Arrow) => {
    if (!inner.boxes.has(`from ${id}`)) return arrow
    const [source = ''] = id.split(':')
    const nested = boxes.find(([inBox]) => inBox === source)?.[1]
    return nested ? fromBorder(arrow, nested, headerBoxOf(nested, headerOf(stateOf(chart, source), 0))) : fromBorder(arrow, box, headerBox)
  }
  const arrows = [...inner.arrows].map(([id, arrow]) => [id, extend(id, move(arrow))] as const)
  const dots = [...inner.boxes].filter(([id]) => id.startsWith('entry ')).map(([id, dot]) => [id.slice(6), shift(dot, by)] as const)
  return { boxes, arrows, dots, headerBox, entries: [...inner.entries].map(([id, arrow]) => [id, move(arrow)] as const) }
}

export async function layoutOf(chart: Chart, { edges, anywhere }: Drawing): Promise<Layout> {
  const title = headerOf(chart.root, 0)
  const titleWidth = Math.max(widthOf(chart.root.name, faces.machine), title.width)
  if (anywhere.length === 0) return alone(chart, edges)

  const { first, columns } = arrange(chart, edges)
  const group = async (id: string, direction: 'DOWN' | 'RIGHT') => groupOf(stateOf(chart, id), await layOut(chart, id, edges, direction))
  const head = await group(first, 'RIGHT')
  const stacks = await Promise.all(columns.map((column) => Promise.all(column.map((id) => group(id, 'DOWN')))))
  const legend = legendOf(chart, anywhere)
  const widths = stacks.map((stack) => Math.max(...stack.map(({ width }) => width)))
  const heights = Array.from({ length: Math.max(...stacks.map((stack) => stack.length)) }, (_, row) => Math.max(...stacks.map((stack) => stack[row]?.height ?? 0)))
  const topHeight = Math.max(head.height, legend?.height ?? 0, title.height)

  for (let gap = 80; ; gap += 24) {
    const gutter = gap + GUTTER
    const width = Math.ceil(sum(widths) + gutter * (widths.length - 1) + 2 * PAGE.side)
    const placed: { group: Group; box: Box }[] = [{ group: head, box: { x: Math.round((width - head.width) / 2), y: PAGE.padTop, width: head.width, height: head.height } }]
    stacks.forEach((stack, column) => {
      const x = PAGE.side + sum(widths.slice(0, column)) + gutter * column
      stack.forEach((inStack, row) => {
        const y = PAGE.padTop + topHeight + gap + sum(heights.slice(0, row)) + gap * row
        placed.push({ group: inStack, box: { x, y, width: widths[column] ?? 0, height: heights[row] ?? 0 } })
      })
    })
    const height = Math.ceil(PAGE.padTop + topHeight + sum(heights) + gap * heights.length + PAGE.padBottom)
    const insides = placed.map(({ group: inPlace, box }) => ({ id: inPlace.state.id, box, ...unfold(chart, inPlace, box) }))
    const boxes = new Map<string, Box>([[chart.id, { x: 0, y: 0, width, height }], ...insides.flatMap(({ id, box, boxes: inner }) => [[id, box] as const, ...inner])])
    const arrows = new Map(insides.flatMap(({ arrows: inner }) => inner))
    const entries = new Map(insides.flatMap(({ entries: inner }) => inner))
    const dots = new Map(insides.flatMap(({ dots: inner }) => inner))
    const legendBox = legend && { ...legend, x: width - PAGE.padX - legend.width, y: PAGE.padTop }
    const leaves = [...chart.states.values()].filter(({ children }) => children.length === 0)
    const routed = route(
      {
        width,
        height,
        solids: [
          { x: PAGE.padX, y: PAGE.padTop, width: titleWidth, height: title.height },
          ...(legendBox ? [legendBox] : []),
          ...insides.map(({ headerBox }) => headerBox),
          ...dots.values(),
          ...leaves.map(({ id }) => boxes.get(id)).filter((box) => box !== undefined),
          ...[...arrows.values()].map(({ label }) => label).filter((label) => label !== undefined),
        ],
        groups: new Map(insides.map(({ id, box }) => [id, box])),
        arrows: [...arrows.values(), ...entries.values()],
        boxOf: (id) => boxes.get(id) ?? { x: 0, y: 0, width: 0, height: 0 },
        opens: ({ source, target }) => chart.root.children.filter((top) => (top !== source && contains(chart, top, source)) || (top !== target && contains(chart, top, target))),
      },
      edges.filter(({ id }) => !arrows.has(id)),
      4,
    )
    if (routed.missing > 0 && gap < FARTHEST) continue
    return { width, height, boxes, arrows: new Map([...arrows, ...routed.arrows]), entries, dots, legend: legendBox }
  }
}

/** A small machine: its root is the one group. */
async function alone(chart: Chart, edges: readonly Edge[]): Promise<Layout> {
  const group = groupOf(chart.root, await layOut(chart, chart.id, edges, 'RIGHT'))
  const box = { x: 0, y: 0, width: group.width, height: group.height }
  const { boxes, arrows, entries, dots } = unfold(chart, group, box)
  return { width: box.width, height: box.height, boxes: new Map([[chart.id, box], ...boxes]), arrows: new Map(arrows), entries: new Map(entries), dots: new Map(dots), legend: undefined }
}
