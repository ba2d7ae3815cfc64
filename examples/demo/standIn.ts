import type { Session } from 'outlast'
import type { ParaControl } from '../para-api/client'
import type { RequestReport } from '../para-api/contract'

const EVERY_MS = 500

export interface Look {
  readonly log: readonly RequestReport[]
  /** How often the page said "signed out" of a session that the server held for alive. */
  readonly falseSignOuts: number
}

/** Looks at the stand-in from behind, past all faults, and compares what it knows with what the page says. */
export function watchStandIn(control: ParaControl, session: Session, show: (look: Look) => void): void {
  let falseSignOuts = 0
  let wrong = false

  async function look(): Promise<void> {
    const before = session.get()
    const [log, sessions] = await Promise.all([control.requests(), control.sessions()])
    const { signedIn, certain, reason } = before
    // Another browser may hold a session of this key; only one that was seen here can be missed here.
    const isOwn = reason === 'signedOut' || reason === 'idle' || reason === 'limit'
    const saysOut = signedIn === false && certain && !isOwn && reason !== 'absent'
    // A view that changed meanwhile cannot be compared with what the server said of another moment.
    const isWrong = saysOut && session.get() === before && sessions.some(({ state }) => state === 'live')
    if (isWrong && !wrong) falseSignOuts += 1
    wrong = isWrong
    show({ log, falseSignOuts })
  }

  const again = () => setTimeout(() => void look().catch(() => undefined).then(again), EVERY_MS)
  again()
}
