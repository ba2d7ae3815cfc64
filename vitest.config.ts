import { defineConfig } from 'vitest/config'

// Tests may import the package by the names its users write: tsconfig's paths lead to the source, not to a stale build.
const resolve = { tsconfigPaths: true }
const paraApi = './examples/para-api/globalSetup.ts'
const servers = './test/servers/globalSetup.ts'

// Groups run one after the other: a browser and `npm pack` next to them would make tests on real time flaky.
export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/{apps,sim,para,servers,browser,package}/**'],
          // Some try thousands of lives, and machines are shared.
          testTimeout: 120_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        resolve,
        test: {
          name: 'sim',
          include: ['test/sim/**/*.test.ts'],
          testTimeout: 180_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        resolve,
        test: {
          name: 'para',
          include: ['test/para/**/*.test.ts'],
          globalSetup: paraApi,
          testTimeout: 30_000,
          hookTimeout: 30_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        resolve,
        test: {
          name: 'servers',
          include: ['test/servers/**/*.test.ts'],
          exclude: ['**/node_modules/**'],
          globalSetup: servers,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      {
        resolve,
        test: {
          name: 'browser',
          include: ['test/browser/*.test.ts'],
          globalSetup: paraApi,
          testTimeout: 180_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
      {
        resolve,
        test: {
          name: 'tabs',
          include: ['test/browser/{tabs,inspector,prompt}/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 5 },
        },
      },
      {
        // Needs `npm run build` first: it tests what is packed, not the source.
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          globalSetup: [paraApi, servers],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 6 },
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['machines/**/*.ts', 'src/**/*.ts'],
      // Nothing of it runs without a page: test/browser/prompt tries it in one.
      exclude: ['src/element/{createPrompt,definePrompt,frame,style}.ts'],
      reporter: ['text', 'json-summary'],
      reportsDirectory: 'coverage',
      thresholds: {
        'machines/**/*.ts': { statements: 100, branches: 95 },
        'src/*.ts': { statements: 100, branches: 95 },
        // What is left are lines that only a broken law or two people at once reach.
        'src/**/*.ts': { statements: 99.5, branches: 95 },
      },
    },
  },
})
