import { describe, expect, it } from 'vitest'
import { drawnChoices, harmlessChoices } from '../../../src/testing/world/choices'
import { liveOut } from '../../../src/testing/world/life'
import { drawScenario, type Scenario } from '../../../src/testing/world/scenario'
import { type FoundViolation, simulate, type SimulateOptions } from '../../../src/testing/world/simulate'
import { crowded, hasty, http, tiring } from './makers'

const backends = { http }
const sum = (counts: { readonly [name: string]: number }) => Object.values(counts).reduce((a, b) => a + b, 0)

describe('a simulation', () => {
  it('is the same for the same seed, to the letter, and another for another', async () => {
    const report = await simulate({ seed: 3, decisions: 2_000, backends })
    const again = await simulate({ seed: 3, decisions: 2_000, backends })
    expect(again).toEqual(report)
    expect(JSON.stringify(again)).toBe(JSON.stringify(report))
    const { seed, ...other } = await simulate({ seed: 4, decisions: 2_000, backends })
    expect(seed).toBe(4)
    expect(report).not.toMatchObject(other)
  })

  it('does not depend on the order in which its counts came about', async () => {
    const { calls, faults, acts } = await simulate({ seed: 5, decisions: 2_000, backends })
    for (const counts of [calls, faults, acts]) {
      // JavaScript puts whole numbers first.
      const names = Object.keys(counts).filter((name) => !/^\d+$/.test(name))
      expect(names).toEqual([...names].sort())
    }
  })

  it.each([1, 500, 3_000])('stops after %d decisions, with the step that takes the last of them', async (decisions) => {
    const report = await simulate({ seed: 6, decisions, backends })
    expect(report.violations).toEqual([])
    expect(report.decisions).toBeGreaterThanOrEqual(decisions)
    expect(report.decisions).toBeLessThan(decisions + 40)
  })

  it('stops with the world in which the hours are over', async () => {
    const one = await simulate({ seed: 3, hours: 0.001, backends })
    expect(one.worlds).toBe(1)
    const more = await simulate({ seed: 3, hours: one.virtualHours + 1, backends })
    expect(more.worlds).toBeGreaterThan(1)
    expect(more.virtualHours).toBeGreaterThan(one.virtualHours)
  })

  it('stops at whichever comes first, decisions or hours', async () => {
    expect((await simulate({ seed: 3, hours: 10_000, decisions: 500, backends })).decisions).toBeLessThan(540)
    expect((await simulate({ seed: 3, hours: 0.001, decisions: 1_000_000, backends })).worlds).toBe(1)
  })

  it('puts every backend into some world', async () => {
    const made: string[] = []
    const named = (name: string): typeof http => (tab, ...person) => (made.push(name), http(tab, ...person))
    await simulate({ seed: 3, decisions: 4_000, backends: { one: named('one'), other: named('other') } })
    expect(new Set(made)).toEqual(new Set(['one', 'other']))
  })

  it.each<[string, Partial<SimulateOptions>]>([
    ['a seed that is not whole', { seed: 0.5 }],
    ['a seed that is no number', { seed: NaN }],
    ['a seed too great to be whole', { seed: 2 ** 53 }],
    ['no decision', { decisions: 0 }],
    ['a weather that there is not', { weather: 'hail' as 'storm' }],
    ['decisions that are no number', { decisions: NaN }],
    ['less than no decision', { decisions: -1 }],
    ['no hour', { hours: 0 }],
    ['hours that are no number', { hours: NaN }],
    ['no backend', { backends: {} }],
  ])('refuses %s', async (_, options) => {
    await expect(simulate({ seed: 1, decisions: 1, backends, ...options })).rejects.toMatchObject({ code: 'ERR_SESSION_BAD_OPTION' })
  })

  it.each([0, -1, 2 ** 32, Number.MAX_SAFE_INTEGER])('takes any whole seed: %d', async (seed) => {
    expect(await simulate({ seed, decisions: 100, backends })).toMatchObject({ seed, worlds: 1, violations: [] })
  })
})

