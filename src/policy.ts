import { SessionError } from './errors'
import type { Policy } from './timing'

export interface SessionOptions {
  /**
   * Who decides that the session is extended: `always` while the handle is started (the default), or `off`,
   * when only `extend()` does.
   */
  readonly keepAlive?: 'off' | 'always' | undefined
  /** Milliseconds between extensions while the backend knows no expiry; at least 1,000. Default: 300,000. */
  readonly intervalMs?: number | undefined
}

/** @throws {SessionError} `ERR_SESSION_BAD_OPTION` */
export function policyFrom(options: SessionOptions = {}): Policy {
  const { keepAlive = 'always', intervalMs = 300_000, ...unknown } = Object(options) as SessionOptions
  const wrong =
    options !== Object(options)
      ? 'options'
      : keepAlive !== 'off' && keepAlive !== 'always'
        ? 'keepAlive'
        : !(Number.isFinite(intervalMs) && intervalMs >= 1_000)
          ? 'intervalMs'
          : Object.keys(unknown)[0]
  if (wrong !== undefined) throw new SessionError('ERR_SESSION_BAD_OPTION', `${wrong} is unknown or out of range`)
  return { keepAlive: keepAlive === 'always', intervalMs }
}
