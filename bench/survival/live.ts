import { SECOND } from '../../scripts/frontier/traces'
import type { Browser, Tab, World } from '../../src/testing'
import { drawnChoices } from '../../src/testing/world/choices'
import { worldOf } from '../../src/testing/world/createWorld'
import type { Client, OpenClient } from './client'
import { awakeMs, leastCalls, type Trace } from './traces'

/** A client, or one that is told the future. */
export type Contender = Client | ((trace: Trace, world: World) => Client)

/** What came of one stretch of life with one client. */
export interface Lived {
  /** A tab showed signed out, or the client signed out, while the server's session lived. */
  readonly falseSignOut: boolean
  /** The session died although it could have been kept. */
  readonly lost: boolean
  /** Of a session that had ended, and somebody looked: milliseconds of an awake machine until the tab that is looked at says so. Infinity for never. */
  readonly noticedMs: number | undefined
  /** Milliseconds in which somebody looked at a tab that showed a dead session alive. */
  readonly believedMs: number
  /** While the tabs are opened, and from then on until the session ended, or was taken for ended. */
  readonly callsToOpen: number
  readonly calls: number
  readonly leastCalls: number
  readonly awakeMs: number
}

/** In the first minute all tabs are opened, one after the other. */
const OPENS_EVERY = 2 * SECOND
const OPEN_AFTER = 60 * SECOND

/** One client through one stretch of life, in one tab or many. */
export async function live(contender: Contender, trace: Trace, tabCount: number): Promise<Lived> {
  const world = worldOf(drawnChoices(trace.seed), { server: trace.server })
  const client = typeof contender === 'function' ? contender(trace, world) : contender
  const browser = world.openBrowser()
  const { machine } = browser
  const startedAt = world.now()
  const now = () => world.now() - startedAt
  const token = (browser.token = world.server.signIn('ada'))
  const tabs: { readonly tab: Tab; client?: OpenClient }[] = []
  const failed: unknown[] = []
  let looked: number | undefined = 0
  let callsToOpen = 0
  let calls = 0

  function openTab() {
    const opened: (typeof tabs)[number] = { tab: browser.openTab() }
    opened.tab.on(({ type }) => {
      if (type !== 'request.sent' || until !== undefined) return
      if (now() < OPEN_AFTER) callsToOpen++
      else calls++
    })
    if (tabs.push(opened) - 1 !== looked) opened.tab.hide()
    client.open(opened.tab).then(
      (open) => (opened.client = open),
      (error: unknown) => failed.push(error),
    )
  }
  for (let i = 0; i < tabCount; i++) world.after(i * OPENS_EVERY, openTab)
  happen(trace, world, browser, (to) => {
    // Where there is one tab, what would be done in others is done in it.
    const tab = to === undefined ? undefined : to % tabCount
    if (tab !== looked) {
      tabs[looked ?? -1]?.tab.hide()
      tabs[tab ?? -1]?.tab.show()
    }
    looked = tab
  })
  if (trace.revokedAt !== undefined) world.after(trace.revokedAt, () => world.server.revoke(token))

  let falseSignOut = false
  /** When the session ended, or was taken for ended. */
  let until: number | undefined
  let endedAt: number | undefined
  let seenAt: number | undefined
  let noticedAt: number | undefined
  let believedMs = 0
  let last = 0
  let showed: boolean | undefined

  function look() {
    const at = now()
    const session = world.server.find(token)
    if (!session) throw new Error('nobody signed in')
    const shown = tabs[looked ?? -1]?.client?.signedIn()
    if (session.ended) endedAt ??= session.ended === 'expired' ? session.expiresAt - startedAt : at
    // What it showed until now; nothing that matters here changes without something happening.
    if (endedAt !== undefined && showed === true) believedMs += at - Math.max(last, endedAt)
    last = at
    showed = machine.asleep || looked === undefined ? undefined : shown
    if (session.ended === undefined || session.ended === 'signedOut') falseSignOut ||= tabs.some(({ client }) => client?.signedIn() === false) || session.ended === 'signedOut'
    if (endedAt !== undefined || falseSignOut) until ??= Math.min(endedAt ?? at, at)
    if (endedAt === undefined || machine.asleep || looked === undefined) return
    seenAt ??= at
    if (shown === false) noticedAt ??= at
  }

  const endsAt = startedAt + trace.ms
  world.after(trace.ms, () => undefined) // somebody looks once more
  // Whoever is signed out without need has nothing more to show.
  while (!falseSignOut && (await world.next(endsAt))) {
    if (failed.length > 0) throw failed[0]
    look()
  }
  tabs.forEach(({ client }) => client?.close())

  const session = world.server.find(token)
  const least = leastCalls(trace, until ?? trace.ms)
  if (!session || !least) throw new Error('nobody can live so')
  return {
    falseSignOut,
    lost: !falseSignOut && (session.ended === 'expired' || session.ended === 'reused'),
    noticedMs: falseSignOut || seenAt === undefined ? undefined : (noticedAt ?? Infinity) - seenAt,
    believedMs: falseSignOut ? 0 : believedMs,
    callsToOpen,
    calls,
    leastCalls: least.length,
    awakeMs: awakeMs(trace, until ?? trace.ms),
  }
}

/** Lets a trace happen to a browser. */
function happen({ happenings }: Trace, world: World, { machine, network }: Browser, look: (tab: number | undefined) => void) {
  const startedAt = world.now()
  const answers = happenings.filter((happening) => happening.kind === 'status')
  let cuts = 0
  network.conditions = () => {
    const at = world.now() - startedAt
    const answer = answers.find((answer) => at >= answer.at && at < answer.at + answer.ms)
    return { thereMs: 50, backMs: 50, ...(answer && { fault: { status: answer.status } }) }
  }
  for (const happening of happenings) {
    if (happening.kind === 'status') continue
    world.after(happening.at, () => {
      switch (happening.kind) {
        case 'sleep':
          machine.sleep(happening.ms)
          break
        case 'look':
          look(happening.tab)
          break
        case 'clock':
          machine.setClockBy(happening.ms)
          break
        default:
          cuts++
          network.cut(happening.kind === 'silent' ? 'lostRequest' : 'refused')
          world.after(happening.ms, () => {
            if (--cuts === 0) network.restore()
          })
      }
    })
  }
}