describe('the shipping backend', () => {
  it('lives through everything that can happen, and breaks no law', async () => {
    const reports = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((seed) => simulate({ seed, decisions: 3_000, backends })))
    const all = (which: 'acts' | 'faults' | 'calls') => [...new Set(reports.flatMap((report) => Object.keys(report[which])))].sort()
    expect(reports.flatMap(({ violations }) => violations)).toEqual([])
    expect(all('calls')).toEqual(['check', 'extend', 'revoke', 'signIn'])
    expect(all('faults').join(', ')).toBe('403, 429 retry-after, 500, 502, 503, 503 retry-after, 511, broken, drip, garbage, lostReply, lostRequest, oversize, portal, redirect, refused')
    expect(all('acts').join(', ')).toBe(
      'another person, cancel, check, clock drifts, clock set, close, crash, cut, extend, freeze, hide, open, reauthenticate, restart, restored, resume, revoked, run, show, signOut, sleep, wake, weather',
    )
    for (const { acts, calls, faults, steps, decisions, worlds, lost, unsurvivable, virtualHours } of reports) {
      expect(worlds).toBeGreaterThan(0)
      expect(steps).toBeGreaterThan(decisions / 4)
      expect(steps).toBeLessThan(decisions)
      expect(virtualHours).toBeGreaterThanOrEqual(worlds)
      expect(sum(calls)).toBeLessThan(steps)
      // What befalls a call befalls it once.
      expect(sum(faults)).toBeLessThanOrEqual(sum(calls))
      expect(unsurvivable).toBeLessThanOrEqual(lost)
      expect(acts['wake'] ?? 0).toBeLessThanOrEqual(acts['sleep'] ?? 0)
      expect(acts['restored'] ?? 0).toBeLessThanOrEqual(acts['cut'] ?? 0)
      expect(acts['resume'] ?? 0).toBeLessThanOrEqual(acts['freeze'] ?? 0)
    }
  }, 20_000)
})

describe('a law that is broken', () => {
  const seeds = Array.from({ length: 100 }, (_, seed) => seed)
  const named = (scenario: string | undefined) => JSON.parse(scenario?.slice(scenario.indexOf('{')) ?? '') as Scenario

  it('is found, and told in the smallest story', async () => {
    const { violations } = await simulate({ seed: 1, backends: { tiring } })
    const [{ seed, step, trace, ...found }] = violations as [FoundViolation]
    expect([violations.length, found]).toEqual([1, { law: 8, what: 'tab 1: sets a timer of 2147483648 ms' }])
    const { log, violation } = await liveOut(drawnChoices(seed), { tiring }, undefined, Infinity, true)
    expect(violation).toMatchObject({ law: 8, step })
    expect(trace.length).toBeLessThan(log.length)
    // Nothing need happen for it.
    expect(named(trace[0])).toEqual(drawScenario(harmlessChoices(), ['tiring'], false))
    expect(trace.filter((line) => line.endsWith('tab 1: extend'))).toHaveLength(3)
  }, 20_000)

  it('is told with what it needs', async () => {
    const { violations } = await simulate({ seed: 1, backends: { crowded } })
    expect(violations).toMatchObject([{ law: 8, what: 'tab 3: sets a timer of 2147483648 ms' }])
    expect(named(violations[0]?.trace[0])).toEqual({ ...drawScenario(harmlessChoices(), ['crowded'], false), tabs: 3 })
  }, 20_000)

  it('is found at once in the world that it names', async () => {
    for (const seed of seeds) {
      if ((await liveOut(drawnChoices(seed), { crowded }, undefined, 100)).violation) continue
      const { worlds, violations } = await simulate({ seed, decisions: 1_000, backends: { crowded } })
      if (worlds === 1 || violations.length === 0) continue
      const again = await simulate({ seed: violations[0]?.seed as number, backends: { crowded } })
      expect([again.worlds, again.violations]).toEqual([1, violations])
      return
    }
    expect.unreachable('with no seed')
  }, 20_000)

  it('may be one that only bad weather brings out', async () => {
    for (const seed of seeds) {
      if (!(await liveOut(drawnChoices(seed), { hasty }, undefined, 100)).violation) continue
      const [found] = (await simulate({ seed, decisions: 100, backends: { hasty } })).violations
      expect(found).toMatchObject({ law: 1, what: expect.stringMatching(/^tab \d+: signed out \((absent|ended)\), and nobody said so$/) as string })
      expect(found?.trace.some((line) => line.includes('signedIn=false'))).toBe(true)
      return
    }
    expect.unreachable('with no seed')
  }, 20_000)

  it('is told as it was when it does not happen again', async () => {
    let broken = false
    const once: typeof http = (tab, ...person) => {
      const { check, ...backend } = http(tab, ...person)
      const breakIt = () => broken || ((broken = true), tab.platform.setTimeout(() => {}, Infinity))
      return { ...backend, check: (call) => (breakIt(), check(call)) }
    }
    const { violations } = await simulate({ seed: 6, backends: { once } })
    expect(violations).toMatchObject([{ law: 8, what: 'tab 1: sets a timer of Infinity ms', seed: 6 }])
    // A life in which nothing is wrong.
    expect(violations[0]?.trace.length).toBeGreaterThan(3)
  }, 20_000)
})
