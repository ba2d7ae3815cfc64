import { readFileSync } from 'node:fs'
import { defineConfig, type Plugin } from 'vitest/config'
import { join } from 'node:path'
import { root } from '../../scripts/entries'
import { removals } from './removals'

// One row's tests without what protects from its failure: `npm run field` shows that each of them then fails.

const removal = removals.find(({ row }) => row === process.env['REMOVED'])

const removing: Plugin = {
  name: 'removing',
  enforce: 'pre',
  transform(_, id) {
    const mine = removal?.patches.filter(({ file }) => id === join(root, file))
    return mine?.length ? mine.reduce((code, { find, replace }) => code.split(find).join(replace), readFileSync(id, 'utf8')) : undefined
  },
}

export default defineConfig({
  root,
  resolve: { tsconfigPaths: true },
  plugins: [removing],
  test: { include: ['test/field/*.test.ts'], exclude: ['test/field/removals.test.ts'], testTimeout: 60_000, chaiConfig: { truncateThreshold: 200 } },
})
