import { oidcBackend, type OidcBackendOptions, type OidcStore } from '../../src/backends/oidc'
import { createSession } from '../../src/core'
import { createTabs } from '../../src/tabs/createTabs'
import type { Tab } from '../../src/testing'
import { nextMacrotask } from '../../src/testing/virtualTime'
import { drawnChoices } from '../../src/testing/world/choices'
import { worldOf } from '../../src/testing/world/createWorld'
import { memoryStore } from '../../test/backends/memoryStore'
import { HOUR, MINUTE, SECOND } from '../../test/liveSession'
import { APP } from './simulatedProvider'

// Where the tabs are, which is asked of at a sign-in.
Object.assign(globalThis, { location: new URL(APP) })

/** A provider without the way to it. */
export interface Provider {
  readonly issuer: string
  handle(url: string, init: RequestInit): Response | Promise<Response>
  /** A person signs in at this page. Gives the address to which they are sent. */
  visit(page: string): string | Promise<string>
  /** How many families of refresh tokens were revoked so far. */
  revoked(): number
}

export interface RaceOptions {
  readonly seed: number
  readonly providerAt: (now: () => number) => Provider
  readonly hours?: number
  /** How many of the requests go wrong while the network is there. Default: 0.15. */
  readonly faults?: number
  readonly options?: Partial<OidcBackendOptions>
}

/** What came of one random life of a browser. */
export interface Race {
  /** Refresh tokens that the provider exchanged. */
  readonly exchanged: number
  /** Of these, how many new ones no tab ever heard of. */
  readonly lost: number
  /** Refresh tokens that came to the provider more than once. */
  readonly repeated: number
  /** Requests with a refresh token of which nobody here can tell what became of them. */
  readonly inDoubt: number
  /** When the session ended, the refresh token was one that had been shown, and of which nobody knew what became of it. */
  readonly isSpent: boolean
  /** Families that were revoked. */
  readonly revoked: number
  /** The person has to sign in again. */
  readonly ended: boolean
}

const FAULTS = ['refused', 'lostRequest', 'lostReply', 'broken', 'late 502', 'late 503', 502, 503, 429, 'portal'] as const

/**
 * Two tabs of a browser on a slow network that loses requests and answers, breaks connections and is cut off. Tabs are
 * hidden, frozen, reloaded and killed, the machine sleeps, its clock is set, and locks and messages may fail. All in
 * virtual time, which waits for the provider and for nothing else.
 */
