import { createBrowserInspector } from '@statelyai/inspect'
import { createRecorder, inspectWith, type SafeInspectionEvent } from 'outlast/inspect'
import { byId, clockTime, make, say } from './dom'
import { causeOf } from './words'

const LONGEST = 80
/** How long the inspector's page may take to answer, milliseconds. */
const PATIENCE_MS = 8_000

/** What the session's own machine heard, and where that led. */
type Moved = (event: string, state: string, at: number) => void

/** The Stately inspector, what it is told, and the flight recorder. */
export function createInspectorPanel(moved: Moved) {
  // Opened in a click; what happened until then is kept for it.
  const inspector = createBrowserInspector({ autoStart: false, maxDeferredEvents: 5_000 })
  const recorder = createRecorder()
  const rows = byId('told')
  /** What the session heard last, and has not led anywhere yet. */
  let heard = ''

  function show(event: SafeInspectionEvent): void {
    const { id, _parent } = event.actorRef as { id?: string; _parent?: object }
    const name = _parent ? String(id) : 'session'
    const state = stateOf(event)
    if (event.type === '@xstate.event' && !_parent) heard = event.event.type
    if (event.type === '@xstate.snapshot' && !_parent && state !== '') moved(event.event.type, state, event.at)
    const what = wordsOf(event, state)
    // What is sent to a child is told again by what comes of it.
    if (what === undefined || (event.type === '@xstate.event' && _parent)) return
    const time = make('time', clockTime(event.at))
    const kind = make('i')
    const row = make('li', undefined, [time, kind, make('div', undefined, [make('code', name), make('span', what)])])
    row.dataset['kind'] = event.type
    rows.prepend(row)
    while (rows.children.length > LONGEST) rows.lastElementChild?.remove()
  }

  const status = byId('inspector-status')
  let isThere = false
  addEventListener('message', ({ data }: MessageEvent<{ type?: unknown } | null>) => {
    if (data?.type !== '@statelyai.connected') return
    isThere = true
    say(status, 'The inspector is open and is told what you read here.')
  })
  byId('open-inspector').addEventListener('click', () => {
    isThere = false
    inspector.start()
    say(status, 'Opening stately.ai/inspect …')
    setTimeout(() => {
      if (!isThere) say(status, 'The inspector’s page does not answer: it needs the internet, and a window that may open. What it would be told stands here.')
    }, PATIENCE_MS)
  })
  byId('save-record').addEventListener('click', () => {
    const link = make('a')
    link.href = URL.createObjectURL(new Blob([JSON.stringify(recorder.record(), undefined, 2)], { type: 'application/json' }))
    link.download = 'outlast-flight-record.json'
    link.click()
    URL.revokeObjectURL(link.href)
  })

  return { inspect: inspectWith(inspector, recorder, show), heard: () => heard }
}

function wordsOf(event: SafeInspectionEvent, state: string): string | undefined {
  if (event.type === '@xstate.actor') return 'begins'
  if (event.type === '@xstate.event') return causeOf(event.event.type) || undefined
  if (event.type !== '@xstate.snapshot') return undefined
  const { status } = event.snapshot
  return state || (status === 'active' ? undefined : status)
}

function stateOf(event: SafeInspectionEvent): string {
  if (event.type !== '@xstate.snapshot') return ''
  const { value } = event.snapshot as { value?: string | object }
  return typeof value === 'object' ? (Object.entries(value)[0] ?? []).join('.') : (value ?? '')
}
