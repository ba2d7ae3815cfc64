import fc from 'fast-check'
import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { createWorld, type Tab } from '../../src/testing'
import type { TabPrimitives } from '../../src/tabs/primitives'
import { createTurns, type Turn } from '../../src/tabs/turns'

type Locks = NonNullable<TabPrimitives['locks']>

const NAME = 'outlast:session:extend'
const SECOND = 1_000
/** How long a turn is waited for. */
const WAIT = 30 * SECOND

const forever = () => new Promise<never>(() => undefined)
const refuse = () => {
  throw new DOMException('access is denied', 'SecurityError')
}

/** What became of a promise so far: a value, or the name of an error. */
function outcome(promise: Promise<unknown>) {
  const seen: { is: unknown } = { is: 'pending' }
  promise.then(
    (value) => (seen.is = value),
    (error: Error) => (seen.is = error.name),
  )
  return seen
}

/** A browser, and what its tabs do in their turns. */
function openBrowser(seed?: number) {
  const world = createWorld({ seed })
  const browser = world.openBrowser()
  const diary: string[] = []
  const startedAt = world.now()

  function openTab(locks = (tab: Tab): TabPrimitives['locks'] => tab.primitives.locks) {
    const tab = browser.openTab()
    const turns = createTurns(tab.ports.clock, () => locks(tab))
    const wait = (ms: number) => new Promise<void>((resolve) => void tab.ports.clock.setTimeout(resolve, ms))
    return {
      tab,
      turns,
      wait,
      /** Takes a turn that lasts so long, and writes it down. */
      work(name: string, ms: number, left = new AbortController().signal) {
        const taken: { turn?: Turn; outcome: { is: unknown } } = { outcome: { is: 'pending' } }
        taken.outcome = outcome(
          turns.take(NAME, WAIT, left, async (turn) => {
            taken.turn = turn
            diary.push(`${name} in${turn.isShared ? ' too' : ''} at ${world.now() - startedAt}`)
            await wait(ms)
            diary.push(`${name} out`)
            return name
          }),
        )
        return taken
      },
      /** Holds the lock without a turn, until it is let go. */
      hold() {
        let release = () => {}
        const seen = outcome((tab.primitives.locks as Locks).request(NAME, () => new Promise<void>((resolve) => (release = resolve))))
        return { seen, release: () => release() }
      },
      /** What comes of a look whether the lock is free. */
      isFree: () => outcome((tab.primitives.locks as Locks).request(NAME, { ifAvailable: true }, (lock) => lock !== null)),
    }
  }
  return { ...world, browser, diary, openTab }
}

