import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

const bundled = new Map<string, string>()
const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url))

/**
 * Makes one script of a module and all that it imports; its exports are then the global `peer` of a page. No real time
 * passes meanwhile: it may be the first tab of a world that waits for it.
 *
 * @param entry path from the folder of this file
 * @param instead packages that are replaced by modules, which are paths as well
 */
export async function bundle(entry: string, instead: { readonly [name: string]: string } = {}): Promise<string> {
  const key = JSON.stringify([entry, instead])
  const script = bundled.get(key) ?? make(entry, instead)
  bundled.set(key, script)
  return script
}

function make(entry: string, instead: { readonly [name: string]: string }): string {
  const { outputFiles } = buildSync({
    entryPoints: [pathOf(entry)],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    globalName: 'peer',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"', 'process.env': '{}' },
    alias: Object.fromEntries(Object.entries(instead).map(([name, file]) => [name, pathOf(file)])),
  })
  return outputFiles[0]?.text ?? ''
}
