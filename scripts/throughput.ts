import { progress, publish } from './publish'
import { LEAST_RATIO, measure, ratioOf } from './throughput/figures'
import { chart, fill, tables } from './throughput/render'

// `npm run bench:throughput [-- --json]`: what the facade costs over raw XState, what an update of the view costs, and
// how memory grows with many sessions; several minutes. Writes what it found into docs/.

const figures = await measure(progress)
const ratio = ratioOf(figures)
publish('throughput', 'reliability.md', figures, { chart, fill })

if (process.argv.includes('--json')) console.log(JSON.stringify({ ...figures, ratio }, null, 2))
else console.log(`\n${tables(figures).throughput}`)
process.exitCode = ratio >= LEAST_RATIO ? 0 : 1
