import type { BackendEvent, Call } from '../backend'
import { type Clock, createClock } from '../clock'
import { SessionError } from '../errors'

/** "Finished": all that a callback page ever says. */
const FINISHED = 'outlast: finished'
/** Milliseconds between two looks at the window: no event tells that it was closed. */
const LOOK_MS = 250
/** Milliseconds until a window that nobody visits is closed: a sign-out has to be told first, and may fail. */
const UNVISITED_MS = 60_000

export interface PopupName {
  /** What the page and its callback page have in common; also the window's name. Default: `session`. */
  readonly name?: string | undefined
}

export interface PopupOptions extends PopupName {
  /** The third argument of `window.open`. Default: `popup,width=480,height=720`. */
  readonly features?: string | undefined
  /** Default: a clock of its own. */
  readonly clock?: Clock | undefined
}

/** Where the window goes: a URL, or a function that gives it, for one that has to be asked for first. */
export type PopupUrl = string | URL | ((call: PopupCall) => string | URL | PromiseLike<string | URL>)

/** What `visit` needs of a backend's call. */
export type PopupCall = Pick<Call, 'signal'>

export interface Popup {
  /**
   * Opens a blank window at once, or focuses the one that is open. To be called in the handler of a click, before
   * anything is awaited: afterwards browsers, Safari first, block it. A window that is not visited within a minute is closed.
   *
   * @returns whether there is a window now
   */
  open(): boolean
  /**
   * Takes the window to the sign-in page, and opens it first if need be. Resolves when the flow may be over: a callback
   * page told so, or the window looks closed. It looks so at once, and lives on, where the sign-in page has a
   * `Cross-Origin-Opener-Policy`; what comes of it later is told by `events`. When it rejects, the window is closed.
   *
   * @throws {SessionError} `ERR_SESSION_POPUP_BLOCKED`, `ERR_SESSION_ABORTED`; and what `url` throws
   */
  visit(url: PopupUrl, call: PopupCall): Promise<void>
  /**
   * For a backend's `events`: tells `signedIn` when a callback page says that a sign-in is finished, in whichever tab.
   * Where the browser carries no messages, tells it when the page is focused after a window looked closed.
   *
   * @returns the way to stop
   */
  events(listener: (event: BackendEvent) => void): () => void
  /** Closes the window, unless its page is out of reach by a `Cross-Origin-Opener-Policy`. */
  close(): void
}

const channelOf = ({ name = 'session' }: PopupName) => `outlast:popup:${name}`

/**
 * A sign-in in a window of its own. Nothing is touched before it is used, so it is safe during server rendering.
 *
 * A message of the callback page is a hint, and so is a closed window: the backend's `check` is asked and decides.
 * Whoever lies causes that one question and nothing else, so messages hold no token, and need no nonce.
 *
 * @example
 * const popup = createPopup()
 * const backend = httpBackend({ check: '/session', signIn: (call) => popup.visit('/login', call) })
 * const session = createSession({ ...backend, events: popup.events })
 * button.onclick = () => {
 *   popup.open()
 *   void session.reauthenticate()
 * }
 * @throws {SessionError} `ERR_SESSION_BAD_OPTION` for `noopener` and `noreferrer`, with which there is no window to hold
 * @see HTML 7.2.2.1 (`window.open`), 7.1.3 (cross-origin opener policies)
 */
export function createPopup({ name, features = 'popup,width=480,height=720', clock }: PopupOptions = {}): Popup {
  if (/noopener|noreferrer/i.test(features)) throw new SessionError('ERR_SESSION_BAD_OPTION', 'features must keep the opener')
  const channel = channelOf({ name })
  const listeners = new Set<() => void>()
  let stopHearing = () => {}
  let shown: Window | null = null
  let unvisited: unknown
  /** A window looked closed, and nobody said that the flow is over. */
  let inDoubt = false

  const timers = () => (clock ??= createClock())

  function hear() {
    inDoubt = false
    for (const listener of [...listeners]) listener()
  }

  /** One channel for all who listen, so that a sign-in under way ends in the same task in which it is told. */
  function listen(listener: () => void): () => void {
    if (listeners.size === 0) stopHearing = startHearing(channel, hear, () => inDoubt && hear())
    listeners.add(listener)
    return () => {
      if (listeners.delete(listener) && listeners.size === 0) stopHearing()
    }
  }

  function open(): boolean {
    if (shown && !shown.closed) {
      shown.focus()
      return true
    }
    timers().clearTimeout(unvisited)
    try {
      shown = window.open('about:blank', channel, features)
    } catch {
      // In a sandboxed frame.
      shown = null
    }
    if (!shown || shown.closed) return !!(shown = null)
    unvisited = timers().setTimeout(close, UNVISITED_MS)
    return true
  }

  function close() {
    clock?.clearTimeout(unvisited)
    shown?.close()
    shown = null
  }

  function visit(url: PopupUrl, call: PopupCall): Promise<void> {
    return new Promise((resolve, reject) => {
      const { signal } = call
      const visited = !signal.aborted && (shown || (open() && shown))
      if (!visited) {
        close()
        return reject(new SessionError(signal.aborted ? 'ERR_SESSION_ABORTED' : 'ERR_SESSION_POPUP_BLOCKED'))
      }
      let timer: unknown
      let over = false
      const settle = (done: () => void) => {
        over = true
        stop()
        signal.removeEventListener('abort', leave)
        timers().clearTimeout(timer)
        if (shown === visited) shown = null
        done()
      }
      const fail = (error: Error) => {
        if (over) return
        visited.close()
        settle(() => reject(error))
      }
      const leave = () => fail(new SessionError('ERR_SESSION_ABORTED'))
      const look = () => {
        if (!visited.closed) return void (timer = timers().setTimeout(look, LOOK_MS))
        inDoubt = true
        settle(resolve)
      }
      timers().clearTimeout(unvisited)
      inDoubt = false
      // The window is left alone: it closes itself, or somebody lied and the sign-in goes on in it.
      const stop = listen(() => settle(resolve))
      signal.addEventListener('abort', leave)
      look()
      if (over) return
      void (async () => {
        try {
          const to = typeof url === 'function' ? await url(call) : url
          // The blank page is not one to come back to.
          if (!over) visited.location.replace(to)
        } catch (error) {
          fail(error as Error)
        }
      })()
    })
  }

  return { open, visit, events: (listener) => listen(() => listener('signedIn')), close }
}

/**
 * Tells the pages of this origin that a sign-in is finished, and closes the window: for the page to which the identity
 * provider returns. Say there in a sentence that the window may be closed, for a browser that does not close it.
 */
export function finishPopup(options: PopupName = {}): void {
  try {
    const channel = new BroadcastChannel(channelOf(options))
    channel.postMessage(FINISHED)
    channel.close()
  } catch {
    // The opener sees the window closed.
  }
  window.close()
}

function startHearing(name: string, hear: () => void, focused: () => void): () => void {
  // Node has channels too, and one that is open holds its process.
  if (typeof window === 'undefined') return () => {}
  try {
    const channel = new BroadcastChannel(name)
    channel.addEventListener('message', ({ data }) => data === FINISHED && hear())
    return () => channel.close()
  } catch {
    window.addEventListener('focus', focused)
    return () => window.removeEventListener('focus', focused)
  }
}
