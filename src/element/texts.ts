import { SessionError } from '../errors'

/** What the prompt says: plain text, so that it may come from JSON. */
export interface PromptTexts {
  readonly idleTitle: string
  /** Nobody has been active; any activity helps. One `{time}` stands for the time that is left, here and in the next two. */
  readonly idleText: string
  /** Above the next two. */
  readonly endTitle: string
  /** The session has lasted nearly as long as the app allows. */
  readonly limitText: string
  /** The session ends at the server, and nobody is to extend it unasked. */
  readonly deadlineText: string
  readonly stay: string
  readonly signOut: string
  readonly signIn: string
  readonly notNow: string
  readonly endedTitle: string
  /** Why, by the view's `reason`. */
  readonly ended: string
  readonly expired: string
  readonly revoked: string
  readonly idle: string
  readonly limit: string
  /** A sign-in was begun and signed nobody in. */
  readonly signInFailed: string
  readonly popupBlocked: string
  readonly unreachable: string
}

export const defaultTexts: PromptTexts = {
  idleTitle: 'Are you still there?',
  idleText: 'Your session ends in {time}, because nobody has been active for a while.',
  endTitle: 'Your session is about to end',
  limitText: 'It ends in {time}, because you have been signed in for as long as this app allows. Save your work, or sign in again to go on.',
  deadlineText: 'It ends in {time}.',
  stay: 'Stay signed in',
  signOut: 'Sign out',
  signIn: 'Sign in again',
  notNow: 'Not now',
  endedTitle: 'You were signed out',
  ended: 'Your session is over. Sign in again to go on.',
  expired: 'Your session has expired. Sign in again to go on.',
  revoked: 'Your session was revoked. Sign in again to go on.',
  idle: 'Nobody was active for a while, so your session was ended.',
  limit: 'Your session has lasted as long as this app allows.',
  signInFailed: 'The sign-in did not come through. You can try again.',
  popupBlocked: 'Your browser blocked the sign-in window. Allow it for this page, and try again.',
  unreachable: 'Cannot reach the server, trying again',
}

/** @throws {SessionError} `ERR_SESSION_BAD_OPTION` */
export function textsFrom(given: Partial<PromptTexts> | null | undefined): PromptTexts {
  const texts = { ...defaultTexts }
  if (given != null && typeof given !== 'object') throw new SessionError('ERR_SESSION_BAD_OPTION', 'texts must be an object')
  for (const [name, text] of Object.entries(given ?? {}) as [keyof PromptTexts, unknown][]) {
    if (!Object.hasOwn(defaultTexts, name) || (text !== undefined && typeof text !== 'string')) {
      throw new SessionError('ERR_SESSION_BAD_OPTION', `texts: ${name} is unknown or no string`)
    }
    if (text !== undefined) Object.assign(texts, { [name]: text })
  }
  return texts
}

/** Minutes and seconds, for the eye. */
export const digits = (seconds: number) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`

/** The same for the ear, where "0:30" is read as a time of day. */
export function spoken(seconds: number, language: string): string {
  const say = (count: number, unit: string) => formatOf(language, unit).format(count)
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60]
  return [minutes > 0 && say(minutes, 'minute'), (rest > 0 || minutes === 0) && say(rest, 'second')].filter(Boolean).join(' ')
}

function formatOf(language: string, unit: string) {
  const how = { style: 'unit', unit, unitDisplay: 'long' } as const
  try {
    return new Intl.NumberFormat(language || 'en', how)
  } catch {
    // A page may have written no language at all there.
    return new Intl.NumberFormat('en', how)
  }
}
