import { SessionError } from '../../src/core'
import { isSecret, type Secrets } from './secrets'

/** What may be in a sink besides plain data. */
const OURS = new Set(['Actor', 'Mailbox', 'StateMachine', 'StateNode'])
const PLAIN = new Set<unknown>([null, Object.prototype, Array.prototype, Map.prototype, Set.prototype])
const anything = () => true
const OF_FUNCTIONS = new Set<PropertyKey>(['length', 'name', 'prototype', 'arguments', 'caller'])

/**
 * Sees what is wrong in a value, however it is hidden: in errors, maps, symbols, getters, what is not enumerable, and in
 * what nobody can look into, because it must not be there at all. What functions close over is closed.
 */
export function createEye({ isOwn, isSecretNumber }: Pick<Secrets, 'isOwn' | 'isSecretNumber'>) {
  /** Machines are as they are written: one look at each is enough. */
  const known = new WeakSet<object>()

  const innocent = new Set<string>()

  return function see(value: unknown, isKnownText: (text: string) => boolean = anything): string[] {
    const seen = new Set<object>()
    const learned: object[] = []
    const found: string[] = []
    function look(part: unknown, learns: boolean) {
      if (typeof part === 'string') {
        if (innocent.has(part)) return
        if (isSecret(part)) found.push(part)
        else if (!isKnownText(part)) found.push(`unknown text: ${part}`)
        else if (isKnownText !== anything) innocent.add(part)
      } else if (typeof part === 'number') {
        if (isSecretNumber(part)) found.push(`secret number: ${String(part)}`)
      } else if (typeof part === 'symbol' || typeof part === 'bigint') {
        if (isSecret(String(part))) found.push(String(part))
      } else if ((typeof part === 'object' && part !== null) || typeof part === 'function') {
        lookInto(part, learns)
      }
    }
    function lookInto(part: object, learns: boolean) {
      if (known.has(part) || seen.has(part)) return
      seen.add(part)
      // By what it is: a proxy shows nothing, and a body can be read only once.
      if (isOwn(part)) return void found.push('something foreign')
      const isFunction = typeof part === 'function'
      const name = isFunction || PLAIN.has(Object.getPrototypeOf(part)) ? undefined : ((part.constructor as { name?: string } | undefined)?.name ?? 'nameless')
      if (name !== undefined && !OURS.has(name) && !(part instanceof SessionError)) found.push(`foreign object: ${name}`)
      const learning = learns || name === 'StateMachine'
      if (learning) learned.push(part)
      if (part instanceof Map) for (const entry of part) entry.forEach((inner) => look(inner, learning))
      if (part instanceof Set) part.forEach((inner) => look(inner, learning))
      for (const key of Reflect.ownKeys(part)) {
        if (isFunction && OF_FUNCTIONS.has(key)) continue
        if (part instanceof Error && key === 'stack') {
          if (isSecret(String(part.stack))) found.push(String(part.stack))
          continue
        }
        // What classes of XState call their parts is their business.
        if (typeof key === 'symbol' || (name === undefined && !Array.isArray(part))) look(key, learning)
        try {
          look((part as Record<PropertyKey, unknown>)[key], learning)
        } catch {
          // A getter that throws holds nothing that anybody could read.
        }
      }
    }
    look(value, false)
    if (found.length === 0) learned.forEach((part) => known.add(part))
    return found
  }
}
