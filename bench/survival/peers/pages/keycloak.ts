import { keycloak, update } from './keycloakApp'

export { signedIn, start } from './keycloakApp'

keycloak.onTokenExpired = () => update(30)
