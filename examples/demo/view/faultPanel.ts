import type { ParaControl } from '../../para-api/client'
import type { Faults } from '../../para-api/contract'
import { byId, make } from './dom'

interface FaultChoice {
  readonly id: string
  readonly name: string
  readonly hint: string
  readonly faults: Faults
}

const choices: readonly FaultChoice[] = [
  { id: 'down', name: 'Server down', hint: 'answers 503', faults: { all: { status: 503 } } },
  { id: 'cut', name: 'Network cut', hint: 'no connection', faults: { all: { refuse: true } } },
  { id: 'silent', name: 'Silence', hint: 'never answers', faults: { all: { hang: true } } },
  { id: 'portal', name: 'Captive portal', hint: '200, but a web page', faults: { all: { html: true } } },
  { id: 'busy', name: 'Overload', hint: '429, come back later', faults: { all: { status: 429, retryAfter: 10 } } },
  { id: 'stuck', name: 'Empty promise', hint: 'says yes, moves nothing', faults: { stuckExpiry: true } },
  { id: 'midway', name: 'End midway', hint: 'over before the next signature', faults: { sign: { revoke: true, times: 1 } } },
]

/**
 * Buttons that break the stand-in, one way at a time. `broken` hears which fault begins, or that all is repaired.
 *
 * @returns what to call when a session has ended: a fault that ends one is then used up
 */
export function createFaultPanel(control: ParaControl, broken: (name: string | undefined) => void): () => void {
  const repair = byId<HTMLButtonElement>('clear-faults')
  const buttons = choices.map(choice => {
    const button = make('button', choice.name, [make('small', choice.hint)])
    button.type = 'button'
    button.dataset['testid'] = `fault-${choice.id}`
    button.setAttribute('aria-pressed', 'false')
    button.addEventListener('click', () => void choose(button.getAttribute('aria-pressed') === 'true' ? undefined : choice))
    return { choice, button }
  })
  byId('faults').append(...buttons.map(({ button }) => button))

  async function choose(chosen: FaultChoice | undefined): Promise<void> {
    await control.setFaults(chosen?.faults ?? {})
    mark(chosen)
  }

  let now: FaultChoice | undefined
  function mark(chosen: FaultChoice | undefined): void {
    now = chosen
    for (const { choice, button } of buttons) button.setAttribute('aria-pressed', String(choice === chosen))
    repair.disabled = chosen === undefined
    broken(chosen?.name)
  }

  repair.addEventListener('click', () => void choose(undefined))
  byId('revoke').addEventListener('click', () => void control.revoke())
  return () => {
    if (now?.id === 'midway') mark(undefined)
  }
}
