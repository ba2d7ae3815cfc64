import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from './entries'
import { figuresOf, fill, LEAST_SCORE, type Score, scoreOf, text } from './mutation/figures'
import { leftOut, type Row, rows } from './mutation/rows'
import { install, progress, publish } from './publish'

// `npm run mutation [-- --json] [src/clock.ts ...]`: changes one thing at a time in what a session is, and counts how often
// a test notices. Row by row, and what was found out about the same file and tests is not tried again, so it can be
// stopped at any time. A run of all rows writes what it found into docs/. Not a part of `npm test`: it takes an hour or more.

interface Mutant {
  readonly status: string
}

const run = promisify(execFile)
const home = join(root, 'bench/mutation')
const cache = join(root, '.cache/mutation')
const stryker = join(home, 'node_modules/@stryker-mutator/core/bin/stryker.js')

const filesIn = (folder: string) => readdirSync(join(root, folder)).filter((name) => name.endsWith('.ts')).map((name) => `${folder}/${name}`)
const unknown = ['machines', 'src', 'src/tabs'].flatMap(filesIn).filter((file) => !leftOut.includes(file) && !rows.some((row) => row.file === file))
if (unknown.length > 0) throw new Error(`scripts/mutation/rows.ts lacks ${unknown.join(', ')}`)

install(home)

const hashOf = (files: readonly string[]) => {
  const hash = createHash('sha256')
  for (const file of files) hash.update(`${file}\n`).update(readFileSync(join(root, file)))
  return hash.digest('hex').slice(0, 16)
}
const tools = ['package-lock.json', 'stryker.config.js', 'vitest.config.js', 'together.test.js', 'words.js'].map((name) => `bench/mutation/${name}`)

async function mutantsOf({ file, tests }: Row): Promise<readonly Mutant[]> {
  const folder = join(cache, file.replace(/\W+/g, '-'))
  const report = join(folder, `${hashOf([file, ...tests, ...tools])}.json`)
  if (!existsSync(report)) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    const env = { ...process.env, MUTATION_FILE: file, MUTATION_TESTS: tests.join(','), MUTATION_CACHE: folder, MUTATION_REPORT: report }
    await run(process.execPath, [stryker, 'run', join(home, 'stryker.config.js')], { cwd: root, env, maxBuffer: 2 ** 26 })
  }
  const { files } = JSON.parse(readFileSync(report, 'utf8')) as { files: Record<string, { mutants: readonly Mutant[] }> }
  return Object.values(files).flatMap(({ mutants }) => mutants)
}

const wanted = process.argv.slice(2).filter((word) => word.endsWith('.ts'))
const chosen = rows.filter(({ file }) => wanted.length === 0 || wanted.includes(file))
const scores: Score[] = []
for (const row of chosen) {
  progress(`${String(scores.length)} of ${String(chosen.length)} files, now ${row.file}`)
  scores.push(scoreOf(row.file, await mutantsOf(row)))
}
const figures = figuresOf(scores)
if (wanted.length === 0) publish('mutation', 'reliability.md', figures, { fill })

console.log(process.argv.includes('--json') ? JSON.stringify(figures, null, 2) : `\n${text(figures)}`)
process.exitCode = figures.all.score >= LEAST_SCORE ? 0 : 1
