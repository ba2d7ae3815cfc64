import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../../scripts/entries'

const textOf = (...path: string[]) => readFileSync(join(root, ...path), 'utf8')

/** What the guides show of files that are compiled or run elsewhere: the fence names the file. */
const excerpts = readdirSync(join(root, 'docs'))
  .filter(name => name.endsWith('.md'))
  .flatMap(page => [...textOf('docs', page).matchAll(/^```(?:ts|tsx|vue|svelte) (.+)\n([\s\S]*?)^```/gm)].map(([, file = '', text = '']) => ({ page, file, text })))

it.each(excerpts)('docs/$page shows $file as it is', ({ file, text }) => {
  expect(textOf(file)).toContain(text)
})

it.each(['react', 'vue', 'svelte'])('Para in %s takes fewer than fifteen lines of Outlast', framework => {
  const src = ['examples', `para-${framework}`, 'src']
  // What tells JSX of the element is a type, and no code.
  const files = readdirSync(join(root, ...src)).filter(name => !name.endsWith('.d.ts'))
  const lines = files.flatMap(name => textOf(...src, name).split('\n')).filter(line => /outlast|\bsession\b|useSelector|definePrompt/.test(line))
  expect(lines.length).toBeGreaterThan(5)
  expect(lines.length).toBeLessThan(15)
  expect(textOf('docs', 'para.md')).toContain(`Outlast is ${String(lines.length)} lines`)
})

it('there are excerpts', () => expect(excerpts.length).toBeGreaterThan(5))
