// One row of scripts/mutation.ts, which says what is mutated and which tests are tried.

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: [process.env['MUTATION_FILE']],
  testRunner: 'vitest',
  // Not by imports: the one test file imports what it is told to.
  vitest: { configFile: 'bench/mutation/vitest.config.js', related: false },
  plugins: ['@stryker-mutator/vitest-runner', './bench/mutation/words.js'],
  ignorers: ['words'],
  coverageAnalysis: 'perTest',
  // A statechart is all data, made when its file is loaded: without the static mutants nothing of it would be tried.
  ignoreStatic: false,
  concurrency: Number(process.env['MUTATION_WORKERS'] ?? 2),
  // What is slow on a busy machine is no endless loop.
  timeoutMS: 60_000,
  timeoutFactor: 4,
  tempDirName: process.env['MUTATION_CACHE'] + '/sandbox',
  reporters: ['json', 'progress-append-only'],
  jsonReporter: { fileName: process.env['MUTATION_REPORT'] },
  ignorePatterns: ['.cache', 'coverage', 'dist'],
}
