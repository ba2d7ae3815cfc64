import { existsSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

/** The first of the programs that is installed: names are looked for in `PATH`, and full paths where they lead. */
export function installedProgram(...names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return names.flatMap(name => (isAbsolute(name) ? [name] : folders.map(folder => join(folder, name)))).find(path => existsSync(path))
}
