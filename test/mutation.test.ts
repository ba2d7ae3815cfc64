import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import figures from '../docs/mutation.json' with { type: 'json' }
import { root } from '../scripts/entries'
import { figuresOf, fill, LEAST_SCORE, scoreOf } from '../scripts/mutation/figures'
import { rows } from '../scripts/mutation/rows'

describe('the mutation score that is published', () => {
  it('is told as it was measured, of every file', () => {
    const page = readFileSync(join(root, 'docs/reliability.md'), 'utf8')
    expect(fill(page, figures)).toBe(page)
    expect(figures.files.map(({ file }) => file)).toEqual(rows.map(({ file }) => file))
    expect(figuresOf(figures.files)).toEqual(figures)
  })

  it('is the one that the README names', () => {
    const { mutants, score } = figures.all
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(`Of ${mutants.toLocaleString('en')} mutants of the statechart, the core and the tabs, the tests notice ${String(score)} %.`)
  })

  it('keeps its promise', () => {
    expect(figures.all.score).toBeGreaterThanOrEqual(LEAST_SCORE)
  })

  it('takes for noticed what fails or never ends, and rounds down', () => {
    const mutants = ['Killed', 'Timeout', 'Survived', 'NoCoverage', 'Ignored', 'Killed', 'Killed'].map((status) => ({ status }))
    expect(scoreOf('a.ts', mutants)).toEqual({ file: 'a.ts', mutants: 6, killed: 4, timedOut: 1, survived: 2, score: 66.6 })
  })
})
