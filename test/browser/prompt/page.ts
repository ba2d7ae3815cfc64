import { createSession, type SessionOptions } from 'outlast'
import { createClock } from 'outlast/core'
import { definePrompt, type OutlastPrompt } from 'outlast/element'
import { limits } from 'outlast/limits'
import { createFakeBackend } from 'outlast/testing'

// A page with a session that ships, on a backend that does what a test tells it.

const query = new URL(location.href).searchParams
const numberOf = (name: string) => (query.has(name) ? Number(query.get(name)) : undefined)
const limited = { idleMs: numberOf('idle'), absoluteMs: numberOf('absolute'), warningMs: numberOf('warning') }
const hasLimits = limited.idleMs !== undefined || limited.absoluteMs !== undefined

document.documentElement.className = query.get('class') ?? ''
document.documentElement.dir = query.get('dir') ?? 'ltr'
document.documentElement.lang = query.get('lang') ?? 'en'

const fake = createFakeBackend(createClock(), {
  lifeMs: numberOf('life') ?? 3_600_000,
  extension: query.has('fixed') ? 'fixed' : 'rolling',
  subject: query.has('nobody') ? null : 'ada',
})
const { signIn, ...others } = fake.backend
const session = createSession(
  { ...others, ...(!query.has('noSignIn') && { signIn: (call) => signIn?.(call) }), unattended: query.has('unattended') },
  { keepAlive: (query.get('keepAlive') ?? 'always') as SessionOptions['keepAlive'], limits: hasLimits ? limits(limited) : undefined },
)
const prompt = document.querySelector('outlast-prompt') as OutlastPrompt
const app = {
  session,
  fake,
  prompt,
  definePrompt,
  release: session.start(),
  /** What happened on each `signin`, and what the page does then. */
  signIns: [] as { isOpen: boolean; isActivated: boolean; state: string }[],
  prevents: false,
  onSignIn: undefined as (() => void) | undefined,
}
// Before it is defined, as a framework may.
if (!query.has('unset')) prompt.session = session
if (query.has('texts')) prompt.texts = JSON.parse(query.get('texts') ?? '') as OutlastPrompt['texts']
document.addEventListener('signin', (event) => {
  const isOpen = prompt.shadowRoot?.querySelector('dialog')?.open === true
  app.signIns.push({ isOpen, isActivated: navigator.userActivation.isActive, state: session.get().state })
  app.onSignIn?.()
  if (app.prevents) event.preventDefault()
})
definePrompt()
definePrompt()
Object.assign(globalThis, { app })

export type TestApp = typeof app
