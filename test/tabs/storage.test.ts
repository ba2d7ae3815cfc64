import { describe, expect, it } from 'vitest'
import { createWorld } from '../../src/testing'
import type { TabPrimitives } from '../../src/tabs/primitives'
import { newRecord, type SessionRecord } from '../../src/tabs/record'
import { createStorage } from '../../src/tabs/storage'

type Store = NonNullable<TabPrimitives['store']>

const KEY = 'outlast:session'
const PATIENCE = 200
/** What a store that failed is left alone for. */
const REST = 20 * PATIENCE
const HOUR = 3_600_000

const report = { lease: undefined, plan: { keepAliveMs: 1, deadlineMs: 2, retryMs: 0 }, failures: 0, problem: undefined }
const record = (generation = 1): SessionRecord => newRecord('a', generation, 5, report, 'ada')
const next = (known: SessionRecord | undefined) => ({ ...(known ?? record(0)), generation: (known?.generation ?? 0) + 1 })

const forever = () => new Promise<never>(() => undefined)
const full = () => new DOMException('the quota is used up', 'QuotaExceededError')
const refuse = () => {
  throw full()
}
/** A store both of whose methods do this. */
const doing = (act: () => Promise<never>): Store => ({ get: act, update: act })

/** What became of a promise so far. */
function outcome<T>(promise: Promise<T>) {
  const seen: { is: T | 'pending' } = { is: 'pending' }
  void promise.then((value) => (seen.is = value))
  return seen
}

/** A tab whose store can be replaced, and how often it was looked for. */
function openTab() {
  const world = createWorld()
  const browser = world.openBrowser()
  const tab = browser.openTab()
  let store: () => TabPrimitives['store'] = () => tab.primitives.store
  let uses = 0
  const storage = createStorage(tab.ports.clock, KEY, () => (uses++, store()), () => PATIENCE)
  return {
    ...world,
    browser,
    tab,
    storage,
    uses: () => uses,
    replace: (by: typeof store) => void (store = by),
    heal: () => void (store = () => tab.primitives.store),
    put: (value: unknown) => tab.primitives.store?.set(KEY, value),
    /** What comes of a use, given more than enough time. */
    async given<T>(use: Promise<T>) {
      const seen = outcome(use)
      await world.advance(PATIENCE + 50)
      return seen.is
    },
  }
}

describe('a store that works', () => {
  it('tells a store without a record from one that failed', async () => {
    const { storage, given, tab } = openTab()
    expect(await given(storage.read())).toBeUndefined()
    expect([storage.failed, tab.pendingTimers()]).toEqual([false, 0])
  })

  it('reads what a transaction wrote, and gives its outcome', async () => {
    const { storage, given, tab } = openTab()
    expect(await given(storage.transact((known) => [next(known), 'written']))).toEqual(['written'])
    expect(await given(storage.read())).toEqual(record())
    expect(await given(storage.transact((known) => [known, known?.generation]))).toEqual([1])
    expect([storage.failed, tab.pendingTimers()]).toEqual([false, 0])
  })

  it('loses no change of many that are made at once in two tabs', async () => {
    const { storage, given, browser } = openTab()
    const other = browser.openTab()
    const theirs = createStorage(other.ports.clock, KEY, () => other.primitives.store, () => PATIENCE)
    const changes = Array.from({ length: 10 }, (_, i) => (i % 2 ? theirs : storage).transact((known) => [next(known), next(known).generation]))
    expect(await given(Promise.all(changes))).toEqual(Array.from({ length: 10 }, (_, i) => [i + 1]))
    expect(await given(storage.read())).toEqual(record(10))
  })

  it('keeps nothing in common with what it was given', async () => {
    const { storage, given } = openTab()
    const mine = { ...record(), budget: { calls: 1, at: 1 } }
    await given(storage.transact(() => [mine, undefined]))
    mine.budget.calls = 99
    expect(await given(storage.read())).toEqual({ ...mine, budget: { calls: 1, at: 1 } })
  })
})

const failing: { what: string; store: () => TabPrimitives['store']; afterMs: number }[] = [
  { what: 'is missing', store: () => undefined, afterMs: 0 },
  { what: 'throws when it is looked at', store: refuse, afterMs: 0 },
  { what: 'throws at once', store: () => doing(refuse), afterMs: 0 },
  { what: 'has no methods', store: () => ({}) as Store, afterMs: 0 },
  { what: 'is full', store: () => doing(async () => refuse()), afterMs: 0 },
  { what: 'rejects with nothing', store: () => doing(() => Promise.reject(undefined as unknown as Error)), afterMs: 0 },
  { what: 'hangs', store: () => doing(forever), afterMs: PATIENCE },
]

