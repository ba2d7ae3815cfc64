import { MINUTE, SECOND } from '../../test/liveSession'
import type { Provider } from './race'

export const APP = 'https://app.example'

export interface SimulatedProviderOptions {
  /** For how long a refresh token is taken again after its first use. Default: 0. */
  readonly leewayMs?: number
  readonly lifeMs?: number
}

interface Family {
  revoked: boolean
}

/** As strict as providers are: a refresh token that is used twice revokes its family, access tokens included. */
export const simulatedProvider =
  ({ leewayMs = 0, lifeMs = 20 * MINUTE }: SimulatedProviderOptions = {}) =>
  (now: () => number): Provider => {
    const issuer = 'https://id.example'
    const families: Family[] = []
    const refreshTokens = new Map<string | null, { readonly family: Family; usedAt?: number }>()
    const accessTokens = new Map<string, { readonly family: Family; readonly until: number }>()
    let last = 0
    let nonce = ''

    function tokens(family: Family, more: object = {}) {
      const [access, refresh] = [`access-${String(++last)}`, `refresh-${String(last)}`]
      accessTokens.set(`Bearer ${access}`, { family, until: now() + lifeMs })
      refreshTokens.set(refresh, { family })
      return Response.json({ access_token: access, refresh_token: refresh, token_type: 'Bearer', expires_in: lifeMs / SECOND, ...more })
    }

    function signedIn() {
      const family = { revoked: false }
      families.push(family)
      const part = (json: object) => Buffer.from(JSON.stringify(json)).toString('base64url')
      const claims = { iss: issuer, aud: 'app', sub: 'ada', iat: 1, exp: 2, nonce }
      return tokens(family, { id_token: `${part({ alg: 'RS256' })}.${part(claims)}.${part({})}` })
    }

    function refreshed(refreshToken: string | null) {
      const used = refreshTokens.get(refreshToken)
      if (used && now() > (used.usedAt ?? Infinity) + leewayMs) used.family.revoked = true
      if (!used || used.family.revoked) return Response.json({ error: 'invalid_grant' }, { status: 400 })
      used.usedAt ??= now()
      return tokens(used.family)
    }

    return {
      issuer,
      visit(page) {
        const { searchParams } = new URL(page)
        nonce = searchParams.get('nonce') ?? ''
        return `${APP}/signed-in?code=a-code&state=${searchParams.get('state') ?? ''}`
      },
      revoked: () => families.filter(({ revoked }) => revoked).length,
      handle(url, { body, headers }) {
        switch (new URL(url).pathname) {
          case '/.well-known/openid-configuration':
            return Response.json({ issuer, authorization_endpoint: `${issuer}/auth`, token_endpoint: `${issuer}/token`, userinfo_endpoint: `${issuer}/me` })
          case '/token':
            return (body as URLSearchParams).has('code') ? signedIn() : refreshed((body as URLSearchParams).get('refresh_token'))
          default: {
            const token = accessTokens.get(new Headers(headers).get('authorization') ?? '')
            return token && !token.family.revoked && now() < token.until ? Response.json({ sub: 'ada' }) : new Response(null, { status: 401 })
          }
        }
      },
    }
  }
