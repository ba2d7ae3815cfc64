import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createClock } from '../src/clock'
import { createVirtualTime } from '../src/testing/virtualTime'
import { runInNode } from './runInNode'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const LONGEST = 2 ** 31 - 1

/** A clock on virtual time, and a diary of what happened when, in milliseconds from the start. */
function setUp() {
  const time = createVirtualTime()
  const start = time.platform.monotonicNow()
  const diary: string[] = []
  const note = (name: string) => () => void diary.push(`${name}@${time.platform.monotonicNow() - start}`)
  return { time, clock: time.clock, diary, note }
}

describe('delays', () => {
  it('fires each delay once, on time, in the order of their due times', async () => {
    const { time, clock, diary, note } = setUp()
    clock.setTimeout(note('c'), 300)
    clock.setTimeout(note('a'), 100)
    clock.setTimeout(note('b'), 200)
    await time.advance(1_000)
    expect(diary).toEqual(['a@100', 'b@200', 'c@300'])
  })

  it('holds one platform timer however many delays wait', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 2 * DAY }), { minLength: 1, maxLength: 40 }), async (delays) => {
        const { time, clock } = setUp()
        const fired: number[] = []
        for (const delay of delays) clock.setTimeout(() => fired.push(delay), delay)
        expect(time.pending()).toBe(1)
        expect(time.delays()).toEqual([Math.min(...delays)])
        await time.advance(2 * DAY)
        expect(fired).toEqual([...delays].sort((a, b) => a - b))
        expect(time.wakeUps()).toBe(new Set(delays).size)
        expect(time.pending()).toBe(0)
      }),
      { numRuns: 40 },
    )
  })

  it('never wakes the platform between events', async () => {
    const { time, clock, diary, note } = setUp()
    clock.setTimeout(note('early'), HOUR)
    clock.setTimeout(note('late'), 20 * DAY)
    await time.advance(HOUR - 1)
    expect(time.wakeUps()).toBe(0)
    await time.advance(1)
    expect(time.wakeUps()).toBe(1)
    await time.advance(20 * DAY - HOUR - 1)
    expect(time.wakeUps()).toBe(1)
    await time.advance(1)
    expect(time.wakeUps()).toBe(2)
    expect(diary).toEqual([`early@${HOUR}`, `late@${20 * DAY}`])
  })

  it('splits what a platform timer cannot carry: thirty days fire on time, exactly once (F26)', async () => {
    const { time, clock, diary, note } = setUp()
    clock.setTimeout(note('month'), 30 * DAY)
    expect(time.delays()).toEqual([LONGEST])
    await time.advance(30 * DAY - 1)
    expect(diary).toEqual([])
    expect(time.pending()).toBe(1)
    await time.advance(1)
    expect(diary).toEqual([`month@${30 * DAY}`])
    await time.advance(60 * DAY)
    expect(diary).toHaveLength(1)
    expect(time.wakeUps()).toBe(2)
  })

  it.each([LONGEST - 1, LONGEST, LONGEST + 1, 2 * LONGEST, 2 * LONGEST + 1, 1_000 * DAY])('fires %d ms on time', async (delay) => {
    const { time, clock, diary, note } = setUp()
    clock.setTimeout(note('x'), delay)
    await time.advance(delay - 1)
    expect(diary).toEqual([])
    await time.advance(1)
    expect(diary).toEqual([`x@${delay}`])
  })

  it('never ends an infinite delay, and arms no timer for it', async () => {
    const { time, clock, diary, note } = setUp()
    clock.setTimeout(note('never'), Infinity)
    expect(time.pending()).toBe(0)
    clock.setTimeout(note('other'), 10)
    time.sleep(DAY)
    await time.advance(100 * DAY)
    clock.poke()
    expect(diary).toEqual(['other@10'])
    expect(time.pending()).toBe(0)
  })

  it.each([NaN, -1, -Infinity, 0, -0])('fires a delay of %d at once, and blocks no other', async (delay) => {
    const { time, clock, diary, note } = setUp()
    clock.setTimeout(note('other'), 50)
    clock.setTimeout(note('odd'), delay)
    expect(diary).toEqual([])
    await time.advance(1)
    expect(diary).toEqual(['odd@1'])
    await time.advance(49)
    expect(diary).toEqual(['odd@1', 'other@50'])
  })

  it('never fires what was cleared, and leaves no timer behind', async () => {
    const { time, clock, diary, note } = setUp()
    const first = clock.setTimeout(note('first'), 10)
    const second = clock.setTimeout(note('second'), 20)
    clock.clearTimeout(first)
    expect(time.delays()).toEqual([20])
    clock.clearTimeout(second)
    expect(time.pending()).toBe(0)
    for (const stranger of [first, undefined, null, 'x', 99]) clock.clearTimeout(stranger)
    await time.advance(DAY)
    expect(diary).toEqual([])
    expect(time.wakeUps()).toBe(0)
  })

  it('tells the wall time', () => {
    const { time, clock } = setUp()
    time.setClockBy(-HOUR)
    expect(clock.now()).toBe(time.now())
  })
})

