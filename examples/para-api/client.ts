import {
  API_PORT,
  type Faults,
  type RequestReport,
  type SessionReport,
  type Settings,
  type SignedIn,
  type SignInRequest,
} from './contract'

/** The remote control of one API key's world. Works in Node and in browsers. */
export interface ParaControl {
  readonly apiKey: string
  /** Changes the given settings and keeps the others. */
  configure(settings: Partial<Settings>): Promise<Settings>
  /** Replaces all faults. */
  setFaults(faults: Faults): Promise<void>
  clearFaults(): Promise<void>
  /** Signs in the given session (id, lookup id or cookie), or a new one. */
  signIn(request?: SignInRequest): Promise<SignedIn>
  /** Ends the given session, or all of them, as an administrator would. Returns how many. */
  revoke(session?: string): Promise<number>
  /** Moves the deadline of the given session, or of all of them, to now. Returns how many. */
  expire(session?: string): Promise<number>
  requests(): Promise<RequestReport[]>
  clearRequests(): Promise<void>
  sessions(): Promise<SessionReport[]>
  /** Drops everything the stand-in knows about this key. */
  forget(): Promise<void>
}

export function createParaControl(apiKey: string, baseUrl = `http://localhost:${API_PORT}`): ParaControl {
  async function call<Answer>(method: 'GET' | 'POST', action: string, body?: object): Promise<Answer> {
    const response = await fetch(`${baseUrl}/stand-in/${encodeURIComponent(apiKey)}/${action}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    const answer: unknown = await response.json()
    if (!response.ok) throw new Error(`The stand-in refused ${action}: ${JSON.stringify(answer)}`)
    return answer as Answer
  }
  const post = <Answer>(action: string, body: object = {}): Promise<Answer> => call('POST', action, body)
  const about = (session: string | undefined): object => (session === undefined ? {} : { session })

  return {
    apiKey,
    configure: settings => post('settings', settings),
    setFaults: async faults => void (await post('faults', faults)),
    clearFaults: async () => void (await post('faults')),
    signIn: request => post('sign-in', request),
    revoke: async session => (await post<{ count: number }>('revoke', about(session))).count,
    expire: async session => (await post<{ count: number }>('expire', about(session))).count,
    requests: () => call('GET', 'requests'),
    clearRequests: async () => void (await post('clear-requests')),
    sessions: () => call('GET', 'sessions'),
    forget: async () => void (await post('forget')),
  }
}

/** A key no other test has. The SDK takes the part before `_` for the environment. */
export function uniqueApiKey(): string {
  return `DEV_${crypto.randomUUID().replaceAll('-', '')}`
}
