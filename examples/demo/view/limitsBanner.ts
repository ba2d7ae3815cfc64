import type { Session, SessionView } from 'outlast'
import { byId, say } from './dom'
import { countdown, warningOf } from './words'

/** Says that a limit of the app is near, and counts. Activity lifts the idle one; the other only counts. */
export function createLimitsBanner(session: Session) {
  const banner = byId('warning')
  const stay = byId<HTMLButtonElement>('stay')
  // The press alone is activity already; the call is for whoever presses it with a tool that makes no events of its own.
  stay.addEventListener('click', () => session.touch())

  return {
    show({ warning, signedIn }: SessionView): void {
      const isNear = warning !== undefined && signedIn === true
      banner.hidden = !isNear
      banner.dataset['reason'] = warning?.reason ?? ''
      stay.hidden = warning?.reason !== 'idle'
      say(byId('warning-why'), isNear ? warningOf(warning) : '')
      // Read out once; the seconds are for the eye.
      say(byId('warning-said'), isNear ? `Your session ends soon. ${warningOf(warning)}` : '')
    },

    tick({ warning }: SessionView, now: number): void {
      if (warning) say(byId('warning-left'), countdown(warning.endsAt - now))
    },
  }
}
