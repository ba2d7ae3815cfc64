import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './entries'

// `npm test`: everything that must hold before a change is merged. All steps run even after a failure, so that one
// run shows all there is to repair; a step is silent unless it fails.

const report = '.cache/report.json'

const steps = [
  { name: 'typecheck', command: 'tsc' },
  { name: 'lint', command: 'eslint . --max-warnings 0' },
  { name: 'build', command: 'tsup' },
  { name: 'tests', command: `vitest run --coverage --reporter=default --reporter=json --outputFile.json=${report}` },
  { name: 'publint', command: 'publint run --strict' },
  // node10 resolution knows no exports map, and every supported Node does.
  { name: 'types as packed', command: 'attw --pack . --profile node16' },
  { name: 'size', command: 'tsx scripts/size.ts' },
  { name: 'machines', command: 'tsx scripts/machines.ts --check' },
]

interface Outcome {
  readonly ok: boolean
  readonly output: string
}

function run(command: string): Promise<Outcome> {
  return new Promise(resolve => {
    const child = spawn(command, { cwd: root, shell: true, stdio: ['ignore', 'pipe', 'pipe'] })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.on('error', error => resolve({ ok: false, output: error.message }))
    child.on('close', code => resolve({ ok: code === 0, output: Buffer.concat(chunks).toString() }))
  })
}

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly testResults: readonly { status: string; assertionResults: readonly { status: string }[] }[]
}

/** What vitest itself counted. A file that failed before its first test counts as one failure, which vitest's number leaves out. */
function count(): { passed: number; failed: number; skipped: number } | undefined {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(readFileSync(join(root, report), 'utf8')) as Report
    const brokenFiles = testResults.filter(file => file.status === 'failed' && !file.assertionResults.some(test => test.status === 'failed'))
    return { passed: numPassedTests, failed: numFailedTests + brokenFiles.length, skipped: numPendingTests }
  } catch {
    return undefined
  }
}

mkdirSync(join(root, '.cache'), { recursive: true })
rmSync(join(root, report), { force: true })

const failed: string[] = []
for (const { name, command } of steps) {
  const startedAt = performance.now()
  const { ok, output } = await run(command)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`${ok ? 'ok  ' : 'FAIL'}  ${name.padEnd(16)} ${seconds.padStart(6)} s`)
  if (ok) continue
  failed.push(name)
  console.log(`\n${output.trimEnd()}\n`)
}

const counted = count()
console.log()
if (failed.length > 0) console.log(`Failed steps: ${failed.join(', ')}`)
if (counted === undefined) console.log('vitest left no report')
else if (counted.skipped > 0) console.log(`${String(counted.skipped)} skipped`)
console.log(`${String(counted?.passed ?? 0)} passed, ${String(counted?.failed ?? 0)} failed`)
process.exitCode = failed.length > 0 || counted === undefined || counted.failed > 0 ? 1 : 0