export async function race({ seed, providerAt, hours = 2, faults = 0.15, options }: RaceOptions): Promise<Race> {
  const choices = drawnChoices(seed)
  const world = worldOf(choices, {})
  const provider = providerAt(world.now)
  const browser = world.openBrowser()
  const { machine, network } = browser
  Object.assign(browser.behaviours, { locks: choices.pick(['works', 'works', 'missing', 'throws', 'loses']), channel: choices.pick(['works', 'works', 'loses', 'throws']) })
  const underWay = new Set<Promise<unknown>>()
  const arrived = new Map<string, number>()
  let isSpent = false
  const count = { sent: 0, exchanged: 0, heard: 0, turnedAway: 0 }

  async function advance(ms: number) {
    const until = world.now() + ms
    while (await world.next(until)) {
      while (underWay.size > 0) {
        await Promise.all(underWay)
        await new Promise<void>((resolve) => void nextMacrotask(resolve))
      }
    }
    await world.advance(until - world.now())
  }

  /** The way of a request from a tab to the provider and back. */
  const fetchIn = (tab: Tab) => (url: string, init: RequestInit) =>
    new Promise<Response>((resolve, reject) => {
      const leave = () => reject(init.signal?.reason as Error)
      if (init.signal?.aborted) return leave()
      init.signal?.addEventListener('abort', leave)
      const refreshToken = url.endsWith('/token') && (init.body as URLSearchParams).get('refresh_token')
      if (refreshToken) count.sent++
      const slow = () => choices.pick([20, 50, 200, SECOND, 5 * SECOND, 12 * SECOND])
      const fault = network.cutBy ?? (choices.chance(faults) ? choices.pick(FAULTS) : undefined)
      const later = (ms: number, run: () => void) =>
        void world.after(ms, () => {
          if (tab.isFrozen) tab.on(({ type }) => type === 'tab.resumed' && run())
          else machine.onceAwake(() => tab.isGone || run())
        })
      const fail = (ms: number) => later(ms, () => reject(new TypeError('fetch failed')))
      // Where nobody says so, the browser gives up at last.
      if (fault === 'refused' || fault === 'lostRequest') return fail(fault === 'refused' ? 1 : 5 * MINUTE)
      const arrive = async () => {
        if (fault === 'portal') return new Response('<h1>Welcome</h1>', { headers: { 'content-type': 'text/html' } })
        if (typeof fault === 'number') return new Response(null, { status: fault, headers: { 'retry-after': '20' } })
        if (refreshToken) arrived.set(refreshToken, (arrived.get(refreshToken) ?? 0) + 1)
        const response = await provider.handle(url, init)
        if (refreshToken && response.ok) count.exchanged++
        return response
      }
      const answer = (response: Response) => {
        if (fault === 'lostReply') return fail(5 * MINUTE)
        const backMs = choices.chance(0.05) ? 40 * SECOND : slow()
        if (fault === 'broken') return fail(backMs)
        later(backMs, () => {
          if (refreshToken && fault === undefined && response.ok) count.heard++
          if (refreshToken && (fault === 503 || fault === 429 || response.status === 400)) count.turnedAway++
          resolve(fault === 'late 502' || fault === 'late 503' ? new Response(null, { status: Number(fault.slice(-3)) }) : response)
        })
      }
      world.after(slow(), () => {
        const handled = arrive()
        underWay.add(handled)
        void handled.then((response) => {
          underWay.delete(handled)
          answer(response)
        })
      })
    })

  const look = async (tab: Tab) => tab.primitives.store?.get<{ readonly shownAt?: number }>(`${new URL(provider.issuer).href} app`)
  const whoAndWhere = { issuer: provider.issuer, clientId: 'app', redirectUri: '/signed-in' }
  function open() {
    const tab = browser.openTab()
    const backend = oidcBackend({ ...whoAndWhere, store: tab.primitives.store as OidcStore, clock: tab.ports.clock, fetch: fetchIn(tab), ...options })
    const session = createSession(backend, {}, { ...tab.ports, signals: tab.signals, tabs: (ports, name) => createTabs(ports, name, tab.primitives) })
    session.subscribe(({ signedIn }) => signedIn === false && void look(tab).then((tokens) => (isSpent ||= tokens?.shownAt !== undefined)))
    return { tab, session, release: session.start() }
  }

  /** Before time begins, in another browser; then the tokens are put into this one. */
  async function signIn() {
    const store = memoryStore()
    const { clock } = browser.openTab().ports
    const backend = oidcBackend({
      ...whoAndWhere,
      parameters: { prompt: 'consent' },
      store,
      clock,
      fetch: async (url, init) => provider.handle(url, init),
      open: async (url) => void (await backend.finishSignIn(await provider.visit(url))),
    })
    await backend.signIn?.({ signal: new AbortController().signal, timeoutMs: 10_000 })
    const tab = browser.openTab()
    for (const [key, value] of store.data) void tab.primitives.store?.set(key, value)
    await world.advance(SECOND)
    tab.close()
  }

  await signIn()
  const apps = [open(), open()]
  await advance(MINUTE)
  const isOver = () => apps.some(({ session }) => session.get().signedIn === false)
  const acts: readonly ((app: (typeof apps)[number]) => unknown)[] = [
    ({ session }) => void session.extend(),
    () => apps.forEach(({ session }) => void session.extend()),
    ({ tab }) => tab.freeze(),
    () => apps.forEach(({ tab }) => tab.resume()),
    ({ tab }) => tab.hide(),
    () => apps.forEach(({ tab }) => tab.show()),
    async () => {
      network.cut(choices.pick(['refused', 'lostRequest']))
      await advance(choices.between(SECOND, 30 * MINUTE))
      network.restore()
    },
    async (app) => {
      if (choices.chance(0.5)) void app.session.extend()
      await advance(choices.between(0, 20 * SECOND))
      if (choices.chance(0.5)) app.tab.close()
      else app.tab.vanish()
      apps[apps.indexOf(app)] = open()
    },
    () => machine.sleep(choices.between(MINUTE, 100 * MINUTE)),
    () => choices.chance(0.2) && machine.setClockBy(choices.pick([HOUR, -HOUR, 10 * MINUTE, -10 * MINUTE])),
  ]
  for (const end = world.now() + hours * HOUR; world.now() < end && !isOver(); ) {
    await advance(choices.between(10 * SECOND, 12 * MINUTE))
    await acts[choices.choose(acts.length)]?.(apps[choices.choose(apps.length)] as (typeof apps)[number])
  }
  while (machine.asleep) await advance(MINUTE)
  apps.forEach(({ tab }) => tab.resume())
  await advance(10 * MINUTE)
  apps.forEach(({ release }) => release())
  return {
    exchanged: count.exchanged,
    lost: count.exchanged - count.heard,
    repeated: [...arrived.values()].filter((times) => times > 1).length,
    inDoubt: count.sent - count.heard - count.turnedAway,
    isSpent,
    revoked: provider.revoked(),
    ended: isOver(),
  }
}

export type Races = Awaited<ReturnType<typeof races>>

/** Many of them, added up. Of each the cause of a sign-out is looked at: nothing but a refresh token in doubt makes anybody sign in again. */
export async function races({ from = 1, runs }: { readonly from?: number; readonly runs: number }, options: Omit<RaceOptions, 'seed'>) {
  const total = { runs, exchanged: 0, lost: 0, repeated: 0, inDoubt: 0, revoked: 0, ended: 0 }
  const unexplained: number[] = []
  const failed: number[] = []
  for (let seed = from; seed < from + runs; seed++) {
    const one = await race({ ...options, seed })
    const isUnexplained = one.ended && !one.isSpent
    if (isUnexplained) unexplained.push(seed)
    if (isUnexplained || one.revoked > 0) failed.push(seed)
    for (const name of ['exchanged', 'lost', 'repeated', 'inDoubt', 'revoked'] as const) total[name] += one[name]
    total.ended += Number(one.ended)
  }
  return { total, unexplained, failed }
}
