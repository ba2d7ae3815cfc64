import { defineConfig } from 'vitest/config'

// Not part of `npm test`: it needs the examples installed and built.
export default defineConfig({
  test: {
    name: 'para-apps',
    include: ['test/apps/para.test.ts'],
    globalSetup: './examples/para-api/globalSetup.ts',
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
