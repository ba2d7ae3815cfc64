import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { SimulationReport } from '../src/testing'
import { root } from './entries'
import { fill, type Figures, kinds, merged, RUN, text } from './longRun/figures'
import { inParallel, printedBy } from './parallel'
import { progress, publish } from './publish'
import { storyOf } from './sim/story'

// `npm run sim:long [-- --seed S] [--json]`: the simulator for tens of millions of decisions, in runs of fresh seeds; a quarter of an
// hour. Writes what it counted into docs/reliability.md. Fails when a law is broken.

const { values } = parseArgs({ options: { seed: { type: 'string' }, json: { type: 'boolean' } } })
const seed = Number(values.seed ?? randomInt(2 ** 32))

const jobs = kinds.flatMap((kind) => Array.from({ length: kind.runs }, () => kind)).map((kind, i) => ({ kind, seed: (seed + i * 0x1000193) >>> 0 }))
const reports = new Map<(typeof jobs)[number], SimulationReport>()
await inParallel(jobs, async (job) => {
  progress(`${String(reports.size)} of ${String(jobs.length)} runs`)
  reports.set(job, await printedBy(join(root, 'scripts/sim.ts'), ['--seed', String(job.seed), '--decisions', String(RUN), '--json', ...job.kind.args]))
})

const figures: Figures = { seed, kinds: kinds.map((kind) => merged(kind.what, jobs.filter((job) => job.kind === kind).flatMap((job) => reports.get(job) ?? []))) }
const violations = [...reports.values()].flatMap((report) => report.violations)
publish('long-run', 'reliability.md', figures, { fill })

if (values.json) console.log(JSON.stringify({ ...figures, violations }, null, 2))
else {
  console.log(`\n${text(figures)}`)
  for (const violation of violations) console.log(storyOf(violation))
}
process.exitCode = violations.length > 0 ? 1 : 0
