import { type Box, type Point } from './inner'

// A way around boxes and other ways, on a grid. Found with A*, where a turn and a crossing cost more than a detour.

export const STEP = 8

const [TURN, CROSSING] = [9, 7]
const directions = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const

/** How far a way keeps from what runs beside it. */
const BESIDE = STEP + 1

export type Cell = readonly [column: number, row: number, direction: number]

export interface Grid {
  /** Nothing passes within `around` pixels of it. */
  block(box: Box, around: number): void
  /** Nothing runs along it; what crosses it pays, unless it is the border of a group. */
  line(from: Point, to: Point, isBorder?: boolean): void
  /** The nearest cells more than `away` pixels outside of a box's border, each with the way that leads on. */
  around(box: Box, corner: number, away: number): Cell[]
  /** Whose inside only those enter who are allowed to; a number from 1. */
  zone(box: Box, zone: number): void
  find(starts: readonly Cell[], goals: readonly Cell[], zones: readonly number[]): { points: Point[]; cost: number } | undefined
  copy(): Grid
}

/** What a copy begins with; it is searched in the same memory, one search after the other. */
type Shared = Readonly<Record<'blocked' | 'along' | 'crossed' | 'zones' | 'done', Uint8Array> & { cost: Float32Array; before: Int32Array }>

export function createGrid(width: number, height: number, from?: Shared): Grid {
  const columns = Math.floor(width / STEP) + 1
  const rows = Math.floor(height / STEP) + 1
  const blocked = from?.blocked.slice() ?? new Uint8Array(columns * rows)
  /** Bit 0: a horizontal line is here; bit 1: a vertical one. */
  const along = from?.along.slice() ?? new Uint8Array(columns * rows)
  const crossed = from?.crossed.slice() ?? new Uint8Array(columns * rows)
  const zones = from?.zones ?? new Uint8Array(columns * rows)
  const cost = from?.cost ?? new Float32Array(columns * rows * 4)
  const before = from?.before ?? new Int32Array(columns * rows * 4)
  const done = from?.done ?? new Uint8Array(columns * rows * 4)
  const isInside = (column: number, row: number) => column > 0 && row > 0 && column < columns - 1 && row < rows - 1

  const each = ({ x, y, width: w, height: h }: Box, around: number, see: (index: number) => void) => {
    for (let row = Math.max(0, Math.ceil((y - around) / STEP)); row <= Math.min(rows - 1, Math.floor((y + h + around) / STEP)); row++) {
      for (let column = Math.max(0, Math.ceil((x - around) / STEP)); column <= Math.min(columns - 1, Math.floor((x + w + around) / STEP)); column++) see(row * columns + column)
    }
  }

  return {
    copy: () => createGrid(width, height, { blocked, along, crossed, zones, cost, before, done }),
    block: (box, around) => each(box, around, (index) => (blocked[index] = 1)),
    zone: (box, zone) => each(box, 0, (index) => (zones[index] = zone)),
    line([x1, y1], [x2, y2], isBorder = false) {
      const isHorizontal = Math.abs(y1 - y2) < Math.abs(x1 - x2)
      each({ x: Math.min(x1, x2), y: Math.min(y1, y2), width: Math.abs(x1 - x2), height: Math.abs(y1 - y2) }, BESIDE, (index) => {
        along[index] = (along[index] ?? 0) | (isHorizontal ? 1 : 2)
        if (!isBorder) crossed[index] = 1
      })
    },
    around({ x, y, width: w, height: h }, corner, away) {
      const cells: Cell[] = []
      const [left, right, top, bottom] = [Math.floor((x - away) / STEP), Math.ceil((x + w + away) / STEP), Math.floor((y - away) / STEP), Math.ceil((y + h + away) / STEP)]
      for (let column = Math.ceil((x + corner) / STEP); column * STEP <= x + w - corner; column++) cells.push([column, bottom, 1], [column, top, 3])
      for (let row = Math.ceil((y + corner) / STEP); row * STEP <= y + h - corner; row++) cells.push([right, row, 0], [left, row, 2])
      return cells.filter(([column, row]) => isInside(column, row))
    },
    find(starts, goals, open) {
      const isOpen = [0, ...open].reduce((allowed, zone) => allowed.fill(1, zone, zone + 1), new Uint8Array(256))
      const ends = new Map(goals.map(([column, row, direction]) => [(row * columns + column) * 4 + ((direction + 2) % 4), true]))
      const [xs, ys] = [goals.map(([column]) => column), goals.map(([, row]) => row)]
      const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)]
      // At least so much is left: the distance, and a turn where the goals are not straight ahead.
      const rest = (column: number, row: number, direction: number) => {
        const across = column < left ? left - column : column > right ? column - right : 0
        const down = row < top ? top - row : row > bottom ? row - bottom : 0
        return across + down + ((direction % 2 === 0 ? down : across) > 0 ? TURN : 0)
      }
      cost.fill(Infinity)
      done.fill(0)
      const queue = createQueue()
      const isFree = (index: number, direction: number) => blocked[index] === 0 && ((along[index] ?? 0) & (direction % 2 === 0 ? 1 : 2)) === 0
      const reach = (column: number, row: number, direction: number, spent: number, previous: number) => {
        const key = (row * columns + column) * 4 + direction
        if (spent >= (cost[key] ?? 0)) return
        cost[key] = spent
        before[key] = previous
        queue.push(key, spent + rest(column, row, direction))
      }
      for (const [column, row, direction] of starts) if (isFree(row * columns + column, direction) && isOpen[zones[row * columns + column] ?? 0] === 1) reach(column, row, direction, 0, -1)
      for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
        const [index, direction] = [key >> 2, key & 3]
        const [column, row] = [index % columns, Math.floor(index / columns)]
        const spent = cost[key] ?? 0
        if (done[key] === 1) continue
        done[key] = 1
        if (ends.has(key)) return { points: trace(key), cost: spent }
        for (let turned = 0; turned < 4; turned++) {
          if ((turned + 2) % 4 === direction) continue
          // Where another line is, there is no turn.
          if (turned !== direction && along[index] !== 0) continue
          const [dx, dy] = directions[turned] ?? [0, 0]
          const [nextColumn, nextRow] = [column + dx, row + dy]
          const next = nextRow * columns + nextColumn
          if (!isInside(nextColumn, nextRow) || !isFree(next, turned) || isOpen[zones[next] ?? 0] === 0) continue
          reach(nextColumn, nextRow, turned, spent + 1 + (turned === direction ? 0 : TURN) + (crossed[next] === 1 ? CROSSING : 0), key)
        }
      }
      return undefined

      function trace(end: number): Point[] {
        const points: Point[] = []
        for (let key = end; key >= 0; key = before[key] ?? -1) points.unshift([((key >> 2) % columns) * STEP, Math.floor((key >> 2) / columns) * STEP])
        return points
      }
    },
  }
}

/** Smallest rank first; ranks are whole numbers, and hardly ever fall. */
function createQueue() {
  const buckets: number[][] = []
  let lowest = 0
  return {
    push(key: number, rank: number) {
      ;(buckets[rank] ??= []).push(key)
      lowest = Math.min(lowest, rank)
    },
    pop(): number | undefined {
      while (lowest < buckets.length) {
        const key = buckets[lowest]?.pop()
        if (key !== undefined) return key
        lowest++
      }
      return undefined
    },
  }
}
