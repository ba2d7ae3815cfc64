import type { Call, SessionBackend } from '../backend'
import { paraBackend, type ParaSession } from './para'

export interface ImportedParaOptions {
  /** A new client of the server SDK: a client takes one import in its life. */
  readonly newClient: () => ImportedParaSession | PromiseLike<ImportedParaSession>
  /**
   * Asks the user's client for `exportSession()`. Called at the start and whenever the session has ended; when it
   * rejects, it is called again after a backoff. The string is key material unless exported with `excludeSigners`.
   */
  readonly exportedSession: (call: Call) => string | PromiseLike<string>
}

export interface ImportedParaSession extends ParaSession {
  importSession(serialized: string): Promise<unknown>
}

/**
 * Keeps alive, on a server, a session that a client exported; asks for a new export when it has ended.
 *
 * @example
 * const session = createSession(importedParaBackend({ newClient: () => new Para(apiKey), exportedSession }))
 */
export function importedParaBackend({ newClient, exportedSession }: ImportedParaOptions): SessionBackend {
  let imported: ImportedParaSession | undefined
  // Never called before an import: without one, `check` says so and nothing else is asked.
  const backend = paraBackend(() => imported as ImportedParaSession)
  return {
    ...backend,
    unattended: true,
    check: (call) => (imported === undefined ? false : backend.check(call)),
    async signIn(call) {
      const [serialized, client] = [await exportedSession(call), await newClient()]
      await client.importSession(serialized)
      if (!call.signal.aborted) imported = client
    },
    async revoke() {
      await imported?.logout()
      imported = undefined
    },
  }
}
