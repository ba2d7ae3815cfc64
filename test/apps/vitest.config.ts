import { defineConfig } from 'vitest/config'

// `npm run examples` runs these: they need the apps as it builds them.
export default defineConfig({
  test: {
    include: ['test/apps/*.test.ts'],
    globalSetup: './examples/para-api/globalSetup.ts',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
})
