import type { Tab } from '../../../src/testing'
import type { Client, OpenClient } from '../client'
import { bundle, openPage } from '../page'
import { answering } from './answers'
import { versionOf } from './installed'
import { claimsOf, type Grant, jwt, signInOf, tokenEndpoint } from './tokens'

/** Seconds; the default of a realm. */
const ACCESS_TOKEN_LIFE = 300

const tokensOf = ({ subject, session, issuedAt }: Grant) => ({
  access_token: jwt({ sub: subject, sid: 'session', typ: 'Bearer', iat: issuedAt, exp: issuedAt + ACCESS_TOKEN_LIFE }),
  refresh_token: jwt({ sub: subject, sid: 'session', typ: 'Refresh', jti: session, iat: issuedAt }),
  token_type: 'Bearer',
  expires_in: ACCESS_TOKEN_LIFE,
})

/** Refresh tokens may be used again, as by default in a realm. */
const serverFor = (tab: Tab) => answering((asked) => tokenEndpoint(tab, asked, sessionOf, tokensOf))

const sessionOf = (refreshToken: string) => String(claimsOf(refreshToken)['jti'])

interface KeycloakPage extends Pick<OpenClient, 'signedIn'> {
  start(tokens: { readonly token?: string; readonly refreshToken?: string }): void
}

const clientOf = (name: string, entry: string, configuration: string): Client => ({
  name,
  version: versionOf('keycloak-js'),
  configuration: `init with tokens, checkLoginIframe false, authenticated; access tokens of 5 min, as by default; ${configuration}`,
  async open(tab) {
    const { window, close } = openPage(tab, await bundle(entry), serverFor(tab))
    const { start, signedIn } = window['peer'] as KeycloakPage
    const grant = signInOf(tab)
    const tokens = grant && tokensOf(grant)
    // Its documentation forbids to store them: a page gets them from the sign-in that opens it.
    start(tokens ? { token: tokens.access_token, refreshToken: tokens.refresh_token } : {})
    return { signedIn, close }
  },
})

/** As its reference describes. */
export const keycloak = clientOf('keycloak-js', 'peers/pages/keycloak.ts', 'onTokenExpired = () => updateToken(30) (keycloak.org/securing-apps/javascript-adapter)')

/** As the guide for Vue on its site shows. */
export const keycloakPolling = clientOf('keycloak-js, polling', 'peers/pages/keycloakPolling.ts', 'setInterval(() => updateToken(70), 6000) (keycloak.org/securing-apps/vue)')
