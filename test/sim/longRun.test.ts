import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import figures from '../../docs/long-run.json' with { type: 'json' }
import { root } from '../../scripts/entries'
import { fill, kinds, merged, totalOf } from '../../scripts/longRun/figures'
import type { SimulationReport } from '../../src/testing'

describe('the long run that is published', () => {
  it('is told as it was counted', () => {
    const page = readFileSync(join(root, 'docs/reliability.md'), 'utf8')
    expect(fill(page, figures)).toBe(page)
    expect(figures.kinds.map(({ what }) => what)).toEqual(kinds.map(({ what }) => what))
  })

  it('broke no law, in ten million decisions and a million faults at least', () => {
    expect(totalOf(figures, 'violations')).toBe(0)
    expect(totalOf(figures, 'decisions')).toBeGreaterThanOrEqual(10_000_000)
    expect(totalOf(figures, 'faults')).toBeGreaterThanOrEqual(1_000_000)
  })

  it('adds up what its runs report', () => {
    const report: SimulationReport = { seed: 1, worlds: 2, decisions: 30, steps: 4, virtualHours: 5, calls: { check: 6, extend: 7 }, faults: { refused: 8 }, acts: {}, lost: 1, unsurvivable: 1, violations: [] }
    expect(merged('both', [report, report])).toMatchObject({ what: 'both', decisions: 60, calls: 26, faults: 16, acts: 0, violations: 0 })
  })
})
