import type { Fault, ServerOptions } from '../../src/testing'
import { drawnChoices } from '../../src/testing/world/choices'
import { worldOf } from '../../src/testing/world/createWorld'
import type { Client, OpenClient } from '../survival/client'
import { SECOND } from '../../scripts/frontier/traces'

export interface SceneOptions extends ServerOptions {
  readonly tabs?: number
  /** By how much the clock of the machine is fast. */
  readonly clockMs?: number
  readonly channel?: 'throws'
}

export type Scene = Awaited<ReturnType<typeof openScene>>

/** Somebody signs in and opens tabs, the first of which is seen. What goes wrong is remembered. */
export async function openScene(client: Client, { tabs: tabCount = 1, clockMs = 0, channel, ...server }: SceneOptions = {}) {
  const world = worldOf(drawnChoices(1), { server })
  const browser = world.openBrowser()
  const { machine } = browser
  machine.setClockBy(clockMs)
  if (channel) browser.behaviours.channel = channel
  const token = (browser.token = world.server.signIn('ada'))
  const opened: OpenClient[] = []
  let calls = 0
  let fault: Fault | undefined
  let signedOutWrongly = false
  browser.network.conditions = () => ({ thereMs: 50, backMs: 50, fault })

  function look() {
    const ended = world.server.find(token)?.ended
    if (ended === undefined || ended === 'signedOut') signedOutWrongly ||= ended === 'signedOut' || opened.some(({ signedIn }) => signedIn() === false)
  }
  async function wait(ms: number) {
    const until = world.now() + ms
    world.after(ms, () => undefined)
    while (await world.next(until)) look()
  }
  const tabs = Array.from({ length: tabCount }, (_, i) => {
    const tab = browser.openTab()
    if (i > 0) tab.hide()
    tab.on(({ type }) => {
      if (type === 'request.sent') calls++
    })
    return tab
  })
  for (const tab of tabs) {
    opened.push(await client.open(tab))
    await wait(SECOND)
  }
  await wait(SECOND)

  const tab = tabs[0]!
  return {
    machine,
    tab,
    wait,
    /** Somebody goes away, and comes back. */
    async lookAway() {
      tab.hide()
      await wait(5 * SECOND)
      tab.show()
    },
    /** What befalls every exchange from now on. */
    fails: (how?: Fault) => void (fault = how),
    offline: () => browser.network.cut(),
    online: () => browser.network.restore(),
    revoke: () => world.server.revoke(token),
    calls: () => calls,
    shows: () => opened[0]?.signedIn(),
    close: () => opened.forEach(({ close }) => close()),
    /** What is wrong with a session that ought to live. */
    async lives() {
      await wait(0)
      const ended = world.server.find(token)?.ended
      if (signedOutWrongly) return 'signed out of a live session'
      if (ended !== undefined) return 'the session died'
      return opened.every(({ signedIn }) => signedIn() === true) ? undefined : 'does not show it alive'
    },
  }
}
