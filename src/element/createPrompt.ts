import { createClock } from '../clock'
import type { Session } from '../createSession'
import type { EndReason } from '../../machines/session.machine'
import { canStay, type Frame, say, wordingOf } from './frame'
import { isUnreachable, type Prompt, promptFor, type PromptKind } from './promptFor'
import { digits, type PromptTexts, spoken } from './texts'

/** What is left when it is said aloud, seconds; once more often would be a nuisance. */
const SAID_AT = [30, 10]
/** What works the dialog by itself. */
const ITS_KEYS = /^(Tab|Shift|Enter|Escape| )$/
const PRESSES = ['pointerdown', 'touchstart', 'keydown'] as const

/** Shows in a frame what a session calls for, between `start` and `stop`. What was answered is remembered in between. */
export function createPrompt(host: HTMLElement, frame: Frame, session: Session, texts: () => PromptTexts) {
  const clock = createClock()
  const { dialog, panel, primary, secondary, time, said } = frame
  let subscription: { unsubscribe(): void } | undefined
  let timer: unknown
  /** What is shown now, and what was last: a click may lift the warning that it answers. */
  let shown: Prompt | undefined
  let question: Prompt | undefined
  let last: PromptKind | undefined
  /** What somebody has answered, for as long as it lasts. */
  let answered: PromptKind | undefined
  let asked: number | undefined
  /** A sign-in was begun, and has signed nobody in. */
  let tried = false
  let secondsLeft = 0

  /** @param isSettled that no other view follows at once, and what it calls for may open */
  function render(isSettled = true): void {
    clock.clearTimeout(timer)
    const view = session.get()
    const now = clock.now()
    if (view.status === 'reauthenticating') {
      tried = true
      answered = undefined
    }
    const { lifeMs } = session.actor.getSnapshot().context.lease ?? {}
    const found = promptFor(view, { lifeMs, last, asked })
    const waitMs = (found?.opensAt ?? now) - now
    if (waitMs > 0) timer = clock.setTimeout(() => render(), waitMs)
    const due = waitMs > 0 ? undefined : found
    last = due?.kind
    if (last !== answered) answered = undefined
    if (!due && view.signedIn && view.certain) tried = false
    frame.showStrip(isUnreachable(view), texts())
    const next = answered ? undefined : due
    const waits = !isSettled && next?.kind !== shown?.kind
    if (waits) queueMicrotask(() => subscription && render())
    show(waits ? undefined : next, view.reason, view.problem?.code === 'ERR_SESSION_POPUP_BLOCKED' ? 'popupBlocked' : 'signInFailed')
  }

  /** Opens and closes last of all: what gets the focus may make the session tell something new. */
  function show(next: Prompt | undefined, reason: EndReason | undefined, failure: keyof PromptTexts): void {
    const before = shown
    shown = next
    if (next?.kind !== before?.kind) {
      secondsLeft = Infinity
      say(said, '')
      shield(next !== undefined && canStay(next.kind))
      // What the buttons mean has changed, so whoever is at one of them begins anew.
      if (dialog.open) dialog.close()
    }
    if (!next || shown !== next) return
    question = next
    frame.fill(next, (reason ?? 'ended') as keyof PromptTexts, texts(), tried ? failure : undefined)
    if (next.endsAt !== undefined) count(next, next.endsAt)
    if (!dialog.open) dialog.showModal()
  }

  /** By the clock, so that it is right after a sleep; and the next time when a second is over. */
  function count(prompt: Prompt, endsAt: number): void {
    const leftMs = Math.max(0, endsAt - clock.now())
    const seconds = Math.ceil(leftMs / 1_000)
    if (time.hidden) return
    const inWords = spoken(seconds, host.closest<HTMLElement>('[lang]')?.lang ?? '')
    say(time, digits(seconds))
    time.setAttribute('aria-label', inWords)
    // At first the dialog itself is read.
    if (SAID_AT.some((mark) => seconds <= mark && secondsLeft > mark && secondsLeft < Infinity)) {
      say(said, texts()[wordingOf(prompt, 'ended').text].replace('{time}', inWords))
    }
    secondsLeft = seconds
    if (leftMs > 0) timer = clock.setTimeout(() => render(), leftMs - (seconds - 1) * 1_000)
  }

  /**
   * A press in the dialog is an answer, not activity yet: it would lift the warning and close the dialog before the
   * click that it begins, and nobody could reach the other button.
   */
  function hear(event: Event): void {
    const { key } = event as Partial<KeyboardEvent>
    if (key === undefined ? event.composedPath().includes(panel) : ITS_KEYS.test(key)) event.stopPropagation()
  }

  function shield(isUp: boolean): void {
    for (const type of PRESSES) {
      if (isUp) window.addEventListener(type, hear, { capture: true, passive: true })
      else window.removeEventListener(type, hear, { capture: true })
    }
  }

  function answer(): void {
    answered = question?.kind
    render()
  }

  function stay(): void {
    if (question?.kind === 'idle') return session.touch()
    asked = question?.endsAt
    void session.extend()
  }

  function signIn(): void {
    // Closed first: what the app opens now must not be inert behind it, nor lose the focus to what had it before.
    answer()
    if (!host.dispatchEvent(new Event('signin', { bubbles: true, cancelable: true }))) return
    session.reauthenticate().catch((error: unknown) => {
      answered = undefined
      tried = true
      if (subscription) render()
      reportError(error)
    })
  }

  const stays = () => question !== undefined && canStay(question.kind)
  primary.onclick = () => (stays() ? stay() : signIn())
  secondary.onclick = () => (stays() ? void session.signOut() : answer())
  dialog.oncancel = (event) => {
    event.preventDefault()
    if (stays()) stay()
    else answer()
  }

  return {
    session,
    render: () => subscription && render(),
    start(): void {
      subscription ??= session.subscribe(() => render(false))
      render()
    },
    stop(): void {
      subscription?.unsubscribe()
      subscription = undefined
      clock.clearTimeout(timer)
      frame.showStrip(false, texts())
      show(undefined, undefined, 'signInFailed')
    },
  }
}
