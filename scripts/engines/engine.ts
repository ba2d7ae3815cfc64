import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** A tab of an engine. */
export interface EngineTab {
  go(url: string): Promise<void>
  /** Gives what an expression is in the page, as JSON allows. */
  evaluate<T>(expression: string): Promise<T>
  close(): Promise<void>
}

/** A browser whose tabs share a profile. */
export interface Engine {
  readonly version: string
  open(url: string): Promise<EngineTab>
  close(): Promise<void>
}

/** The first of the named programs that is installed. */
export function installed(...names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return names.flatMap(name => (name.startsWith('/') ? [name] : folders.map(folder => join(folder, name)))).find(path => existsSync(path))
}
