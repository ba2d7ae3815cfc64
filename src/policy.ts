import { SessionError } from './errors'
import type { Policy } from './timing'

export interface SessionOptions {
  /**
   * Who decides that the session is extended: `always` while the handle is started (the default), `whileVisible` only
   * when somebody can see the page, or `off`, when only `extend()` does.
   */
  readonly keepAlive?: 'off' | 'always' | 'whileVisible' | undefined
  /** Milliseconds between extensions while the backend knows no expiry; at least 1,000. Default: 300,000. */
  readonly intervalMs?: number | undefined
  /** Tabs with one name share one session. Needed where one origin holds several: of two backends, or two environments. Default: `session`. */
  readonly name?: string | undefined
}

/** @throws {SessionError} `ERR_SESSION_BAD_OPTION` */
export function policyFrom(options: SessionOptions = {}): Policy & { readonly name: string } {
  const { keepAlive = 'always', intervalMs = 300_000, name = 'session', ...unknown } = Object(options) as SessionOptions
  const wrong =
    options !== Object(options)
      ? 'options'
      : !['off', 'always', 'whileVisible'].includes(keepAlive)
        ? 'keepAlive'
        : !(Number.isFinite(intervalMs) && intervalMs >= 1_000)
          ? 'intervalMs'
          : typeof name !== 'string'
            ? 'name'
            : Object.keys(unknown)[0]
  if (wrong !== undefined) throw new SessionError('ERR_SESSION_BAD_OPTION', `${wrong} is unknown or out of range`)
  return { keepAlive: keepAlive !== 'off', whileVisible: keepAlive === 'whileVisible', intervalMs, name }
}
