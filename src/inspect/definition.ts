/** What of a machine's configuration may be seen: its shape. Not its context and its inputs, nor what is in them. */
const SHOWN = new Set(
  'id description initial type history states on after always invoke onDone onError entry exit src target guard actions reenter tags'.split(' '),
)
/** Below these stand names that somebody chose: of states, of events, of delays. */
const NAMED = new Set(['states', 'on', 'after'])

/** The configuration of a machine as it may be seen. */
export const definitionOf = (config: object): object => shownOf(config, false) as object

function shownOf(value: unknown, named: boolean): unknown {
  // An implementation is shown by its name.
  if (typeof value === 'function') return { type: value.name }
  if (typeof value !== 'object' || value === null) return value
  // An actor's logic that stands there instead of its name is shown when it is invoked; in a machine all leads around in circles.
  if ('transition' in value && typeof value.transition === 'function') return undefined
  if (Array.isArray(value)) return value.map((item) => shownOf(item, false))
  const shown = Object.entries(value).filter(([key]) => named || SHOWN.has(key))
  return Object.fromEntries(shown.map(([key, inner]) => [key, shownOf(inner, !named && NAMED.has(key))]))
}
