import type { EndReason, ProblemCode, SessionView } from 'outlast'

export type Tone = 'good' | 'warn' | 'bad' | 'soft'

const reasons: Record<EndReason, string> = {
  absent: 'Nobody was signed in when the page opened.',
  ended: 'The server said that the session is over.',
  expired: 'The server said that the session has expired.',
  revoked: 'The server said that the session was revoked.',
  signedOut: 'You signed out.',
  idle: 'Nobody was active for so long that the app ended the session.',
  limit: 'The session lasted as long as the app allows.',
}

const problems: Record<ProblemCode, string> = {
  ERR_SESSION_UNREACHABLE: 'No answer to be trusted. That ends nothing; it is asked again.',
  ERR_SESSION_TIMEOUT: 'No answer in time. That ends nothing; it is asked again.',
  ERR_SESSION_RATE_LIMITED: 'The server asked for patience, and gets it.',
  ERR_SESSION_BAD_VERDICT: 'An answer without sense. That ends nothing; it is asked again.',
  ERR_SESSION_REFUSED: 'The server refused to extend the session, which is still alive.',
  ERR_SESSION_UNMOVED: 'The server says yes, but the end does not move.',
  ERR_SESSION_CLOCK_SKEW: 'The clocks of the server and of this machine disagree.',
  ERR_SESSION_SIGN_IN_FAILED: 'The sign-in did not come through.',
  ERR_SESSION_POPUP_BLOCKED: 'The browser blocked the window of the sign-in.',
  ERR_SESSION_STORAGE: 'The browser stores nothing here, so each tab works for itself.',
}

export function headlineOf({ signedIn, certain, busy }: SessionView): string {
  if (signedIn === undefined) return 'Asking the server'
  if (signedIn) return certain ? 'Signed in' : 'Signed in, as far as we know'
  return certain || !busy ? 'Signed out' : 'Signing in'
}

export function sentenceOf({ signedIn, certain, reason, problem }: SessionView): string {
  if (problem !== undefined) return problems[problem.code]
  if (signedIn === false) return reason === undefined ? '' : reasons[reason]
  if (signedIn === undefined) return 'Nothing is claimed before the first answer.'
  return certain ? 'The server vouched for it, and all is well.' : 'The last word was yes, and the server is being asked again.'
}

/** What a row of the timeline adds to the state. */
export function noteOf(view: SessionView): string {
  if (view.problem !== undefined) return view.problem.code.replace('ERR_SESSION_', '').replaceAll('_', ' ').toLowerCase()
  return view.status === 'expired' ? (view.reason ?? '') : ''
}

export function toneOf({ signedIn, certain, reason, problem }: SessionView): Tone {
  if (signedIn === undefined) return 'soft'
  if (!signedIn) return certain && reason !== 'absent' ? 'bad' : 'soft'
  return certain && problem === undefined ? 'good' : 'warn'
}
