import type { Session } from '../createSession'
import { SessionError } from '../errors'
import { createFrame } from './frame'
import { createPrompt } from './createPrompt'
import { style } from './style'
import { type PromptTexts, textsFrom } from './texts'

export type { PromptTexts } from './texts'

/**
 * The element `<outlast-prompt>`: asks before a session ends, says why it ended, and that the server cannot be reached.
 *
 * A `signin` event, which bubbles, is dispatched within the click on "Sign in again", before the session signs in: open a
 * window there. Where it is prevented, the sign-in is the app's own.
 */
export interface OutlastPrompt extends HTMLElement {
  /**
   * What it shows; undefined for none. Heard while the element is in a document.
   * @throws {SessionError} `ERR_SESSION_BAD_OPTION` for what is no session
   */
  get session(): Session | undefined
  set session(session: Session | null | undefined)
  /**
   * What it says. What is not given is English.
   * @throws {SessionError} `ERR_SESSION_BAD_OPTION` for a name that it does not know, or what is no string
   */
  get texts(): PromptTexts
  set texts(texts: Partial<PromptTexts> | null | undefined)
}

declare global {
  interface HTMLElementTagNameMap {
    'outlast-prompt': OutlastPrompt
  }
}

const COMMANDS = ['get', 'subscribe', 'touch', 'extend', 'signOut', 'reauthenticate'] as const

function sessionFrom(given: Session | null | undefined): Session | undefined {
  if (given == null) return undefined
  if (COMMANDS.some((name) => typeof given[name] !== 'function')) throw new SessionError('ERR_SESSION_BAD_OPTION', 'session is none')
  return given
}

/** Made when it is asked for: where there is no page, there is no `HTMLElement` to extend. */
function createElementClass() {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(style)

  return class extends HTMLElement implements OutlastPrompt {
    #frame
    #prompt: ReturnType<typeof createPrompt> | undefined
    #texts = textsFrom(undefined)

    constructor() {
      super()
      const root = this.attachShadow({ mode: 'open' })
      root.adoptedStyleSheets = [sheet]
      this.#frame = createFrame(root)
      // What was set before the element was defined hides the accessors.
      const own = this as { session?: unknown; texts?: unknown }
      for (const name of ['texts', 'session'] as const) {
        if (!Object.hasOwn(this, name)) continue
        const value = own[name]
        Reflect.deleteProperty(own, name)
        own[name] = value
      }
    }

    get session(): Session | undefined {
      return this.#prompt?.session
    }

    set session(given: Session | null | undefined) {
      const session = sessionFrom(given)
      if (session === this.session) return
      this.#prompt?.stop()
      this.#prompt = session && createPrompt(this, this.#frame, session, () => this.#texts)
      if (this.isConnected) this.#prompt?.start()
    }

    get texts(): PromptTexts {
      return this.#texts
    }

    set texts(given: Partial<PromptTexts> | null | undefined) {
      this.#texts = textsFrom(given)
      this.#prompt?.render()
    }

    connectedCallback(): void {
      this.#prompt?.start()
    }

    disconnectedCallback(): void {
      this.#prompt?.stop()
    }
  }
}

/**
 * Defines the element `<outlast-prompt>`, once; where there is no page, as in server rendering, nothing happens.
 *
 * @example
 * definePrompt()
 * document.querySelector('outlast-prompt').session = session
 * @param name of the element, with a hyphen. Default: `outlast-prompt`.
 * @throws {SessionError} `ERR_SESSION_BAD_OPTION` for a name that no element can have
 */
export function definePrompt(name = 'outlast-prompt'): void {
  if (typeof customElements === 'undefined' || customElements.get(name)) return
  try {
    customElements.define(name, createElementClass())
  } catch {
    throw new SessionError('ERR_SESSION_BAD_OPTION', 'no element can have this name')
  }
}
