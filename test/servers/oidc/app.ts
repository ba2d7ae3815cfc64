import { createSession, type Session } from 'outlast'
import { oidcBackend } from 'outlast/oidc'
import { createPopup, finishPopup } from 'outlast/popup'

declare const ISSUER: string

/** What the test reads of the page. */
export interface App {
  readonly session: Session
  accessToken(): Promise<string | undefined>
}

const popup = createPopup()
const inWindow = location.search.includes('window')
const backend = oidcBackend({
  issuer: ISSUER,
  clientId: 'app',
  redirectUri: '/signed-in',
  parameters: { prompt: 'consent' },
  ...(inWindow && { open: (url, call) => popup.visit(url, call) }),
})
const session = createSession({ ...backend, events: popup.events })

if (location.pathname === '/signed-in') {
  const page = await backend.finishSignIn()
  if (window.opener) finishPopup()
  else location.replace(page)
} else {
  document.querySelector('button')?.addEventListener('click', () => {
    if (inWindow) popup.open()
    void session.reauthenticate()
  })
  session.start()
  Object.assign(globalThis, { app: { session, accessToken: backend.accessToken } satisfies App })
}
