import { afterEach, describe, expect, it, vi } from 'vitest'
import { createVirtualTime } from '../../src/testing/virtualTime'

const HOUR = 3_600_000
const T = Date.UTC(2026, 0, 1)

describe('virtual time', () => {
  it('moves only when told', async () => {
    const time = createVirtualTime(T)
    await time.settle()
    expect([time.now(), time.platform.wallNow(), time.platform.monotonicNow(), time.clock.now()]).toEqual([T, T, 0, T])
    await time.advance(HOUR)
    expect([time.now(), time.platform.wallNow(), time.platform.monotonicNow(), time.clock.now()]).toEqual([T + HOUR, T + HOUR, HOUR, T + HOUR])
  })

  it('starts at a date of its own when none is given', () => {
    expect(createVirtualTime().now()).toBe(T)
  })

  it('fires timers in order, each at its own time, those that timers add as well', async () => {
    const { platform, advance, now, pending, wakeUps } = createVirtualTime(0)
    const diary: string[] = []
    const note = (name: string) => () => void diary.push(`${name}@${now()}`)
    platform.setTimeout(note('b'), 20)
    platform.setTimeout(() => {
      note('a')()
      platform.setTimeout(note('inner'), 5)
    }, 10)
    platform.setTimeout(note('b2'), 20)
    platform.setTimeout(note('beyond'), 101)
    await advance(100)
    expect(diary).toEqual(['a@10', 'inner@15', 'b@20', 'b2@20'])
    expect([now(), pending(), wakeUps()]).toEqual([100, 1, 4])
  })

  it('settles promises before, between and after timers', async () => {
    const { platform, advance, settle } = createVirtualTime()
    const diary: string[] = []
    const chain = async (name: string) => {
      for (let i = 0; i < 20; i++) await Promise.resolve()
      diary.push(name)
    }
    void chain('before')
    platform.setTimeout(() => void (diary.push('first'), void chain('after first')), 1)
    platform.setTimeout(() => void (diary.push('second'), void chain('after second')), 1)
    await advance(1)
    expect(diary).toEqual(['before', 'first', 'after first', 'second', 'after second'])
    void chain('settled')
    await settle()
    expect(diary.at(-1)).toBe('settled')
  })

  it.each([0, -1, NaN, 0.5, 2 ** 31, Infinity])('fires a delay of %d at once, as real platforms do', async (delayMs) => {
    const { platform, advance, delays } = createVirtualTime()
    let fired = 0
    platform.setTimeout(() => fired++, delayMs)
    expect(delays()[0]).toBeLessThanOrEqual(1)
    await advance(1)
    expect(fired).toBe(1)
  })

  it('carries the longest delay of a real platform', async () => {
    const { platform, advance, wakeUps } = createVirtualTime()
    platform.setTimeout(() => {}, 2 ** 31 - 1)
    await advance(2 ** 31 - 2)
    expect(wakeUps()).toBe(0)
    await advance(1)
    expect(wakeUps()).toBe(1)
  })

  it('forgets what was cleared, and tells what waits', () => {
    const { platform, pending, delays } = createVirtualTime()
    const timer = platform.setTimeout(() => {}, 10)
    platform.setTimeout(() => {}, 30)
    expect(delays()).toEqual([10, 30])
    platform.clearTimeout(timer)
    platform.clearTimeout(undefined)
    expect([pending(), delays()]).toEqual([1, [30]])
  })

  it('sleeps: the wall clock goes on, timers and the monotonic clock stand still', async () => {
    const { platform, sleep, now, advance, wakeUps, delays } = createVirtualTime(T)
    platform.setTimeout(() => {}, 1_000)
    sleep(HOUR)
    expect([now(), platform.monotonicNow(), delays()]).toEqual([T + HOUR, 0, [1_000]])
    await advance(999)
    expect(wakeUps()).toBe(0)
    await advance(1)
    expect(wakeUps()).toBe(1)
  })

  it('freezes: both clocks go on, timers fire only afterwards', async () => {
    const { platform, freeze, now, advance, wakeUps } = createVirtualTime(T)
    let at = 0
    platform.setTimeout(() => void (at = now()), 1_000)
    freeze(HOUR)
    expect([now(), platform.monotonicNow(), wakeUps()]).toEqual([T + HOUR, HOUR, 0])
    await advance(0)
    expect([at, now(), wakeUps()]).toEqual([T + HOUR, T + HOUR, 1])
  })

  it.each([HOUR, -HOUR])('has its wall clock set by %d', (ms) => {
    const { platform, setClockBy, now } = createVirtualTime(T)
    setClockBy(ms)
    expect([now(), platform.monotonicNow()]).toEqual([T + ms, 0])
  })

  it('passes on what a timer throws, and fires the others next time', async () => {
    const { platform, advance, now } = createVirtualTime(0)
    let fired = 0
    platform.setTimeout(() => {
      throw new Error('mine')
    }, 10)
    platform.setTimeout(() => fired++, 10)
    await expect(advance(20)).rejects.toThrow('mine')
    await advance(10)
    expect([fired, now()]).toEqual([1, 20])
  })
})

describe('a platform without setImmediate, as browsers are', () => {
  afterEach(() => void vi.unstubAllGlobals())

  it('settles promises all the same', async () => {
    vi.stubGlobal('setImmediate', undefined)
    vi.resetModules()
    const { createVirtualTime: inBrowser } = await import('../../src/testing/virtualTime')
    const { platform, advance } = inBrowser(T)
    let settled = 0
    platform.setTimeout(() => void Promise.resolve().then(() => settled++), 10)
    await advance(10)
    expect(settled).toBe(1)
  })
})

describe('Date', () => {
  const RealDate = Date
  afterEach(() => void (globalThis.Date = RealDate))

  it('tells virtual time while it is replaced, and real time after', async () => {
    const time = createVirtualTime(T)
    const restore = time.replaceDate()
    await time.advance(HOUR)
    expect([Date.now(), new Date().getTime(), +new Date()]).toEqual([T + HOUR, T + HOUR, T + HOUR])
    expect((Date as unknown as () => string)()).toBe(new RealDate(T + HOUR).toString())
    time.setClockBy(-HOUR)
    expect(Date.now()).toBe(T)
    restore()
    expect(Date).toBe(RealDate)
    expect(Math.abs(Date.now() - T)).toBeGreaterThan(HOUR)
  })

  it('is otherwise the one that it was', () => {
    const restore = createVirtualTime(T).replaceDate()
    expect(new Date(0).getTime()).toBe(0)
    expect(new Date('2020-02-03T00:00:00Z').getTime()).toBe(Date.UTC(2020, 1, 3))
    expect(new Date(2020, 1, 3, 4).getHours()).toBe(4)
    expect(Date.parse('2020-02-03T00:00:00Z')).toBe(Date.UTC(2020, 1, 3))
    expect(Number.isNaN(new Date(undefined as unknown as number).getTime())).toBe(true)
    expect(new Date()).toBeInstanceOf(Date)
    expect(new Date()).toBeInstanceOf(RealDate)
    restore()
  })
})