describe('callbacks', () => {
  it('may clear others that are due in the same tick', async () => {
    const { time, clock, diary, note } = setUp()
    const ids: unknown[] = []
    clock.setTimeout(() => ids.forEach((id) => clock.clearTimeout(id)), 10)
    ids.push(clock.setTimeout(note('same'), 10), clock.setTimeout(note('later'), 11))
    clock.setTimeout(note('kept'), 12)
    time.freeze(HOUR)
    await time.advance(0)
    expect(diary).toEqual([`kept@${HOUR}`])
  })

  it('may add others, which wait for the next tick', async () => {
    const { time, clock, diary, note } = setUp()
    const again = () => {
      note('again')()
      clock.setTimeout(again, 0)
    }
    clock.setTimeout(again, 10)
    await time.advance(10)
    expect(diary).toEqual(['again@10'])
    await time.advance(2)
    expect(diary).toEqual(['again@10', 'again@11', 'again@12'])
    expect(time.pending()).toBe(1)
  })

  it('harm nobody else when they throw: the error is heard, the others run', async () => {
    const { time, clock, diary, note } = setUp()
    clock.setTimeout(note('before'), 10)
    clock.setTimeout(() => {
      throw new Error('mine')
    }, 10)
    clock.setTimeout(note('same'), 10)
    clock.setTimeout(note('later'), 20)
    await expect(time.advance(10)).rejects.toThrow('mine')
    expect(time.pending()).toBe(1)
    await time.advance(10)
    expect(diary.map((entry) => entry.split('@')[0])).toEqual(['before', 'same', 'later'])
    expect(diary.at(-1)).toBe('later@20')
    expect(time.pending()).toBe(0)
  })

  it('run once when one of them pokes the clock', async () => {
    const { time, clock, diary, note } = setUp()
    clock.setTimeout(() => clock.poke(), 10)
    clock.setTimeout(note('x'), 10)
    await time.advance(20)
    expect(diary).toEqual(['x@10'])
    expect(time.pending()).toBe(0)
  })
})

