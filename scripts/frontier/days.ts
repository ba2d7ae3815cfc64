import { createWorld } from '../../src/testing'
import type { Client } from './clients'
import { type Cell, drawTraces, HOUR, type Trace } from './traces'

export interface CellResult {
  readonly days: number
  /** Of these, days on which the session died although it could have been kept. */
  readonly lost: number
  /** Calls per hour in which the machine was awake and the session lived. */
  readonly callsPerHour: number
}

/** One client through one day. */
async function liveThrough(client: Client, { lifeMs, limit }: Cell, { ms, obstacles }: Trace, seed: number) {
  const world = createWorld({ seed, server: { lifeMs, limit, tells: 'ttlMs' } })
  const browser = world.openBrowser()
  const { machine, network } = browser
  browser.token = world.server.signIn('ada')
  const { token } = browser
  const tab = browser.openTab()
  let calls = 0
  let outages = 0
  tab.on(({ type }) => {
    if (type === 'request.sent') calls++
  })
  for (const obstacle of obstacles) {
    world.after(obstacle.at, () => {
      if (obstacle.kind === 'sleep') {
        machine.sleep(obstacle.ms)
        // Browsers tell of a wake, by `online`, `focus` or `visibilitychange`.
        machine.onceAwake(() => tab.ports.clock.poke())
      } else if (obstacle.kind === 'hide') {
        tab.hide()
        world.after(obstacle.ms, () => tab.show())
      } else {
        outages++
        network.cut()
        world.after(obstacle.ms, () => {
          if (--outages === 0) network.restore()
        })
      }
    })
  }
  client(tab)
  const startedAt = world.now()
  await world.advance(ms)
  const session = world.server.find(token)
  if (!session) throw new Error('nobody signed in')
  const diedAt = session.ended ? Math.min(session.expiresAt, world.now()) - startedAt : ms
  const asleep = obstacles.reduce((sum, { kind, at, ms: lasts }) => sum + (kind === 'sleep' && at < diedAt ? Math.min(lasts, diedAt - at) : 0), 0)
  // A fixed end, or the most that the server allows, is nobody's loss.
  const lost = session.ended === 'expired' && limit !== 'fixed' && session.expiresAt < session.maxExpiresAt
  return { lost, calls, awakeMs: diedAt - asleep }
}

/** One client through all days of a cell. */
export async function runCell(client: Client, cell: Cell, days: number): Promise<CellResult> {
  let lost = 0
  let calls = 0
  let awakeMs = 0
  for (const [seed, trace] of drawTraces(cell, days).entries()) {
    const day = await liveThrough(client, cell, trace, seed + 1)
    lost += Number(day.lost)
    calls += day.calls
    awakeMs += day.awakeMs
  }
  return { days, lost, callsPerHour: Math.round((calls / awakeMs) * HOUR * 10_000) / 10_000 }
}
