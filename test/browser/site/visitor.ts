import { expect } from 'vitest'
import type { Chromium, ChromiumTab } from './chromium'
import type { TestPage } from './page'
import type { SiteWorld } from './server'

export const PATIENCE = { timeout: 20_000, interval: 20 }

export const viewsOf = (tab: ChromiumTab) => tab.evaluate<TestPage['views']>('page.views')
export const eventsOf = (tab: ChromiumTab) => tab.evaluate<string[]>('page.events')
export const stateOf = (tab: ChromiumTab) => tab.evaluate<string | undefined>('globalThis.page?.session.get().state')
export const viewOf = (tab: ChromiumTab) => tab.evaluate<TestPage['views'][number]>('page.session.get()')
export const isLive = (tab: ChromiumTab) => expect.poll(() => stateOf(tab), PATIENCE).toBe('active.scheduled')

/** Nothing went wrong in it, and it broke no rule of its content security policy. */
export async function expectQuiet(tab: ChromiumTab) {
  expect((await eventsOf(tab)).filter((event) => /error|rejection|violation/.test(event))).toEqual([])
}

/** So many tabs of one browser in which Ada is signed in. */
export async function openTabs(browser: Chromium, world: SiteWorld, count: number, before?: string): Promise<ChromiumTab[]> {
  const first = await browser.open(world.url(1), before)
  await expect.poll(() => stateOf(first), PATIENCE).toBe('expired.ended')
  await first.evaluate('page.signIn("ada")')
  await isLive(first)
  const others = await Promise.all(Array.from({ length: count - 1 }, (_, i) => browser.open(world.url(i + 2), before)))
  for (const tab of others) await isLive(tab)
  return [first, ...others]
}
