import { brotliCompressSync, constants } from 'node:zlib'
import { build } from 'esbuild'
import { budgets, entries, root } from './entries'

// `npm run size [-- --json]`: what Outlast adds to an app, minified and compressed with brotli, measured on the source.

type Entry = (typeof entries)[number]

/** Ours is everything but these; the first two are what apps on Para or XState carry anyway. */
const dependencies = ['xstate', '@xstate/store', 'idb-keyval', 'oauth4webapi']

const budgeted = entries.filter(entry => entry.name === 'outlast' || entry.name === 'outlast/para')

/** What must never reach the core: a sign that an arrow of the layout points the wrong way. */
const forbiddenInCore = [/\breact\b/, /@getpara/, /\bdocument\./, /\bindexedDB\b/, /\blocalStorage\b/]

async function bundle(bundled: readonly Entry[], external: readonly string[]): Promise<string> {
  const result = await build({
    stdin: {
      // All that is exported, so that nothing is shaken away.
      contents: bundled.map(({ source }) => `export * from './${source}'`).join('\n'),
      resolveDir: root,
    },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"' },
    external: [...external],
    write: false,
    logLevel: 'error',
  })
  return result.outputFiles[0]?.text ?? ''
}

function brotliBytes(code: string): number {
  const text = Buffer.from(code)
  return brotliCompressSync(text, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: text.length },
  }).length
}

const measured = await Promise.all(
  budgets.map(async ({ what, withDependencies, bytes: budget }) => {
    const bytes = brotliBytes(await bundle(budgeted, withDependencies ? [] : dependencies))
    return { what, bytes, budget, within: bytes <= budget }
  }),
)
const perEntry = await Promise.all(
  entries.map(async entry => ({
    name: entry.name,
    own: brotliBytes(await bundle([entry], dependencies)),
    whole: brotliBytes(await bundle([entry], [])),
  })),
)
const core = await bundle(entries.filter(entry => entry.name === 'outlast/core'), dependencies)
const forbidden = forbiddenInCore.filter(pattern => pattern.test(core)).map(pattern => pattern.source)
const ok = forbidden.length === 0 && measured.every(({ within }) => within)

if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ ok, budgets: measured, entries: perEntry, forbidden }, null, 2))
} else {
  const row = (...cells: (string | number)[]) => console.log(cells.map((cell, index) => (index === 0 ? String(cell).padEnd(36) : String(cell).padStart(12))).join(''))
  row('bytes, minified + brotli', 'own', 'with deps')
  for (const { name, own, whole } of perEntry) row(name, own, whole)
  console.log()
  row('outlast + outlast/para', 'bytes', 'budget')
  for (const { what, bytes, budget, within } of measured) row(what, bytes, budget, within ? 'ok' : 'OVER')
  console.log()
  console.log(forbidden.length === 0 ? 'The core names nothing it must not know.' : `The core must not contain: ${forbidden.join('  ')}`)
}
process.exitCode = ok ? 0 : 1
