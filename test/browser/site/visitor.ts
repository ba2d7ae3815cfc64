import { expect, vi } from 'vitest'
import type { Chromium, ChromiumTab } from './chromium'
import type { TestPage } from './page'
import type { SiteWorld } from './server'

export const PATIENCE = { timeout: 20_000, interval: 20 }

export const viewsOf = (tab: ChromiumTab) => tab.evaluate<TestPage['views']>('page.views')
export const eventsOf = (tab: ChromiumTab) => tab.evaluate<string[]>('page.events')
export const stateOf = (tab: ChromiumTab) => tab.evaluate<string | undefined>('globalThis.page?.session.get().state')
export const viewOf = (tab: ChromiumTab) => tab.evaluate<TestPage['views'][number]>('page.session.get()')
/** Reads until it is as wanted. Unlike `expect.poll` also in laws that are tried at the same time. */
export const until = <T>(read: () => Promise<T> | T, check: (value: T) => unknown, patience = PATIENCE) => vi.waitFor(async () => void check(await read()), patience)
export const isLive = (tab: ChromiumTab) => until(() => stateOf(tab), (state) => expect(state).toBe('active.scheduled'))

/** Nothing went wrong in it, and it broke no rule of its content security policy. */
export async function expectQuiet(tab: ChromiumTab) {
  expect((await eventsOf(tab)).filter((event) => /error|rejection|violation/.test(event))).toEqual([])
}

/** So many tabs of one browser in which Ada is signed in. */
export async function openTabs(browser: Chromium, world: SiteWorld, count: number, before?: string, query?: string): Promise<ChromiumTab[]> {
  const first = await browser.open(world.url(1, query), before)
  await until(() => stateOf(first), (state) => expect(state).toBe('expired.ended'))
  await first.evaluate('page.signIn("ada")')
  await isLive(first)
  const others = await Promise.all(Array.from({ length: count - 1 }, (_, i) => browser.open(world.url(i + 2, query), before)))
  for (const tab of others) await isLive(tab)
  return [first, ...others]
}
