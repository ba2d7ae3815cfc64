import { type Edge } from './drawn'
import { type Cell, createGrid, type Grid, STEP } from './grid'
import { type Arrow, type Box, labelSize, type Point } from './inner'
import { fold, stack } from './text'

// The arrows from one group to another: each finds its way around what is there, and a place on it for its label.

export interface Scene {
  readonly width: number
  readonly height: number
  /** What nothing may run through: cards, headers, labels. */
  readonly solids: readonly Box[]
  /** Whose borders may only be crossed, at a right angle. */
  readonly groups: ReadonlyMap<string, Box>
  readonly arrows: readonly Arrow[]
  readonly boxOf: (id: string) => Box
  /** The groups that an arrow may enter. */
  readonly opens: (edge: Edge) => readonly string[]
}

export interface Routed {
  readonly arrows: ReadonlyMap<string, Arrow>
  /** Arrows without a way or a place for their label. */
  readonly missing: number
  readonly cost: number
}

type Line = readonly [Point, Point]

const [CORNER, AROUND_SOLID, AROUND_LABEL] = [14, 10, 6]
const UNLABELLED = 10_000
/** Between how many sides a way is sought, from how many beginnings on each, and how much more than the shortest one with a label may cost without any others being tried. */
const [PAIRS, PORTIONS, MORE] = [6, 8, 30]
/** How often each arrow is sought again. */
const ROUNDS = 3
/** Pixels of a line on both sides of its label. */
const SEEN = 14

export const segments = (points: readonly Point[]): Line[] => points.slice(1).map((to, i) => [points[i] ?? to, to])
export const overlaps = (a: Box, b: Box, around = 0): boolean => a.x < b.x + b.width + around && b.x < a.x + a.width + around && a.y < b.y + b.height + around && b.y < a.y + a.height + around
export const boxOfLine = ([[x1, y1], [x2, y2]]: Line): Box => ({ x: Math.min(x1, x2), y: Math.min(y1, y2), width: Math.abs(x1 - x2), height: Math.abs(y1 - y2) })
const bordersOf = ({ x, y, width, height }: Box): Line[] => segments([[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]])

/** Without the points between two of the same line. */
export const withoutStraight = (points: readonly Point[]): Point[] =>
  points.filter(([x, y], i) => {
    const [before, after] = [points[i - 1], points[i + 1]]
    return !before || !after || !((before[0] === x && after[0] === x) || (before[1] === y && after[1] === y))
  })

/** From the cell beside it straight to the border. */
function touch([x, y]: Point, box: Box): Point {
  if (x < box.x) return [box.x, y]
  if (x > box.x + box.width) return [box.x + box.width, y]
  return [x, y < box.y ? box.y : box.y + box.height]
}

/** Its lines one below the other, or side by side as far as they go. */
const shapesOf = ({ lines }: Edge): (readonly string[])[] => [stack(lines), ...[150, 200, 260].map((width) => fold(lines, width))]

/** Where on the way the label is clear of everything; as near to the middle of a long stretch as can be. */
function placeLabel(edge: Edge, points: readonly Point[], scene: Scene, solids: readonly Box[], lines: readonly Box[]): Pick<Arrow, 'label' | 'lines'> | undefined {
  const own = segments(points)
  const found: { label: Box; lines: readonly string[]; rank: number }[] = []
  for (const shape of shapesOf(edge)) {
    const size = labelSize(shape)
    for (const line of own) {
      const [[x1, y1], [x2, y2]] = line
      const length = Math.abs(x1 - x2) + Math.abs(y1 - y2)
      const isHorizontal = y1 === y2
      const extent = isHorizontal ? size.width : size.height
      // Some of the line is seen on both sides, the arrowhead too.
      const room = length - extent - 2 * SEEN
      for (let at = 0; at <= room; at += STEP) {
        const share = (SEEN + at + extent / 2) / length
        const [x, y] = [x1 + (x2 - x1) * share, y1 + (y2 - y1) * share]
        const label = { x: Math.round(x - size.width / 2), y: Math.round(y - size.height / 2), ...size }
        if (label.x < 10 || label.y < 10 || label.x + label.width > scene.width - 10 || label.y + label.height > scene.height - 10) continue
        if (solids.some((solid) => overlaps(label, solid, AROUND_LABEL))) continue
        if (lines.some((other) => overlaps(label, other, 5))) continue
        if (own.some((other) => other !== line && overlaps(label, boxOfLine(other), 2))) continue
        found.push({ label, lines: shape, rank: Math.abs(share - 0.5) * length - Math.min(room, 100) / 2 })
      }
    }
  }
  return found.sort((a, b) => a.rank - b.rank)[0]
}

/** Right, bottom, left, top: the sides of both boxes, the closest first. */
function pairsOfSides(from: Box, to: Box): (readonly [number, number])[] {
  const middles = ({ x, y, width, height }: Box): Point[] => [[x + width, y + height / 2], [x + width / 2, y + height], [x, y + height / 2], [x + width / 2, y]]
  const pairs = middles(from).flatMap(([ax, ay], a) => middles(to).map(([bx, by], b) => ({ sides: [a, b] as const, distance: Math.abs(ax - bx) + Math.abs(ay - by) })))
  return pairs.sort((a, b) => a.distance - b.distance).map(({ sides }) => sides)
}

