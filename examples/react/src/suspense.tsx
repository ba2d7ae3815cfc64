import { type PropsWithChildren, StrictMode, Suspense, use } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './App'
import { session } from './session'

// What suspends has no effects yet, so the page starts the session, and not a component.
session.start()

createRoot(document.querySelector('#app')!).render(
  <StrictMode>
    <Suspense fallback={<p>Who is there?</p>}>
      <Ready>
        <App />
      </Ready>
    </Suspense>
  </StrictMode>,
)

function Ready({ children }: PropsWithChildren) {
  if (session.get().signedIn === undefined) use(session.ready())
  return children
}
