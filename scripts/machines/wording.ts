import { type State, type Transition } from './read'

// What a label says. Whatever is not in a table is derived from its name.

const delays: Readonly<Record<string, string>> = {
  untilKeepAlive: 'at keep-alive time',
  untilDeadline: 'at the deadline',
  untilRetry: 'after the backoff',
  untilWarning: 'when a warning is due',
  untilLook: 'after a moment',
}

const unique = <T>(values: readonly T[]) => [...new Set(values)]

const words = (name: string) => name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase()

const after = (delay: string) => delays[delay] ?? (/^\d+$/.test(delay) ? `after ${delay} ms` : `at ${words(delay.replace(/^until/, ''))} time`)
const guardWords = (guard: string) => words(guard.replace(/^is(?=[A-Z])/, ''))

/** What is left when these guards have refused. */
const rests: Readonly<Record<string, string>> = {
  'isEnded isAlive': 'no verdict',
  'isEnded isExtended isAlive': 'no verdict',
  'isEnded isAlive isRefused': 'no answer',
}

const negations: readonly (readonly [RegExp, string])[] = [
  [/^must /, 'need not '],
  [/^can /, 'cannot '],
  [/^has /, 'no '],
  [/^/, 'not '],
]

function rest(refused: readonly string[]): string {
  const [only = '', ...others] = refused
  const [pattern, negation] = negations.find(([start]) => start.test(guardWords(only))) ?? []
  return rests[refused.join(' ')] ?? (pattern === undefined || others.length > 0 ? 'else' : guardWords(only).replace(pattern, negation ?? ''))
}

/** The event in words; the second half is what an actor answered. */
function eventWords(event: string): { text: string; isAnswer: boolean } {
  const [, kind, name = ''] = /^xstate\.(after|done\.actor|done\.state|error\.actor)\.(.+)$/.exec(event) ?? []
  if (kind === 'after') return { text: after(name.split('.')[0] ?? ''), isAnswer: false }
  if (kind !== undefined) return { text: kind === 'done.state' ? 'done' : name, isAnswer: true }
  return { text: event, isAnswer: false }
}

type Labelled = Pick<Transition, 'event' | 'guard' | 'refused'>

/** What a transition hears, and on what condition. */
function partsOf({ event, guard, refused }: Labelled) {
  const condition = guard !== undefined ? guardWords(guard) : refused.length > 0 ? rest(refused) : undefined
  return { ...eventWords(event), condition }
}

/** The label of one arrow, line by line: `check: alive, no verdict`, `tabs.answered [alive]`, `at the deadline`. */
export function linesOf(transitions: readonly Labelled[]): string[] {
  const parts = transitions.map(partsOf).filter(({ text, condition }) => text !== '' || condition !== undefined)
  // An actor's answers are one line, and so are events under the same condition.
  const keyOf = ({ text, isAnswer, condition }: (typeof parts)[number]) => (isAnswer ? `${text}:` : (condition ?? text))
  return unique(parts.map(keyOf)).map((key) => {
    const alike = parts.filter((part) => keyOf(part) === key)
    const [texts, conditions] = [unique(alike.map(({ text }) => text)), unique(alike.flatMap(({ condition = [] }) => condition))]
    if (alike[0]?.isAnswer) return conditions.length > 0 ? `${key} ${conditions.join(', ')}` : key.slice(0, -1)
    return [texts.filter(Boolean).join(', '), ...conditions.map((condition) => `[${condition}]`)].filter(Boolean).join(' ')
  })
}

/** What happens in a state after a delay without leaving it. */
export const insideOf = ({ inside }: State): string[] => inside.map(({ event, actions }) => `${eventWords(event).text}: ${actions.map(words).join(', ')}`)
