import type { Call, SessionBackend } from '../backend'
import { paraBackend, type ParaSession } from './para'

export interface ImportedParaOptions {
  /** A new client of the server SDK: a client takes one import in its life. */
  readonly newClient: () => ImportedParaSession | PromiseLike<ImportedParaSession>
  /** The export at hand, if there is one: what the user's client gave as `waitAndExportSession()`. Used once. */
  readonly exportedSession?: string | undefined
  /**
   * Asks the user's client for an export. Called whenever the session has ended, and at the start when there is none
   * at hand; when it rejects, again after a backoff. Exports are key material unless made with `excludeSigners`.
   */
  readonly requestExport: (call: Call) => string | PromiseLike<string>
}

export interface ImportedParaSession extends ParaSession {
  importSession(serialized: string): Promise<unknown>
}

/**
 * Keeps alive, on a server, a session that a client exported; asks for a new export when it has ended. It is one
 * session in two places: signing out here signs the user out there.
 *
 * @example
 * const session = createSession(importedParaBackend({ newClient: () => new Para(apiKey), exportedSession, requestExport }))
 */
export function importedParaBackend({ newClient, exportedSession, requestExport }: ImportedParaOptions): SessionBackend {
  let waiting = exportedSession
  let imported: ImportedParaSession | undefined
  // Never called before an import: without one, `check` says so and nothing else is asked.
  const backend = paraBackend(() => imported as ImportedParaSession)

  async function importWaiting(serialized: string, { signal }: Call) {
    const client = await newClient()
    try {
      await client.importSession(serialized)
    } catch (error) {
      // A new client asks Para who it is before it imports, so in an outage the export waits. What is no export
      // cannot be read, and another one is needed.
      if (!(error instanceof TypeError)) throw error
      waiting = undefined
      return
    }
    if (signal.aborted) return
    imported = client
    waiting = undefined
  }

  return {
    ...backend,
    unattended: true,
    async check(call) {
      if (waiting !== undefined) await importWaiting(waiting, call)
      return imported === undefined ? false : backend.check(call)
    },
    async signIn(call) {
      const serialized = await requestExport(call)
      if (!call.signal.aborted) waiting = serialized
    },
    async revoke(call) {
      // An export that could not be imported yet is of a session that lives.
      if (waiting !== undefined) await importWaiting(waiting, call)
      const client = imported
      await client?.logout()
      // Another may have been imported while this one took its time.
      if (imported === client) imported = undefined
    },
  }
}
