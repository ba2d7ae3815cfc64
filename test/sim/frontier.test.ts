import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import figures from '../../docs/frontier.json' with { type: 'json' }
import { root } from '../../scripts/entries'
import { outlast } from '../../scripts/frontier/clients'
import { runCell } from '../../scripts/frontier/days'
import { DAYS, type Figures, promises, twoHours } from '../../scripts/frontier/figures'
import { chart, fill } from '../../scripts/frontier/render'

const measured = figures as Figures
const read = (path: string) => readFileSync(join(root, path), 'utf8')

describe('the page on scheduling', () => {
  it('has the figures that were measured', () => {
    const page = read('docs/scheduling.md')
    expect(fill(page, measured)).toBe(page)
    expect(chart(measured)).toBe(read('docs/frontier.svg'))
  })

  it('keeps its promises', () => {
    expect(promises(measured).filter(({ kept }) => !kept)).toEqual([])
  })

  it.each(['mild', 'harsh'] as const)('tells what the code does today, on %s days', async (outages) => {
    const published = measured.clients.find(({ name, cell }) => name === 'Outlast' && cell.outages === outages && cell.sleeps === 0.75)
    expect(published).toMatchObject(await runCell(outlast, { ...twoHours, outages }, DAYS))
  })
})
