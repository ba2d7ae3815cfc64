import { Environment, ParaWeb } from '@getpara/web-sdk'
import { createSession, type SessionView } from 'outlast'
import { definePrompt, type OutlastPrompt } from 'outlast/element'
import { paraBackend } from 'outlast/para'
import { limits } from 'outlast/limits'
import { createParaControl } from '../para-api/client'
import { signMessage } from '../para-api/sign'
import { signInAtStandIn } from '../para-api/signIn'
import { watchStandIn } from './standIn'
import { byId, say } from './view/dom'
import { createDraft } from './view/draft'
import { createFaultPanel } from './view/faultPanel'
import { createInspectorPanel } from './view/inspector'
import { createLifeChart } from './view/lifeChart'
import { addToTimeline, showCalls } from './view/logs'
import { createSessionCard, type Planned } from './view/sessionCard'
import { createStatechart } from './view/statechart'
import { createTabsPanel } from './view/tabsPanel'

const query = new URL(location.href).searchParams
const apiKey = query.get('apiKey')
if (apiKey === null) {
  say(byId('sentence'), 'Open the address that npm run demo prints: it holds an API key.')
  throw new Error('No API key in the address.')
}
const control = createParaControl(apiKey)
const visited = `visited ${apiKey}`

// --- The session: Para's client, and Outlast around it.

// Neither is needed to hold a session, and both would reach for servers that the stand-in does not stand in for.
const para = new ParaWeb(Environment.DEV, apiKey, { disableWebSockets: true, disableWorkers: true })

const names: Record<string, string> = { ada: 'Ada', grace: 'Grace' }
/** Who signs in next, or did last. */
let person = para.getUserId() === 'grace' ? 'grace' : 'ada'

/** The app's own sign-in flow. With Para it is a modal; here the stand-in needs no password. */
async function signIn(): Promise<void> {
  await control.configure({ userId: person })
  await signInAtStandIn(para)
}

const backend = paraBackend(para, { signIn })
/** An extension of this tab's own was answered, and is about to be told. */
let extendedHere = false
/** Limits short enough to be watched, where the address asks for them. Seconds. */
const short = { idle: Number(query.get('idle') ?? 40), absolute: Number(query.get('absolute') ?? 120) }
const isLimited = query.has('limits')
const limited = {
  keepAlive: 'whileActive',
  limits: limits({ idleMs: short.idle * 1_000, absoluteMs: short.absolute * 1_000, warningMs: 20_000 }),
} as const
const statechart = createStatechart()
const inspector = createInspectorPanel(statechart.moved)
// Each API key is a world of its own, and so are its tabs.
const session = createSession(
  {
    ...backend,
    async extend(call) {
      const reply = await backend.extend?.(call)
      extendedHere = reply !== false
      return reply ?? false
    },
  },
  { name: apiKey, inspect: inspector.inspect, ...(isLimited && limited) },
)

// --- The page: everything it shows comes from the view.

const card = createSessionCard()
const chart = createLifeChart()
const draft = createDraft(session, { sign, person: () => names[person] ?? person })
createTabsPanel(session, apiKey, () => {
  const own = extendedHere
  extendedHere = false
  return own
})
const faultSpent = createFaultPanel(control, name => chart.broken(name, Date.now()))
session.on('session.expired', faultSpent)

const buttons = {
  signIn: byId<HTMLButtonElement>('sign-in'),
  signInOther: byId<HTMLButtonElement>('sign-in-other'),
  extend: byId<HTMLButtonElement>('extend'),
  check: byId<HTMLButtonElement>('check'),
  signOut: byId<HTMLButtonElement>('sign-out'),
}
buttons.signIn.addEventListener('click', () => void session.reauthenticate())
buttons.signInOther.addEventListener('click', () => {
  person = other()
  void session.reauthenticate()
})
buttons.extend.addEventListener('click', () => void session.extend())
buttons.check.addEventListener('click', () => void session.check())
buttons.signOut.addEventListener('click', () => void session.signOut())

const other = () => (person === 'ada' ? 'grace' : 'ada')

/** Para's client ignores abort signals, and waits for ever. */
const SIGNING_MS = 10_000

