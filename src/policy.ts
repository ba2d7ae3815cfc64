import { SessionError } from './errors'
import type { Limits } from './ports'
import type { Policy } from './timing'

export interface SessionOptions {
  /**
   * Who decides that the session is extended: `always` while the handle is started (the default), `whileVisible` only
   * when somebody can see the page, `whileActive` only when somebody was active in it, or called `touch()`, since it was
   * last extended, or `off`, when only `extend()` does.
   */
  readonly keepAlive?: 'off' | 'always' | 'whileVisible' | 'whileActive' | undefined
  /** Milliseconds between extensions while the backend knows no expiry; at least 1,000. Default: 300,000. */
  readonly intervalMs?: number | undefined
  /** Tabs with one name share one session. Needed where one origin holds several: of two backends, or two environments. Default: `session`. */
  readonly name?: string | undefined
  /** How long nobody may be active, and how long somebody may be signed in: `limits()` of `outlast/limits`. Default: for ever. */
  readonly limits?: Limits | undefined
}

/** What a session is to do, as it was asked for. */
export interface Settings extends Policy {
  readonly name: string
  readonly limits: Limits | undefined
}

const WHILE = { off: undefined, always: undefined, whileVisible: 'visible', whileActive: 'active' } as const

/** @throws {SessionError} `ERR_SESSION_BAD_OPTION` */
export function policyFrom(options: SessionOptions = {}): Settings {
  const { keepAlive = 'always', intervalMs = 300_000, name = 'session', limits, ...unknown } = Object(options) as SessionOptions
  const wrong =
    options !== Object(options)
      ? 'options'
      : typeof keepAlive !== 'string' || !Object.hasOwn(WHILE, keepAlive)
        ? 'keepAlive'
        : !(Number.isFinite(intervalMs) && intervalMs >= 1_000)
          ? 'intervalMs'
          : typeof name !== 'string'
            ? 'name'
            : limits !== undefined && typeof limits !== 'function'
              ? 'limits'
              : Object.keys(unknown)[0]
  if (wrong !== undefined) throw new SessionError('ERR_SESSION_BAD_OPTION', `${wrong} is unknown or out of range`)
  return { keepAlive: keepAlive !== 'off', while: WHILE[keepAlive], intervalMs, name, limits }
}
