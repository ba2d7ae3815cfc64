import { useSelector } from '@xstate/store-react'
import { useEffect, useState } from 'react'
import { signMessage } from '../../para-api/sign'
import { para } from './para'
import { session } from './session'

export function App() {
  useEffect(() => session.start(), [])
  const signedIn = useSelector(session, (view) => view.signedIn)
  return (
    <>
      <h1>Para in React</h1>
      {signedIn === undefined && <p>One moment …</p>}
      {signedIn === true && <Account />}
      {signedIn === false && <button onClick={() => session.reauthenticate()}>Sign in</button>}
      <outlast-prompt session={session} />
    </>
  )
}

function Account() {
  const [answer, setAnswer] = useState('')

  async function send() {
    setAnswer(await session.run(() => signMessage(para, 'Dear Para')).then(() => 'Sent', () => 'Not sent'))
  }

  return (
    <>
      <p>Signed in</p>
      <Countdown />
      <button onClick={send}>Send</button>
      <button onClick={() => session.signOut()}>Sign out</button>
      <p role="status">{answer}</p>
    </>
  )
}

function Countdown() {
  const expiresAt = useSelector(session, (view) => view.expiresAt)
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  return <output>{Math.max(0, Math.round(((expiresAt ?? NaN) - now) / 1_000))}</output>
}
