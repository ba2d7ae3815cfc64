import { describe, expect, it } from 'vitest'
import { importPatched } from '../../scripts/patched'
import type * as Entry from '../../scripts/sim/entry'
import { plantedAmongTabs, plantedBugs } from './plantedBugs'

const DECISIONS = 1_000_000

describe('the simulator finds', () => {
  it.each(plantedBugs)('law $law broken: $what', async ({ law, file, find, replace }) => {
    const { simulate, backends } = await importPatched<typeof Entry>('scripts/sim/entry.ts', `planted-${law}`, [{ file, find, replace }])
    const { violations, decisions } = await simulate({ seed: 1, decisions: DECISIONS, backends })
    expect(violations.map((violation) => violation.law)).toEqual([law])
    expect(decisions).toBeLessThanOrEqual(DECISIONS)
    const [{ trace, what }] = violations as [(typeof violations)[number]]
    console.log(`law ${law}: after ${decisions} decisions, in ${trace.length} lines: ${what}`)
  })

  it.each(plantedAmongTabs)('among tabs with limits, law $law broken: $what', async ({ law, what: bug, seed = 1, file, find, replace }) => {
    const { simulate, backendsWithStepUp: backends, ports, limits } = await importPatched<typeof Entry>('scripts/sim/entry.ts', `planted-tabs-${bug.replace(/\W+/g, '-')}`, [{ file, find, replace }])
    const { violations, decisions } = await simulate({ seed, decisions: DECISIONS, backends, ports, limits })
    expect(violations.map((violation) => violation.law)).toEqual([law])
    const [{ trace, what }] = violations as [(typeof violations)[number]]
    console.log(`law ${law}: after ${decisions} decisions, in ${trace.length} lines: ${what}`)
  })

  it('one bug of each law', () => {
    expect(plantedBugs.map(({ law }) => law)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })
})
