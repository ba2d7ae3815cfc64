import { describe, expect, it, vi } from 'vitest'
import { createActivity } from '../src/activity'
import { createVirtualTime } from '../src/testing/virtualTime'

const HOUR = 3_600_000

describe('activity', () => {
  it('is worth a note once a second, however much is done', async () => {
    const time = createVirtualTime()
    const activity = createActivity(time.clock, undefined)
    const noted: boolean[] = []
    for (const ms of [0, 0, 999, 1, 500, 499, 1]) {
      await time.advance(ms)
      noted.push(activity.note())
    }
    expect(noted).toEqual([true, false, false, true, false, false, true])
  })

  it('is worth a note at once after the clock was set back, and never lies ahead of it', () => {
    const time = createVirtualTime()
    const activity = createActivity(time.clock, undefined)
    activity.note()
    time.setClockBy(-HOUR)
    expect(activity.at()).toBe(time.now())
    expect(activity.note()).toBe(true)
    time.setClockBy(HOUR)
    expect(activity.at()).toBe(time.now() - HOUR)
  })

  it('is told to whoever listens, until they stop', async () => {
    const time = createVirtualTime()
    const activity = createActivity(time.clock, undefined)
    const [gone, stays] = [vi.fn(), vi.fn()]
    const stop = activity.listen(gone)
    activity.listen(stays)
    activity.note()
    stop()
    await time.advance(1_000)
    activity.note()
    expect([gone.mock.calls.length, stays.mock.calls.length]).toEqual([1, 2])
  })
})
