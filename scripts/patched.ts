import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { root } from './entries'

/** A change to one source file that is made only in a bundle: how benchmarks try other numbers, and tests plant bugs, while nothing that ships has a seam for it. */
export interface Patch {
  /** From the repository's root. */
  readonly file: string
  /** Stands there exactly once. */
  readonly find: string
  readonly replace: string
}

/** Bundles a script with the given changes, and returns what it exports. */
export async function importPatched<Exports>(entry: string, name: string, patches: readonly Patch[]): Promise<Exports> {
  return (await import(await bundle(entry, name, patches))) as Exports
}

/** Bundles a script, with changes or as it is, and returns where that lies. */
export async function bundle(entry: string, name: string, patches: readonly Patch[] = []): Promise<string> {
  const patched = new Set<Patch>()
  const plugin: Plugin = {
    name: 'patches',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const mine = patches.filter(({ file }) => path === join(root, file))
        let contents = await readFile(path, 'utf8')
        for (const patch of mine) {
          const pieces = contents.split(patch.find)
          if (pieces.length !== 2) throw new Error(`${patch.file} has ${String(pieces.length - 1)} times: ${patch.find}`)
          contents = pieces.join(patch.replace)
          patched.add(patch)
        }
        return { contents, loader: 'ts' }
      })
    },
  }
  const directory = join(root, '.cache', 'patched')
  await mkdir(directory, { recursive: true })
  const outfile = join(directory, `${name}.mjs`)
  await build({
    entryPoints: [join(root, entry)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['xstate', '@xstate/store', 'idb-keyval'],
    logLevel: 'error',
    plugins: [plugin],
  })
  const missed = patches.find(patch => !patched.has(patch))
  if (missed) throw new Error(`${missed.file} is not part of ${entry}`)
  return outfile
}
