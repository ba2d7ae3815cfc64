import { secondsLeft, sendLetter } from '../../common/letters'
import { rendered } from '../../common/rendered'
import { session } from './session'

const app = document.querySelector('#app')!
const toggle = button('Close', () => (close ? leave() : enter()))
let close: (() => void) | undefined
app.append(toggle)
enter()

function enter() {
  const gate = document.createElement('section')
  const prompt = document.createElement('outlast-prompt')
  prompt.session = session
  app.append(gate, prompt)

  let shown: boolean | undefined | null = null
  let stopAccount: (() => void) | undefined
  const show = () => {
    const { signedIn } = session.get()
    if (signedIn === shown) return
    shown = signedIn
    gate.dataset['rendered'] = String(rendered(signedIn))
    stopAccount?.()
    stopAccount = undefined
    if (signedIn === undefined) gate.replaceChildren('One moment …')
    else if (signedIn) stopAccount = showAccount(gate)
    else gate.replaceChildren(button('Sign in', () => session.reauthenticate()))
  }
  show()
  const subscription = session.subscribe(show)
  const release = session.start()

  toggle.textContent = 'Close'
  close = () => {
    release()
    subscription.unsubscribe()
    stopAccount?.()
    gate.remove()
    prompt.remove()
  }
}

function leave() {
  close?.()
  close = undefined
  toggle.textContent = 'Open'
}

function showAccount(gate: HTMLElement) {
  const countdown = document.createElement('output')
  const answer = document.createElement('p')
  const tick = () => (countdown.textContent = String(secondsLeft(session.get().expiresAt, Date.now())))
  tick()
  const timer = setInterval(tick, 1_000)
  const send = button('Send', async () => {
    answer.textContent = await session.run(sendLetter).catch(() => 'Not sent')
  })
  gate.replaceChildren('Signed in, for ', countdown, ' s. ', send, button('Sign out', () => session.signOut()), answer)
  return () => clearInterval(timer)
}

function button(text: string, onClick: () => unknown) {
  const element = document.createElement('button')
  element.textContent = text
  element.addEventListener('click', onClick)
  return element
}
