import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './entries'
import { frameworks } from './examples/frameworks'
import { measure } from './examples/measure'
import { put, table } from './frontier/render'
import { install, progress } from './publish'

// `npm run examples [-- --json]`: the apps of examples/, each with the types of its framework checked, built on the package as
// it is published, and driven in Chromium. Writes into README.md how much of each is Outlast.

const examples = join(root, 'examples')
const cache = join(root, '.cache')
const report = join(cache, 'examples.json')

function run(what: string, command: string, args: readonly string[], cwd = root) {
  progress(what)
  try {
    execFileSync(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8', maxBuffer: 2 ** 26, shell: process.platform === 'win32' })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    console.error(`${what}\n${stdout}${stderr}`)
    process.exit(1)
  }
}

mkdirSync(cache, { recursive: true })
rmSync(report, { force: true })
run('The package is built', 'npm', ['run', 'build'])
run('and packed', 'npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', cache])
progress('The frameworks are installed')
install(examples)
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
// Unpacked, and not installed: npm would look for another place for everything, and what Outlast depends on is there.
const home = join(examples, 'node_modules/outlast')
rmSync(home, { recursive: true, force: true })
mkdirSync(home)
run('Outlast is unpacked', 'tar', ['-xzf', join(cache, `outlast-${version}.tgz`), '-C', home, '--strip-components', '1'])
for (const name of [...frameworks.map(({ name }) => name), 'para-react', 'para-vue', 'para-svelte']) run(`examples/${name} is built`, 'npm', ['run', 'build'], join(examples, name))

progress('They are driven in Chromium')
run('They are driven in Chromium', 'npx', ['vitest', 'run', '--config', 'test/apps/vitest.config.ts', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`])
const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8')) as { numPassedTests: number; numFailedTests: number }

progress('They are measured')
const figures = await measure()
const text = table(
  ['framework', 'tested with', 'lines of Outlast', 'adds'],
  figures.map(({ framework, version, lines, bytes }) => [framework, version, String(lines), `${(bytes / 1_024).toFixed(1)} KB`]),
)
const readme = join(root, 'README.md')
writeFileSync(readme, put(readFileSync(readme, 'utf8'), { frameworks: text }))

if (process.argv.includes('--json')) console.log(JSON.stringify({ figures, passed: numPassedTests, failed: numFailedTests }, null, 2))
else console.log(`\n${text}\n\n${String(numPassedTests)} passed, ${String(numFailedTests)} failed`)
