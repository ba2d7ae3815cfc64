import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import figures from '../docs/throughput.json' with { type: 'json' }
import { root } from '../scripts/entries'
import { openFacade, openRaw, workloads } from '../scripts/throughput/events'
import { type Figures, LEAST_RATIO, ratioOf } from '../scripts/throughput/figures'
import { chart, fill } from '../scripts/throughput/render'

const measured: Figures = figures

describe('the throughput that is published', () => {
  it('is drawn and told as it was measured', () => {
    const page = readFileSync(join(root, 'docs/reliability.md'), 'utf8')
    expect(fill(page, measured)).toBe(page)
    expect(chart(measured)).toBe(readFileSync(join(root, 'docs/throughput.svg'), 'utf8'))
  })

  it('keeps its promise: at least nine tenths of raw XState, and one timer for each of 100,000 sessions', () => {
    expect(ratioOf(measured)).toBeGreaterThanOrEqual(LEAST_RATIO)
    expect(measured.cost.at(-1)).toMatchObject({ count: 100_000, timers: 1 })
  })

  it.each(Object.entries(workloads))('compares like with like: a session and the raw machine that %s end alike', async (_, { run }) => {
    const [raw, facade] = [await openRaw(), await openFacade()]
    const before = [raw.outcome(), facade.outcome()]
    await run(raw, 300)
    await run(facade, 300)
    expect(before[1]).toEqual(before[0])
    expect(facade.outcome()).toEqual(raw.outcome())
    // None of it is idle: each time a call is made, or somebody is told.
    expect(raw.outcome().calls + raw.outcome().told).toBeGreaterThanOrEqual(300)
  })
})
