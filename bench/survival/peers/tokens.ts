import type { Tab } from '../../../src/testing'
import { ask, type Told } from './answers'

const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token that libraries can read. Nobody signs it: in a browser nobody looks. */
export const jwt = (claims: object) => `${base64url({ alg: 'none', typ: 'JWT' })}.${base64url(claims)}.signature`

export const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString() || '{}') as { readonly [claim: string]: unknown }

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
  return token === undefined ? undefined : { session: token, subject: 'ada', issuedAt: Math.floor(platform.wallNow() / 1_000) }
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
export function refresh(tab: Tab, session: string, signal: AbortSignal | undefined, alive: (grant: Grant) => Response, ended: () => Response): Promise<Response> {
  const { browser } = tab
  const newest = browser.token
  browser.token = session
  const answer = ask(tab, 'extend', signal, ({ subject, serverNow }: Told) => alive({ session: browser.token ?? session, subject, issuedAt: Math.floor(serverNow / 1_000) }), ended)
  browser.token = newest
  return answer
}

/** The token endpoint of OAuth 2.0 for refresh tokens that may be used again until their session ends. */
export const tokenEndpoint = (tab: Tab, { body, signal }: { readonly body: string; readonly signal: AbortSignal | undefined }, sessionOf: (refreshToken: string) => string, tokens: (grant: Grant) => object) =>
  refresh(
    tab,
    sessionOf(new URLSearchParams(body).get('refresh_token') ?? ''),
    signal,
    (grant) => Response.json(tokens(grant)),
    () => Response.json({ error: 'invalid_grant', error_description: 'Session not active' }, { status: 400 }),
  )
