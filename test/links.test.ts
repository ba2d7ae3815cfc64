import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../scripts/entries'

const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], { cwd: root, encoding: 'utf8' }).trim().split('\n')
const textOf = (page: string) => readFileSync(join(root, page), 'utf8')
/** As GitHub makes them. */
const anchorsOf = (text: string) => [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading.toLowerCase().replace(/[^\w\- ]/g, '').replace(/ /g, '-'))
const linksOf = (text: string) => [...text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link).filter((link) => !/^\w+:/.test(link))

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
