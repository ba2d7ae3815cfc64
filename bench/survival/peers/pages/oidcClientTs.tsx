import { ErrorResponse, WebStorageStateStore } from 'oidc-client-ts'
import { AuthProvider, useAuth } from 'react-oidc-context'
import { App, render } from './app'

export { signedIn } from './app'

const ISSUER = 'https://id.example'

function useSignedIn() {
  const { isLoading, isAuthenticated, error } = useAuth()
  if (isLoading) return undefined
  // An app can tell the server's own word from any other failure to renew.
  const isEnd = error?.innerError instanceof ErrorResponse && error.innerError.error === 'invalid_grant'
  return isAuthenticated && !isEnd
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
