import { createSession, type Session, type SessionOptions, type SessionView } from 'outlast'
import { httpBackend } from 'outlast/http'
import { createRecorder, inspectWith, type Recorder } from 'outlast/inspect'
import { limits } from 'outlast/limits'
import { createPopup, type Popup } from 'outlast/popup'

/** What a test reads of the page. */
export interface TestPage {
  readonly session: Session
  readonly popup: Popup
  readonly recorder: Recorder
  /** Every view, with its time. */
  readonly views: readonly (Pick<SessionView, 'signedIn' | 'certain' | 'state' | 'reason' | 'problem' | 'warning'> & { readonly at: number })[]
  /** What happened, in order: events of the session and of the page. */
  readonly events: readonly string[]
  signIn(as: string): Promise<unknown>
}

const query = new URL(location.href).searchParams
const tab = query.get('tab') ?? '0'
const world = location.pathname.split('/')[1] ?? ''
/** What only the client knows, and tells with each request. */
const secret = query.get('secret')
const ask = (path: string, method: string, init?: RequestInit) =>
  fetch(`/${world}/${path}${secret === null ? '' : `${path.includes('?') ? '&' : '?'}key=${secret}`}`, {
    ...init,
    method,
    headers: { 'x-tab': tab, ...(secret !== null && { authorization: `Bearer ${secret}` }) },
  })
let person = 'ada'

/** What the query says of limits, milliseconds: `idle`, `absolute`, `warning`; none without any. */
const limitOf = (name: string) => (query.has(name) ? Number(query.get(name)) : undefined)
const limited = { idleMs: limitOf('idle'), absoluteMs: limitOf('absolute'), warningMs: limitOf('warning') }
const hasLimits = limited.idleMs !== undefined || limited.absoluteMs !== undefined
const keepAlive = (query.get('keepAlive') ?? undefined) as SessionOptions['keepAlive']

// Where there is an identity provider, people sign in there, in a window of its own.
const identity = query.get('identity')
const popup = createPopup({ name: world })
const backend = httpBackend({
  check: ({ signal }) => ask('session', 'GET', { signal }),
  extend: ({ signal }) => ask('extend', 'POST', { signal }),
  revoke: ({ signal }) => ask('revoke', 'POST', { signal, keepalive: true }),
  signIn: (call) => (identity === null ? ask(`sign-in?as=${person}`, 'POST', call) : popup.visit(identity, call)),
})
const recorder = createRecorder()
const session = createSession(identity === null ? backend : { ...backend, events: popup.events }, {
  name: world,
  keepAlive,
  limits: hasLimits ? limits(limited) : undefined,
  inspect: inspectWith(recorder),
})
const views: TestPage['views'][number][] = []
const events: string[] = []
const note = ({ signedIn, certain, state, reason, problem, warning }: SessionView) => void views.push({ at: Date.now(), signedIn, certain, state, reason, problem, warning })
session.subscribe(note)
for (const type of ['session.extended', 'session.expired', 'session.reauthenticated', 'session.subjectChanged', 'session.warned'] as const) session.on(type, () => events.push(type))
for (const type of ['freeze', 'resume', 'visibilitychange', 'securitypolicyviolation']) document.addEventListener(type, () => events.push(type))
addEventListener('error', ({ message }) => events.push(`error: ${message}`))
addEventListener('unhandledrejection', () => events.push('unhandledrejection'))
addEventListener('pageshow', ({ persisted }) => {
  events.push(`pageshow ${persisted ? 'persisted' : 'new'}`)
  if (persisted) events.push(`signedIn ${String(session.get().signedIn)}`)
})

const page: TestPage = {
  session,
  popup,
  recorder,
  views,
  events,
  signIn(as) {
    person = as
    return session.reauthenticate()
  },
}
Object.assign(globalThis, { page })
session.start()
