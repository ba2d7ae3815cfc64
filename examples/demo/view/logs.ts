import type { SessionView } from 'outlast'
import type { CallKind, RequestReport } from '../../para-api/contract'
import { byId, clockTime, make } from './dom'
import { causeOf, noteOf, type Tone, toneOf } from './words'

const LONGEST = 100

const calls: Record<CallKind, string> = {
  touch: 'check',
  regenerate: 'new session id',
  keepAlive: 'keep-alive',
  logout: 'logout',
  partner: 'partner',
  sign: 'sign',
  other: 'other',
}

/** What the app saw: every change of the view and what led to it, the newest first. */
export function addToTimeline(view: SessionView, at: number, event: string): void {
  const list = byId('timeline')
  const item = row(at, view.state, [causeOf(event), noteOf(view)].filter(note => note !== '').join(' · '), toneOf(view))
  item.dataset['at'] = String(at)
  item.dataset['state'] = view.state
  item.dataset['signedIn'] = String(view.signedIn)
  list.prepend(item)
  while (list.children.length > LONGEST) list.lastElementChild?.remove()
}

/** What the server saw: the stand-in's own log, the newest first. */
export function showCalls(log: readonly RequestReport[]): void {
  const newest = log.slice(-LONGEST).reverse()
  byId('calls').replaceChildren(
    ...newest.map(({ at, kind, status }) => row(at, calls[kind], outcomeOf(status), status === 200 ? 'good' : 'warn')),
  )
}

function outcomeOf(status: RequestReport['status']): string {
  if (status === 'hang') return 'left without an answer'
  return status === 'refused' ? 'connection closed' : String(status)
}

function row(at: number, what: string, note: string, tone: Tone): HTMLLIElement {
  const time = make('time', clockTime(at))
  time.dateTime = new Date(at).toISOString()
  const words = make('div', undefined, [make('code', what)])
  if (note !== '') words.append(make('span', note))
  const item = make('li', undefined, [time, make('i'), words])
  item.dataset['tone'] = tone
  return item
}
