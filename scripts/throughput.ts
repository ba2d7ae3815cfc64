import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './entries'
import { LEAST_RATIO, measure, ratioOf } from './throughput/figures'
import { chart, fill, tables } from './throughput/render'

// `npm run bench:throughput [-- --json]`: what the facade costs over raw XState, what an update of the view costs, and
// how memory grows with many sessions; several minutes. Writes what it found into docs/.

const figures = await measure((text) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
})
const ratio = ratioOf(figures)

writeFileSync(join(root, 'docs/throughput.json'), `${JSON.stringify(figures, null, 1)}\n`)
writeFileSync(join(root, 'docs/throughput.svg'), chart(figures))
const page = join(root, 'docs/reliability.md')
writeFileSync(page, fill(readFileSync(page, 'utf8'), figures))

if (process.argv.includes('--json')) console.log(JSON.stringify({ ...figures, ratio }, null, 2))
else console.log(`\n${tables(figures).throughput}`)
process.exitCode = ratio >= LEAST_RATIO ? 0 : 1
