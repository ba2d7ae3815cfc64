import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { build, type Rollup } from 'vite'
import { root } from '../entries'
import { frameworks } from './frameworks'

export interface Figures {
  readonly framework: string
  readonly version: string
  /** Of the app's source that concern Outlast, imports aside. */
  readonly lines: number
  /** Minified and compressed with brotli: what the app is longer than without. */
  readonly bytes: number
}

const examples = join(root, 'examples')
const ABOUT_OUTLAST = /outlast|\bsession\b|\bsignedIn\b.*=|definePrompt|declare module|namespace JSX|toSignal\(from/
/** What an app has beside it, to show what only React needs. */
const BESIDE = /^(server|hydrate|suspense)\./

/** Outlast and its bindings, as if there were none of it. */
const nothing = { find: /^(outlast(\/.*)?|@xstate\/store-.*)$/, replacement: join(examples, 'common/nothing.ts') }

async function bytesOf(name: string, alias: readonly (typeof nothing)[]): Promise<number> {
  const folder = join(examples, name)
  const built = await build({
    root: folder,
    configFile: join(folder, 'vite.config.ts'),
    logLevel: 'silent',
    resolve: { alias: [...alias] },
    build: { write: false, rolldownOptions: { input: join(folder, 'index.html') } },
  })
  const { output } = built as Rollup.RollupOutput
  return output.reduce((sum, file) => sum + (file.type === 'chunk' ? brotliCompressSync(file.code).length : 0), 0)
}

function linesOf(name: string): number {
  const sources = readdirSync(join(examples, name, 'src')).filter((file) => !BESIDE.test(file))
  const lines = sources.flatMap((file) => readFileSync(join(examples, name, 'src', file), 'utf8').split('\n'))
  return lines.filter((line) => ABOUT_OUTLAST.test(line) && !/^\s*(import\b|\/\/|\/?\*)/.test(line)).length
}

function versionOf(dependency: string): string {
  return (JSON.parse(readFileSync(join(examples, 'node_modules', dependency, 'package.json'), 'utf8')) as { version: string }).version
}

export async function measure(): Promise<readonly Figures[]> {
  const figures: Figures[] = []
  for (const { name, framework, dependency } of frameworks) {
    const bytes = (await bytesOf(name, [])) - (await bytesOf(name, [nothing]))
    figures.push({ framework, version: versionOf(dependency), lines: linesOf(name), bytes })
  }
  return figures
}