describe('turns', () => {
  it('are taken one after the other, first come, first served, also within one tab, and nobody shares', async () => {
    const { openTab, diary, advance } = openBrowser()
    const [one, other] = [openTab(), openTab()]
    const taken = [one.work('1', 50), other.work('2', 50), one.work('3', 50)]
    await advance(SECOND)
    expect(diary).toEqual(['1 in at 1', '1 out', '2 in at 52', '2 out', '3 in at 103', '3 out'])
    expect(taken.map(({ outcome: { is }, turn }) => [is, turn?.isShared, turn?.left.aborted])).toEqual(['1', '2', '3'].map((name) => [name, false, false]))
  })

  it('of another name do not wait', async () => {
    const { openTab, advance } = openBrowser()
    const { turns, work } = openTab()
    work('1', WAIT)
    const other = outcome(turns.take('other', WAIT, new AbortController().signal, async ({ isShared }) => isShared))
    await advance(SECOND)
    expect(other.is).toBe(false)
  })

  it('that fail do so for who took them, and the next is free to begin', async () => {
    const { openTab, advance } = openBrowser()
    const { turns, work, tab } = openTab()
    const failed = outcome(turns.take(NAME, WAIT, new AbortController().signal, () => Promise.reject(new RangeError('no'))))
    const next = work('2', 10)
    await advance(SECOND)
    expect([failed.is, next.outcome.is, next.turn?.isShared, tab.pendingTimers()]).toEqual(['RangeError', '2', false, 0])
  })

  it('of a tab that vanishes are over', async () => {
    const { openTab, advance, diary } = openBrowser()
    const [gone, there] = [openTab(), openTab()]
    gone.work('1', 50)
    there.work('2', 50)
    await advance(10)
    gone.tab.vanish()
    await advance(SECOND)
    expect(diary).toEqual(['1 in at 1', '2 in at 11', '2 out'])
  })

  it('never overlap while the locks work, whatever becomes of the tabs', async () => {
    const acts = fc.array(
      fc.record({ tab: fc.nat(2), ms: fc.integer({ min: 1, max: 200 }), afterMs: fc.nat(100), fate: fc.constantFrom('works', 'works', 'works', 'vanishes', 'lets go') }),
      { maxLength: 15 },
    )
    await fc.assert(
      fc.asyncProperty(fc.integer(), acts, async (seed, plan) => {
        const { openTab, advance } = openBrowser(seed)
        const tabs = [openTab(), openTab(), openTab()]
        const inside = new Set<(typeof tabs)[number]>()
        const overlaps: string[] = []
        for (const { tab: which, ms, afterMs, fate } of plan) {
          const member = tabs[which]!
          const { turns, wait, tab } = member
          if (fate === 'vanishes') tab.vanish()
          if (fate === 'lets go') turns.letGo()
          void turns.take(NAME, WAIT, new AbortController().signal, async ({ left, isShared }) => {
            if (isShared || [...inside].some((other) => !other.tab.isGone)) overlaps.push(`tab ${which}`)
            inside.add(member)
            left.addEventListener('abort', () => inside.delete(member))
            await wait(ms)
            inside.delete(member)
          })
          await advance(afterMs)
        }
        await advance(WAIT)
        expect(overlaps).toEqual([])
        expect(tabs.every(({ tab }) => tab.isGone || tab.pendingTimers() === 0)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })
})

describe('a turn that is waited for', () => {
  it('begins after a bounded wait, and is shared with whoever holds the lock', async () => {
    const { openTab, diary, advance } = openBrowser()
    const [holder, waiting] = [openTab(), openTab()]
    holder.hold()
    const taken = waiting.work('1', 50)
    await advance(WAIT - 1)
    expect(diary).toEqual([])
    await advance(51)
    expect([diary, taken.outcome.is]).toEqual([[`1 in too at ${WAIT}`, '1 out'], '1'])
  })

  it('is not waited for any longer once it has begun, however long it lasts', async () => {
    const { openTab, diary, advance } = openBrowser()
    const { work, tab } = openTab()
    work('1', 10 * WAIT)
    await advance(9 * WAIT)
    expect(diary).toEqual(['1 in at 1'])
    await advance(WAIT + SECOND)
    expect([diary, tab.pendingTimers()]).toEqual([['1 in at 1', '1 out'], 0])
  })

  it('is given up, never begins, and the others move up', async () => {
    const { openTab, diary, advance } = openBrowser()
    const [holder, waiting, next] = [openTab(), openTab(), openTab()]
    const { release } = holder.hold()
    const patience = new AbortController()
    const gaveUp = waiting.work('1', 50, patience.signal)
    const taken = next.work('2', 50)
    await advance(10)
    patience.abort()
    await advance(0)
    expect([gaveUp.outcome.is, waiting.tab.pendingTimers()]).toEqual([undefined, 0])
    release()
    await advance(2 * WAIT)
    expect([diary.length, taken.outcome.is, taken.turn?.isShared]).toEqual([2, '2', false])
  })

  it('is given up with all others of its tab when the tab lets go', async () => {
    const { openTab, diary, advance } = openBrowser()
    const [holder, waiting] = [openTab(), openTab()]
    const { release } = holder.hold()
    const taken = [waiting.work('1', 50), waiting.work('2', 50)]
    await advance(10)
    waiting.turns.letGo()
    await advance(0)
    expect([taken.map(({ outcome: { is } }) => is), waiting.tab.pendingTimers()]).toEqual([[undefined, undefined], 0])
    release()
    await advance(2 * WAIT)
    expect(diary).toEqual([])
  })

  it('is given up in the moment in which the lock is asked for', async () => {
    const { openTab, diary, advance } = openBrowser()
    const { work, turns, tab } = openTab()
    const taken = work('1', 50)
    turns.letGo()
    await advance(WAIT)
    expect([taken.outcome.is, diary, tab.pendingTimers()]).toEqual([undefined, [], 0])
  })

  it('for somebody who has left already never begins', async () => {
    const { openTab, diary, advance } = openBrowser()
    const taken = openTab().work('1', 50, AbortSignal.abort())
    await advance(SECOND)
    expect([taken.outcome.is, diary]).toEqual([undefined, []])
  })
})

describe('without locks that work', () => {
  const broken: { what: string; locks: (tab: Tab) => TabPrimitives['locks']; afterMs: number }[] = [
    { what: 'missing', locks: () => undefined, afterMs: 0 },
    { what: 'null, as in some WebViews', locks: () => null as unknown as undefined, afterMs: 0 },
    { what: 'throwing when they are looked at', locks: refuse, afterMs: 0 },
    { what: 'throwing at once', locks: () => ({ request: refuse }), afterMs: 0 },
    { what: 'refusing', locks: () => ({ request: async () => refuse() }), afterMs: 0 },
    { what: 'without a method', locks: () => ({}) as Locks, afterMs: 0 },
    { what: 'done without a turn', locks: () => ({ request: async () => undefined }) as unknown as Locks, afterMs: 0 },
    {
      what: 'hanging',
      locks: () =>
        ({
          request: (_: string, { signal }: LockOptions) => new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error))),
        }) as unknown as Locks,
      afterMs: WAIT,
    },
  ]
  it.each(broken)('a turn is shared, and bounded all the same: locks $what', async ({ locks, afterMs }) => {
    const { openTab, diary, advance } = openBrowser()
    const { work, tab } = openTab(locks)
    const taken = work('1', 50)
    await advance(afterMs + 50)
    expect([diary, taken.outcome.is, taken.turn?.isShared]).toEqual([[`1 in too at ${afterMs}`, '1 out'], '1', true])
    expect(() => taken.turn?.claimed()).not.toThrow()
    await advance(SECOND)
    expect(tab.pendingTimers()).toBe(0)
  })

  it.each(broken.filter(({ afterMs }) => afterMs === 0))('a turn is given up as with them: locks $what', async ({ locks }) => {
    const { openTab, advance } = openBrowser()
    const { work, turns } = openTab(locks)
    const taken = work('1', 50)
    await advance(10)
    turns.letGo()
    expect(taken.turn?.left.aborted).toBe(true)
  })

  it('a turn that fails fails for who took it', async () => {
    const { openTab, advance } = openBrowser()
    const { turns } = openTab(() => undefined)
    const failed = outcome(turns.take(NAME, WAIT, new AbortController().signal, () => Promise.reject(new RangeError('no'))))
    await advance(0)
    expect(failed.is).toBe('RangeError')
  })

  it('that break while a turn is waited for nothing is lost', async () => {
    const { openTab, diary, advance, browser } = openBrowser()
    const [holder, waiting] = [openTab(), openTab()]
    holder.hold()
    waiting.work('1', 50)
    await advance(10)
    browser.behaviours.locks = 'throws'
    await advance(WAIT + 50)
    expect(diary).toEqual([`1 in too at ${WAIT}`, '1 out'])
  })
})

describe('a turn under way', () => {
  it('that is given up lets go of the lock at once, and hears of it', async () => {
    const { openTab, advance } = openBrowser()
    const [one, other] = [openTab(), openTab()]
    const taken = one.work('1', WAIT)
    const next = other.work('2', 50)
    await advance(10)
    one.turns.letGo()
    expect(taken.turn?.left.aborted).toBe(true)
    await advance(60)
    expect([next.outcome.is, taken.outcome.is]).toEqual(['2', 'pending'])
    await advance(WAIT)
    // Whatever it comes to is what its owner gets.
    expect(taken.outcome.is).toBe('1')
  })

  it('whose owner leaves lets go as well', async () => {
    const { openTab, advance } = openBrowser()
    const [one, other] = [openTab(), openTab()]
    const patience = new AbortController()
    const taken = one.work('1', WAIT, patience.signal)
    await advance(10)
    patience.abort()
    const next = other.work('2', 50)
    await advance(60)
    expect([taken.turn?.left.aborted, next.outcome.is]).toEqual([true, '2'])
  })

  it('of a tab that freezes without a word is shared by the next after a bounded wait', async () => {
    const { openTab, diary, advance } = openBrowser()
    const [frozen, other] = [openTab(), openTab()]
    const taken = frozen.work('1', 50)
    await advance(10)
    frozen.tab.freeze()
    other.work('2', 50)
    await advance(WAIT + 50)
    expect([diary, taken.outcome.is]).toEqual([['1 in at 1', `2 in too at ${WAIT + 10}`, '2 out'], 'pending'])
    frozen.tab.resume()
    await advance(SECOND)
    expect(taken.outcome.is).toBe('1')
  })

  it('may end after its lock was stolen', async () => {
    const { openTab, advance } = openBrowser()
    const [victim, thief] = [openTab(), openTab()]
    const taken = victim.work('1', 100)
    await advance(10)
    const stolen = outcome((thief.tab.primitives.locks as Locks).request(NAME, { steal: true }, forever))
    await advance(50)
    expect([taken.outcome.is, taken.turn?.left.aborted]).toEqual(['pending', false])
    await advance(50)
    expect([taken.outcome.is, stolen.is, victim.tab.pendingTimers()]).toEqual(['1', 'pending', 0])
  })

  it('has nothing to claim while it has the lock', async () => {
    const { openTab, advance } = openBrowser()
    const { work, isFree } = openTab()
    const taken = work('1', 100)
    await advance(10)
    taken.turn?.claimed()
    await advance(100)
    const free = isFree()
    await advance(SECOND)
    expect(free.is).toBe(true)
  })
})

describe('a shared turn that is claimed', () => {
  /** One that holds the lock for ever, and one that takes it from it. */
  async function rob(ms: number) {
    const family = openBrowser()
    const [holder, thief, next] = [family.openTab(), family.openTab(), family.openTab()]
    const held = holder.hold()
    await family.advance(10)
    const stolen = thief.work('thief', ms)
    await family.advance(WAIT)
    return { ...family, holder, held, thief, stolen, next }
  }

  it('is given the lock of whoever holds it, and keeps it until it ends', async () => {
    const { held, stolen, next, advance, diary } = await rob(SECOND)
    next.work('next', 50)
    stolen.turn?.claimed()
    await advance(100)
    const free = next.isFree()
    await advance(100)
    expect([held.seen.is, free.is, stolen.outcome.is]).toEqual(['AbortError', false, 'pending'])
    await advance(2 * SECOND)
    expect(diary.map((entry) => entry.replace(/ at .*/, ''))).toEqual(['thief in too', 'thief out', 'next in', 'next out'])
  })

  it('leaves the lock to its holder until then', async () => {
    const { held, stolen, advance } = await rob(SECOND)
    await advance(2 * SECOND)
    expect([held.seen.is, stolen.outcome.is]).toEqual(['pending', 'thief'])
  })

  it('is not given back by the end of its victim', async () => {
    const { held, stolen, next, advance } = await rob(SECOND)
    stolen.turn?.claimed()
    await advance(10)
    held.release()
    await advance(10)
    const free = next.isFree()
    await advance(10)
    expect(free.is).toBe(false)
  })

  it('leaves the lock free when it has failed', async () => {
    const { openTab, advance } = openBrowser()
    const [holder, thief] = [openTab(), openTab()]
    holder.hold()
    await advance(10)
    const failed = outcome(
      thief.turns.take(NAME, WAIT, new AbortController().signal, async ({ claimed }) => {
        claimed()
        await thief.wait(50)
        throw new RangeError('no')
      }),
    )
    await advance(WAIT + 100)
    const free = thief.isFree()
    await advance(10)
    expect([failed.is, free.is]).toEqual(['RangeError', true])
  })

  it('lets go of the lock at once when it is given up', async () => {
    const { stolen, thief, next, advance } = await rob(WAIT)
    stolen.turn?.claimed()
    await advance(10)
    thief.turns.letGo()
    await advance(10)
    const free = next.isFree()
    await advance(10)
    expect([stolen.turn?.left.aborted, free.is]).toEqual([true, true])
  })
})

describe('nothing stays behind', () => {
  it('when a turn is over: to let go then gives up nothing', async () => {
    const { openTab, advance } = openBrowser()
    const { work, turns, tab, isFree } = openTab()
    const taken = [work('1', 50), work('2', 50)]
    await advance(SECOND)
    turns.letGo()
    const free = isFree()
    await advance(SECOND)
    expect([taken.map(({ turn }) => turn?.left.aborted), tab.pendingTimers(), free.is]).toEqual([[false, false], 0, true])
  })

  it('of a tab in which a hundred turns were taken, waited for, shared and given up', async () => {
    const { openTab, advance, browser } = openBrowser(1)
    const { work, turns, tab, isFree } = openTab()
    for (let round = 0; round < 25; round++) {
      for (const locks of ['works', 'throws', 'hangs', 'missing'] as const) {
        browser.behaviours.locks = locks
        work('1', 50)
        await advance(20)
        if (round % 2) turns.letGo()
      }
    }
    await advance(2 * WAIT)
    browser.behaviours.locks = 'works'
    const free = isFree()
    await advance(SECOND)
    expect([tab.pendingTimers(), free.is]).toEqual([0, true])
  })

  it('with the signal of who took a turn', async () => {
    const { openTab, advance } = openBrowser()
    const { signal } = new AbortController()
    openTab().work('1', 50, signal)
    await advance(SECOND)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})
