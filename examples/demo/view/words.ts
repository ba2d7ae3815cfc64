import type { EndReason, ProblemCode, SessionErrorCode, SessionView } from 'outlast'

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

/** Why an operation was not run, or not again; by whom it was asked for. */
export function refusalOf(code: SessionErrorCode | undefined, by: string): string {
  switch (code) {
    case 'ERR_SESSION_UNREACHABLE':
      return 'Not signed: the server cannot be asked now. Your text stays.'
    case 'ERR_SESSION_ENDED':
      return 'Not signed: nobody is signed in. Your text stays.'
    case 'ERR_SESSION_SUBJECT_CHANGED':
      return `Not sent: somebody else is signed in, and the message was ${by}’s. Your text stays.`
    case 'ERR_SESSION_NOT_REPLAYED':
    case 'ERR_SESSION_ABORTED':
      return 'Discarded: nothing was sent. Your text stays.'
    default:
      return 'Not signed: the request failed. Your text stays.'
  }
}

/** Minutes and seconds. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  return `${String(Math.floor(seconds / 60))}:${String(seconds % 60).padStart(2, '0')}`
}

export function headlineOf({ signedIn, certain, busy }: SessionView): string {
  if (signedIn === undefined) return 'Asking the server'
  if (signedIn) return certain ? 'Signed in' : 'Signed in, as far as we know'
  return certain || !busy ? 'Signed out' : 'Signing in'
}

export function sentenceOf({ signedIn, certain, reason, problem, state }: SessionView): string {
  if (state === 'reauthenticating.elsewhere') return 'Somebody is signing in in another tab.'
  if (problem !== undefined) return problems[problem.code]
  if (signedIn === false) return reason === undefined ? '' : reasons[reason]
  if (signedIn === undefined) return 'Nothing is claimed before the first answer.'
  return certain ? 'The server vouched for it, and all is well.' : 'The last word was yes, and the server is being asked again.'
}

/** An event in a few words. */
export function causeOf(event: string): string {
  const [, actor] = /^xstate\.(?:done|error)\.actor\.(\w+)$/.exec(event) ?? []
  if (actor !== undefined) return `${actor} answered`
  const [, delay] = /^xstate\.after\.until(\w+?)\./.exec(event) ?? []
  if (delay !== undefined) return ({ KeepAlive: 'keep-alive was due', Deadline: 'the deadline', Retry: 'the backoff was over' })[delay] ?? ''
  return event.startsWith('xstate.') ? '' : event
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
