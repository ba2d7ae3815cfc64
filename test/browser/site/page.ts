import { createSession, type Session, type SessionView } from 'outlast'
import { httpBackend } from 'outlast/http'
import { createPopup, type Popup } from 'outlast/popup'

/** What a test reads of the page. */
export interface TestPage {
  readonly session: Session
  readonly popup: Popup
  /** Every view, with its time. */
  readonly views: readonly (Pick<SessionView, 'signedIn' | 'certain' | 'state' | 'reason' | 'problem'> & { readonly at: number })[]
  /** What happened, in order: events of the session and of the page. */
  readonly events: readonly string[]
  signIn(as: string): Promise<unknown>
}

const query = new URL(location.href).searchParams
const tab = query.get('tab') ?? '0'
const world = location.pathname.split('/')[1] ?? ''
const ask = (path: string, method: string, init?: RequestInit) => fetch(`/${world}/${path}`, { ...init, method, headers: { 'x-tab': tab } })
let person = 'ada'

// Where there is an identity provider, people sign in there, in a window of its own.
const identity = query.get('identity')
const popup = createPopup({ name: world })
const backend = httpBackend({
  check: ({ signal }) => ask('session', 'GET', { signal }),
  extend: ({ signal }) => ask('extend', 'POST', { signal }),
  revoke: ({ signal }) => ask('revoke', 'POST', { signal, keepalive: true }),
  signIn: (call) => (identity === null ? ask(`sign-in?as=${person}`, 'POST', call) : popup.visit(identity, call)),
})
const session = createSession(identity === null ? backend : { ...backend, events: popup.events }, { name: world })
const views: TestPage['views'][number][] = []
const events: string[] = []
const note = ({ signedIn, certain, state, reason, problem }: SessionView) => void views.push({ at: Date.now(), signedIn, certain, state, reason, problem })
session.subscribe(note)
for (const type of ['session.extended', 'session.expired', 'session.reauthenticated', 'session.subjectChanged'] as const) session.on(type, () => events.push(type))
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
  views,
  events,
  signIn(as) {
    person = as
    return session.reauthenticate()
  },
}
Object.assign(globalThis, { page })
session.start()
