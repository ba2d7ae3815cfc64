import { createAuthClient } from 'better-auth/react'
import { App, render } from './app'

export function startBetterAuth(sessionOptions: { readonly refetchInterval?: number }) {
  const { useSession } = createAuthClient({ baseURL: 'https://app.example', sessionOptions })

  function useSignedIn() {
    const { data, isPending, error } = useSession()
    if (data) return true
    // An app can tell an error from an answer.
    return isPending || (error && error.status !== 401) ? undefined : false
  }

  render(<App useSignedIn={useSignedIn} />)
}
