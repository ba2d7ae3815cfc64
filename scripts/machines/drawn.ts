import { type Chart, contains, entered, type State, stateOf, type Transition } from './read'
import { linesOf } from './wording'

// What of a machine is drawn. All of it would be a tangle, so arrows that say the same are one.

/** One arrow; its lines are what its label says. */
export interface Edge {
  readonly id: string
  readonly source: string
  readonly target: string
  readonly events: readonly string[]
  readonly lines: readonly string[]
}

export interface Drawing {
  readonly edges: readonly Edge[]
  /** What applies in every state, and is written instead of drawn: where it leads, and on what. */
  readonly anywhere: readonly { readonly target: string; readonly lines: readonly string[] }[]
}

const unique = <T>(values: readonly T[]) => [...new Set(values)]

/** A transition out of a state to what the state is in begins that anew, so its arrow ends where that begins. */
const settle = (chart: Chart, transition: Transition): Transition =>
  transition.source !== chart.id && contains(chart, transition.target, transition.source) && stateOf(chart, transition.target).children.length > 0
    ? { ...transition, target: entered(chart, transition.target) }
    : transition

/** Arrows from most children to one place outside, or under the guard of their parent's own arrow, leave the parent once. */
function lift(chart: Chart, parent: State, transitions: readonly Transition[]): Transition[] {
  const children = parent.children.filter((id) => !stateOf(chart, id).isPassing)
  const fromChild = ({ source }: Transition) => children.includes(source)
  const lifted = new Set<Transition>()
  for (const target of unique(transitions.filter(fromChild).map((transition) => transition.target))) {
    if (contains(chart, parent.id, target)) continue
    const there = transitions.filter((transition) => transition.target === target)
    const sources = unique(there.filter(fromChild).map(({ source }) => source))
    const isMost = sources.length > 1 && sources.length * 2 > children.length
    const guards = there.filter(({ source }) => source === parent.id).map(({ guard }) => guard)
    for (const transition of there.filter(fromChild)) {
      if (isMost || (transition.guard !== undefined && guards.includes(transition.guard))) lifted.add(transition)
    }
  }
  return transitions.map((transition) => (lifted.has(transition) ? { ...transition, source: parent.id } : transition))
}

const innermostFirst = ({ states }: Chart) => [...states.values()].filter(({ children }) => children.length > 0).reverse()

function merge(transitions: readonly Transition[]): Edge[] {
  const idOf = ({ source, target }: Transition) => `${source}:${target}`
  const firsts = transitions.filter((transition, index) => transitions.findIndex((other) => idOf(other) === idOf(transition)) === index)
  return firsts.map((first) => {
    const group = transitions.filter((transition) => idOf(transition) === idOf(first))
    return { id: idOf(first), source: first.source, target: first.target, events: unique(group.map(({ event }) => event)), lines: linesOf(group) }
  })
}

export function drawingOf(chart: Chart): Drawing {
  const shown = chart.transitions.filter(({ isSafetyNet }) => !isSafetyNet)
  const own = shown.filter(({ source }) => source !== chart.id)
  const fromRoot = merge(shown.filter(({ source }) => source === chart.id))
  const lifted = innermostFirst(chart)
    .filter(({ id }) => id !== chart.id)
    .reduce((transitions, parent) => lift(chart, parent, transitions), own.map((transition) => settle(chart, transition)))
  const edges = merge(lifted)
  // Where only the root leads from one state to another, its arrows are the picture.
  const isRootOnly = !edges.some(({ source, target }) => source !== target && !contains(chart, source, target) && !contains(chart, target, source))
  return isRootOnly ? { edges: [...fromRoot, ...edges], anywhere: [] } : { edges, anywhere: fromRoot }
}
