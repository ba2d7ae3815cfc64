import { Environment, ParaWeb } from '@getpara/web-sdk'
import { type Call, createSession, type Session, type SessionView } from 'outlast'
import { paraBackend, refreshSignIn } from 'outlast/para'
import { createPopup } from 'outlast/popup'
import { createParaControl } from '../../../examples/para-api/client'

/** What the test reads of the page. */
export interface ParaPage {
  readonly session: Session
  readonly views: readonly SessionView[]
}

const query = new URL(location.href).searchParams
const apiKey = query.get('apiKey') ?? ''
// With its workers, in one of which `refreshSession()` makes its keys.
const para = new ParaWeb(Environment.DEV, apiKey, { disableWebSockets: true })
// The portal signs in the person whom the client knows.
await para.importSession((await createParaControl(apiKey).signIn()).exported)

const popup = createPopup({ name: apiKey })
// The window is visited with the link, or already while the link is made.
const signIn = query.has('early')
  ? (call: Call) => popup.visit(() => para.refreshSession(), call)
  : refreshSignIn(para, (loginUrl, call) => popup.visit(loginUrl, call))
const backend = paraBackend(para, { signIn })
const session = createSession(
  {
    ...backend,
    // Para's own, and those of the window.
    events(listener) {
      const stops = [backend.events?.(listener), popup.events(listener)]
      return () => stops.forEach((stop) => stop?.())
    },
  },
  { name: apiKey },
)
const views: SessionView[] = []
session.subscribe((view) => views.push(view))
document.querySelector('button')?.addEventListener('click', () => {
  popup.open()
  void session.reauthenticate()
})
const page: ParaPage = { session, views }
Object.assign(globalThis, { page })
session.start()
