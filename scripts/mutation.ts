import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from './entries'
import { leftOut, type Row, rows } from './mutation/rows'

// `npm run mutation [-- --json] [src/clock.ts ...]`: changes one thing at a time in what a session is, and counts how often
// a test notices. Row by row, and what was found out about the same code and tests is not tried again, so it can be
// stopped at any time. A run of all rows writes docs/mutation.json. Not a part of `npm test`: it takes an hour or more.

const LEAST_SCORE = 90

interface Figures {
  readonly file: string
  readonly mutants: number
  /** Noticed by a test, or by never coming to an end. */
  readonly killed: number
  readonly timedOut: number
  readonly survived: number
  readonly score: number
}
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

if (!existsSync(stryker)) await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: home })

const hashOf = (files: readonly string[]) => {
  const hash = createHash('sha256')
  for (const file of files) hash.update(`${file}\n`).update(readFileSync(join(root, file)))
  return hash.digest('hex').slice(0, 16)
}
const code = ['machines', 'src', 'src/tabs'].flatMap(filesIn)
const tools = ['package-lock.json', 'stryker.config.js', 'vitest.config.js', 'together.test.js', 'words.js'].map((name) => `bench/mutation/${name}`)

async function mutantsOf({ file, tests }: Row): Promise<readonly Mutant[]> {
  const folder = join(cache, file.replace(/\W+/g, '-'))
  const report = join(folder, `${hashOf([...code, ...tests, ...tools])}.json`)
  if (!existsSync(report)) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    const env = { ...process.env, MUTATION_FILE: file, MUTATION_TESTS: tests.join(','), MUTATION_CACHE: folder, MUTATION_REPORT: report }
    await run(process.execPath, [stryker, 'run', join(home, 'stryker.config.js')], { cwd: root, env, maxBuffer: 2 ** 26 })
  }
  const { files } = JSON.parse(readFileSync(report, 'utf8')) as { files: Record<string, { mutants: readonly Mutant[] }> }
  return Object.values(files).flatMap(({ mutants }) => mutants)
}

function figuresOf(file: string, mutants: readonly Mutant[]): Figures {
  const count = (...statuses: string[]) => mutants.filter(({ status }) => statuses.includes(status)).length
  const timedOut = count('Timeout')
  const killed = count('Killed') + timedOut
  const survived = count('Survived', 'NoCoverage')
  return { file, mutants: killed + survived, killed, timedOut, survived, score: scoreOf(killed, killed + survived) }
}

/** In percent, rounded down to a tenth. */
const scoreOf = (killed: number, mutants: number) => (mutants === 0 ? 100 : Math.floor((1000 * killed) / mutants) / 10)

const wanted = process.argv.slice(2).filter((word) => word.endsWith('.ts'))
const isJson = process.argv.includes('--json')
const figures: Figures[] = []
const line = ({ file, mutants, killed, survived, score }: Figures) =>
  `${file.padEnd(30)}${[mutants, killed, survived].map((count) => String(count).padStart(9)).join('')}${`${score.toFixed(1)} %`.padStart(10)}`
if (!isJson) console.log(`${''.padEnd(30)}  mutants   killed survived     score`)
for (const row of rows.filter(({ file }) => wanted.length === 0 || wanted.includes(file))) {
  figures.push(figuresOf(row.file, await mutantsOf(row)))
  if (!isJson) console.log(line(figures.at(-1) as Figures))
}
const sum = (key: 'mutants' | 'killed' | 'timedOut' | 'survived') => figures.reduce((total, { [key]: count }) => total + count, 0)
const all: Figures = { file: 'all', mutants: sum('mutants'), killed: sum('killed'), timedOut: sum('timedOut'), survived: sum('survived'), score: scoreOf(sum('killed'), sum('mutants')) }

if (wanted.length === 0) writeFileSync(join(root, 'docs/mutation.json'), `${JSON.stringify({ all, files: figures }, null, 1)}\n`)
console.log(isJson ? JSON.stringify({ all, files: figures }, null, 2) : line(all))
process.exitCode = all.score >= LEAST_SCORE ? 0 : 1
