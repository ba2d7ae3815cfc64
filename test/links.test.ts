import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../scripts/entries'

const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md', 'llms.txt'], { cwd: root, encoding: 'utf8' }).trim().split('\n')
const guides = pages.filter((page) => /^docs\/[^/]+\.md$/.test(page))
const textOf = (page: string) => readFileSync(join(root, page), 'utf8')
/** As GitHub makes them. */
const anchorsOf = (text: string) => [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading.toLowerCase().replace(/[^\w\- ]/g, '').replace(/ /g, '-'))
const linksOf = (text: string) => [...text.replace(/^```[\s\S]*?^```|<!--[\s\S]*?-->/gm, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link).filter((link) => !/^\w+:/.test(link))

it.each(pages)('every link of %s leads somewhere', (page) => {
  const lost = linksOf(textOf(page)).filter((link) => {
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? page : join(dirname(page), path)
    return !existsSync(join(root, target)) || (anchor !== undefined && !anchorsOf(textOf(target)).includes(anchor))
  })
  expect(lost).toEqual([])
})

it('there are pages with links', () => {
  expect(pages).toContain('README.md')
  expect(pages.flatMap((page) => linksOf(textOf(page))).length).toBeGreaterThan(20)
})

it.each(['docs/README.md', 'llms.txt'])('%s names every guide once', (index) => {
  const named = linksOf(textOf(index)).map((link) => join(dirname(index), link))
  expect(named.filter((page) => guides.includes(page) && page !== 'docs/README.md').sort()).toEqual(guides.filter((page) => page !== 'docs/README.md').sort())
})

it('llms.txt has a title, a summary, and a line for each link', () => {
  const [title, , summary, , ...rest] = textOf('llms.txt').split('\n')
  expect(title).toMatch(/^# /)
  expect(summary).toMatch(/^> /)
  // Below the first section there are links, each with what it is about.
  const sections = rest.join('\n').replace(/<!--.*?-->\n/g, '').split(/^## .+$/m).slice(1)
  expect(sections.length).toBeGreaterThan(2)
  for (const line of sections.flatMap((section) => section.trim().split('\n'))) expect(line).toMatch(/^- \[[^\]]+\]\([^)]+\): .+/)
})
