import { SessionProvider, useSession } from 'next-auth/react'
import { App, render } from './app'

export { signedIn } from './app'

const ANSWERS = { loading: undefined, authenticated: true, unauthenticated: false }

render(
  <SessionProvider refetchInterval={5 * 60} refetchOnWindowFocus={true} refetchWhenOffline={false}>
    <App useSignedIn={() => ANSWERS[useSession().status]} />
  </SessionProvider>,
)
