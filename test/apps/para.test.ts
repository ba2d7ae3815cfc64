import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { preview, type PreviewServer } from 'vite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createParaControl, type ParaControl, uniqueApiKey } from '../../examples/para-api/client'
import { launchBrowser } from '../../scripts/browser'

/** The apps on Para's real SDKs, as they were built, in real Chromium. */

const HOST = '127.0.0.1'
const PATIENCE = { timeout: 40_000, interval: 50 }
const SHORT_MS = 20_000

let browser: Browser
let context: BrowserContext
let page: Page
let control: ParaControl
let unexpected: string[]

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser?.close())

beforeEach(async () => {
  unexpected = []
  control = createParaControl(uniqueApiKey())
  context = await browser.newContext()
  context.setDefaultTimeout(PATIENCE.timeout)
  context.on('weberror', error => {
    const { message, stack } = error.error()
    // What Para's provider does not catch when the stand-in does not know what it asks for.
    if (message !== 'ParaApiError') unexpected.push(stack ?? message)
  })
  context.on('console', message => {
    // What the provider asks beside the session, balances for one, the stand-in does not know.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) unexpected.push(message.text())
  })
  context.on('request', request => {
    if (![HOST, 'localhost'].includes(new URL(request.url()).hostname)) unexpected.push(request.url())
  })
  page = await context.newPage()
})

afterEach(async () => {
  await context?.close()
  await control?.forget()
  expect(unexpected).toEqual([])
})

/** Serves what was built of an app while the tests around run. */
function served(app: string): () => string {
  let server: PreviewServer
  beforeAll(async () => {
    const root = fileURLToPath(new URL(`../../examples/${app}`, import.meta.url))
    server = await preview({ root, configFile: false, logLevel: 'warn', preview: { host: HOST, port: 0 } })
  })
  afterAll(() => server?.close())
  return () => `${server.resolvedUrls?.local[0] ?? ''}?apiKey=${control.apiKey}`
}

const button = (name: string) => page.getByRole('button', { name, exact: true })
const signedIn = () => page.getByText('Signed in', { exact: true })
const countdown = async () => Number(await page.locator('output').textContent())

const count = async (kind: string) => (await control.requests()).filter(call => call.kind === kind && call.status === 200).length
const live = async () => (await control.sessions()).filter(({ state }) => state === 'live')
const secondsLeft = async () => (((await live())[0]?.expiresAt ?? NaN) - Date.now()) / 1_000

async function signIn(): Promise<void> {
  await button('Sign in').click()
  await signedIn().waitFor()
}

async function send(): Promise<void> {
  const before = await count('sign')
  await button('Send').click()
  await expect.poll(() => count('sign'), PATIENCE).toBe(before + 1)
  await page.getByRole('status').getByText('Sent', { exact: true }).waitFor()
}

describe.each(['para-react', 'para-vue', 'para-svelte'])('%s', app => {
  const url = served(app)

  it('signs in, counts down, and extends the session by itself', async () => {
    await control.configure({ sessionLengthMs: SHORT_MS })
    await page.goto(url())
    await page.getByRole('heading', { level: 1 }).waitFor()
    await signIn()
    const [first] = await live()
    await expect.poll(async () => (await live())[0]?.expiresAt, PATIENCE).toBeGreaterThan(first?.expiresAt ?? Infinity)
    expect(await count('keepAlive')).toBeGreaterThan(0)
    // The page learns of the new end, to the second that a cookie tells.
    await expect.poll(async () => Math.abs((await countdown()) - (await secondsLeft())), PATIENCE).toBeLessThan(1.6)
    expect(await countdown()).toSatisfy(Number.isInteger)
    await send()
  })

  it('tells the end, signs in again, and signs out', async () => {
    await control.configure({ sessionLengthMs: SHORT_MS })
    await page.goto(url())
    await signIn()
    await control.expire()
    // Nobody tells the page: it finds out by itself, and the prompt says so.
    await page.getByRole('dialog', { name: 'You were signed out' }).waitFor()
    await button('Sign in').waitFor({ state: 'attached' })
    await button('Sign in again').click()
    await signedIn().waitFor()
    expect(await live()).toHaveLength(1)
    await send()

    await button('Sign out').click()
    // Here at once, and then at the server.
    await button('Sign in').waitFor()
    await expect.poll(live, PATIENCE).toEqual([])
    await signIn()
    await send()
  })
})

describe.each([
  { keepAlive: 'turned off, as in the example', off: true },
  { keepAlive: 'left on', off: false },
])("ParaProvider's own keep-alive, $keepAlive", ({ off }) => {
  const url = served('para-react')

  /** Signed in, in a page whose time is ours. The flag is turned in the script that the browser gets. */
  async function open(): Promise<void> {
    const flag = 'disableAutoSessionKeepAlive:!0'
    let found = 0
    await context.route('**/assets/*.js', async route => {
      const response = await route.fetch()
      const script = await response.text()
      found += script.split(flag).length - 1
      await route.fulfill({ response, body: off ? script : script.replace(flag, 'disableAutoSessionKeepAlive:!1') })
    })
    await page.clock.install()
    await page.goto(url())
    await signIn()
    expect(found).toBe(1)
    await page.clock.pauseAt(Date.now() + 1_000)
    await control.clearRequests()
  }

  it(off ? 'leaves every extension to Outlast' : 'would extend beside Outlast', async () => {
    // Of so short a life Outlast extends within 50 seconds, and the provider, from its first look after 60, each minute.
    await control.configure({ sessionLengthMs: 200_000 })
    await open()
    await page.clock.runFor(52_000)
    await expect.poll(() => count('keepAlive'), PATIENCE).toBe(1)
    await page.clock.runFor(10_000)
    await send()
    await expect.poll(() => count('keepAlive'), PATIENCE).toBe(off ? 1 : 2)
  })

  it(off ? 'signs nobody out whose machine has slept' : 'would sign out whose machine has slept, of a session that the server holds', async () => {
    await open()
    // The server moved the end meanwhile, as when another device uses the session; or else the machine's clock is wrong.
    await page.clock.setSystemTime(Date.now() + 3 * 3_600_000)
    await page.clock.runFor(61_000)
    if (off) {
      await send()
      expect(await count('touch')).toBeGreaterThan(0)
      expect(await count('logout')).toBe(0)
      expect(await live()).toHaveLength(1)
    } else {
      await button('Sign in').waitFor()
      await expect.poll(() => count('logout'), PATIENCE).toBeGreaterThan(0)
      await expect.poll(live, PATIENCE).toEqual([])
    }
  })
})
