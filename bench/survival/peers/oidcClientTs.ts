import type { Client } from '../client'
import { answering } from './answers'
import { versionOf } from './installed'
import { openApp } from './openApp'
import { type Grant, jwt, rememberSignIn, tokenEndpoint } from './tokens'

const ISSUER = 'https://id.example'

/** @param life seconds */
const tokensOf = ({ subject, session, issuedAt }: Grant, life: number) => ({
  access_token: jwt({ sub: subject, iss: ISSUER, iat: issuedAt, exp: issuedAt + life }),
  id_token: jwt({ sub: subject, iss: ISSUER, aud: 'app', iat: issuedAt, exp: issuedAt + life }),
  refresh_token: session,
  token_type: 'Bearer',
  expires_in: life,
  scope: 'openid offline_access',
})

/** @param life of an access token, seconds */
const clientOf = (name: string, life: number, whose: string): Client => ({
  name,
  version: versionOf('oidc-client-ts'),
  configuration:
    'automaticSilentRenew by refresh token, as by default, userStore in localStorage; ' +
    `useAuth of react-oidc-context ${versionOf('react-oidc-context')} (github.com/authts/react-oidc-context); ` +
    `access tokens of ${life / 60} min, ${whose}, and refresh tokens that may be used again (docs.duendesoftware.com/identityserver/tokens/refresh)`,
  open(tab) {
    rememberSignIn(tab, `oidc.user:${ISSUER}:app`, (grant) => {
      const { expires_in, ...user } = tokensOf(grant, life)
      return { ...user, profile: { sub: grant.subject }, expires_at: grant.issuedAt + expires_in }
    })
    const fetch = answering((asked) => tokenEndpoint(tab, asked, (refreshToken) => refreshToken, (grant) => tokensOf(grant, life)))
    return openApp(tab, 'peers/pages/oidcClientTs.tsx', fetch)
  },
})

export const oidcClientTs = clientOf('oidc-client-ts', 3_600, 'the default of IdentityServer, for which it was first made')

export const oidcClientTsShort = clientOf('oidc-client-ts, short tokens', 300, 'the default of Keycloak')
