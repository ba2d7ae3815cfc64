import { keycloak, update } from './keycloakApp'

export { signedIn, start } from './keycloakApp'

keycloak.onReady = () => void setInterval(() => update(70), 6_000)
