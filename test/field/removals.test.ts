import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../../scripts/entries'
import { rowOf } from '../../scripts/field/page'
import { removals } from './removals'
import { titles } from './titles'

const textOf = (file: string) => readFileSync(join(root, file), 'utf8')
const rows = Array.from({ length: 33 }, (_, i) => `F${String(i + 1).padStart(2, '0')}`)

describe('the failures of the field', () => {
  it('are all there, each with a test that says where it was reported, and with what protects from it', () => {
    expect([...titles().keys()].sort()).toEqual(rows)
    for (const [row, { threads }] of titles()) expect(threads, row).toMatch(/^[\w.-]+\/[\w.-]+#\d+(, [\w.-]+\/[\w.-]+#\d+)*$/)
    expect(removals.map(({ row }) => row)).toEqual(rows)
  })

  it.each(removals)('$row: what is removed still stands there exactly once', ({ patches }) => {
    expect(patches.length).toBeGreaterThan(0)
    for (const { file, find, replace } of patches) {
      expect(textOf(file).split(find).length - 1, `${file}: ${find}`).toBe(1)
      expect(replace).not.toBe(find)
    }
  })

  it.each(removals)('$row: the page tells what the table has, and that it was proven', (removal) => {
    const line = textOf('test/field/README.md').split('\n').find((text) => text.startsWith(rowOf(removal))) ?? ''
    expect(line.slice(rowOf(removal).length)).toMatch(/^ [1-9]\d* of [1-9]\d* \| `.+` \|$/)
  })

  it.each(removals.flatMap(({ row, browser }) => (browser ? { row, ...browser } : [])))('$row: there is such a test in a browser', ({ file, test }) => {
    expect(textOf(file)).toContain(test)
  })
})
