import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { type DemoPage, serveDemo } from '../examples/demo/serve'
import { createParaControl, uniqueApiKey } from '../examples/para-api/client'
import { startParaApi } from '../examples/para-api/server'
import { launchBrowser } from './browser'
import { root } from './entries'

// `tsx scripts/screenshots.ts`: the pictures of the README. Each page is brought to a state worth seeing by using it.

const SESSION_MS = 60_000
const schemes = ['light', 'dark'] as const

const api = await startParaApi({ shared: true })
const [browser, served] = await Promise.all([launchBrowser(), serveDemo(0)])
try {
  for (const scheme of schemes) {
    await picture(browser, served, scheme, 'demo', { width: 1400, height: 1560 }, '', outage)
    await picture(browser, served, scheme, 'prompt', { width: 900, height: 560 }, '&limits&idle=22', warned)
  }
} finally {
  await Promise.all([browser.close(), served.close()])
  await api.close()
}

/** Opens the demo, brings it where it is worth a picture, and takes one. */
async function picture(
  browser: Browser,
  served: DemoPage,
  colorScheme: (typeof schemes)[number],
  name: string,
  viewport: { readonly width: number; readonly height: number },
  query: string,
  reach: (page: Page) => Promise<void>,
): Promise<void> {
  const control = createParaControl(uniqueApiKey())
  await control.configure({ sessionLengthMs: SESSION_MS })
  const page = await browser.newPage({ viewport: { ...viewport }, colorScheme })
  await page.goto(served.urlFor(control.apiKey) + query)
  await isIn(page, 'active.scheduled')
  await reach(page)
  const file = join('docs', `${name}${colorScheme === 'dark' ? '-dark' : ''}.png`)
  await page.screenshot({ path: join(root, file), animations: 'disabled' })
  await page.close()
  await control.forget()
  console.log(file)
}

/** An extension, then an outage that the session outlives. */
async function outage(page: Page): Promise<void> {
  await page.locator('#count-extended', { hasText: '1' }).waitFor()
  await page.getByText('Server down').click()
  await isIn(page, 'extending.waiting')
  // The chart has come to rest where the session is.
  await page.waitForFunction(() => {
    const { x, width } = document.querySelector('#statechart')?.shadowRoot?.querySelector('svg')?.viewBox.baseVal ?? { x: 0, width: 0 }
    const [place, before] = [`${x.toFixed(1)} ${width.toFixed(1)}`, document.body.dataset['place']]
    document.body.dataset['place'] = place
    return width > 0 && width < 700 && place === before
  }, undefined, { polling: 700 })
}

/** Nobody is active, and a limit is near. */
async function warned(page: Page): Promise<void> {
  await page.locator('outlast-prompt dialog[open]').waitFor()
}

async function isIn(page: Page, state: string): Promise<void> {
  await page.locator(`#session[data-state="${state}"]`).waitFor()
}
