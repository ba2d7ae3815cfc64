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

/** What the arrows between two states say is one label. */
function arrowsOf(chart: Chart): { from: string; to: string; label: string }[] {
  const drawn = chart.transitions.map((transition) => {
    const { source, target } = transition
    const isInto = contains(chart, source, target) && stateOf(chart, source).children.length > 0
    // Into what the source is in, or is: where that begins.
    const to = contains(chart, target, source) ? entered(chart, target) : target
    return { from: isInto ? anywhereIn(source) : idOf(source), to: idOf(to), label: labelOf(transition) }
  })
  const isAlike = (a: (typeof drawn)[number], b: (typeof drawn)[number]) => a.from === b.from && a.to === b.to
  return drawn.filter((arrow, i) => drawn.findIndex((other) => isAlike(arrow, other)) === i).map((arrow) => ({ ...arrow, label: [...new Set(drawn.filter((other) => isAlike(arrow, other)).map(({ label }) => label))].filter(Boolean).join('<br/>') }))
}

export function mermaidOf(chart: Chart): string {
  const arrows = arrowsOf(chart)
  const leavesFromInside = (id: string) => arrows.some(({ from }) => from === anywhereIn(id))
  const body = (state: State): string[] => [
    ...(leavesFromInside(state.id) ? [`state "from anywhere in ${state.name}" as ${anywhereIn(state.id)}`] : []),
    ...(state.initial === undefined ? [] : [`[*] --> ${idOf(state.initial)}`]),
    ...state.children.flatMap((id, i) => [...(state.type === 'parallel' && i > 0 ? ['--'] : []), ...block(stateOf(chart, id))]),
  ]
  const block = (state: State): string[] =>
    state.children.length > 0
      ? [`state "${plain([state.name, state.description].filter(Boolean).join(' - '))}" as ${idOf(state.id)} {`, ...body(state).map((line) => `  ${line}`), '}']
      : [`state "${state.name}" as ${idOf(state.id)}`, ...(state.description ? [`${idOf(state.id)} : ${plain(state.description)}`] : []), ...(state.type === 'final' ? [`${idOf(state.id)} --> [*]`] : [])]
  return `${['stateDiagram-v2', ...[...body(chart.root), ...arrows.map(({ from, to, label }) => `${from} --> ${to}${label && ` : ${label}`}`)].map((line) => `  ${line}`)].join('\n')}\n`
}
