import type { SessionStatus, SessionView } from 'outlast'
import { byId, make, say } from './dom'
import { countdown, headlineOf, sentenceOf, toneOf } from './words'

const statuses: readonly SessionStatus[] = ['unknown', 'active', 'extending', 'expired', 'reauthenticating']

/** The next call that is planned, and when. */
export interface Planned {
  readonly what: 'extends' | 'asks'
  readonly at: number
}

/** The verdict in words and in colour, the five states, and the time that is left. */
export function createSessionCard() {
  const card = byId('session')
  const strip = statuses.map(status => {
    const step = make('span')
    const item = make('li', undefined, [make('b', status), step])
    return { status, step, item }
  })
  byId('states').append(...strip.map(({ item }) => item))

  const labels = (['signedIn', 'certain', 'busy'] as const).map(name => {
    const value = make('dd')
    const item = make('div', undefined, [make('dt', name), value])
    return { name, value, item }
  })
  byId('labels').append(...labels.map(({ item }) => item))

  const ring = byId<SVGCircleElement>('ring')

  return {
    show(view: SessionView): void {
      card.dataset['tone'] = toneOf(view)
      card.dataset['state'] = view.state
      card.dataset['signedIn'] = String(view.signedIn)
      card.dataset['certain'] = String(view.certain)
      card.dataset['expiresAt'] = String(view.expiresAt ?? '')
      say(byId('headline'), headlineOf(view))
      say(byId('sentence'), sentenceOf(view))
      const [now, step = ''] = view.state.split('.')
      for (const { status, step: place, item } of strip) {
        if (status === now) item.setAttribute('aria-current', 'step')
        else item.removeAttribute('aria-current')
        say(place, status === now ? step : '')
      }
      for (const { name, value, item } of labels) {
        item.dataset['on'] = String(view[name] === true)
        say(value, String(view[name]))
      }
    },

    /** What changes by the clock alone. */
    tick(view: SessionView, now: number, lifeMs: number, planned: Planned | undefined): void {
      const leftMs = view.expiresAt === undefined ? undefined : Math.max(0, view.expiresAt - now)
      say(byId('seconds'), leftMs === undefined ? '–' : countdown(leftMs))
      say(byId('unit'), leftMs !== undefined ? 'left' : view.signedIn === true ? 'end unknown' : '')
      ring.style.setProperty('--left', String(leftMs === undefined ? 0 : Math.min(100, (leftMs / lifeMs) * 100)))
      ring.toggleAttribute('data-empty', !leftMs)
      const waitMs = planned === undefined ? 0 : planned.at - now
      say(byId('plan'), planned === undefined || waitMs < 0 ? '' : `Outlast ${planned.what} in ${Math.ceil(waitMs / 1000).toString()} s`)
    },
  }
}
