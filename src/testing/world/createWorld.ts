import { type Browser, createBrowser } from './browser'
import { type Choices, drawnChoices, harmlessChoices } from './choices'
import { createServer, type Server, type ServerOptions } from './server'
import { createTimeline, type Timeline } from './timeline'

export interface WorldOptions {
  readonly server?: ServerOptions | undefined
  /** Which of two things at the same moment is first, and what `random` gives, are drawn from this. Without it both are as plain as can be. */
  readonly seed?: number | undefined
  /** True time, epoch milliseconds. Default: 1 January 2026. */
  readonly startAt?: number | undefined
}

/** A server, and whoever visits it, in virtual time. */
export interface World extends Pick<Timeline, 'now' | 'advance' | 'after'> {
  readonly server: Server
  openBrowser(): Browser
}

/**
 * A world in virtual time: the session runs as shipped, on the tab's `ports` and `fetch`; only clock, timers and
 * transport are simulated.
 *
 * @example
 * const world = createWorld({ server: { lifeMs: 3_600_000 } })
 * const browser = world.openBrowser()
 * const tab = browser.openTab()
 * const backend = httpBackend({ check: '/session', extend: '/session/extend', fetch: tab.fetch })
 * browser.token = world.server.signIn('ada')
 * createSession(backend, {}, tab.ports).start()
 * browser.machine.sleep(2_400_000)
 * await world.advance(7_200_000)
 */
export function createWorld(options: WorldOptions = {}): World {
  const choices = options.seed === undefined ? harmlessChoices() : drawnChoices(options.seed)
  return worldOf(choices, options)
}

/** A world whose decisions come from elsewhere, and what is planned in it. */
export function worldOf(choices: Choices, { server: serverOptions, startAt = Date.UTC(2026, 0, 1) }: WorldOptions, word?: string) {
  const timeline = createTimeline(startAt, choices)
  const server = createServer(timeline, serverOptions, word)
  return { ...timeline, server, openBrowser: () => createBrowser(timeline, server, choices) }
}
