import type { Browser, Tab } from '../../../src/testing'
import type { Client } from '../client'
import { answering, ask } from './answers'
import { versionOf } from './installed'
import { openApp } from './openApp'
import { type Grant, jwt, refresh, rememberSignIn } from './tokens'

/** Seconds; the default of a project. */
const ACCESS_TOKEN_LIFE = 3_600
/** Milliseconds, as by default. */
const REUSE_INTERVAL = 10_000

/** The refresh tokens of a session. Each can be used once, with exceptions. */
interface Family {
  active: string
  parent: string | undefined
  /** By the clock of the browser's machine that stands still in a sleep: what is found reused here, is. */
  readonly usedAt: Map<string, number>
}
const families = new WeakMap<Browser, Family>()

const sessionOf = (refreshToken: string) => refreshToken.replace(/\.\d+$/, '')

function bodyOf({ subject, session, issuedAt }: Grant, refreshToken: string) {
  const expiresAt = issuedAt + ACCESS_TOKEN_LIFE
  return {
    access_token: jwt({ sub: subject, session_id: session, aud: 'authenticated', iat: issuedAt, exp: expiresAt }),
    token_type: 'bearer',
    expires_in: ACCESS_TOKEN_LIFE,
    expires_at: expiresAt,
    refresh_token: refreshToken,
    user: { id: subject, aud: 'authenticated', role: 'authenticated', email: `${subject}@example.com`, app_metadata: {}, user_metadata: {} },
  }
}

const refused = (code: string, message: string) => Response.json({ code, message }, { status: 400, headers: { 'x-supabase-api-version': '2024-01-01' } })

/**
 * `POST /token?grant_type=refresh_token`. A refresh token that was used is good for `REUSE_INTERVAL` more, and the parent of the
 * active one is good until that is used; both give the active one. Any other that was used ends the session.
 */
const serverFor = (tab: Tab, family: Family) =>
  answering(({ body, signal }) => {
    const { refresh_token: presented } = JSON.parse(body) as { refresh_token: string }
    const now = tab.platform.monotonicNow()
    if (now - (family.usedAt.get(presented) ?? Infinity) > REUSE_INTERVAL && presented !== family.parent) {
      const reused = () => refused('refresh_token_already_used', 'Invalid Refresh Token: Already Used')
      return ask(tab, 'revoke', signal, reused, reused)
    }
    const alive = (grant: Grant) => {
      if (presented === family.active) {
        family.usedAt.set(presented, tab.platform.monotonicNow())
        family.parent = presented
        family.active = `${grant.session}.${family.usedAt.size}`
      }
      return Response.json(bodyOf(grant, family.active))
    }
    const ended = () => refused('refresh_token_not_found', 'Invalid Refresh Token: Refresh Token Not Found')
    return refresh(tab, sessionOf(presented), signal, alive, ended)
  })

/** The tokens of who signs in. */
function familyOf({ browser }: Tab): Family {
  const family = families.get(browser) ?? { active: `${browser.token ?? ''}.0`, parent: undefined, usedAt: new Map() }
  families.set(browser, family)
  return family
}

export const supabase: Client = {
  name: 'supabase auth-js',
  version: versionOf('@supabase/auth-js'),
  configuration:
    'autoRefreshToken and persistSession, as by default; onAuthStateChange; ' +
    'access tokens of 1 h and a reuse interval of 10 s, as by default; the life is the inactivity timeout (supabase.com/docs/guides/auth/sessions)',
  open(tab) {
    const family = familyOf(tab)
    rememberSignIn(tab, 'supabase.auth.token', (grant) => bodyOf(grant, family.active))
    return openApp(tab, 'peers/pages/supabase.ts', serverFor(tab, family))
  },
}
