import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Client } from '../bench/survival/client'
import { type Effort, type Figures, measure, type Measured, measureLeast, promises, simple } from '../bench/survival/figures'
import { outlast, outlastOnPara } from '../bench/survival/ours'
import { chart, fill, tables } from '../bench/survival/render'
import { root } from './entries'
import { inParallel, printedBy } from './parallel'
import { install, progress, publish } from './publish'

// `npm run bench:survival [-- --json]`: Outlast, other libraries as they are installed, and simple clients live through the
// same seeded lives in virtual time; a quarter of an hour. Writes what it found into docs/, where a test compares it with what the code does.

/** The libraries are dependencies of `bench/` alone, so this program names what it imports only when it runs. */
interface Peers {
  readonly peers: readonly Client[]
  readonly missing: Figures['missing']
}

const bench = join(root, 'bench')
install(bench)
const { peers, missing } = (await import(pathToFileURL(join(bench, 'survival/peers/index.ts')).href)) as Peers

/** A page of its own for each client takes its room, and its time to open; and a call every five minutes its own. */
function efforts(client: Client): Effort {
  if (client === outlast) return { herd: 10_000, stretches: Infinity }
  if (client === outlastOnPara) return { herd: 1_000, stretches: Infinity }
  return simple.includes(client) ? { herd: 1_000, stretches: 2 } : { herd: 100, stretches: 2 }
}

const clients = [...simple, ...peers]

// A process of its own measures each client; what it prints is what it measured.
const only = clients.find(({ name }) => name === process.argv[process.argv.indexOf('--client') + 1])
if (only) {
  const found = JSON.stringify(await measure(only, efforts(only)))
  await new Promise<void>((resolve) => void process.stdout.write(found, () => resolve()))
  process.exit()
}

const measured = new Map<string, Measured>()
await inParallel(clients, async ({ name }) => {
  progress(`${String(measured.size)} of ${String(clients.length)} measured, now ${name}`)
  measured.set(name, await printedBy<Measured>(import.meta.filename, ['--client', name]))
})

const figures: Figures = { clients: clients.flatMap(({ name }) => measured.get(name) ?? []), missing, least: await measureLeast() }
const promised = promises(figures)
publish('survival', 'reliability.md', figures, { chart, fill })

if (process.argv.includes('--json')) console.log(JSON.stringify({ ...figures, promises: promised }, null, 2))
else for (const [name, text] of Object.entries(tables(figures))) console.log(`\n${name}\n\n${text}`)
process.exitCode = promised.every(({ kept }) => kept) ? 0 : 1
