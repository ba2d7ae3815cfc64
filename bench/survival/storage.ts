import type { Browser, Tab } from '../../src/testing'

/** What `Storage` has that the notes of a tab lack. */
export interface Notes {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/** Which keys were ever written, by browser: notes cannot be counted. */
const written = new WeakMap<Browser, Set<string>>()

/** What a page tells the others of its browser when it has changed something. */
export interface Change {
  readonly key: string
  readonly oldValue: string | null
  readonly newValue: string | null
}

/** The `localStorage` of a page: the notes of its tab, made whole. */
export function createLocalStorage(tab: Tab, changed: (change: Change) => void): Storage {
  const keys = written.get(tab.browser) ?? new Set<string>()
  written.set(tab.browser, keys)
  const notes = (): Notes => {
    const { notes } = tab.primitives
    if (!notes) throw new DOMException('access is denied', 'SecurityError')
    return notes
  }
  function change(key: string, newValue: string | null) {
    const oldValue = notes().getItem(key)
    if (newValue === null) notes().removeItem(key)
    else notes().setItem(key, newValue)
    keys.add(key)
    if (oldValue !== newValue) changed({ key, oldValue, newValue })
  }
  return storageOf({ getItem: (key) => notes().getItem(key), setItem: change, removeItem: (key) => change(key, null) }, () => [...keys])
}

export function createSessionStorage(): Storage {
  const held = new Map<string, string>()
  const notes: Notes = {
    getItem: (key) => held.get(key) ?? null,
    setItem: (key, value) => void held.set(key, value),
    removeItem: (key) => void held.delete(key),
  }
  return storageOf(notes, () => [...held.keys()])
}

function storageOf({ getItem, setItem, removeItem }: Notes, keys: () => readonly string[]): Storage {
  const present = () => keys().filter((key) => getItem(key) !== null)
  return {
    getItem: (key) => getItem(String(key)),
    setItem: (key, value) => setItem(String(key), String(value)),
    removeItem: (key) => removeItem(String(key)),
    clear: () => present().forEach(removeItem),
    key: (index) => present()[index] ?? null,
    get length() {
      return present().length
    },
  }
}
