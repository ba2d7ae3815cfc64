import { expect } from 'vitest'
import type { ChromiumTab } from './chromium'
import type { SiteWorld } from './server'
import { expectQuiet, PATIENCE, viewsOf } from './visitor'

/** From its first "signed in" on it has never shown anything else, and nothing went wrong in it. */
export async function expectSignedInThroughout(tab: ChromiumTab) {
  const shown = (await viewsOf(tab)).map(({ signedIn }) => signedIn)
  expect(shown).toContain(true)
  expect(shown.slice(shown.indexOf(true)).filter((signedIn) => signedIn !== true)).toEqual([])
  await expectQuiet(tab)
}

/** It is extended so many times more; a session that is over fails here, and does not wait for ever. */
export async function untilExtended(world: SiteWorld, times: number) {
  for (let time = 0; time < times; time++) {
    const { length } = world.grants
    await expect.poll(() => world.grants.length, PATIENCE).toBeGreaterThan(length)
  }
}

/** From each time to the next one. */
export const gapsOf = (times: readonly number[]): number[] => times.slice(1).map((at, i) => at - (times[i] ?? 0))

/** Runs before the page: counts the calls that it makes, those that never reach the server, too. */
export const COUNT_CALLS = `
  globalThis.calls = []
  const ask = fetch
  globalThis.fetch = (url, init) => (calls.push({ at: Date.now(), url: String(url) }), ask(url, init))
`
export const callsOf = (tab: ChromiumTab) => tab.evaluate<{ at: number; url: string }[]>('calls')
