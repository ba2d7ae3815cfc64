import { HOUR, MINUTE, SECOND } from '../../scripts/frontier/traces'
import { createWorld } from '../../src/testing'
import type { Client } from './client'

/** What a client does while nothing happens, per hour, all tabs together. */
export interface Idle {
  /** Callbacks of timers. */
  readonly wakeUps: number
  readonly calls: number
}

const HOURS = 8

/** Eight hours in which somebody looks at a tab and does nothing; the others are hidden. */
export async function idle(client: Client, tabCount: number): Promise<Idle> {
  const world = createWorld({ seed: 1, server: { lifeMs: 2 * HOUR } })
  const browser = world.openBrowser()
  browser.token = world.server.signIn('ada')
  let [wakeUps, calls] = [0, 0]
  let counts = false
  const opened = Array.from({ length: tabCount }, (_, i) => {
    const tab = browser.openTab()
    if (i > 0) tab.hide()
    tab.on(({ type }) => {
      if (counts && type === 'timer.fires') wakeUps++
      if (counts && type === 'request.sent') calls++
    })
    return { tab, i }
  }).map(({ tab, i }) => new Promise<Awaited<ReturnType<Client['open']>>>((resolve, reject) => void world.after(i * SECOND, () => client.open(tab).then(resolve, reject))))
  await world.advance(10 * MINUTE)
  counts = true
  await world.advance(HOURS * HOUR)
  for (const open of opened) (await open).close()
  return { wakeUps: wakeUps / HOURS, calls: calls / HOURS }
}
