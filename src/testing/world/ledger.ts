import type { Life } from './life'
import type { ServerSession } from './server'

const DAY_MS = 86_400_000

/**
 * Keeps account of sessions that died of neglect, beside a client that knows the future and extends in the last moment
 * before each obstacle: what it loses nobody could have kept.
 */
export function createLedger(life: Life) {
  const { world, browser, scenario, seats, fail } = life
  const { lifeMs } = scenario.server
  let couldCall = false
  /** Until when the session of the all-knowing client lives. */
  let aliveUntil = -Infinity
  let session: ServerSession | undefined
  let counted: ServerSession | undefined
  /** Lost, and not known yet whether anybody could have kept it. */
  let open: ServerSession | undefined
  let lost = 0
  let unsurvivable = 0

  let extendedAt = -Infinity

  /** Somebody asks the server to extend. Nobody does so soon after another, where tabs share a session and nothing is in their way. */
  function extendsNow() {
    const now = world.now()
    const isQuiet = life.quietSince < extendedAt - 1_000 && life.weather === 'clear' && !life.broken && !life.drifts
    const isRolling = scenario.server.limit === 'rolling' && seats.every(({ session: { get }, witness }) => get().expiresAt !== undefined && witness.knowsTime(lifeMs / 20))
    if (scenario.shared && isQuiet && isRolling && now - extendedAt < Math.min(lifeMs / 10, DAY_MS / 2)) fail({ law: 5, what: `extends again after ${now - extendedAt} ms` })
    extendedAt = now
  }

  const canCall = () => !browser.machine.asleep && !browser.network.cutBy && seats.some(({ tab }) => !tab.isGone && !tab.isFrozen)

  function settle(now: number) {
    if (open && now > aliveUntil) unsurvivable++
    open = undefined
  }

  function look() {
    const now = world.now()
    const present = world.server.find(browser.token)
    if (couldCall) aliveUntil = now + lifeMs
    couldCall = canCall()
    if (present !== session) {
      settle(now)
      session = present
      aliveUntil = now + lifeMs
    }
    if (present?.ended === 'expired' && present !== counted) count(present)
    // Also what was lost in a sleep in which nothing happened, and is seen only now.
    if (couldCall) settle(now)
  }

  function count(dead: ServerSession) {
    counted = dead
    // The last minute before the most that the server allows is nobody's loss.
    if (dead.maxExpiresAt - dead.expiresAt <= Math.min(60_000, lifeMs / 10) || scenario.server.limit === 'fixed') return
    lost++
    open = dead
    judge(dead)
  }

  /** With nothing in its way for so long, no client may lose a session. */
  function judge(dead: ServerSession) {
    const quietMs = dead.expiresAt - Math.max(life.quietSince, dead.grantedAt)
    const watched = seats.some(({ tab, session: { get }, witness, canExtend }) => {
      const { signedIn, expiresAt, status } = get()
      const isTimed = expiresAt !== undefined || (scenario.policy.intervalMs ?? 0) < lifeMs / 4
      // While somebody signs in, nobody extends.
      const isTended = canExtend && status !== 'reauthenticating'
      return isTended && !tab.isHidden && signedIn === true && isTimed && witness.knowsTime(lifeMs / 20)
    })
    if (watched && !['off', 'whileActive'].includes(scenario.policy.keepAlive ?? '') && quietMs > 0.4 * lifeMs + 120_000) fail({ law: 5, what: `lost a session after ${Math.round(quietMs / 1000)} s of quiet` })
  }

  return { look, extends: extendsNow, close: () => settle(world.now()), counts: () => ({ lost, unsurvivable }) }
}
