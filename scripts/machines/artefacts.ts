import { type AnyStateMachine } from 'xstate'
import { type Drawing, drawingOf } from './drawn'
import { type Box } from './inner'
import { type Layout, layoutOf } from './layout'
import { mermaidOf } from './mermaid'
import { type Chart, read } from './read'
import { round, svgOf } from './svg'

// What is written beside a machine, and whether what is there is still what it says.

/** What a page needs to lay something over the picture; its units are those of the picture. */
export interface LayoutFile {
  readonly id: string
  readonly width: number
  readonly height: number
  readonly states: readonly ({ readonly id: string } & Box)[]
  readonly transitions: readonly {
    readonly id: string
    /** The state, or what it is in: an arrow that leaves most children leaves their parent. */
    readonly source: string
    /** Where it leads, or rests: what begins a state anew from inside ends where that begins. */
    readonly target: string
    /** As the machine knows them; an empty one is taken at once. */
    readonly events: readonly string[]
    readonly points: readonly (readonly [x: number, y: number])[]
    /** Absent where the arrow says nothing. */
    readonly label?: Box
  }[]
}

const rounded = ({ x, y, width, height }: Box): Box => ({ x: round(x), y: round(y), width: round(width), height: round(height) })

function layoutFileOf(chart: Chart, { edges }: Drawing, { width, height, boxes, arrows }: Layout): LayoutFile {
  return {
    id: chart.id,
    width: round(width),
    height: round(height),
    states: [...chart.states.keys()].flatMap((id) => {
      const box = boxes.get(id)
      return box ? [{ id, ...rounded(box) }] : []
    }),
    transitions: edges.flatMap(({ id, source, target, events }) => {
      const arrow = arrows.get(id)
      if (!arrow) return []
      const points = arrow.points.map(([x, y]) => [round(x), round(y)] as const)
      return [{ id, source, target, events, points, ...(arrow.label && { label: rounded(arrow.label) }) }]
    }),
  }
}

/** A value a line, except that what is small stays together. */
function lines(value: unknown, indent = ''): string {
  const flat = JSON.stringify(value)
  if (typeof value !== 'object' || value === null || flat.length + indent.length <= 120) return flat
  const inner = `${indent}  `
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  const entries = Array.isArray(value) ? value.map((entry) => lines(entry, inner)) : Object.entries(value).filter(([, entry]) => entry !== undefined).map(([key, entry]) => `${JSON.stringify(key)}: ${lines(entry, inner)}`)
  return `${open ?? ''}\n${entries.map((entry) => inner + entry).join(',\n')}\n${indent}${close ?? ''}`
}

/** The files that belong beside `name.machine.ts`, by name. */
export async function artefactsOf(name: string, machine: AnyStateMachine): Promise<Map<string, string>> {
  const chart = read(machine)
  const drawing = drawingOf(chart)
  const layout = await layoutOf(chart, drawing)
  return new Map([
    // `config` rather than `definition`: it is what `createMachine` takes, and says everything once.
    [`${name}.json`, `${JSON.stringify(machine.config, null, 2)}\n`],
    [`${name}.mmd`, mermaidOf(chart)],
    [`${name}.layout.json`, `${lines(layoutFileOf(chart, drawing, layout))}\n`],
    [`${name}.svg`, svgOf(chart, drawing, layout)],
  ])
}

/** The names of what is missing, or differs from what it should be. */
export const drifted = (expected: ReadonlyMap<string, string>, found: (file: string) => string | undefined): string[] => [...expected].filter(([file, content]) => found(file) !== content).map(([file]) => file)
