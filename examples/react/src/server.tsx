import { StrictMode } from 'react'
import { renderToString } from 'react-dom/server'
import { App } from './App'

/** What the page shows before anybody has been asked. No session is started on a server. */
export const render = () =>
  renderToString(
    <StrictMode>
      <App />
    </StrictMode>,
  )