/** A side in portions, from its middle outwards. */
function portions(cells: readonly Cell[]): (readonly Cell[])[] {
  const count = Math.min(PORTIONS, cells.length)
  const cut = Array.from({ length: count }, (_, i) => cells.slice(Math.floor((i * cells.length) / count), Math.floor(((i + 1) * cells.length) / count)))
  return cut.sort((a, b) => Math.abs(cut.indexOf(a) - (count - 1) / 2) - Math.abs(cut.indexOf(b) - (count - 1) / 2))
}

interface Way {
  readonly arrow: Arrow
  readonly cost: number
}

/** The cheapest way for one arrow, with the others where they are. */
function findWay(scene: Scene, base: Grid, edge: Edge, others: readonly Arrow[]): Way | undefined {
  const grid = base.copy()
  const solids = [...scene.solids]
  const lines = [...[...scene.groups.values()].flatMap(bordersOf), ...[...scene.arrows, ...others].flatMap(({ points }) => segments(points))].map(boxOfLine)
  for (const { points, label } of others) {
    for (const [a, b] of segments(points)) grid.line(a, b)
    if (!label) continue
    solids.push(label)
    grid.block(label, AROUND_LABEL)
  }
  const [from, to] = [scene.boxOf(edge.source), scene.boxOf(edge.target)]
  const opened = scene.opens(edge)
  const zones = [...scene.groups.keys()].flatMap((id, index) => (opened.includes(id) ? [index + 1] : []))
  const starts = grid.around(from, CORNER, scene.groups.has(edge.source) ? 1 : AROUND_SOLID + 1)
  const goals = grid.around(to, CORNER, scene.groups.has(edge.target) ? 1 : AROUND_SOLID + 1)
  const tryOut = (leaving: readonly Cell[], arriving: readonly Cell[]): Way | undefined => {
    const found = leaving.length > 0 && arriving.length > 0 ? grid.find(leaving, arriving, zones) : undefined
    if (!found) return undefined
    const [first = [0, 0], last = [0, 0]] = [found.points[0], found.points.at(-1)]
    const points = withoutStraight([touch(first, from), ...found.points, touch(last, to)])
    const placed = placeLabel(edge, points, scene, solids, lines)
    return { arrow: { points, label: placed?.label, lines: placed?.lines ?? edge.lines }, cost: found.cost + (placed ? 0 : UNLABELLED) }
  }
  let way = tryOut(starts, goals)
  // The shortest way has no place for the label: perhaps one that begins elsewhere, or between other sides, has.
  const enough = (way?.cost ?? 0) - UNLABELLED + MORE
  for (const [leaving, arriving] of way?.arrow.label ? [] : pairsOfSides(from, to).slice(0, PAIRS)) {
    const ends = goals.filter(([, , side]) => side === arriving)
    for (const begins of portions(starts.filter(([, , side]) => side === leaving))) {
      const other = tryOut(begins, ends)
      if (other && other.cost < (way?.cost ?? Infinity)) way = other
    }
    if (way && way.cost <= enough) break
  }
  return way
}

/** Whoever comes first has the better way. So each is sought again when all the others are there, and whoever found none begins next time. */
export function route(scene: Scene, edges: readonly Edge[], attempts: number): Routed {
  const grid = createGrid(scene.width, scene.height)
  for (const solid of scene.solids) grid.block(solid, AROUND_SOLID)
  for (const border of [...scene.groups.values()].flatMap(bordersOf)) grid.line(...border, true)
  for (const [index, group] of [...scene.groups.values()].entries()) grid.zone(group, index + 1)
  for (const { points } of scene.arrows) for (const [a, b] of segments(points)) grid.line(a, b)
  const distance = ({ source, target }: Edge) => {
    const [a, b] = [scene.boxOf(source), scene.boxOf(target)]
    return Math.max(a.x - b.x - b.width, b.x - a.x - a.width, 0) + Math.max(a.y - b.y - b.height, b.y - a.y - a.height, 0)
  }
  let order = [...edges].sort((a, b) => distance(a) - distance(b))
  const failures = new Map<string, number>()
  let best: Routed | undefined
  for (let i = 0; i < attempts && best?.missing !== 0; i++) {
    const ways = new Map<string, Way>()
    const costOf = ({ id }: Edge) => ways.get(id)?.cost ?? 2 * UNLABELLED
    const seek = (edge: Edge) => {
      const others = [...ways].filter(([id]) => id !== edge.id).map(([, { arrow }]) => arrow)
      const way = findWay(scene, grid, edge, others)
      if (way && way.cost <= costOf(edge)) ways.set(edge.id, way)
    }
    for (const edge of order) seek(edge)
    for (let round = 0; round < ROUNDS; round++) for (const edge of [...edges].sort((a, b) => costOf(b) - costOf(a))) seek(edge)
    const failed = edges.filter((edge) => costOf(edge) >= UNLABELLED)
    const cost = edges.reduce((sum, edge) => sum + costOf(edge), 0)
    if (!best || cost < best.cost) best = { arrows: new Map([...ways].map(([id, { arrow }]) => [id, arrow])), missing: failed.length, cost }
    // Another order helps a few of them, not many.
    if (failed.length > 2) break
    for (const { id } of failed) failures.set(id, (failures.get(id) ?? 0) + 1)
    order = [...order].sort((a, b) => (failures.get(b.id) ?? 0) - (failures.get(a.id) ?? 0))
  }
  if (!best) throw new Error('nothing was tried')
  return best
}
