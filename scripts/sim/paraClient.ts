import type { ParaSession } from 'outlast/para'
import type { ImportedParaSession } from 'outlast/para/server'
import type { Tab } from 'outlast/testing'

/**
 * Para's client as its SDK behaves, on the server of a world: keeping alive answers `false` to whatever goes wrong,
 * asking throws an error with the status, signing out asks first, and no call heeds a signal.
 */
export function paraClientOf(tab: Tab): ParaSession {
  let cookie: string | undefined
  let userId: string | undefined

  async function call(path: string, method: string) {
    const response = await tab.fetch(path, { method }).catch(() => {
      throw new Error('para')
    })
    if (!response.ok) throw Object.assign(new Error('para'), { status: response.status })
    // The SDK reads what comes as JSON where it can, and takes the rest as it is.
    const json = (await response.json().catch(() => ({}))) as { expiresAt?: number; subject?: string }
    userId = json.subject ?? userId
    // Whole seconds, as in the cookies of the real one.
    if (json.expiresAt !== undefined) cookie = `sid=${tab.browser.token ?? ''}; Expires=${new Date(json.expiresAt).toUTCString()}`
    return json
  }

  const isSessionActive = async () => {
    try {
      const { subject } = await call('/session', 'GET')
      // Where a page answers instead, there is no such field.
      if (subject === undefined) throw new Error('para')
      return true
    } catch (error) {
      if ((error as { status?: number }).status === 401) return false
      throw error
    }
  }
  const keepSessionAlive = () =>
    call('/session/extend', 'POST').then(
      () => true,
      () => false,
    )
  return {
    isSessionActive,
    keepSessionAlive,
    retrieveSessionCookie: () => cookie,
    getUserId: () => userId,
    async logout() {
      if (await isSessionActive()) await call('/session/revoke', 'POST')
      cookie = userId = tab.browser.token = undefined
    },
  }
}

/** The same on a server, which asks Para who it is before it imports. */
export function importingClientOf(tab: Tab): ImportedParaSession {
  const client = paraClientOf(tab)
  return { ...client, importSession: () => client.isSessionActive() }
}
