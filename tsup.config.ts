import { defineConfig } from 'tsup'
import { entries } from './scripts/entries'

export default defineConfig({
  entry: Object.fromEntries(entries.map(entry => [entry.file, entry.source])),
  format: ['esm', 'cjs'],
  target: 'es2022',
  platform: 'neutral',
  // `Disposable` (what `using` needs) is not in a user's ES2022 library, and would silently become any there.
  dts: { banner: '/// <reference lib="esnext.disposable" />' },
  sourcemap: true,
  clean: true,
  // In CommonJS too: with a copy of the core in each entry, `instanceof SessionError` would fail across entries.
  splitting: true,
  external: ['xstate', '@xstate/store', 'idb-keyval', 'oauth4webapi'],
})
