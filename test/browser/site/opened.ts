import { afterAll, beforeAll } from 'vitest'
import { type Chromium, launchChromium } from './chromium'
import { serveSite, type Site } from './server'

/** The site and a browser, for all tests of the file that imports them. */
export let site: Site
export let browser: Chromium

beforeAll(async () => {
  ;[site, browser] = await Promise.all([serveSite(), launchChromium()])
})
afterAll(async () => {
  await browser?.close()
  await site?.close()
})
