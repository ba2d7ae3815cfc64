import { type Session, SessionError } from 'outlast'
import { byId, clockTime, say } from './dom'

/** An app in small: it gates on `signedIn` and `certain`, stays mounted throughout, and saves in a live session only. */
export function createDraft(session: Session): { show(): void } {
  const save = byId<HTMLButtonElement>('save')
  const saved = byId('saved')

  byId('draft-form').addEventListener('submit', event => {
    event.preventDefault()
    say(saved, 'Saving')
    session.run(() => Date.now()).then(
      at => say(saved, `Saved at ${clockTime(at)}`),
      (error: unknown) => say(saved, refusal(error)),
    )
  })

  let before: boolean | undefined
  return {
    show() {
      const { signedIn, certain } = session.get()
      save.disabled = signedIn !== true
      save.textContent = signedIn === true && !certain ? 'Ask, then save' : 'Save'
      if (signedIn !== before) say(saved, signedIn === false ? 'Your text stays. Sign in again to save it.' : '')
      before = signedIn
    },
  }
}

function refusal(error: unknown): string {
  const code = error instanceof SessionError ? error.code : undefined
  if (code === 'ERR_SESSION_UNREACHABLE') return 'Not saved: the server cannot be asked now. Your text stays.'
  if (code === 'ERR_SESSION_ENDED') return 'Not saved: nobody is signed in. Your text stays.'
  return 'Not saved. Your text stays.'
}
