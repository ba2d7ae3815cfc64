import type { Tab } from '../../../src/testing'
import { ask, type Asked, type Told } from './answers'

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token that libraries can read. Nobody signs it: in a browser nobody looks. */
export const jwt = (claims: object) => `${base64url({ alg: 'none', typ: 'JWT' })}.${base64url(claims)}.signature`

export function claimsOf(token: string) {
  const [, claims = ''] = token.split('.')
  return JSON.parse(Buffer.from(claims, 'base64url').toString() || '{}') as { readonly [claim: string]: unknown }
}

/** Who signs in. */
const SUBJECT = 'ada'

/** What a server puts into the tokens that it hands out. */
export interface Grant {
  /** What the world knows the session by. */
  readonly session: string
  readonly subject: string
  /** By the server's clock, epoch seconds. */
  readonly issuedAt: number
}

/** What a sign-in gave that happened just now, in this browser. What time it is at the server nobody has asked yet. */
export function signInOf({ browser, platform }: Tab): Grant | undefined {
  const { token } = browser
  return token === undefined ? undefined : { session: token, subject: SUBJECT, issuedAt: Math.floor(platform.wallNow() / 1_000) }
}

/** Leaves in `localStorage` what a library leaves there after a sign-in. */
export function rememberSignIn(tab: Tab, key: string, stored: (grant: Grant) => object | string) {
  const grant = signInOf(tab)
  const { notes } = tab.primitives
  if (!grant || notes?.getItem(key) !== null) return
  const value = stored(grant)
  notes.setItem(key, typeof value === 'string' ? value : JSON.stringify(value))
}

/**
 * Presents a refresh token to the server of the world, to which it is a cookie: the one that a page sent, and not the
 * newest that any page of its browser has.
 */
export function refresh(tab: Tab, session: string, signal: AbortSignal | undefined, granted: (grant: Grant) => Response, ended: () => Response): Promise<Response> {
  const { browser, platform } = tab
  // To a token that was replaced a moment ago the server of the world says only that; those that forgive it give new ones.
  const alive = ({ subject, serverNow }: Told) =>
    granted({ session: browser.token ?? session, subject: subject || SUBJECT, issuedAt: Math.floor((serverNow || platform.wallNow()) / 1_000) })
  const newest = browser.token
  browser.token = session
  const answer = ask(tab, 'extend', signal, alive, ended)
  browser.token = newest
  return answer
}

/** The token endpoint of OAuth 2.0, of a server whose refresh tokens may be used again until their session ends. */
export function tokenEndpoint(tab: Tab, { body, signal }: Pick<Asked, 'body' | 'signal'>, sessionOf: (refreshToken: string) => string, tokens: (grant: Grant) => object) {
  const refreshToken = new URLSearchParams(body).get('refresh_token') ?? ''
  const ended = () => Response.json({ error: 'invalid_grant', error_description: 'Session not active' }, { status: 400 })
  return refresh(tab, sessionOf(refreshToken), signal, (grant) => Response.json(tokens(grant)), ended)
}