function sign(text: string): Promise<string> {
  const tooLate = new Promise<never>((_, reject) => setTimeout(() => reject(new Error('No answer in time.')), SIGNING_MS))
  return Promise.race([signMessage(para, text), tooLate])
}

// Limits count from a sign-in, so that with others a new session begins.
const limitsSwitch = byId<HTMLButtonElement>('limits')
limitsSwitch.setAttribute('aria-checked', String(isLimited))
say(byId('limits-say'), isLimited ? `${String(short.idle)} s idle, ${String(short.absolute)} s in all` : 'off')
limitsSwitch.addEventListener('click', () => {
  const address = new URL(location.href)
  if (isLimited) for (const name of ['limits', 'idle', 'absolute']) address.searchParams.delete(name)
  else address.searchParams.set('limits', 'short')
  void session.signOut().then(() => {
    localStorage.removeItem(visited)
    location.assign(address)
  })
})

/** The longest life seen, or a guess until one was: what a full ring means. */
let lifeMs = 60_000
let seenLifeMs = 0
let plan: object | undefined
let plannedAt = 0

function show(view: SessionView): void {
  const now = Date.now()
  if (view.expiresAt !== undefined) {
    // A cookie's end is cut to whole seconds.
    lifeMs = seenLifeMs = Math.max(seenLifeMs, Math.ceil((view.expiresAt - now) / 1000) * 1000)
    say(byId('length'), `${(lifeMs / 1000).toFixed(0)} seconds`)
  }
  // A plan counts from the answer that brought it.
  const { context } = session.actor.getSnapshot()
  if (context.plan !== plan) [plan, plannedAt] = [context.plan, now]

  card.show(view)
  chart.show(view, now)
  addToTimeline(view, now, inspector.heard())
  draft.show()
  swap(buttons.signIn, buttons.signOut, view.signedIn)
  buttons.signIn.textContent = `Sign in as ${names[person] ?? ''}`
  buttons.signInOther.textContent = `Sign in as ${names[other()] ?? ''}`
  buttons.signInOther.hidden = buttons.signIn.hidden
  buttons.extend.disabled = view.signedIn !== true
}

/** Shows the button that makes sense; it takes over the focus of the other. */
function swap(whileOut: HTMLButtonElement, whileIn: HTMLButtonElement, signedIn: boolean | undefined): void {
  const [shown, gone] = signedIn === true ? [whileIn, whileOut] : [whileOut, whileIn]
  const hadFocus = document.activeElement === gone
  shown.hidden = signedIn === undefined
  gone.hidden = true
  if (hadFocus) shown.focus()
}

/** For the curious: the actor behind the view knows what comes next. */
function planned({ state }: SessionView): Planned | undefined {
  const { keepAliveMs, retryMs } = session.actor.getSnapshot().context.plan
  if (state === 'active.scheduled' && keepAliveMs !== undefined) return { what: 'extends', at: plannedAt + keepAliveMs }
  if (state === 'extending.waiting') return { what: 'extends', at: plannedAt + retryMs }
  return state === 'unknown.waiting' ? { what: 'asks', at: plannedAt + retryMs } : undefined
}

function tick(): void {
  const [view, now] = [session.get(), Date.now()]
  const next = planned(view)
  card.tick(view, now, lifeMs, next)
  statechart.tick(now)
  chart.draw(now, lifeMs, next?.what === 'extends' ? next.at : undefined)
}

let extensions = 0
session.on('session.extended', ({ expiresAt }) => {
  extensions += 1
  say(byId('count-extended'), String(extensions))
  chart.extended(Date.now(), expiresAt)
})

watchStandIn(control, session, ({ log, falseSignOuts }) => {
  say(byId('count-calls'), String(log.length))
  say(byId('count-failed'), String(log.filter(({ status }) => status !== 200).length))
  say(byId('count-wrong'), String(falseSignOuts))
  showCalls(log)
})

definePrompt()
byId<OutlastPrompt>('prompt').session = session

session.subscribe(show)
setInterval(tick, matchMedia('(prefers-reduced-motion: reduce)').matches ? 1_000 : 200)

session.start()
show(session.get())
await control.clearFaults()
await session.ready()
// A visitor has a session to play with; after that, signing in is theirs to do.
if (localStorage.getItem(visited) === null) {
  localStorage.setItem(visited, 'yes')
  await session.reauthenticate()
}
