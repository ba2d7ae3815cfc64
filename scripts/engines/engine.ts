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
