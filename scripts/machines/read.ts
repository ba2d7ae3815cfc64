import { type AnyStateMachine, type AnyStateNode } from 'xstate'

/** A state as it is drawn and written down. */
export interface State {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly type: AnyStateNode['type']
  readonly parent: string | undefined
  readonly children: readonly string[]
  /** The child entered by default; undefined where there is none. */
  readonly initial: string | undefined
  /** Left at once, whatever happens: a junction. */
  readonly isPassing: boolean
  /** What happens in it after a delay without leaving it. */
  readonly inside: readonly { readonly event: string; readonly actions: readonly string[] }[]
}

export interface Transition {
  readonly source: string
  readonly target: string
  /** The type that the machine knows: own, `xstate.done...`, `xstate.after...`; empty where it is taken at once. */
  readonly event: string
  readonly guard: string | undefined
  /** The guards that were asked before it and refused. */
  readonly refused: readonly string[]
  /** What happens when an actor rejects, which none does that keeps its promise. */
  readonly isSafetyNet: boolean
}

export interface Chart {
  readonly id: string
  readonly root: State
  readonly states: ReadonlyMap<string, State>
  readonly transitions: readonly Transition[]
}

const nameOf = (named: unknown): string | undefined => (typeof named === 'string' ? named : (named as { type?: string } | undefined)?.type)

/** Every state and every transition that leads somewhere, in the order of the source. `toDirectedGraph` would leave out the transitions taken at once. */
export function read(machine: AnyStateMachine): Chart {
  const states = new Map<string, State>()
  const transitions: Transition[] = []
  const visit = (node: AnyStateNode) => {
    const lists = [...(node.always ? [node.always] : []), ...node.transitions.values()]
    const inside = [...node.transitions]
      .filter(([event]) => event.startsWith('xstate.after.'))
      .flatMap(([event, list]) => list.filter(({ target }) => target === undefined).map(({ actions }) => ({ event, actions: actions.flatMap((action) => nameOf(action) ?? []) })))
    const children = Object.values(node.states)
    const initial = node.type === 'compound' ? node.initial.target?.[0]?.id : undefined
    states.set(node.id, {
      id: node.id,
      name: node.key,
      description: node.description ?? '',
      type: node.type,
      parent: node.parent?.id,
      children: children.map(({ id }) => id),
      initial,
      isPassing: node.type === 'atomic' && (node.always?.some(({ guard }) => guard === undefined) ?? false),
      inside,
    })
    for (const list of lists) {
      for (const [index, { target = [], guard, eventType }] of list.entries()) {
        const event = eventType as string
        const refused = list.slice(0, index).map((before) => nameOf(before.guard) ?? '')
        for (const { id } of target) transitions.push({ source: node.id, target: id, event, guard: nameOf(guard), refused, isSafetyNet: event.startsWith('xstate.error.') })
      }
    }
    for (const child of children) visit(child)
  }
  visit(machine.root)
  const root = states.get(machine.root.id)
  if (!root) throw new Error(`${machine.id} has no root`)
  return { id: machine.id, root, states, transitions }
}

export const stateOf = ({ states }: Chart, id: string): State => {
  const state = states.get(id)
  if (!state) throw new Error(`no state ${id}`)
  return state
}

/** The state and all that it is in, innermost first. */
export function lineage(chart: Chart, id: string): State[] {
  const state = stateOf(chart, id)
  return state.parent === undefined ? [state] : [state, ...lineage(chart, state.parent)]
}

export const contains = (chart: Chart, outer: string, inner: string): boolean => lineage(chart, inner).some(({ id }) => id === outer)

/** Where a transition into the state comes to rest, or to a junction. */
export function entered(chart: Chart, id: string): string {
  const { initial } = stateOf(chart, id)
  return initial === undefined ? id : entered(chart, initial)
}
