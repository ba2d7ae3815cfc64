import './withResolvers'
import Keycloak from 'keycloak-js'

export const keycloak = new Keycloak({ url: 'https://id.example', realm: 'app', clientId: 'app' })

let isKnown = false

/** With tokens it asks for new ones at once. When nobody answered, it is not known whose page this is. */
export function start(tokens: { readonly token?: string; readonly refreshToken?: string }) {
  keycloak.init({ ...tokens, checkLoginIframe: false }).then(
    () => (isKnown = true),
    () => (isKnown = !keycloak.authenticated),
  )
}

export const signedIn = () => (isKnown ? keycloak.authenticated : undefined)

/** Its documentation catches what goes wrong, and prints it. */
export const update = (minValidity: number) => void keycloak.updateToken(minValidity).catch(() => undefined)
