import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { StateMachine } from 'xstate'
import { root } from './entries'
import { artefactsOf, drifted } from './machines/artefacts'

// `npm run machines [-- --check]`: writes each machine beside its source as JSON, Mermaid, coordinates and a picture;
// or tells which of them are not what the source says any more.

const folder = join(root, 'machines')
const suffix = '.machine.ts'
const found = (file: string) => (existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : undefined)

const drift: string[] = []
let checked = 0
for (const source of readdirSync(folder).filter((file) => file.endsWith(suffix)).sort()) {
  const exported = (await import(pathToFileURL(join(folder, source)).href)) as Record<string, unknown>
  const machine = Object.values(exported).find((value) => value instanceof StateMachine)
  if (!machine) throw new Error(`machines/${source} exports no machine`)
  const artefacts = await artefactsOf(source.slice(0, -suffix.length), machine)
  const changed = drifted(artefacts, found)
  checked += artefacts.size
  if (process.argv.includes('--check')) drift.push(...changed)
  else {
    for (const [file, content] of artefacts) writeFileSync(join(folder, file), content)
    console.log(changed.length === 0 ? `${source}: nothing has changed` : `${source}: ${changed.join(', ')}`)
  }
}

if (drift.length > 0) {
  for (const file of drift) console.error(`machines/${file} is not what its machine says. Run \`npm run machines\` and look at the picture.`)
  process.exitCode = 1
} else if (process.argv.includes('--check')) console.log(`${checked.toString()} files are what their machines say.`)
