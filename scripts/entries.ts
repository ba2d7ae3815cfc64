import { fileURLToPath } from 'node:url'

/** The repository's root, so that every script works from any directory. */
export const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * What the package exports: the name a user imports, the source behind it and the file in `dist`.
 * The build, the size report and the packaging tests all read this one list.
 */
export const entries = [
  { name: 'outlast', source: 'src/index.ts', file: 'index' },
  { name: 'outlast/better-auth', source: 'src/backends/betterAuth.ts', file: 'betterAuth' },
  { name: 'outlast/core', source: 'src/core.ts', file: 'core' },
  { name: 'outlast/element', source: 'src/element/definePrompt.ts', file: 'element' },
  { name: 'outlast/http', source: 'src/backends/http.ts', file: 'http' },
  { name: 'outlast/inspect', source: 'src/inspect/index.ts', file: 'inspect' },
  { name: 'outlast/limits', source: 'src/limits/limits.ts', file: 'limits' },
  { name: 'outlast/machine', source: 'machines/session.machine.ts', file: 'machine' },
  { name: 'outlast/oidc', source: 'src/backends/oidc.ts', file: 'oidc' },
  { name: 'outlast/para', source: 'src/backends/para.ts', file: 'para' },
  { name: 'outlast/para/server', source: 'src/backends/paraServer.ts', file: 'paraServer' },
  { name: 'outlast/popup', source: 'src/popup/createPopup.ts', file: 'popup' },
  { name: 'outlast/testing', source: 'src/testing/index.ts', file: 'testing' },
] as const

/** What may be added to an app by `outlast` and `outlast/para` together, minified and compressed with brotli. */
export const budgets = [
  { what: 'own code', withDependencies: false, bytes: 14 * 1024 },
  { what: 'with dependencies', withDependencies: true, bytes: 27 * 1024 },
] as const
