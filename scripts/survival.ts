import { execFile, execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pathToFileURL } from 'node:url'
import type { Client } from '../bench/survival/client'
import { type Effort, type Figures, measure, type Measured, measureLeast, promises, simple } from '../bench/survival/figures'
import { outlast, outlastOnPara } from '../bench/survival/ours'
import { chart, fill, tables } from '../bench/survival/render'
import { root } from './entries'

// `npm run bench:survival [-- --json]`: Outlast, other libraries as they are installed, and simple clients live through the
// same seeded lives in virtual time; several minutes. Writes what it found into docs/, where a test compares it with what the code does.

/** The libraries are dependencies of `bench/` alone, so this program names what it imports only when it runs. */
interface Peers {
  readonly peers: readonly Client[]
  readonly missing: Figures['missing']
}

const bench = join(root, 'bench')
if (!existsSync(join(bench, 'node_modules'))) {
  execFileSync('npm', ['ci', '--prefix', bench, '--ignore-scripts', '--no-audit', '--no-fund'], { stdio: ['ignore', 'ignore', 'inherit'] })
}
const { peers, missing } = (await import(pathToFileURL(join(bench, 'survival/peers/index.ts')).href)) as Peers

/** A page of its own for each client takes its room, and its time to open; and a call every five minutes its own. */
function efforts(client: Client): Effort {
  if (client === outlast) return { herd: 10_000, stretches: Infinity }
  if (client === outlastOnPara) return { herd: 1_000, stretches: Infinity }
  return simple.includes(client) ? { herd: 1_000, stretches: 2 } : { herd: 100, stretches: 2 }
}

const clients = [...simple, ...peers]
const progress = (text: string) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`)

// A process of its own measures each client; what it prints is what it measured.
const only = clients.find(({ name }) => name === process.argv[process.argv.indexOf('--client') + 1])
if (only) {
  const found = JSON.stringify(await measure(only, efforts(only)))
  await new Promise<void>((resolve) => void process.stdout.write(found, () => resolve()))
  process.exit()
}

const measured = new Map<string, Measured>()
async function work(queue: Iterator<Client>): Promise<void> {
  for (let next = queue.next(); !next.done; next = queue.next()) {
    const { name } = next.value
    progress(`${String(measured.size)} of ${String(clients.length)} measured, now ${name}`)
    const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, ...process.argv.slice(1, 2), '--client', name], { maxBuffer: 2 ** 26 })
    measured.set(name, JSON.parse(stdout) as Measured)
  }
}
const queue = clients.values()
await Promise.all(Array.from({ length: availableParallelism() }, () => work(queue)))

const figures: Figures = { clients: clients.flatMap(({ name }) => measured.get(name) ?? []), missing, least: await measureLeast() }
const promised = promises(figures)

writeFileSync(join(root, 'docs/survival.json'), `${JSON.stringify(figures, null, 1)}\n`)
writeFileSync(join(root, 'docs/survival.svg'), chart(figures))
const page = join(root, 'docs/reliability.md')
writeFileSync(page, fill(readFileSync(page, 'utf8'), figures))

if (process.argv.includes('--json')) console.log(JSON.stringify({ ...figures, promises: promised }, null, 2))
else for (const [name, text] of Object.entries(tables(figures))) console.log(`\n${name}\n\n${text}`)
process.exitCode = promised.every(({ kept }) => kept) ? 0 : 1
