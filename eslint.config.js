import { defineConfig, globalIgnores } from 'eslint/config'
import tseslint from 'typescript-eslint'

// The arrows of the layout: machines <- src core <- (everything in a folder of src).
// ESLint's own rules suffice; each is proven to fire by test/package/lint.test.ts.

const folders = '(backends|limits|popup|signals|tabs|inspect|element|testing|fleet)'

const only = {
  xstate: { regex: '^(?!xstate$)', message: 'machines/ imports only xstate, so that the file opens in Stately Studio as it stands.' },
  tabDependencies: { regex: '^(?!\\.|idb-keyval$)', message: 'The browser is reached through what it has, and IndexedDB through idb-keyval.' },
  oidcDependencies: { regex: '^(?!\\.|idb-keyval$|oauth4webapi$)', message: 'OAuth is left to oauth4webapi, and IndexedDB to idb-keyval.' },
  runtimeDependencies: { regex: '^(?!\\.|xstate$|@xstate/store$)', message: 'Outlast depends on xstate and @xstate/store alone: vendors and frameworks enter as structural types.' },
}
const not = {
  outward: { regex: `^\\./${folders}(/|$)`, message: 'The core knows no browser, no backend and no server: take a port instead.' },
  beyondMachines: { regex: '^\\.\\./(?!machines/)', message: 'Above it the core sees machines/ alone.' },
  sideways: { regex: `^(\\.\\./)+${folders}(/|$)`, message: 'Folders of src share ports of the core, not code.' },
  outside: { regex: '^(\\.\\./)+(test|examples|scripts)(/|$)', message: 'What is shipped never imports what is not.' },
}
const imports = (...patterns) => ({ 'no-restricted-imports': ['error', { patterns }] })

// A dynamic import or an `import('...')` type would slip past no-restricted-imports.
const statements = {
  noExportAll: { selector: 'ExportAllDeclaration', message: 'Name what is public.' },
  noDynamicImport: { selector: 'ImportExpression, TSImportType', message: 'Import it above, where the import directions are checked.' },
}
const clocks = {
  noBareDate: { selector: ':matches(NewExpression, CallExpression)[callee.name="Date"][arguments.length=0]', message: 'Ask the Clock port.' },
}
const syntax = (...selectors) => ({ 'no-restricted-syntax': ['error', ...selectors] })

const timers = ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'requestAnimationFrame', 'requestIdleCallback']
const globalObjects = ['globalThis', 'window', 'self', 'global']
const askTheClock = 'Time is a port: use the Clock. Only src/clock.ts touches platform timers.'
const platformTimers = timers.map(name => ({ name, message: askTheClock }))
const platformTime = [
  { object: 'Date', property: 'now', message: askTheClock },
  { object: 'performance', property: 'now', message: askTheClock },
  { object: 'AbortSignal', property: 'timeout', message: askTheClock },
  ...globalObjects.flatMap(object => timers.map(property => ({ object, property, message: askTheClock }))),
]
const platformRandom = [{ object: 'Math', property: 'random', message: 'Randomness is a port: it comes in from src/ports.ts.' }]

const shipped = ['src/**/*.ts', 'machines/**/*.ts']
const ownersOfTime = ['src/clock.ts', 'src/testing/**/*.ts']

export default defineConfig(
  // The apps among the examples have packages of their own, which are not installed here, and are checked when they are built.
  globalIgnores(['**/dist/', 'coverage/', '.cache/', 'bench/', 'examples/{vanilla,react,preact,vue,svelte,solid,angular,para-react,para-vue,para-svelte}/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },

  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-var': 'error',
      'prefer-const': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // Objects here are closures; their methods do not read `this`.
      '@typescript-eslint/unbound-method': 'off',
      // Async functions without await are how a test or a backend says "a promise of this".
      '@typescript-eslint/require-await': 'off',
      // `body as Faults` tells the reader what an untyped answer is.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      ...syntax(statements.noExportAll),
    },
  },

  // `npm ci` in the root leaves out the packages whose types they need; a test of their own compiles them.
  { files: ['test/servers/**/*.ts'], extends: [tseslint.configs.disableTypeChecked] },

  {
    files: shipped,
    extends: [tseslint.configs.strictTypeChecked],
    rules: {
      'no-console': ['error', { allow: ['error'] }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }],
      '@typescript-eslint/no-invalid-void-type': ['error', { allowInGenericTypeArguments: true, allowAsThisParameter: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // Values from backends are checked at run time whatever their types promise.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      'no-restricted-globals': ['error', ...platformTimers],
      'no-restricted-properties': ['error', ...platformTime, ...platformRandom],
      ...syntax(statements.noExportAll, statements.noDynamicImport, clocks.noBareDate),
    },
  },
  {
    files: ownersOfTime,
    rules: {
      'no-restricted-globals': 'off',
      'no-restricted-properties': ['error', ...platformRandom],
      ...syntax(statements.noExportAll, statements.noDynamicImport),
    },
  },
  {
    files: ['src/ports.ts'],
    rules: { 'no-restricted-properties': ['error', ...platformTime] },
  },

  {
    files: ['machines/**/*.ts'],
    // `{} as Context` is how XState's `types` are written.
    rules: { ...imports(only.xstate), '@typescript-eslint/no-unnecessary-type-assertion': 'off' },
  },
  { files: ['src/*.ts'], rules: imports(only.runtimeDependencies, not.outward, not.beyondMachines) },
  // The one place where a browser's parts are put around the core.
  { files: ['src/index.ts'], rules: imports(only.runtimeDependencies, not.beyondMachines) },
  { files: ['src/*/**/*.ts'], rules: imports(only.runtimeDependencies, not.sideways, not.outside) },
  { files: ['src/backends/oidc.ts'], rules: imports(only.oidcDependencies, not.sideways, not.outside) },
  { files: ['src/tabs/primitives.ts'], rules: imports(only.tabDependencies, not.sideways, not.outside) },
)
