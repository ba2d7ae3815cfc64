import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './entries'

/** Tells whoever waits at a terminal how far a benchmark is. */
export function progress(text: string) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}

/** Installs, once, what only a benchmark needs. */
export function install(folder: string) {
  if (existsSync(join(folder, 'node_modules'))) return
  execFileSync('npm', ['ci', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund'], { stdio: ['ignore', 'ignore', 'inherit'] })
}

/** Writes figures, their chart if they have one, and their places in a page into docs/. */
export function publish<Figures>(
  name: string,
  page: string,
  figures: Figures,
  { chart, fill }: { chart?(figures: Figures): string; fill(text: string, figures: Figures): string },
) {
  const docs = (file: string) => join(root, 'docs', file)
  writeFileSync(docs(`${name}.json`), `${JSON.stringify(figures, null, 1)}\n`)
  if (chart) writeFileSync(docs(`${name}.svg`), chart(figures))
  writeFileSync(docs(page), fill(readFileSync(docs(page), 'utf8'), figures))
}
