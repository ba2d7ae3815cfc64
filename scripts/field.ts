import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { removals } from '../test/field/removals'
import { page, type Shown } from './field/page'
import { root } from './entries'

// `npm run field [-- --json] [F01 ...]`: takes away what protects from each failure of the field, one after the other, and
// shows that its tests pass with it and fail without. A run of all rows writes test/field/README.md.

interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly { readonly ancestorTitles: readonly string[]; readonly status: string; readonly failureMessages: readonly string[] }[]
  }[]
}
interface Test {
  readonly row: string
  readonly file: string
  readonly status: string
  readonly message: string
}

const cache = join(root, '.cache')
mkdirSync(cache, { recursive: true })
const report = join(cache, 'field.json')

/** The tests whose names match, in the given files, or in all; without what protects the row `removed`. */
async function run(names: string, files: readonly string[], removed = ''): Promise<Test[]> {
  // What an earlier run left must not be taken for this one's.
  rmSync(report, { force: true })
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const args = [vitest, 'run', '--config', 'test/field/removal.config.ts', '-t', names, '--reporter=json', `--outputFile=${report}`, ...files]
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, { cwd: root, timeout: 600_000, env: { ...process.env, REMOVED: removed } }, (_, stdout, stderr) => resolve(stdout + stderr))
  })
  try {
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report
    return testResults.flatMap(({ name, assertionResults }) =>
      assertionResults.map(({ ancestorTitles: [title = ''], status, failureMessages: [failure = ''] }) => ({
        row: title.split(':')[0] ?? '',
        file: relative(root, name),
        status,
        message: failure.split('\n')[0] ?? '',
      })),
    )
  } catch {
    throw new Error(`the tests did not run${removed && ` without what protects from ${removed}`}\n${output}`)
  }
}

/** A crash, or a test that could not even run, shows nothing: only what a test demanded and did not get counts. */
const isDemand = ({ status, message }: Test) => status === 'failed' && message.startsWith('AssertionError: ')

const wanted = process.argv.slice(2).filter((word) => /^F\d\d$/.test(word))
const isJson = process.argv.includes('--json')
const rows = removals.filter(({ row }) => wanted.length === 0 || wanted.includes(row))
const whole = await run(`^(${rows.map(({ row }) => row).join('|')}): `, [])
const shown: Shown[] = []
for (const { row } of rows) {
  const mine = whole.filter((test) => test.row === row)
  const without = await run(`^${row}: `, [...new Set(mine.map(({ file }) => file))], row)
  const failed = without.filter(isDemand)
  const passed = mine.filter(({ status }) => status === 'passed').length
  const isProven = passed > 0 && !mine.some(({ status }) => status === 'failed') && failed.length > 0
  const other = without.find((test) => test.status === 'failed' && !isDemand(test))
  shown.push({ row, passed, failed: failed.length, message: failed[0]?.message ?? other?.message ?? '', isProven })
  if (!isJson) console.log(`${row}  ${isProven ? 'fails without it' : 'NOT PROVEN      '}  ${failed.length} of ${passed}  ${shown.at(-1)?.message.slice(0, 120)}`)
}
if (wanted.length === 0) writeFileSync(join(root, 'test/field/README.md'), page(shown))
if (isJson) console.log(JSON.stringify(shown, null, 2))
process.exitCode = shown.every(({ isProven }) => isProven) ? 0 : 1
