import type { OidcStore } from '../../src/backends/oidc'

/** In memory, as `idb-keyval` has it in IndexedDB. */
export function memoryStore(): OidcStore & { readonly data: Map<string, unknown> } {
  const data = new Map<string, unknown>()
  return {
    data,
    get: async (key) => structuredClone(data.get(key)),
    update: async (key, change) => void data.set(key, structuredClone(change(structuredClone(data.get(key))))),
  }
}
