import { join } from 'node:path'
import { ESLint } from 'eslint'
import tseslint from 'typescript-eslint'
import { describe, expect, it } from 'vitest'
import { root } from '../../scripts/entries'

// The files below do not exist, so rules that need types are left out; those tested here do not.
const eslint = new ESLint({ cwd: root, overrideConfig: [tseslint.configs.disableTypeChecked] })

async function rulesBrokenBy(code: string, path: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(`${code}\n`, { filePath: join(root, path) })
  return (result?.messages ?? []).map(message => message.ruleId)
}

const imports = 'no-restricted-imports'
const syntax = 'no-restricted-syntax'
const globals = 'no-restricted-globals'
const properties = 'no-restricted-properties'

describe('lint', () => {
  it.each([
    ['machines import the core', 'machines/x.machine.ts', `import { a } from '../src/timing'; a()`, imports],
    ['machines import each other', 'machines/x.machine.ts', `import { a } from './session.machine'; a()`, imports],
    ['machines import a second package', 'machines/x.machine.ts', `import { createAtom } from '@xstate/store'; createAtom(1)`, imports],
    ['the core imports a backend', 'src/x.ts', `import { a } from './backends/para'; a()`, imports],
    ['the core imports the type of a backend', 'src/x.ts', `import type { A } from './backends/para'; export const a: A = 1`, imports],
    ['the core re-exports from signals', 'src/x.ts', `export { a } from './signals/browser'`, imports],
    ['the core imports tabs', 'src/x.ts', `import { a } from './tabs/lock'; a()`, imports],
    ['the core imports the inspector', 'src/x.ts', `import { a } from './inspect/index'; a()`, imports],
    ['the core imports the element', 'src/x.ts', `import { a } from './element/index'; a()`, imports],
    ['the core imports testing', 'src/x.ts', `import { a } from './testing'; a()`, imports],
    ['the core imports the fleet', 'src/x.ts', `import { a } from './fleet/index'; a()`, imports],
    ['the core imports the window of a sign-in', 'src/x.ts', `import { a } from './popup/createPopup'; a()`, imports],
    ['the element imports limits', 'src/element/x.ts', `import { limits } from '../limits/limits'; limits({})`, imports],
    ['the element sets a timer', 'src/element/x.ts', `setTimeout(() => undefined, 1)`, globals],
    ['the window of a sign-in imports tabs', 'src/popup/x.ts', `import { a } from '../tabs/hints'; a()`, imports],
    ['the core imports React', 'src/x.ts', `import { useState } from 'react'; useState()`, imports],
    ['the core imports Para', 'src/x.ts', `import type { ParaWeb } from '@getpara/web-sdk'; export type A = ParaWeb`, imports],
    ['the core imports a test', 'src/x.ts', `import { a } from '../test/world'; a()`, imports],
    ['the core loads a backend late', 'src/x.ts', `export const a = () => import('./backends/para')`, syntax],
    ['a backend imports Para', 'src/backends/x.ts', `import type { ParaWeb } from '@getpara/web-sdk'; export type A = ParaWeb`, imports],
    ['a backend other than that of OpenID Connect imports OAuth', 'src/backends/x.ts', `import * as oauth from 'oauth4webapi'; oauth.None()`, imports],
    ['the backend of OpenID Connect imports another vendor', 'src/backends/oidc.ts', `import { a } from 'oidc-client-ts'; a()`, imports],
    ['the backend of OpenID Connect imports tabs', 'src/backends/oidc.ts', `import { a } from '../tabs/storage'; a()`, imports],
    ['a backend imports better-auth', 'src/backends/x.ts', `import { createAuthClient } from 'better-auth/client'; createAuthClient()`, imports],
    ['a backend imports signals', 'src/backends/x.ts', `import { a } from '../signals/browser'; a()`, imports],
    ['a backend imports an example', 'src/backends/x.ts', `import { a } from '../../examples/para-api/world'; a()`, imports],
    ['a nested file imports a test', 'src/tabs/deep/x.ts', `import { a } from '../../../test/world'; a()`, imports],
    ['testing imports a test runner', 'src/testing/x.ts', `import { it } from 'vitest'; it('x')`, imports],
    ['the core sets a timer', 'src/x.ts', `setTimeout(() => undefined, 1)`, globals],
    ['the core sets a timer by its owner', 'src/x.ts', `globalThis.setInterval(() => undefined, 1)`, properties],
    ['a machine clears a timer', 'machines/x.machine.ts', `clearTimeout(1)`, globals],
    ['a backend reads the time', 'src/backends/x.ts', `export const now = Date.now()`, properties],
    ['the core reads the time by Date', 'src/x.ts', `export const now = new Date()`, syntax],
    ['the core reads the monotonic time', 'src/x.ts', `export const now = performance.now()`, properties],
    ['a backend uses a hidden timer', 'src/backends/x.ts', `export const signal = AbortSignal.timeout(1)`, properties],
    ['the ports read the time', 'src/ports.ts', `export const now = Date.now()`, properties],
    ['the clock rolls dice', 'src/clock.ts', `export const die = Math.random()`, properties],
    ['the core rolls dice', 'src/x.ts', `export const die = Math.random()`, properties],
    ['a barrel exports everything', 'src/index.ts', `export * from './session'`, syntax],
    ['a file says any', 'src/x.ts', `export const a = (b: any) => b as number`, '@typescript-eslint/no-explicit-any'],
    ['a test says any', 'test/x.test.ts', `export const a = (b: any) => b as number`, '@typescript-eslint/no-explicit-any'],
  ])('objects when %s', async (_, path, code, rule) => {
    expect(await rulesBrokenBy(code, path)).toEqual([rule])
  })

  it.each([
    ['a machine imports xstate', 'machines/x.machine.ts', `import { setup } from 'xstate'; setup({})`],
    ['the core imports machines, siblings and the store', 'src/x.ts', `import { shallowEqual } from '@xstate/store'; import { a } from '../machines/session.machine'; import { b } from './timing'; a(b, shallowEqual)`],
    ['a backend imports the core', 'src/backends/x.ts', `import { SessionError } from '../errors'; import { a } from './shared'; a(SessionError)`],
    ['the backend of OpenID Connect imports OAuth and IndexedDB', 'src/backends/oidc.ts', `import { get } from 'idb-keyval'; import * as oauth from 'oauth4webapi'; oauth.None(get)`],
    ['a backend imports another backend', 'src/backends/x.ts', `import { httpBackend } from './http'; httpBackend({ check: '/' })`],
    ['the clock owns the timers', 'src/clock.ts', `export const a = () => { clearTimeout(setTimeout(() => undefined, Date.now() + performance.now())) }`],
    ['the virtual clock patches the time', 'src/testing/x.ts', `export const now = () => Date.now()`],
    ['the ports bring randomness', 'src/ports.ts', `export const random = Math.random`],
    ['the core reads a given date', 'src/x.ts', `export const at = (text: string) => new Date(text).getTime()`],
    ['a test uses what it likes', 'test/x.test.ts', `import { a } from '../src/backends/para'; setTimeout(() => { a(Date.now(), Math.random()) }, 1)`],
  ])('agrees when %s', async (_, path, code) => {
    expect(await rulesBrokenBy(code, path)).toEqual([])
  })
})
