import { describe, expect, it } from 'vitest'
import { type Choices, drawnChoices, harmlessChoices, recordedChoices } from '../../../src/testing/world/choices'
import { type BackendMaker, liveOut } from '../../../src/testing/world/life'
import { clinging, credulous, forgiving, hasty, http, restless, tiring, unanswered, watching } from './makers'

const HOURS = 3_600_000
const live = (choices: Choices, maker = http, mostDecisions = Infinity, logging = false) => liveOut(choices, { it: maker }, undefined, mostDecisions, logging)

/** Harmless choices, but for those of the scenario: which life, limit, way to tell the end ... */
const scenarioOf = (...decisions: readonly number[]) => recordedChoices([decisions])

/** What a session showed before it was stopped. */
const lastOf = (log: readonly string[]) => log.filter((line) => line.includes('signedIn=')).at(-2)

describe('a calm life', () => {
  it('keeps its session alive from beginning to end', async () => {
    const { violation, log, ...report } = await live(harmlessChoices(), http, Infinity, true)
    expect(report).toMatchObject({ calls: { check: 1 }, faults: {}, acts: {}, lost: 0, unsurvivable: 0 })
    // An extension every 27 minutes or so, and every three quarters of a life at least.
    const hours = report.virtualMs / HOURS
    expect(report.calls['extend']).toBeGreaterThan(hours / 1.5)
    expect(report.calls['extend']).toBeLessThan(3 * hours)
    expect(violation).toBeUndefined()
    expect(log.filter((line) => line.includes('ERR_'))).toEqual([])
    expect(log).toContain('000:00:00.000  tab 1: check')
    expect(log.some((line) => line.includes('signedIn=false'))).toBe(false)
    expect(lastOf(log)).toMatch(/signedIn=true certain=true/)
  })

  it.each([
    ['short', [1]],
    ['of a day', [3]],
    ['with a fixed end', [0, 3]],
    ['with an absolute end', [0, 2]],
    ['whose server tells a time to live', [0, 0, 1]],
    ['whose server tells nothing', [0, 0, 2]],
    ['whose server is three hours late, and does not say so', [0, 0, 0, 1, 0, 5]],
    ['with tokens that rotate', [0, 0, 0, 0, 3]],
    ['where nothing is kept alive', [0, 0, 0, 0, 0, 0, 3]],
    ['in three tabs', [0, 0, 0, 0, 0, 0, 0, 0, 0, 3]],
    ['where nobody is signed in', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3]],
  ])('breaks no law: %s', async (_, decisions) => {
    expect(await live(scenarioOf(...decisions))).toMatchObject({ violation: undefined, acts: {}, faults: {} })
  })

  it('tells a fixed end, and the end of what is not kept alive, as they are', async () => {
    for (const scenario of [
      [0, 3],
      [0, 0, 0, 0, 0, 0, 3],
    ]) {
      const { log } = await live(scenarioOf(...scenario), http, Infinity, true)
      expect(lastOf(log)).toMatch(/signedIn=false certain=true/)
    }
  })
})

describe('a life', () => {
  it('is the same for the same choices, also when they are told again', async () => {
    for (const seed of [6, 14]) {
      const choices = drawnChoices(seed)
      const report = await live(choices, http, Infinity, true)
      expect(await live(drawnChoices(seed), http, Infinity, true)).toEqual(report)
      const told = recordedChoices(choices.record)
      expect(await live(told, http, Infinity, true)).toEqual(report)
      expect(told.decisions).toBe(choices.decisions)
    }
  })

  it('logs nothing unless asked, and lives the same', async () => {
    const silent = await live(drawnChoices(6))
    const { log, ...told } = await live(drawnChoices(6), http, Infinity, true)
    expect(silent).toEqual({ ...told, log: [] })
    expect(log.length).toBeGreaterThan(50)
    const times = log.map((line) => line.split('  ')[0] ?? '')
    for (const time of times) expect(time).toMatch(/^\d{3,}:\d\d:\d\d\.\d{3}$/)
    expect([...times].sort()).toEqual(times)
  })

  it.each([20, 100, 200])('is cut short after %d decisions', async (most) => {
    const choices = drawnChoices(1)
    await live(choices, http, most)
    expect(choices.decisions).toBeGreaterThanOrEqual(most)
    expect(choices.decisions).toBeLessThan(most + 40)
  })

  it('may be cut short anywhere, and then judges nothing that it cannot know', async () => {
    const threeTabs = () => scenarioOf(0, 0, 0, 0, 0, 0, 0, 0, 0, 3)
    const choices = threeTabs()
    const { steps } = await live(choices)
    for (let most = choices.decisions; most > choices.decisions - 15; most--) {
      const report = await live(threeTabs(), http, most)
      expect(report.violation).toBeUndefined()
      expect(report.steps).toBeLessThanOrEqual(steps)
    }
  }, 20_000)

  it('breaks no law where nothing can extend', async () => {
    for (let seed = 1; seed < 40; seed++) expect((await live(drawnChoices(seed), watching, 500)).violation).toBeUndefined()
  }, 20_000)

  it('ends its story with the law that is broken', async () => {
    const { log, violation } = await live(harmlessChoices(), tiring, Infinity, true)
    expect(violation).toBeDefined()
    expect(log.slice(-3).join()).toMatch(/ law 8 is broken: tab 1: sets a timer of 2147483648 ms/)
  })

  it('opens no more than the tabs it says', async () => {
    const { log } = await live(scenarioOf(0, 0, 0, 0, 0, 0, 0, 0, 0, 2), http, Infinity, true)
    expect(log.filter((line) => line.endsWith('opens'))).toHaveLength(2)
  })

  it('waits for a machine that sleeps in the end', async () => {
    for (let seed = 6; seed < 60; seed++) {
      const { log, violation } = await live(drawnChoices(seed), http, 2_000, true)
      const atRest = log.slice(log.findIndex((line) => line.includes('all is well again')))
      if (!atRest.some((line) => line.includes('wake'))) continue
      expect(violation).toBeUndefined()
      return
    }
    expect.unreachable('in no world')
  }, 20_000)
})

describe('a life finds a backend that', () => {
  it.each<[string, BackendMaker, number, RegExp]>([
    ['takes a failure for a no', hasty, 1, /^tab \d+: signed out \((ended|absent)\), and nobody said so$/],
    ['says yes when a session is lost', credulous, 5, /^lost a session after \d+ s of quiet$/],
    ['says yes when it has just said no', forgiving, 6, /^tab \d+: signed in again, and nobody signed in$/],
    ['says yes to the end', credulous, 10, /^tab \d+: believes a dead session alive \(active\.\w+\) long after all is well again$/],
    ['never tells of a sign-out', clinging, 6, /^tab \d+: has not told of a sign-out \(expired\.unrevoked\) long after all is well again$/],
    ['keeps a timer', restless, 8, /^tab \d+: keeps a timer after the last release$/],
    ['is never answered', unanswered, 10, /^tab \d+: is not certain \(unknown\.\w+\) long after all is well again$/],
  ])('%s', async (_, maker, law, what) => {
    // Not in every world.
    for (let seed = 6; seed < 60; seed++) {
      const { violation, steps } = await live(drawnChoices(seed), maker, 800)
      if (violation?.law !== law || !what.test(violation.what)) continue
      expect(violation.step).toBeLessThanOrEqual(steps)
      return
    }
    expect.unreachable('in no world')
  }, 20_000)
})
