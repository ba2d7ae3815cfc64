/** All text inside a value, however it is hidden: errors, maps, symbols, getters, what is not enumerable. Functions are closed. */
export function texts(value: unknown, seen = new Set<object>(), found: string[] = []): string[] {
  if (typeof value === 'string') found.push(value)
  if (typeof value === 'symbol' || typeof value === 'bigint') found.push(String(value))
  if (typeof value !== 'object' || value === null || seen.has(value)) return found
  seen.add(value)
  if (value instanceof Map) for (const [key, inner] of value) texts([key, inner], seen, found)
  if (value instanceof Set) for (const inner of value) texts(inner, seen, found)
  for (const key of Reflect.ownKeys(value)) {
    texts(key, seen, found)
    try {
      texts((value as Record<PropertyKey, unknown>)[key], seen, found)
    } catch {
      // A getter that throws holds nothing that anybody could read.
    }
  }
  return found
}
