import { useSelector } from '@xstate/store-solid'
import { createSignal, Match, onCleanup, onMount, Show, Switch } from 'solid-js'
import { secondsLeft, sendLetter } from '../../common/letters'
import { rendered } from '../../common/rendered'
import { session } from './session'

export function App() {
  const [open, setOpen] = createSignal(true)
  return (
    <>
      <button onClick={() => setOpen(!open())}>{open() ? 'Close' : 'Open'}</button>
      <Show when={open()}>
        <Gate />
      </Show>
    </>
  )
}

function Gate() {
  const signedIn = useSelector(session, (view) => view.signedIn)
  onMount(() => onCleanup(session.start()))
  return (
    <>
      <section data-rendered={rendered(signedIn())}>
        <Switch fallback="One moment …">
          <Match when={signedIn()}>
            <Account />
          </Match>
          <Match when={signedIn() === false}>
            <button onClick={() => session.reauthenticate()}>Sign in</button>
          </Match>
        </Switch>
      </section>
      <outlast-prompt prop:session={session} />
    </>
  )
}

function Account() {
  const [answer, setAnswer] = createSignal('')
  const send = async () => setAnswer(await session.run(sendLetter).catch(() => 'Not sent'))
  return (
    <>
      Signed in, for <Countdown /> s. <button onClick={send}>Send</button>
      <button onClick={() => session.signOut()}>Sign out</button>
      <p>{answer()}</p>
    </>
  )
}

function Countdown() {
  const expiresAt = useSelector(session, (view) => view.expiresAt)
  const [now, setNow] = createSignal(Date.now())
  const timer = setInterval(() => setNow(Date.now()), 1_000)
  onCleanup(() => clearInterval(timer))
  return <output>{secondsLeft(expiresAt(), now())}</output>
}
