import { ErrorResponse, WebStorageStateStore } from 'oidc-client-ts'
import { AuthProvider, useAuth } from 'react-oidc-context'
import { App, render } from './app'

export { signedIn } from './app'

const ISSUER = 'https://id.example'

/** As in its README: of an error an app tells, and shows neither. It can see which one is the server's own word. */
function useSignedIn() {
  const { isLoading, isAuthenticated, error } = useAuth()
  if (error) return error.innerError instanceof ErrorResponse && error.innerError.error === 'invalid_grant' ? false : undefined
  return isLoading ? undefined : isAuthenticated
}

render(
  <AuthProvider
    authority={ISSUER}
    metadata={{ issuer: ISSUER, authorization_endpoint: `${ISSUER}/authorize`, token_endpoint: `${ISSUER}/token` }}
    client_id="app"
    redirect_uri="https://app.example/"
    scope="openid offline_access"
    userStore={new WebStorageStateStore({ store: window.localStorage })}
  >
    <App useSignedIn={useSignedIn} />
  </AuthProvider>,
)
