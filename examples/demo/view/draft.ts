import { type Session, SessionError } from 'outlast'
import { byId, clockTime, say } from './dom'
import { refusalOf } from './words'

export interface Signing {
  sign(text: string): Promise<string>
  /** Who is signed in. A view does not say it; the app knows. */
  person(): string
}

/**
 * An app in small: it gates on `signedIn` and `certain`, stays mounted throughout, and signs in a live session only. What a
 * session did not outlive is kept until the same person is back, who is then asked.
 */
export function createDraft(session: Session, { sign, person }: Signing): { show(): void } {
  const text = byId<HTMLTextAreaElement>('draft')
  const button = byId<HTMLButtonElement>('sign')
  const told = byId('signed')
  const box = byId('question')
  const words = byId('question-words')
  /** In the session's own dialog, which is over the page then. */
  const note = byId('kept')
  const send = byId<HTMLButtonElement>('send')
  const discard = byId<HTMLButtonElement>('discard')

  /** The message that is being signed, waits, or is asked about; and who wrote it. */
  let kept: { readonly text: string; readonly by: string; readonly giveUp: AbortController } | undefined
  let answer: ((may: boolean) => void) | undefined

  const ask = () =>
    new Promise<boolean>(resolve => {
      answer = may => {
        answer = undefined
        show()
        resolve(may)
      }
      show()
      // Whoever is in the middle of a word is not torn away from it; they hear of the question all the same.
      if (!document.activeElement?.matches('input, textarea')) box.focus()
    })

  byId('draft-form').addEventListener('submit', event => {
    event.preventDefault()
    const mine = { text: text.value, by: person(), giveUp: new AbortController() }
    kept = mine
    say(told, 'Signing')
    show()
    void session
      .run(() => sign(mine.text), { onEnded: 'wait', replay: ask, signal: mine.giveUp.signal })
      .then(
        signature => `Signed at ${clockTime(Date.now())} by the stand-in: ${signature.slice(0, 12)}…`,
        (error: unknown) => refusalOf(error instanceof SessionError ? error.code : undefined, mine.by),
      )
      .then(outcome => {
        kept = answer = undefined
        show()
        say(told, outcome)
      })
  })

  send.addEventListener('click', () => answer?.(true))
  discard.addEventListener('click', () => (answer ? answer(false) : kept?.giveUp.abort()))

  let before: boolean | undefined
  function show(): void {
    const { signedIn, certain } = session.get()
    const asks = answer !== undefined && signedIn !== false
    const waits = kept !== undefined && signedIn === false
    button.disabled = signedIn !== true || kept !== undefined
    button.textContent = signedIn === true && !certain ? 'Ask, then sign' : 'Sign'

    const hadFocus = box.contains(document.activeElement)
    box.hidden = !asks && !waits
    box.dataset['tone'] = asks ? 'good' : 'warn'
    send.hidden = !asks
    const quoted = `“${excerpt(kept?.text ?? '')}”`
    if (asks) say(words, `You are signed in again as ${person()}. Send ${quoted} now?`)
    else if (waits) say(words, `Not sent, and kept: ${quoted}. Sign in again as ${kept?.by ?? ''}, and you are asked.`)
    note.hidden = !waits
    say(note, waits ? `Your message is kept. Sign in again as ${kept?.by ?? ''}, and you are asked whether to send it.` : '')
    if (hadFocus && box.hidden) text.focus()

    if (asks) say(told, 'Your message waits for your answer.')
    else if (waits) say(told, 'The session ended before the answer. Your message is kept.')
    else if (kept !== undefined) say(told, 'Signing')
    else if (signedIn !== before) say(told, signedIn === false ? 'Your text stays. Sign in again to sign it.' : '')
    before = signedIn
  }

  return { show }
}

const LONGEST = 60

const excerpt = (text: string) => (text.length > LONGEST ? `${text.slice(0, LONGEST).trimEnd()}…` : text)
