import type { Client } from '../client'
import { answering } from './answers'
import { versionOf } from './installed'
import { openApp } from './openApp'
import { type Grant, jwt, rememberSignIn, tokenEndpoint } from './tokens'

const ISSUER = 'https://id.example'
const PATH = '/token'

/** Milliseconds and seconds are told apart by their names here, as in the protocol: these are seconds. */
const tokensFor =
  (accessTokenLife: number) =>
  ({ subject, session, issuedAt }: Grant) => ({
    access_token: jwt({ sub: subject, iss: ISSUER, iat: issuedAt, exp: issuedAt + accessTokenLife }),
    id_token: jwt({ sub: subject, iss: ISSUER, aud: 'app', iat: issuedAt, exp: issuedAt + accessTokenLife }),
    refresh_token: session,
    token_type: 'Bearer',
    expires_in: accessTokenLife,
    scope: 'openid offline_access',
  })

/** @param accessTokenLife seconds */
const clientOf = (name: string, accessTokenLife: number, whose: string): Client => ({
  name,
  version: versionOf('oidc-client-ts'),
  configuration: `UserManager with automaticSilentRenew by refresh token, as by default, and userStore in localStorage; useAuth of react-oidc-context ${versionOf('react-oidc-context')}; access tokens of ${accessTokenLife / 60} min, ${whose}; refresh tokens may be used again (github.com/authts/react-oidc-context)`,
  open(tab) {
    const tokens = tokensFor(accessTokenLife)
    rememberSignIn(tab, `oidc.user:${ISSUER}:app`, (grant) => {
      const { expires_in: life, ...user } = tokens(grant)
      return { ...user, profile: { sub: grant.subject }, expires_at: grant.issuedAt + life }
    })
    const fetch = answering((asked) => (asked.path === PATH ? tokenEndpoint(tab, asked, (refreshToken) => refreshToken, tokens) : Promise.resolve(new Response(null, { status: 404 }))))
    return openApp(tab, 'peers/pages/oidcClientTs.tsx', fetch)
  },
})

export const oidcClientTs = clientOf('oidc-client-ts', 3_600, 'the default of IdentityServer, for which it was made')

export const oidcClientTsShort = clientOf('oidc-client-ts, short tokens', 300, 'the default of Keycloak')
