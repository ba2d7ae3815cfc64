import type { Session, SessionView } from 'outlast'
import { byId, clockTime, make, say } from './dom'

/** What the pages of this demo say to each other, for show. Outlast has a channel of its own. */
interface News {
  readonly tab: number
  /** Absent when a page closes. */
  readonly tally?: Tally
}

interface Tally {
  extended: number
  adopted: number
  at: number | undefined
}

/**
 * Which tab extended, and what the others adopted.
 *
 * @param takeOwn whether the extension that is told just now was made in this tab
 */
export function createTabsPanel(session: Session, apiKey: string, takeOwn: () => boolean): void {
  const tallies = new Map<number, Tally>()
  const mine: Tally = { extended: 0, adopted: 0, at: undefined }
  const channel = new BroadcastChannel(`demo ${apiKey}`)
  const tab = numberOf(apiKey)
  tallies.set(tab, mine)
  byId('another-tab').addEventListener('click', () => window.open(location.href, '_blank', 'noopener'))

  const elsewhere = byId('elsewhere')
  byId('give-up').addEventListener('click', () => session.cancel())
  const watch = ({ state }: SessionView) => void (elsewhere.hidden = state !== 'reauthenticating.elsewhere')
  session.subscribe(watch)
  watch(session.get())

  const tell = (news: News) => channel.postMessage(news)
  channel.addEventListener('message', ({ data }: MessageEvent<News>) => {
    // Whoever is new hears of all others.
    if (data.tally && !tallies.has(data.tab)) tell({ tab, tally: mine })
    if (data.tally) tallies.set(data.tab, data.tally)
    else tallies.delete(data.tab)
    show()
  })
  session.on('session.extended', () => {
    if (takeOwn()) mine.extended += 1
    else mine.adopted += 1
    mine.at = Date.now()
    tell({ tab, tally: mine })
    show()
  })
  addEventListener('pagehide', () => tell({ tab }))

  function show(): void {
    const rows = [...tallies].sort(([a], [b]) => a - b).map(([number, { extended, adopted, at }]) => {
      const name = make('strong', `Tab ${String(number)}`)
      if (number === tab) name.append(make('small', 'this one'))
      const item = make('li', undefined, [name, make('span', `extended ${String(extended)}×, adopted ${String(adopted)}×`)])
      item.dataset['tab'] = String(number)
      item.dataset['extended'] = String(extended)
      item.dataset['adopted'] = String(adopted)
      if (at !== undefined) item.append(make('time', clockTime(at)))
      return item
    })
    byId('tabs').replaceChildren(...rows)
    say(byId('tabs-sum'), tallies.size === 1 ? 'Open another, and they share one session.' : `${String(tallies.size)} tabs, one session.`)
  }

  tell({ tab, tally: mine })
  show()
}

/** A tab keeps its number through a reload. */
function numberOf(apiKey: string): number {
  const key = `tab of ${apiKey}`
  const known = Number(sessionStorage.getItem(key))
  // A tab that was duplicated begins with a copy of the storage.
  if (known > 0 && performance.getEntriesByType('navigation').some(({ type }: PerformanceEntry & { type?: string }) => type === 'reload')) return known
  const next = Number(localStorage.getItem(key)) + 1
  localStorage.setItem(key, String(next))
  sessionStorage.setItem(key, String(next))
  return next
}
