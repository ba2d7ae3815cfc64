import { describe, expect, it } from 'vitest'
import { type Choices, drawnChoices, harmlessChoices } from '../../../src/testing/world/choices'
import { drawConditions, drawScenario, type Weather, WEATHERS } from '../../../src/testing/world/scenario'
import { MINUTE, SECOND } from './visit'

const HOUR = 60 * MINUTE
const BACKENDS = ['one', 'other']

const many = <T>(times: number, draw: (choices: Choices) => T) => Array.from({ length: times }, (_, seed) => draw(drawnChoices(seed)))
const kinds = (values: readonly unknown[]) => [...new Set(values.map((value) => JSON.stringify(value) ?? ''))].sort()

describe('a scenario', () => {
  it('is calm where every choice is harmless', () => {
    expect(drawScenario(harmlessChoices(), BACKENDS, false)).toEqual({
      server: { lifeMs: 2 * HOUR, limit: 'rolling', tells: 'expiresAt', dated: true, rotates: false, clockOffsetMs: 0 },
      policy: { keepAlive: 'always', intervalMs: 5 * MINUTE },
      backend: 'one',
      tabs: 1,
      shared: false,
      signedIn: true,
      weather: 'clear',
      tellsOfWakes: true,
      steps: 50,
    })
  })

  it('is the same for the same choices, and another for others', () => {
    const drawn = many(50, (choices) => drawScenario(choices, BACKENDS, false))
    expect(many(50, (choices) => drawScenario(choices, BACKENDS, false))).toEqual(drawn)
    expect(kinds(drawn)).toHaveLength(50)
  })

  it('may be anything that it can be', () => {
    const drawn = many(500, (choices) => drawScenario(choices, BACKENDS, false))
    const of = (read: (scenario: (typeof drawn)[number]) => unknown) => kinds(drawn.map(read)).length
    expect({
      lives: of(({ server }) => server.lifeMs),
      limits: of(({ server }) => server.limit),
      tells: of(({ server }) => [server.tells, server.dated]),
      rotates: of(({ server }) => server.rotates),
      clocks: of(({ server }) => server.clockOffsetMs),
      policies: of(({ policy }) => policy),
      backends: of(({ backend }) => backend),
      tabs: of(({ tabs }) => tabs),
      signedIn: of(({ signedIn }) => signedIn),
      weathers: of(({ weather }) => weather),
      wakes: of(({ tellsOfWakes }) => tellsOfWakes),
    }).toEqual({ lives: 5, limits: 3, tells: 6, rotates: 2, clocks: 5, policies: 6, backends: 2, tabs: 3, signedIn: 2, weathers: 4, wakes: 2 })
    for (const { steps } of drawn) expect(steps).toBeGreaterThanOrEqual(50)
    for (const { steps } of drawn) expect(steps).toBeLessThanOrEqual(800)
  })
})

describe('the conditions of an exchange', () => {
  it.each(Object.keys(WEATHERS) as Weather[])('are as good as can be where every choice is harmless, even in weather that is %s', (weather) => {
    expect(drawConditions(harmlessChoices(), weather)).toEqual({ fault: undefined, thereMs: 10, backMs: 10 })
  })

  it('are without fault, and quick, in clear weather', () => {
    for (const { fault, thereMs, backMs } of many(500, (choices) => drawConditions(choices, 'clear'))) {
      expect(fault).toBeUndefined()
      expect(Math.max(thereMs, backMs)).toBeLessThanOrEqual(400)
    }
  })

  it.each([
    ['mild', 0.02],
    ['harsh', 0.2],
    ['storm', 0.7],
  ] as const)('are at fault in %s weather so often: %d; and slow half as often', (weather, often) => {
    const drawn = many(4_000, (choices) => drawConditions(choices, weather))
    const share = (is: (conditions: (typeof drawn)[number]) => boolean) => drawn.filter(is).length / drawn.length
    expect(Math.abs(share(({ fault }) => fault !== undefined) - often)).toBeLessThan(0.03)
    // A slow way takes less than half a second now and then.
    expect(Math.abs(share(({ thereMs, backMs }) => Math.max(thereMs, backMs) > 400) - often / 2)).toBeLessThan(0.03)
    expect(Math.max(...drawn.map(({ thereMs }) => thereMs))).toBeLessThanOrEqual(40 * SECOND)
  })

  it('know every kind of fault', () => {
    expect(kinds(many(2_000, (choices) => drawConditions(choices, 'storm').fault))).toHaveLength(18)
  })
})
