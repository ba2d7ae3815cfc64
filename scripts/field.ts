import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { removals } from '../test/field/removals'
import { page, type Shown } from './field/page'
import { root } from './entries'

// `npm run field [-- --json] [F01 ...]`: takes away what protects from each failure of the field, one after the other, and
// shows that its tests then fail; and that they pass when nothing is taken away. Writes test/field/README.md.

interface Report {
  readonly testResults: readonly { readonly assertionResults: readonly { readonly status: string; readonly failureMessages: readonly string[] }[] }[]
}

const cache = join(root, '.cache')
mkdirSync(cache, { recursive: true })

/** The tests of a row, with or without what protects it. */
async function run(row: string, removed: boolean): Promise<{ passed: number; failures: string[] }> {
  const file = join(cache, `field-${row}.json`)
  writeFileSync(file, '{}')
  const args = ['vitest', 'run', '--config', 'test/field/removal.config.ts', '-t', `^${row}: `, '--reporter=json', `--outputFile=${file}`]
  await new Promise<void>((resolve) => {
    execFile('npx', args, { cwd: root, timeout: 240_000, env: { ...process.env, REMOVED: removed ? row : '' } }, () => resolve())
  })
  const { testResults = [] } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Report>
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults)
  const failed = tests.filter(({ status }) => status === 'failed')
  return { passed: tests.filter(({ status }) => status === 'passed').length, failures: failed.map(({ failureMessages }) => String(failureMessages[0]).split('\n')[0] ?? '') }
}

const wanted = process.argv.slice(2).filter((word) => /^F\d\d$/.test(word))
const shown: Shown[] = []
for (const removal of removals.filter(({ row }) => wanted.length === 0 || wanted.includes(row))) {
  const whole = await run(removal.row, false)
  const without = await run(removal.row, true)
  const entry = { row: removal.row, passed: whole.passed, broken: whole.failures.length, failed: without.failures.length, message: without.failures[0] ?? '' }
  shown.push(entry)
  if (!process.argv.includes('--json')) console.log(`${entry.row}  ${entry.passed} passed, ${entry.broken} failed; without it ${entry.failed} failed  ${entry.message.slice(0, 110)}`)
}
if (process.argv.includes('--json')) console.log(JSON.stringify(shown, null, 2))
else if (wanted.length === 0) writeFileSync(join(root, 'test/field/README.md'), page(shown))
process.exitCode = shown.every(({ passed, broken, failed }) => passed > 0 && broken === 0 && failed > 0) ? 0 : 1