describe('time that jumps', () => {
  it('runs what fell due during a sleep when poked, and nothing else', async () => {
    const { time, clock, diary, note } = setUp()
    clock.setTimeout(note('due'), HOUR)
    clock.setTimeout(note('ahead'), 3 * HOUR)
    time.sleep(2 * HOUR)
    expect(diary).toEqual([])
    clock.poke()
    expect(diary).toEqual(['due@0'])
    await time.advance(HOUR - 1)
    expect(diary).toHaveLength(1)
    await time.advance(1)
    expect(diary).toEqual(['due@0', `ahead@${HOUR}`])
  })

  it('does nothing when poked in time', async () => {
    const { time, clock, diary, note } = setUp()
    clock.onLate(note('late'))
    clock.poke()
    clock.setTimeout(note('x'), 10)
    for (let i = 0; i < 9; i++) {
      await time.advance(1)
      clock.poke()
    }
    expect(diary).toEqual([])
    expect(time.pending()).toBe(1)
    await time.advance(1)
    expect(diary).toEqual(['x@10'])
  })

  it('never waits past the monotonic due time, however far the wall clock is set back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: HOUR }), fc.integer({ min: -100 * DAY, max: 0 }), async (delay, jump) => {
        const { time, clock, diary, note } = setUp()
        clock.setTimeout(note('x'), delay)
        await time.advance(Math.floor(delay / 2))
        time.setClockBy(jump)
        clock.poke()
        await time.advance(delay - Math.floor(delay / 2))
        expect(diary).toEqual([`x@${delay}`])
      }),
      { numRuns: 40 },
    )
  })

  it('never fires before either clock says so', async () => {
    const { time, clock, diary, note } = setUp()
    clock.setTimeout(note('x'), HOUR)
    time.sleep(HOUR - 1)
    clock.poke()
    expect(diary).toEqual([])
    time.sleep(1)
    clock.poke()
    expect(diary).toEqual(['x@0'])
  })
})

describe('lateness', () => {
  const jumps = {
    'a sleep': (time: ReturnType<typeof createVirtualTime>) => time.sleep(HOUR),
    'a freeze': (time: ReturnType<typeof createVirtualTime>) => time.freeze(HOUR),
    'a wall clock set forward': (time: ReturnType<typeof createVirtualTime>) => time.setClockBy(2_001),
    'a wall clock set back': (time: ReturnType<typeof createVirtualTime>) => time.setClockBy(-2_001),
  }

  it.each(Object.entries(jumps))('is heard after %s, once, before what is due runs', async (_, jump) => {
    const { time, clock, diary, note } = setUp()
    clock.onLate(note('late'))
    clock.setTimeout(note('x'), 1_000)
    jump(time)
    await time.advance(1_000)
    clock.poke()
    expect(diary.map((entry) => entry.split('@')[0])).toEqual(['late', 'x'])
  })

  it.each([0, 1, -1, 1_999, -1_999])('is not heard when the wall clock moves by %d ms', async (jump) => {
    const { time, clock, diary, note } = setUp()
    clock.onLate(note('late'))
    clock.setTimeout(() => {}, 1_000)
    time.setClockBy(jump)
    await time.advance(1_000)
    clock.poke()
    expect(diary).toEqual([])
  })

  it.each([1_000, 60_000, 65_000])('is not heard of a timer that comes %d ms late, as a hidden page wakes once a minute', async (lateMs) => {
    const { time, clock, diary, note } = setUp()
    clock.onLate(note('late'))
    clock.setTimeout(note('x'), 1_000)
    time.freeze(1_000 + lateMs)
    await time.advance(0)
    expect(diary).toEqual([`x@${1_000 + lateMs}`])
  })

  it.each([65_001, 66_000])('is heard of a timer that comes %d ms late, before it runs', async (lateMs) => {
    const { time, clock, diary, note } = setUp()
    clock.onLate(note('late'))
    clock.setTimeout(note('x'), 1_000)
    time.freeze(1_000 + lateMs)
    await time.advance(0)
    expect(diary).toEqual([`late@${1_000 + lateMs}`, `x@${1_000 + lateMs}`])
  })

  it.each([1, -1])('is not heard of clocks that drift, but of what they drifted apart since they were last looked at (%d)', (direction) => {
    const { time, clock, diary, note } = setUp()
    clock.onLate(note('late'))
    for (let look = 0; look < 10; look++) {
      time.setClockBy(direction * 1_999)
      clock.poke()
    }
    expect(diary).toEqual([])
    time.setClockBy(direction * 1_001)
    // To set a timer is not to look.
    clock.setTimeout(note('x'), HOUR)
    time.setClockBy(direction * 1_000)
    clock.poke()
    expect(diary).toEqual(['late@0'])
  })

  it('is not heard in a life of thirty days on time', async () => {
    const { time, clock, diary, note } = setUp()
    clock.onLate(note('late'))
    clock.setTimeout(() => clock.setTimeout(() => {}, 29 * DAY), DAY)
    await time.advance(31 * DAY)
    expect(diary).toEqual([])
  })

  it('is not heard on a machine that was up for long before', () => {
    const { platform } = createVirtualTime()
    const clock = createClock({ ...platform, monotonicNow: () => platform.monotonicNow() + DAY })
    const heard = vi.fn()
    clock.onLate(heard)
    clock.poke()
    expect(heard).not.toHaveBeenCalled()
  })

  it('is heard of a sleep in which nobody waited, once somebody does, and once', async () => {
    const { time, clock, diary, note } = setUp()
    clock.onLate(note('late'))
    // As when the only call breaks at the wake: its time limit is gone before any timer is late.
    time.sleep(DAY)
    clock.setTimeout(note('x'), 10)
    await time.advance(10)
    clock.poke()
    expect(diary).toEqual(['late@10', 'x@10'])
  })

  it('is heard when poked though nothing waits', () => {
    const { time, clock, diary, note } = setUp()
    clock.onLate(note('late'))
    time.sleep(DAY)
    clock.poke()
    expect(diary).toEqual(['late@0'])
  })

  it('is not told to those who stopped listening', () => {
    const { time, clock, diary, note } = setUp()
    const stop = clock.onLate(() => {
      note('once')()
      stop()
    })
    clock.onLate(note('always'))
    for (let i = 0; i < 2; i++) {
      time.sleep(DAY)
      clock.poke()
    }
    expect(diary).toEqual(['once@0', 'always@0', 'always@0'])
  })

  it('may clear what is due, and what it adds waits for the next tick', () => {
    const { time, clock, diary, note } = setUp()
    const id = clock.setTimeout(note('cleared'), 10)
    clock.setTimeout(note('kept'), 10)
    clock.onLate(() => {
      clock.clearTimeout(id)
      clock.setTimeout(note('added'), 0)
    })
    time.freeze(HOUR)
    clock.poke()
    expect(diary).toEqual([`kept@${HOUR}`])
  })

  it('starves no delay when a listener throws', async () => {
    const { time, clock, diary, note } = setUp()
    clock.onLate(() => {
      throw new Error('mine')
    })
    clock.onLate(note('late'))
    clock.setTimeout(note('x'), 10)
    time.freeze(HOUR)
    await time.advance(0).catch(() => {})
    await time.advance(10).catch(() => {})
    await time.advance(10).catch(() => {})
    expect(diary.map((entry) => entry.split('@')[0])).toEqual(['late', 'x'])
    expect(time.pending()).toBe(0)
  })
})

