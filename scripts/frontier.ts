import { measure, promises } from './frontier/figures'
import { chart, fill, tables } from './frontier/render'
import { progress, publish } from './publish'

// `npm run bench:frontier [-- --json]`: sessions lost against calls made, on fixed seeded days; half an hour.
// Writes what it found into docs/, where a test compares it with what the code does.

const figures = await measure(progress)
const promised = promises(figures)
publish('frontier', 'scheduling.md', figures, { chart, fill })

if (process.argv.includes('--json')) console.log(JSON.stringify({ ...figures, promises: promised }, null, 2))
else {
  console.log('days lost @ calls per waking hour')
  for (const [name, text] of Object.entries(tables(figures))) console.log(`\n${name}\n\n${text}`)
}
process.exitCode = promised.every(({ kept }) => kept) ? 0 : 1
