import { createSession, type Session, type SessionBackend, type SessionOptions, type SessionView } from '../../src/core'
import { httpBackend } from '../../src/backends/http'
import { createTabs } from '../../src/tabs/createTabs'
import type { Browser, Tab, WorldOptions } from '../../src/testing'
import { worldOf } from '../../src/testing/world/createWorld'
import { type Choices, drawnChoices, harmlessChoices } from '../../src/testing/world/choices'
import { LIFE, SECOND } from '../liveSession'

export { HOUR, LIFE, MINUTE, SECOND } from '../liveSession'

/** A tab with a session in it, and everything that it showed and told. */
export interface Member {
  readonly tab: Tab
  readonly session: Session
  readonly views: SessionView[]
  readonly heard: string[]
  /** The calls that it sent, true times. */
  readonly calls: { readonly kind: string; readonly at: number }[]
  readonly release: () => void
}

export interface FamilyOptions extends WorldOptions {
  readonly tabs?: number
  readonly policy?: SessionOptions
  readonly choices?: Choices
  readonly signedIn?: boolean
  /** Whom the client of a tab takes for signed in, whatever the server says. */
  readonly subjectOf?: (tab: number) => string
  /** How the primitives of the browser behave before a tab is opened. */
  readonly behaviours?: Behaviours | undefined
  /** What a sign-in does; without it, the request and nothing else. */
  readonly signsIn?: (attempt: SignIn) => Promise<unknown>
  /** What the backend says of itself. */
  readonly declares?: Pick<SessionBackend, 'rotates' | 'unattended'>
}

export type Behaviours = Partial<Browser['behaviours']>

/** A sign-in that a tab begins. */
export interface SignIn {
  readonly tab: Tab
  readonly signal: AbortSignal
  /** Asks the server for it. */
  request(): Promise<unknown>
}

/** One browser whose tabs share a session, as shipped, on the primitives of a world. */
export function openFamily({ tabs = 2, policy, choices, signedIn = true, subjectOf, behaviours, signsIn = ({ request }) => request(), declares, ...options }: FamilyOptions = {}) {
  const world = worldOf(choices ?? (options.seed === undefined ? harmlessChoices() : drawnChoices(options.seed)), options)
  const browser = world.openBrowser()
  Object.assign(browser.behaviours, behaviours)
  let person = 'ada'
  if (signedIn) browser.token = world.server.signIn(person)
  const members: Member[] = []

  /** @param before a page that is gone: then the next one in the same tab */
  function open(before?: Member): Member {
    const tab = browser.openTab(before?.tab)
    const ports = { ...tab.ports, signals: tab.signals }
    const backend = httpBackend({
      check: '/session',
      extend: '/session/extend',
      revoke: '/session/revoke',
      signIn: ({ signal }) => signsIn({ tab, signal, request: () => tab.fetch(`/session/sign-in?as=${person}`, { method: 'POST' }).then((response) => response.json()) }),
      fetch: (url, init) => tab.fetch(url, init),
      ...(subjectOf && { read: ({ json }: { json: unknown }) => ({ ...(json as { expiresAt: number }), status: 'alive' as const, subject: subjectOf(tab.number) }) }),
    })
    const session = createSession({ ...backend, ...declares }, policy, { ...ports, tabs: (given, name) => createTabs(given, name, tab.primitives) })
    const views: SessionView[] = []
    const heard: string[] = []
    const calls: { kind: string; at: number }[] = []
    session.subscribe((view) => views.push(view))
    for (const type of ['session.extended', 'session.expired', 'session.reauthenticated', 'session.subjectChanged'] as const) session.on(type, (event) => heard.push(event.type))
    tab.on((event) => {
      if (event.type === 'request.sent') calls.push({ kind: event.kind, at: world.now() })
    })
    const member = { tab, session, views, heard, calls, release: session.start() }
    members.push(member)
    return member
  }
  for (let i = 0; i < tabs; i++) open()

  return {
    world,
    browser,
    members,
    open,
    as: (name: string) => void (person = name),
    /** The calls of all tabs of a kind, in order. */
    calls: (kind: string) => members.flatMap(({ calls }) => calls).filter((call) => call.kind === kind).map(({ at }) => at).sort((a, b) => a - b),
    session: () => world.server.find(browser.token),
    /** Waits until all have their first verdict. */
    async settle() {
      await world.advance(5 * SECOND)
    },
  }
}

export type Family = ReturnType<typeof openFamily>

/** The tabs of a browser with a session of two hours, after the first verdict of each. */
export async function liveFamily(options: FamilyOptions) {
  const family = openFamily({ tabs: 3, server: { lifeMs: LIFE }, ...options })
  await family.settle()
  return family
}

/** Within it, an extension of such a session falls due. */
export const PERIOD = LIFE / 4

/** What a tab showed since its first verdict. */
export const known = ({ views }: Member) => views.slice(views.findIndex(({ signedIn }) => signedIn !== undefined))
export const everOut = ({ members }: Family) => members.some((member) => known(member).some(({ signedIn }) => !signedIn))
