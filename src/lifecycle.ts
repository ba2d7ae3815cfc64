import type { Lease } from '../machines/session.machine'
import type { SessionBackend } from './backend'
import type { Ports } from './ports'
import type { SessionSnapshot } from './sessionView'
import type { Stream } from './sharedMachine'
import { isDue, isOld, isUsed, type Policy, remainingOf, untilRecovery } from './timing'

interface Watched extends Ports {
  readonly backend: SessionBackend
  readonly policy: Policy
  /** Whether anybody wants the session prolonged. */
  isWanted(lease: Lease | undefined): boolean
  seen(): SessionSnapshot
  /** Somebody is active. */
  touch(): void
}

/** Hears what the platform tells, and tells the session what of that concerns it. */
export const platformSignals = ({ clock, random, signals, backend, policy, isWanted, seen, touch }: Watched): Stream =>
  ({ sendBack }) => {
    const retryMs = () => untilRecovery(seen().context.lease, clock.now(), random)
    /** How long nobody is asked, because that would prolong what nobody wants prolonged, milliseconds. */
    const withheldMs = () => {
      const { lease } = seen().context
      return backend.checkExtends && !isWanted(lease) ? remainingOf(lease, clock.now()) : undefined
    }
    const wake = () => {
      const laterMs = withheldMs() ?? (signals?.isHidden() ? retryMs() : undefined)
      sendBack({ type: 'platform.woke', ...(laterMs !== undefined && { retryMs: laterMs }) })
    }
    const stops = [
      clock.onLate(wake),
      signals?.listen((signal) => {
        if (signal === 'frozen') return
        if (signal === 'active') return touch()
        // What fell due meanwhile comes first.
        clock.poke()
        const { lease } = seen().context
        if (signal === 'online') sendBack({ type: 'platform.wentOnline', retryMs: retryMs() })
        else if (signal === 'woke') wake()
        else if (signal === 'hidden') {
          // Whoever leaves in the middle of an exchange of credentials does not hear of the new ones.
          if (lease && !backend.rotates && isUsed(lease, clock.now(), policy)) sendBack({ type: 'platform.hidden' })
        } else if (signal && withheldMs() === undefined) {
          // Nobody likes to wait; and what was not extended because nobody saw it may be due.
          const isNews = !seen().matches('active') || !lease || isOld(lease, clock.now(), policy) || isMissed(seen(), clock.now(), policy)
          if (isNews) sendBack({ type: 'platform.shown' })
        }
      }),
    ]
    return () => stops.forEach((stop) => stop?.())
  }

/** Whether something fell due and was not done, because nobody was there. */
export function isMissed(seen: SessionSnapshot, now: number, policy: Policy): boolean {
  const { lease, plan, failures } = seen.context
  if (!policy.while || failures > 0) return false
  return seen.matches({ unknown: 'waiting' }) || (seen.matches('active') && plan.keepAliveMs === undefined && !!lease && isDue(lease, now, policy))
}
