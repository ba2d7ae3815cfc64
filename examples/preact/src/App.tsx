import { useSelector } from '@xstate/store-preact'
import { useEffect, useState } from 'preact/hooks'
import { secondsLeft, sendLetter } from '../../common/letters'
import { rendered } from '../../common/rendered'
import { session } from './session'

export function App() {
  const [open, setOpen] = useState(true)
  return (
    <>
      <button onClick={() => setOpen(!open)}>{open ? 'Close' : 'Open'}</button>
      {open && <Gate />}
    </>
  )
}

function Gate() {
  useEffect(() => session.start(), [])
  const signedIn = useSelector(session, (view) => view.signedIn)
  return (
    <>
      <section data-rendered={rendered(signedIn)}>
        {signedIn === undefined && 'One moment …'}
        {signedIn === true && <Account />}
        {signedIn === false && <button onClick={() => session.reauthenticate()}>Sign in</button>}
      </section>
      <outlast-prompt session={session} />
    </>
  )
}

function Account() {
  const [answer, setAnswer] = useState('')
  const send = async () => setAnswer(await session.run(sendLetter).catch(() => 'Not sent'))
  return (
    <>
      Signed in, for <Countdown /> s. <button onClick={send}>Send</button>
      <button onClick={() => session.signOut()}>Sign out</button>
      <p>{answer}</p>
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
  return <output>{secondsLeft(expiresAt, now)}</output>
}
