import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: { include: ['bench/mutation/together.test.js'], testTimeout: 10_000 },
})
