import { execFileSync } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './entries'

/** Tells whoever waits at a terminal how far a benchmark is. */
export function progress(text: string) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}

const writtenAt = (file: string) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0

/** Installs what only some need, which has a `package.json` of its own, unless that was done since its lock file changed. */
export function install(folder: string) {
  // npm leaves a copy of the lock file in what it installed.
  if (writtenAt(join(folder, 'node_modules/.package-lock.json')) >= writtenAt(join(folder, 'package-lock.json'))) return
  // npm is a script on Windows, hence the shell.
  execFileSync('npm', ['ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' })
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
