import ELK, { type ElkExtendedEdge, type ElkNode } from 'elkjs/lib/elk.bundled.js'
import { type Edge } from './drawn'
import { type Chart, contains, type State, stateOf } from './read'
import { faces, stack, widest, widthOf, wrap } from './text'
import { insideOf } from './wording'

// The inside of one top-level state: ELK places its cards, and the arrows among them.

export type Point = readonly [x: number, y: number]

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface Arrow {
  readonly points: readonly Point[]
  readonly label: Box | undefined
  /** What the label says, as it is broken. */
  readonly lines: readonly string[]
}

export interface Inner {
  readonly width: number
  readonly height: number
  readonly boxes: ReadonlyMap<string, Box>
  readonly arrows: ReadonlyMap<string, Arrow>
  /** Where each state with an initial one begins: a dot, and the way from it. */
  readonly entries: ReadonlyMap<string, Arrow>
}

export const CARD = { padX: 11, padTop: 8, padBottom: 9, minWidth: 88, textWidth: 132, junction: 18 }
export const GROUP = { padX: 20, padTop: 12, padBottom: 20, afterHeader: 12, minTextWidth: 230 }
const DOT = 10
export const LABEL = { padX: 5, padY: 3 }

export const shift = ({ x, y, width, height }: Box, [dx, dy]: Point): Box => ({ x: x + dx, y: y + dy, width, height })

/** What a card says below its name. */
export const textOf = (state: State, width: number): string[] => [state.description, ...insideOf(state)].filter((text) => text !== '').flatMap((text) => wrap(text, width, faces.text))

/** The size of a label, its plate included. */
export const labelSize = (lines: readonly string[]) => ({ width: widest(lines, faces.label) + 2 * LABEL.padX, height: lines.length * faces.label.line + 2 * LABEL.padY })

function cardSize(state: State): { width: number; height: number } {
  if (state.isPassing) return { width: CARD.junction, height: CARD.junction }
  const lines = textOf(state, CARD.textWidth)
  const text = Math.max(widthOf(state.name, faces.name), widest(lines, faces.text))
  return { width: Math.max(CARD.minWidth, text + 2 * CARD.padX), height: CARD.padTop + faces.name.line + lines.length * faces.text.line + CARD.padBottom }
}

/** The height of a group's name and description. */
export function headerOf(state: State, width: number): { lines: string[]; height: number; width: number } {
  const lines = textOf(state, Math.max(width, GROUP.minTextWidth))
  return { lines, height: GROUP.padTop + faces.group.line + lines.length * faces.text.line, width: Math.max(widthOf(state.name, faces.group), widest(lines, faces.text)) }
}

const spacing = {
  'elk.spacing.nodeNode': '18',
  'elk.spacing.edgeNode': '12',
  'elk.spacing.edgeEdge': '12',
  'elk.spacing.edgeLabel': '4',
  'elk.spacing.nodeSelfLoop': '12',
  'elk.layered.spacing.nodeNodeBetweenLayers': '17',
  'elk.layered.spacing.edgeNodeBetweenLayers': '12',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '12',
}

const elk = new ELK()

export async function layOut(chart: Chart, top: string, edges: readonly Edge[], direction: 'DOWN' | 'RIGHT'): Promise<Inner> {
  const within = edges.filter(({ source, target }) => contains(chart, top, source) && contains(chart, top, target))
  const isFromOuter = ({ source, target }: Edge) => source !== target && contains(chart, source, target)
  const children = (state: State): ElkNode[] => [
    ...(state.initial === undefined ? [] : [{ id: `entry ${state.id}`, width: DOT, height: DOT }]),
    ...within.filter((edge) => isFromOuter(edge) && edge.source === state.id).map(({ id }): ElkNode => ({ id: `from ${id}`, width: 1, height: 1, layoutOptions: { 'elk.layered.layering.layerConstraint': 'FIRST' } })),
    ...state.children.map((id) => node(stateOf(chart, id))),
  ]
  const node = (state: State): ElkNode =>
    state.children.length === 0
      ? { id: state.id, ...cardSize(state) }
      : { id: state.id, children: children(state), layoutOptions: { 'elk.nodeSize.constraints': 'MINIMUM_SIZE', 'elk.nodeSize.minimum': `(${String(headerOf(state, 0).width + 2 * GROUP.padX)}, 0)`, 'elk.padding': `[top=${String(headerOf(state, 0).height + GROUP.afterHeader)},left=${String(GROUP.padX)},right=${String(GROUP.padX)},bottom=${String(GROUP.padBottom)}]` } }
  const entries = [...chart.states.values()].filter(({ id, initial }) => initial !== undefined && contains(chart, top, id))
  const graph: ElkNode = {
    id: 'graph',
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': direction,
      'elk.edgeRouting': 'ORTHOGONAL',
      'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
      'elk.padding': '[top=0,left=0,right=0,bottom=0]',
      'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
      'elk.layered.thoroughness': '60',
      'elk.randomSeed': '1',
      'elk.json.edgeCoords': 'ROOT',
      'elk.json.shapeCoords': 'ROOT',
      ...spacing,
    },
    children: children(stateOf(chart, top)),
    edges: [
      ...entries.map(({ id, initial = '' }): ElkExtendedEdge => ({ id: `entry ${id}`, sources: [`entry ${id}`], targets: [initial] })),
      ...within.map((edge): ElkExtendedEdge => ({
        id: edge.id,
        sources: [isFromOuter(edge) ? `from ${edge.id}` : edge.source],
        targets: [edge.target],
        labels: edge.lines.length === 0 ? [] : [{ id: edge.id, text: stack(edge.lines).join('\n'), ...labelSize(stack(edge.lines)), layoutOptions: { 'elk.edgeLabels.inline': 'true' } }],
      })),
    ],
  }
  const placed = await elk.layout(graph)
  const boxes = new Map<string, Box>()
  const visit = ({ id, x = 0, y = 0, width = 0, height = 0, children: inner = [] }: ElkNode) => {
    boxes.set(id, { x, y, width, height })
    inner.forEach(visit)
  }
  placed.children?.forEach(visit)
  const arrowOf = ({ sections: [section] = [], labels: [label] = [] }: ElkExtendedEdge): Arrow => ({
    points: section ? [section.startPoint, ...(section.bendPoints ?? []), section.endPoint].map(({ x, y }) => [x, y] as const) : [],
    label: label && { x: label.x ?? 0, y: label.y ?? 0, width: label.width ?? 0, height: label.height ?? 0 },
    lines: label?.text?.split('\n') ?? [],
  })
  const arrows = new Map((placed.edges ?? []).map((edge) => [edge.id, arrowOf(edge)]))
  return { width: placed.width ?? 0, height: placed.height ?? 0, boxes, arrows: new Map([...arrows].filter(([id]) => !id.startsWith('entry '))), entries: new Map([...arrows].filter(([id]) => id.startsWith('entry ')).map(([id, arrow]) => [id.slice(6), arrow])) }
}
