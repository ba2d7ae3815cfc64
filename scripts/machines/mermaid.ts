import { type Chart, contains, entered, type State, stateOf, type Transition } from './read'

// The whole machine for readers of Mermaid: its own names, and every transition that leads somewhere.

const idOf = (id: string) => id.replace(/\W/g, '_')
/** A transition from a state to what is in it would be an arrow from a box to its inside, which Mermaid cannot draw. */
const anywhereIn = (id: string) => `${idOf(id)}_anywhere`

/** In Mermaid's text a colon begins, and a semicolon ends. */
const plain = (text: string) => text.replaceAll(':', ' -').replaceAll(';', ',').replaceAll('"', "'")

function labelOf({ event, guard }: Transition): string {
  const [, kind, name = ''] = /^xstate\.(after|done\.actor|error\.actor|done\.state)\.(.+)$/.exec(event) ?? []
  const text = kind === 'after' ? `after ${name.split('.')[0] ?? ''}` : kind === undefined ? event : `${name} ${kind.startsWith('error') ? 'rejects' : 'done'}`
  return plain([text, guard && `[${guard}]`].filter(Boolean).join(' '))
}

function arrowOf(chart: Chart, transition: Transition): string {
  const { source, target } = transition
  const from = contains(chart, source, target) && stateOf(chart, source).children.length > 0 ? anywhereIn(source) : idOf(source)
  // Into what the source is in: where that begins.
  const to = target !== source && contains(chart, target, source) ? entered(chart, target) : from === anywhereIn(source) && target === source ? entered(chart, target) : target
  const label = labelOf(transition)
  return `${from} --> ${idOf(to)}${label && ` : ${label}`}`
}

export function mermaidOf(chart: Chart): string {
  const arrows = chart.transitions.map((transition) => ({ source: transition.source, text: arrowOf(chart, transition) }))
  const leavesFromInside = (id: string) => arrows.some(({ text }) => text.startsWith(`${anywhereIn(id)} `))
  const body = (state: State): string[] => [
    ...(leavesFromInside(state.id) ? [`state "from anywhere in ${state.name}" as ${anywhereIn(state.id)}`] : []),
    ...(state.initial === undefined ? [] : [`[*] --> ${idOf(state.initial)}`]),
    ...state.children.flatMap((id, i) => [...(state.type === 'parallel' && i > 0 ? ['--'] : []), ...block(stateOf(chart, id))]),
  ]
  const block = (state: State): string[] =>
    state.children.length > 0
      ? [`state "${plain([state.name, state.description].filter(Boolean).join(' - '))}" as ${idOf(state.id)} {`, ...body(state).map((line) => `  ${line}`), '}']
      : [`state "${state.name}" as ${idOf(state.id)}`, ...(state.description ? [`${idOf(state.id)} : ${plain(state.description)}`] : []), ...(state.type === 'final' ? [`${idOf(state.id)} --> [*]`] : [])]
  return `${['stateDiagram-v2', ...[...body(chart.root), ...arrows.map(({ text }) => text)].map((line) => `  ${line}`)].join('\n')}\n`
}
