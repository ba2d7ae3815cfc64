import { createWorld, type WorldOptions } from '../../../src/testing/world/createWorld'
import type { Conditions } from '../../../src/testing/world/network'
import type { Tab } from '../../../src/testing/world/tab'

export const SECOND = 1_000
export const MINUTE = 60_000

/** A browser with a tab, where Ada is signed in since a minute ago. */
export async function visit(conditions: Partial<Conditions> = {}, options?: WorldOptions) {
  const world = createWorld(options)
  const browser = world.openBrowser()
  const tab = browser.openTab()
  const { network, machine } = browser
  network.conditions = () => ({ thereMs: 50, backMs: 50, ...conditions })
  const token = (browser.token = world.server.signIn('ada'))
  await world.advance(MINUTE)
  const startedAt = world.now()
  const session = () => world.server.find(token)
  /** Milliseconds from now. */
  const elapsed = () => world.now() - startedAt
  return { ...world, browser, tab, network, machine, token, session, elapsed, heard: ears(tab) }
}

/** What a tab hears from now on. */
export function ears(tab: Tab) {
  const heard: string[] = []
  tab.on((event) => {
    if (event.type === 'reply.heard') heard.push([event.kind, event.what, ...(event.status ? [event.status] : [])].join(' '))
  })
  return heard
}

/** What became of a promise so far: a value, the name of an error, or `pending`. */
export function outcome<T>(promise: Promise<T>) {
  const seen: { is: unknown; value?: T } = { is: 'pending' }
  promise.then(
    (value) => ((seen.value = value), (seen.is = value instanceof Response ? value.status : value)),
    (error: Error) => (seen.is = error.name),
  )
  return seen as { is: unknown; value: T }
}

/** Reads a body, and notes how much came when. */
export async function readParts(response: Response, elapsed: () => number, parts: string[]): Promise<void> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      parts.push(`${done ? 'end' : value.length}@${elapsed()}`)
      if (done) return
    }
  } catch (error) {
    parts.push(`${(error as Error).name}@${elapsed()}`)
  }
}
