import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './entries'
import { measure, promises } from './frontier/figures'
import { chart, fill, tables } from './frontier/render'

// `npm run bench:frontier [-- --json]`: sessions lost against calls made, on fixed seeded days; several minutes.
// Writes what it found into docs/, where a test compares it with what the code does.

const figures = await measure((text) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
})
const promised = promises(figures)

writeFileSync(join(root, 'docs/frontier.json'), `${JSON.stringify(figures, null, 1)}\n`)
writeFileSync(join(root, 'docs/frontier.svg'), chart(figures))
const page = join(root, 'docs/scheduling.md')
writeFileSync(page, fill(readFileSync(page, 'utf8'), figures))

if (process.argv.includes('--json')) console.log(JSON.stringify({ ...figures, promises: promised }, null, 2))
else {
  console.log('days lost @ calls per waking hour')
  for (const [name, text] of Object.entries(tables(figures))) console.log(`\n${name}\n\n${text}`)
}
process.exitCode = promised.every(({ kept }) => kept) ? 0 : 1
