import { setTimeout as wait } from 'node:timers/promises'
import { runningStandIn, startParaApi, type ParaApi } from './server'

const PATIENCE_MS = 120_000

/**
 * Gives the whole test run one stand-in. The SDK knows no other port to which a second one could move, so a run
 * uses the one started by `main.ts`, and waits for another test run to finish: that run would take its server along.
 */
export default async function setup(): Promise<() => Promise<void>> {
  const run = (held[HELD] ??= { users: 0, api: startOrShare() })
  run.users += 1
  const api = await run.api
  return async () => {
    run.users -= 1
    if (run.users > 0) return
    delete held[HELD]
    await api?.close()
  }
}

/**
 * Vitest runs a global setup once per project, each with a copy of this module but all in one process.
 * The one server they share is therefore remembered on the process, not here.
 */
const HELD = Symbol.for('outlast.para-api')
const held = globalThis as { [HELD]?: { users: number; api: Promise<ParaApi | null> } }

async function startOrShare(): Promise<ParaApi | null> {
  const giveUpAt = Date.now() + PATIENCE_MS
  for (let tries = 0; ; tries += 1) {
    try {
      return await startParaApi()
    } catch (error) {
      const found = await runningStandIn()
      if (found === 'shared') {
        console.log("Using the stand-in of Para's API that already runs; stopping it will fail these tests.")
        return null
      }
      // A port that answers with something else will not be given up; one that does not answer may be closing.
      if (!isTaken(error) || Date.now() > giveUpAt || (found === 'none' && tries > 20)) throw error
      if (found === 'private' && tries === 0)
        console.log("Another run uses the stand-in's ports; waiting for it to end.")
      await wait(200)
    }
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'EADDRINUSE'
}
