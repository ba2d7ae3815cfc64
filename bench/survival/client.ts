import type { Tab } from '../../src/testing'

/** A library that keeps a session alive in a tab, as its documentation recommends it. */
export interface Client {
  readonly name: string
  /** As installed; undefined for code that is shown in documentation. */
  readonly version: string | undefined
  /** What is configured, in one line, with the page of its documentation that recommends it. */
  readonly configuration: string
  open(tab: Tab): Promise<OpenClient>
}

export interface OpenClient {
  /** What an app shows that asks this library: signed in, signed out, or not known yet. */
  signedIn(): boolean | undefined
  close(): void
}