describe.each(failing)('a store that $what', ({ store, afterMs }) => {
  it.each(['read', 'transact'] as const)('gives nothing within the patience: %s', async (method) => {
    const { storage, advance, replace, tab } = openTab()
    replace(store)
    const seen = outcome<unknown>(method === 'read' ? storage.read() : storage.transact((known) => [next(known), 'never']))
    if (afterMs > 0) {
      await advance(afterMs - 1)
      expect([seen.is, storage.failed]).toEqual(['pending', false])
    }
    await advance(afterMs > 0 ? 1 : 0)
    expect([seen.is, storage.failed, tab.pendingTimers()]).toEqual([undefined, true, 0])
  })

  it('is left alone for a while, without any wait, and then used again', async () => {
    const { storage, advance, replace, uses, given, heal, put } = openTab()
    void put(record())
    replace(store)
    await given(storage.read())
    heal()
    const rest = REST - (PATIENCE + 50 - afterMs)
    await advance(rest - 1)
    const seen = [outcome(storage.read()), outcome(storage.transact((known) => [next(known), 'never']))]
    await advance(0)
    expect([...seen.map(({ is }) => is), uses()]).toEqual([undefined, undefined, 1])
    await advance(1)
    expect(await given(storage.read())).toEqual(record())
    expect([uses(), storage.failed]).toEqual([2, true])
  })

  it('rests anew after each failure', async () => {
    const { storage, advance, replace, uses, given } = openTab()
    replace(store)
    for (let round = 1; round <= 3; round++) {
      await given(storage.read())
      await given(storage.transact(() => [undefined, 'never']))
      expect(uses()).toBe(round)
      await advance(REST)
    }
  })

  it('is used at once when the clock was set back by more than it rests', async () => {
    const { storage, replace, given, heal, browser, put } = openTab()
    void put(record())
    replace(store)
    await given(storage.read())
    heal()
    browser.machine.setClockBy(-HOUR)
    expect(await given(storage.read())).toEqual(record())
  })

  it('rests for twice as long at most when the clock was set back by less', async () => {
    const { storage, advance, replace, given, heal, browser, put } = openTab()
    void put(record())
    replace(store)
    await given(storage.read())
    heal()
    browser.machine.setClockBy(-REST + 2 * PATIENCE)
    await advance(2 * REST)
    expect(await given(storage.read())).toEqual(record())
  })
})

describe('a store that recovers', () => {
  it('from which the record was evicted has none, and has not failed', async () => {
    const { storage, given, tab } = openTab()
    await given(storage.transact((known) => [next(known), undefined]))
    void tab.primitives.store?.del(KEY)
    expect(await given(storage.read())).toBeUndefined()
    expect(await given(storage.transact((known) => [next(known), known]))).toEqual([undefined])
    expect(await given(storage.read())).toEqual(record())
    expect(storage.failed).toBe(false)
  })

  it('after an answer that came too late has written what nobody heard of', async () => {
    const { storage, replace, given, heal, advance, tab } = openTab()
    replace(() => ({
      get: forever,
      update: (key, updater) => new Promise((resolve) => void tab.ports.clock.setTimeout(() => void tab.primitives.store?.update(key, updater).then(resolve), PATIENCE + 10)),
    }))
    expect(await given(storage.transact((known) => [next(known), 'late']))).toBeUndefined()
    heal()
    await advance(REST)
    expect(await given(storage.read())).toEqual(record())
  })

  it('after a rejection that came too late is as it was', async () => {
    const { storage, replace, given, heal, advance, tab, put } = openTab()
    void put(record())
    replace(() => doing(() => new Promise((_, reject) => void tab.ports.clock.setTimeout(() => reject(full()), 2 * PATIENCE))))
    expect(await given(storage.read())).toBeUndefined()
    heal()
    await advance(REST)
    expect(await given(storage.read())).toEqual(record())
  })
})

describe('a transaction', () => {
  const broken: { what: string; commit: () => Promise<never> }[] = [
    { what: 'is refused', commit: async () => refuse() },
    { what: 'hangs', commit: forever },
  ]
  it.each(broken)('that ran, and whose commit $what, has no outcome', async ({ commit }) => {
    const { storage, replace, given, heal, advance, put } = openTab()
    void put(record(7))
    let ran = 0
    replace(() => ({
      get: forever,
      update: async (_, updater) => {
        updater(undefined)
        await commit()
      },
    }))
    const change = () => (ran++, [record(), 'outcome'] as const)
    expect([await given(storage.transact(change)), ran, storage.failed]).toEqual([undefined, 1, true])
    heal()
    await advance(REST)
    expect(await given(storage.read())).toEqual(record(7))
  })

  it('whose change throws changes nothing', async () => {
    const { storage, given, put, advance } = openTab()
    void put(record())
    expect(await given(storage.transact(refuse))).toBeUndefined()
    await advance(REST)
    expect(await given(storage.read())).toEqual(record())
  })

  it('may take the record away', async () => {
    const { storage, given, put } = openTab()
    void put(record())
    expect(await given(storage.transact((known) => [undefined, known?.reference]))).toEqual(['a'])
    expect([await given(storage.read()), storage.failed]).toEqual([undefined, false])
  })
})

describe('what is stored and no sound record', () => {
  const unsound: { what: string; value: unknown }[] = [
    { what: 'a string', value: 'garbage' },
    { what: 'null', value: null },
    { what: 'a list of records', value: [record()] },
    { what: 'half a record', value: { version: 1, reference: 'a' } },
    { what: 'a record of a later version', value: { ...record(), version: 2 } },
    { what: 'a record with a number that is none', value: { ...record(), answeredAt: NaN } },
    { what: 'bytes', value: new Uint8Array(1_000) },
  ]
  it.each(unsound)('is as none, and replaced by the next transaction: $what', async ({ value }) => {
    const { storage, given, put } = openTab()
    void put(value)
    expect(await given(storage.read())).toBeUndefined()
    expect(await given(storage.transact((known) => [next(known), known]))).toEqual([undefined])
    expect(await given(storage.read())).toEqual(record())
    expect(storage.failed).toBe(false)
  })
})
