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

const KEEP_ALIVE = ['off', 'always']
const KNOWN = ['keepAlive', 'intervalMs']

/** @throws {SessionError} `ERR_SESSION_BAD_OPTION` */
export function policyFrom(options: SessionOptions = {}): Policy {
  if (typeof options !== 'object' || options === null) throw bad('options must be an object')
  for (const name of Object.keys(options)) if (!KNOWN.includes(name)) throw bad(`unknown option '${name}'`)
  const { keepAlive = 'always', intervalMs = 300_000 } = options
  if (!KEEP_ALIVE.includes(keepAlive)) throw bad(`keepAlive must be one of ${KEEP_ALIVE.join(', ')}`)
  if (!Number.isFinite(intervalMs) || intervalMs < 1_000) throw bad('intervalMs must be at least 1000 milliseconds')
  return { keepAlive: keepAlive === 'always', intervalMs }
}

const bad = (message: string) => new SessionError('ERR_SESSION_BAD_OPTION', message)
