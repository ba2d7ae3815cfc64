import { fromCallback } from 'xstate'
import { limitsMachine, type LimitsPlan } from '../../machines/limits.machine'
import { SessionError } from '../errors'
import type { Limits, Usage } from '../ports'

export interface LimitsOptions {
  /** Milliseconds in which nobody is active, in any tab of the browser. Default: no limit. */
  readonly idleMs?: number | undefined
  /** Milliseconds since somebody signed in; neither activity nor an extension moves it. Default: no limit. */
  readonly absoluteMs?: number | undefined
  /** Milliseconds before the end at which `view.warning` says so; at least 20,000, so that there is time to act (WCAG 2.2.1). Default: 60,000. */
  readonly warningMs?: number | undefined
}

const LEAST_WARNING_MS = 20_000

/**
 * Limits of the app's own on a session. When one is reached, the session ends in every tab and is revoked at the server.
 * Time goes on during sleep, and with all tabs closed. It is this machine's time, so the server must enforce what is
 * only mirrored here.
 *
 * @example
 * createSession(backend, { keepAlive: 'whileActive', limits: limits({ idleMs: 15 * 60_000, absoluteMs: 12 * 3_600_000 }) })
 * @throws {SessionError} `ERR_SESSION_BAD_OPTION` for a limit that leaves no time before its warning
 * @see NIST SP 800-63B-4 2.1.3, 2.2.3, 2.3.3
 */
export function limits(options: LimitsOptions): Limits {
  const { idleMs, absoluteMs, warningMs = 60_000, ...unknown } = Object(options) as LimitsOptions
  const isLimit = (ms: unknown) => ms === undefined || (Number.isFinite(ms) && Number(ms) > warningMs)
  const wrong = !(Number.isFinite(warningMs) && warningMs >= LEAST_WARNING_MS)
    ? 'warningMs'
    : !isLimit(idleMs)
      ? 'idleMs'
      : !isLimit(absoluteMs)
        ? 'absoluteMs'
        : Object.keys(unknown)[0]
  if (wrong !== undefined) throw new SessionError('ERR_SESSION_BAD_OPTION', `limits: ${wrong} is unknown or out of range`)

  function planFor({ now, times }: Usage): LimitsPlan | undefined {
    const used = times()
    if (!used) return undefined
    const idleAt = used.activeAt + (idleMs ?? Infinity)
    const limitAt = used.startedAt + (absoluteMs ?? Infinity)
    const endsAt = Math.min(idleAt, limitAt)
    if (endsAt === Infinity) return undefined
    const endMs = endsAt - now()
    return { reason: idleAt < limitAt ? 'idle' : 'limit', endsAt, endMs, warningMs: endMs - warningMs }
  }

  return (usage) =>
    limitsMachine.provide({
      actors: {
        times: fromCallback<{ type: 'limits.look' }>(({ sendBack, receive }) => {
          let last: LimitsPlan | undefined
          const tell = (plan: LimitsPlan | undefined) => {
            last = plan
            sendBack(last ? { type: 'limits.planned', plan: last } : { type: 'limits.dropped' })
          }
          receive(() => tell(planFor(usage)))
          tell(planFor(usage))
          return usage.listen(() => {
            // Most of what happens in a session moves no limit.
            const plan = planFor(usage)
            if (plan?.endsAt !== last?.endsAt) tell(plan)
          })
        }),
      },
    })
}
