import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Figures, measureLife, promises } from '../../bench/survival/figures'
import { outlast } from '../../bench/survival/ours'
import { chart, fill } from '../../bench/survival/render'
import { lives } from '../../bench/survival/traces'
import figures from '../../docs/survival.json' with { type: 'json' }
import { root } from '../../scripts/entries'

const measured = figures as Figures
const read = (path: string) => readFileSync(join(root, path), 'utf8')

describe('the page on reliability', () => {
  it('has the figures that were measured', () => {
    const page = read('docs/reliability.md')
    expect(fill(page, measured)).toBe(page)
    expect(chart(measured)).toBe(read('docs/survival.svg'))
  })

  it('keeps its promises', () => {
    expect(promises(measured).filter(({ kept }) => !kept)).toEqual([])
  })

  it.each([
    ['rolling deploy', 1],
    ['wrong clock', 20],
  ])('tells what the code does today, in a %s, in so many tabs: %i', async (name, tabs) => {
    const life = lives.find((one) => one.name === name)
    if (!life) throw new Error(`no life is called ${name}`)
    const published = measured.clients.find((client) => client.name === outlast.name)
    expect(await measureLife(outlast, outlast.name, life, tabs)).toEqual(published?.rows.find((row) => row.life === name && row.tabs === tabs))
  })
})
