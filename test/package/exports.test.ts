import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import manifest from '../../package.json' with { type: 'json' }
import tsconfig from '../../tsconfig.json' with { type: 'json' }
import { entries } from '../../scripts/entries'
import { freshProject, type FreshProject } from './freshProject'

// `await` in an ES module, plain code in CommonJS: the two ways in which users load the package.
const loaders = {
  'import': { file: 'load.mjs', load: (name: string) => `await import('${name}')` },
  'require': { file: 'load.cjs', load: (name: string) => `require('${name}')` },
}

describe('the packed package', () => {
  let project: FreshProject
  beforeAll(() => {
    project = freshProject()
    // An optional peer of `outlast/oidc`.
    project.link('oauth4webapi')
  })
  afterAll(() => project.remove())

  /** Runs code in a fresh process that must end by itself and say nothing but the answer. */
  function evaluate(how: keyof typeof loaders, body: (load: (name: string) => string) => string): unknown {
    const { file, load } = loaders[how]
    project.write(file, `console.log(JSON.stringify(${body(load)}))`)
    const { status, stdout, stderr } = project.node(file)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    return JSON.parse(stdout)
  }

  const exportsOf = (name: string) => (load: (name: string) => string) =>
    `Object.keys(${load(name)}).filter(key => key !== 'default' && key !== 'module.exports').sort()`

  it('exports exactly the entries of the build, and the sources know the same names', () => {
    const exported = Object.keys(manifest.exports).filter(path => path !== './package.json')
    expect(exported.map(path => path.replace(/^\./, 'outlast'))).toEqual(entries.map(({ name }) => name))
    expect(tsconfig.compilerOptions.paths).toEqual(Object.fromEntries(entries.map(({ name, source }) => [name, [`./${source}`]])))
  })

  it.each(entries)('$name loads as an ES module and from CommonJS, with the same exports', ({ name }) => {
    const imported = evaluate('import', exportsOf(name))
    expect(imported).not.toEqual([])
    expect(evaluate('require', exportsOf(name))).toEqual(imported)
  })

  it.each(['import', 'require'] as const)('shares one SessionError between its entries when loaded by %s', how => {
    expect(evaluate(how, load => `(${load('outlast')}).SessionError === (${load('outlast/core')}).SessionError`)).toBe(true)
  })

  it.each(['import', 'require'] as const)('defines no element where there is no page, when loaded by %s', how => {
    expect(evaluate(how, load => `[(${load('outlast/element')}).definePrompt() === undefined, typeof customElements]`)).toEqual([true, 'undefined'])
  })

  it('opens its package.json to tools', () => {
    expect(evaluate('require', load => `${load('outlast/package.json')}.name`)).toBe('outlast')
  })

  it.each(['import', 'require'] as const)('opens a session when loaded by %s, and does not hold the process', how => {
    const started = evaluate(how, load => `(session => (session.start(), session.get()))((${load('outlast')}).createSession({ check: () => true }))`)
    expect(started).toHaveProperty('certain')
  })

  it('has types without any, in ES modules, CommonJS and under a bundler', () => {
    const text = `
      import { createSession } from 'outlast'
      import * as betterAuth from 'outlast/better-auth'
      import * as core from 'outlast/core'
      import * as http from 'outlast/http'
      import * as element from 'outlast/element'
      import * as inspect from 'outlast/inspect'
      import * as machine from 'outlast/machine'
      import * as oidc from 'outlast/oidc'
      import * as para from 'outlast/para'
      import * as popup from 'outlast/popup'
      import * as testing from 'outlast/testing'

      type IsAny<T> = 0 extends 1 & T ? true : false
      type AnyIn<T> = { [K in keyof T]: IsAny<T[K]> extends true ? K : never }[keyof T]
      type Result<T, K extends keyof T> = T[K] extends (...args: never[]) => infer R ? R : never

      type Session = ReturnType<typeof createSession>
      export const sessionIsTyped: IsAny<Session> = false
      export const viewIsTyped: IsAny<ReturnType<Session['get']>> = false

      // The names of members that are any: none, so that a complaint names them.
      export const namesOfAny = (name: AnyIn<Session> | AnyIn<ReturnType<Session['get']>>): never => name
      export const exportsOfAny = (name: AnyIn<typeof betterAuth> | AnyIn<typeof core> | AnyIn<typeof element> | AnyIn<typeof http> | AnyIn<typeof inspect> | AnyIn<typeof machine> | AnyIn<typeof oidc> | AnyIn<typeof para> | AnyIn<typeof popup> | AnyIn<typeof testing>): never => name
      export const coreSession: IsAny<Result<typeof core, 'createSession'>> = false
      export const promptSession: IsAny<element.OutlastPrompt['session']> = false
      export const promptTexts: AnyIn<element.PromptTexts> extends never ? true : false = true
      export const backend: IsAny<Result<typeof para, 'paraBackend'>> = false
    `
    // Declarations are checked too (no skipLibCheck), so nothing in them silently resolves to any.
    const files = [project.write('types.mts', text), project.write('types.cts', text)]
    expect(project.typecheck(files).stdout).toBe('')
    expect(project.typecheck(files.slice(0, 1), { module: 'ESNext', moduleResolution: 'Bundler' }).stdout).toBe('')
  })

  it('rejects a call that its types do not allow, so that the check above means something', () => {
    const file = project.write('wrong.mts', `import { createSession } from 'outlast'\ncreateSession(42)\n`)
    expect(project.typecheck([file]).stdout).toContain('TS2345')
  })
})
