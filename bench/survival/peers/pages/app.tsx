import { type ReactNode, useLayoutEffect } from 'react'
import { createRoot } from 'react-dom/client'

let shown: boolean | undefined

/** What an app shows that asks a hook: signed in, signed out, or not known yet. */
export function App({ useSignedIn }: { readonly useSignedIn: () => boolean | undefined }) {
  const signedIn = useSignedIn()
  useLayoutEffect(() => void (shown = signedIn))
  return null
}

export const signedIn = () => shown

export function render(app: ReactNode) {
  createRoot(document.createElement('div')).render(app)
}
