import type { Life } from './life'
import type { Tab } from './tab'

/** Within which what is under way comes to its end: a sign-in takes the longest, milliseconds. */
export const PATIENCE_MS = 1_200_000

/** Something that a person is asked for in a tab. */
interface Asked {
  readonly tab: Tab
  readonly signal: AbortSignal
}

const isOpen = ({ tab, signal }: Asked) => !signal.aborted && !tab.isGone

/** The people of a world, who take their time, and watch how they are asked. */
export function createPeople(life: Life, say: (text: string) => void) {
  const { choices, world, fail } = life
  const signIns = new Set<Asked>()
  const stepUps = new Set<Asked>()

  /** Does what is asked, or not. */
  async function answer(signal: AbortSignal) {
    const wait = choices.between(1_000, 300_000)
    const outcome = life.calm ? 'done' : choices.pick(['done', 'done', 'cancelled', 'never'] as const)
    await new Promise<void>((resolve) => world.after(wait, resolve))
    if (outcome === 'never') await new Promise(() => {})
    if (outcome === 'cancelled' || signal.aborted) throw new Error('cancelled')
  }

  async function whileAsked(all: Set<Asked>, asked: Asked, run: () => Promise<void>) {
    all.add(asked)
    try {
      await run()
    } finally {
      all.delete(asked)
    }
  }

  return {
    signIn(tab: Tab, signal: AbortSignal): Promise<void> {
      const other = [...signIns].find((one) => isOpen(one) && one.tab !== tab)
      // A page that stands still does not say that somebody signs in in it.
      const isHeard = life.scenario.shared && !life.broken && life.timeLostAt < world.now() - PATIENCE_MS && !life.drifts
      if (other && isHeard) fail({ law: 5, what: `tab ${tab.number}: signs in while tab ${other.tab.number} does` })
      return whileAsked(signIns, { tab, signal }, async () => {
        await answer(signal)
        const response = await tab.fetch(`/session/sign-in?as=${life.person}`, { method: 'POST', signal })
        // What answers instead of the server has no JSON, and is nobody's sign-in.
        await response.json()
      })
    },
    stepUp(tab: Tab, signal: AbortSignal): Promise<void> {
      if ([...stepUps].some((one) => isOpen(one) && one.tab === tab)) fail({ law: 10, what: `tab ${tab.number}: asks for more, and again` })
      say(`tab ${tab.number}: asks for more`)
      return whileAsked(stepUps, { tab, signal }, () => answer(signal))
    },
    /** Nobody is asked for more who is not there. */
    look() {
      for (const asked of stepUps) {
        const seat = life.seats.find(({ tab }) => tab === asked.tab)
        if (seat && isOpen(asked) && seat.session.get().signedIn === false) fail({ law: 6, what: `tab ${asked.tab.number}: asks for more of whoever is signed out` })
      }
    },
  }
}
