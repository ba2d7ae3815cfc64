import type { InspectionEvent } from 'xstate'
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
  /** Sees all that happens in each run's actors, as XState tells it: `inspectWith()` of `outlast/inspect`, or a function of your own that must not throw. */
  readonly inspect?: ((event: InspectionEvent) => void) | undefined
}

/** What a session is to do, as it was asked for. */
export interface Settings extends Policy {
  readonly name: string
  readonly limits: Limits | undefined
  readonly inspect: ((event: InspectionEvent) => void) | undefined
}

const WHILE = { off: undefined, always: undefined, whileVisible: 'visible', whileActive: 'active' } as const

const isOptionalFunction = (given: unknown) => given === undefined || typeof given === 'function'

/** @throws {SessionError} `ERR_SESSION_BAD_OPTION` */
export function policyFrom(options: SessionOptions = {}): Settings {
  const { keepAlive = 'always', intervalMs = 300_000, name = 'session', limits, inspect } = Object(options) as SessionOptions
  const fine: Record<string, boolean> = {
    keepAlive: typeof keepAlive === 'string' && Object.hasOwn(WHILE, keepAlive),
    intervalMs: Number.isFinite(intervalMs) && intervalMs >= 1_000,
    name: typeof name === 'string',
    limits: isOptionalFunction(limits),
    inspect: isOptionalFunction(inspect),
  }
  // What is not listed is unknown.
  const wrong = options === Object(options) ? Object.keys({ ...fine, ...options }).find((option) => fine[option] !== true) : 'options'
  if (wrong !== undefined) throw new SessionError('ERR_SESSION_BAD_OPTION', `${wrong} is unknown or out of range`)
  return { name, intervalMs, keepAlive: keepAlive !== 'off', while: WHILE[keepAlive], limits, inspect }
}
