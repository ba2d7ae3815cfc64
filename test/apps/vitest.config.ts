import { defineConfig } from 'vitest/config'

// `npm run examples` runs these: they need the apps as it builds them.
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
})
