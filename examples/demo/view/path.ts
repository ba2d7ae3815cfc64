import layout from '../../../machines/session.layout.json'

const parentOf = (id: string): string => id.slice(0, Math.max(0, id.lastIndexOf('.')))
/** A state and all around it, the innermost first. */
export const chainOf = (id: string): string[] => (id === '' ? [] : [id, ...chainOf(parentOf(id))])
const hears = (descriptor: string, event: string) => descriptor === event || (descriptor.endsWith('.*') && event.startsWith(descriptor.slice(0, -1)))

/** The arrows from one state to another by that event: the one that was taken, and what followed of itself. */
export function pathOf(from: string, event: string, to: string): string[] {
  const [left, entered] = [chainOf(`session.${from}`), chainOf(`session.${to}`)]
  const arrivals = new Set([...entered, `${entered[1] ?? ''}.deciding`])
  const taken = left
    .flatMap(source => layout.transitions.filter(transition => transition.source === source))
    .find(({ target, events }) => arrivals.has(target) && events.some(descriptor => hears(descriptor, event)))
  // What is possible from anywhere is in the legend.
  const first = taken?.id ?? `session:${entered[1] ?? ''}`
  const onward = layout.transitions.find(({ source, target, events }) => source === `${entered[1] ?? ''}.deciding` && target === entered[0] && events.includes(''))
  return onward && from !== to ? [first, onward.id] : [first]
}
