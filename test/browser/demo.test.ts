import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type DemoPage, serveDemo } from '../../examples/demo/serve'
import { createParaControl, type ParaControl, uniqueApiKey } from '../../examples/para-api/client'
import { launchBrowser } from '../../scripts/browser'

/** The demo's page in a real Chromium: Para's real web SDK, Outlast around it, and the stand-in of Para's API. */

const PATIENCE = { timeout: 40_000, interval: 50 }

let browser: Browser
let served: DemoPage
let context: BrowserContext
let page: Page
let control: ParaControl
/** What the page asked for, beyond this machine; and what went wrong in it. */
let foreign: string[]
let errors: string[]

beforeAll(async () => {
  ;[browser, served] = await Promise.all([launchBrowser(), serveDemo(0)])
})

afterAll(async () => {
  await browser?.close()
  await served?.close()
})

async function open(sessionLengthMs: number): Promise<void> {
  ;[foreign, errors] = [[], []]
  control = createParaControl(uniqueApiKey())
  await control.configure({ sessionLengthMs })
  context = await browser.newContext()
  page = await context.newPage()
  // The first page waits until the dev server has bundled Para's SDK.
  page.setDefaultTimeout(90_000)
  const note = (url: string) => {
    const { protocol, hostname } = new URL(url)
    const stays = ['data:', 'blob:'].includes(protocol) || ['localhost', '127.0.0.1'].includes(hostname)
    if (!stays) foreign.push(url)
  }
  context.on('request', request => note(request.url()))
  page.on('websocket', socket => note(socket.url()))
  page.on('pageerror', error => errors.push(error.stack ?? error.message))
  page.on('console', message => {
    // A call that a fault made fail is reported by the browser itself.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) errors.push(message.text())
  })
  await page.goto(served.urlFor(control.apiKey))
  await expect.poll(() => shown('state'), PATIENCE).toBe('active.scheduled')
}

afterEach(async () => {
  await context?.close()
  await control?.forget()
  expect(foreign).toEqual([])
  expect(errors).toEqual([])
})

/** What the page's card says of the view. */
const shown = (name: 'state' | 'signed-in' | 'certain' | 'tone' | 'expires-at') =>
  page.getByTestId('session').getAttribute(`data-${name}`)

const text = (testId: string) => page.getByTestId(testId).textContent()
const press = (testId: string) => page.getByTestId(testId).click()
const count = async (testId: string) => Number(await text(testId))

/** Every `signedIn` that the page showed since, the newest first. */
const verdictsSince = (time: number) =>
  page
    .getByTestId('timeline')
    .locator('li')
    .evaluateAll((rows: HTMLElement[], since) => rows.filter(row => Number(row.dataset['at']) >= since).map(row => row.dataset['signedIn']), time)

const calls = async (kind: string, status: number | string) =>
  (await control.requests()).filter(call => call.kind === kind && call.status === status).length

describe('the page of the demo', () => {
  it('says on its face that the API is a stand-in', async () => {
    await open(60_000)
    expect(await page.locator('header').innerText()).toContain("The API here is a stand-in, not Para's")
    expect(await text('headline')).toBe('Signed in')
  })

  it('cannot reach beyond this machine, and would be caught here if it tried', async () => {
    await open(60_000)
    expect([foreign, errors]).toEqual([[], []])
    const reached = await page.evaluate(() => fetch('https://elsewhere.invalid/').then(() => true, () => false))
    expect(reached).toBe(false)
    expect(errors.join()).toContain('Content Security Policy')
    ;[foreign, errors] = [[], []]
  })

  it('shows a session that is extended by itself', async () => {
    await open(8_000)
    const before = Number(await shown('expires-at'))
    await expect.poll(() => count('extensions'), PATIENCE).toBeGreaterThan(1)
    expect(await calls('keepAlive', 200)).toBeGreaterThan(1)
    expect(Number(await shown('expires-at'))).toBeGreaterThan(before)
    expect(await shown('signed-in')).toBe('true')
  })

  it.each([
    { outage: 'a server that is down', fault: 'fault-down', status: 503 },
    { outage: 'a network that is cut', fault: 'fault-cut', status: 'refused' },
  ])('stays signed in through $outage, and is extended after it', async ({ fault, status }) => {
    await open(12_000)
    const brokenAt = Date.now()
    await press(fault)
    await expect.poll(() => page.getByTestId(fault).getAttribute('aria-pressed'), PATIENCE).toBe('true')
    await expect.poll(() => calls('keepAlive', status), PATIENCE).toBeGreaterThan(1)
    await expect.poll(() => text('sentence'), PATIENCE).toContain('That ends nothing')

    const before = Number(await shown('expires-at'))
    await press('clear-faults')
    await expect.poll(async () => Number(await shown('expires-at')), PATIENCE).toBeGreaterThan(before)
    await expect.poll(() => shown('tone'), PATIENCE).toBe('good')

    const verdicts = await verdictsSince(brokenAt)
    expect(verdicts.length).toBeGreaterThan(2)
    expect(new Set(verdicts)).toEqual(new Set(['true']))
    expect(await count('false-sign-outs')).toBe(0)
  })

  it('says signed out, and why, once the server has revoked the session; and signs in again', async () => {
    await open(8_000)
    await press('revoke')
    await expect.poll(() => text('headline'), PATIENCE).toBe('Signed out')
    expect(await text('sentence')).toBe('The server said that the session is over.')
    expect([await shown('state'), await shown('certain')]).toEqual(['expired.ended', 'true'])
    expect(await page.getByTestId('sign-out').isVisible()).toBe(false)

    await press('sign-in')
    await expect.poll(() => shown('state'), PATIENCE).toBe('active.scheduled')
    expect(await text('headline')).toBe('Signed in')
    // The new session is kept alive like the first.
    const before = await count('extensions')
    await expect.poll(() => count('extensions'), PATIENCE).toBeGreaterThan(before)
  })

  it('signs out for good, and signs in again on request', async () => {
    await open(8_000)
    await press('sign-out')
    await expect.poll(() => shown('state'), PATIENCE).toBe('expired.ended')
    expect(await text('sentence')).toBe('You signed out.')
    expect((await control.sessions()).some(({ state }) => state === 'live')).toBe(false)
    await press('sign-in')
    await expect.poll(() => shown('state'), PATIENCE).toBe('active.scheduled')
  })

  it('knows after a reload who is signed in', async () => {
    await open(60_000)
    const signIns = async () => (await control.sessions()).filter(({ userId }) => userId !== null).length
    const before = await signIns()
    await page.reload()
    await expect.poll(() => shown('state'), PATIENCE).toBe('active.scheduled')
    expect(await signIns()).toBe(before)
  })
})