describe('the real platform', () => {
  afterEach(() => void vi.unstubAllGlobals())

  it('fires, and clears', async () => {
    const clock = createClock()
    const cleared = vi.fn()
    clock.clearTimeout(clock.setTimeout(cleared, 0))
    await new Promise<void>((resolve) => void clock.setTimeout(resolve, 2))
    expect(cleared).not.toHaveBeenCalled()
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1_000)
  })

  it('takes timers that are numbers, as browsers give them', () => {
    const [set, clear] = [vi.fn(() => 7), vi.fn()]
    vi.stubGlobal('setTimeout', set)
    vi.stubGlobal('clearTimeout', clear)
    const clock = createClock()
    clock.clearTimeout(clock.setTimeout(() => {}, 30 * DAY))
    expect(set.mock.calls).toEqual([[expect.any(Function), LONGEST]])
    expect(clear).toHaveBeenLastCalledWith(7)
  })

  it('does not hold a Node process that only waits', { timeout: 30_000 }, async () => {
    const source = new URL('../src/clock.ts', import.meta.url).href
    const code = `import { createClock } from ${JSON.stringify(source)}; createClock().setTimeout(() => console.log('fired'), 3600000); console.log('waits')`
    expect(await runInNode(code)).toEqual({ exitCode: 0, said: 'waits\n' })
  })
})
