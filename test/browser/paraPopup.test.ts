import { fileURLToPath } from 'node:url'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type DemoPage, serveDemo } from '../../examples/demo/serve'
import { createParaControl, type ParaControl, uniqueApiKey } from '../../examples/para-api/client'
import type { SessionView } from '../../src/index'
import { launchBrowser } from '../../scripts/browser'

/** `refreshSignIn` in a window of its own: Para's real web SDK, the sign-in page of the stand-in's portal, real Chromium. */

const PATIENCE = { timeout: 40_000, interval: 50 }

let browser: Browser
let served: DemoPage
let context: BrowserContext
let page: Page
let control: ParaControl
let errors: string[]

beforeAll(async () => {
  ;[browser, served] = await Promise.all([launchBrowser(), serveDemo(0, fileURLToPath(new URL('paraPopup', import.meta.url)))])
})

afterAll(async () => {
  await browser?.close()
  await served?.close()
})

beforeEach(async () => {
  errors = []
  control = createParaControl(uniqueApiKey())
  context = await browser.newContext()
  context.setDefaultTimeout(PATIENCE.timeout)
  context.on('weberror', error => errors.push(error.error().stack ?? error.error().message))
  context.on('console', message => {
    // A call that a fault made fail is reported by the browser itself.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) errors.push(message.text())
  })
  page = await context.newPage()
})

afterEach(async () => {
  await context?.close()
  await control?.forget()
  expect(errors).toEqual([])
})

const view = () => page.evaluate<SessionView | undefined>('globalThis.page?.session.get()')
const state = async () => (await view())?.state
const count = async (kind: string) => (await control.requests()).filter(call => call.kind === kind).length

/** A page in which the server has just ended the session. */
async function openEnded(query = '') {
  await page.goto(served.urlFor(control.apiKey) + query)
  await expect.poll(state, PATIENCE).toBe('active.scheduled')
  await control.revoke()
  await page.evaluate('void page.session.check()')
  await expect.poll(state, PATIENCE).toBe('expired.ended')
}

/** The user clicks, and stands before the sign-in page of the portal. */
async function openPortal(): Promise<Page> {
  const [popup] = await Promise.all([context.waitForEvent('page'), page.getByRole('button').click()])
  await popup.getByRole('button', { name: 'Sign in' }).waitFor()
  expect(new URL(popup.url()).port).toBe('3003')
  return popup
}

describe.each([
  { visit: 'with the link', query: '' },
  { visit: 'while the link is made', query: '&early' },
])("a sign-in at Para's portal in a window that is visited $visit", ({ query }) => {
  it('signs in the same person again, and the session is kept alive', async () => {
    await openEnded(query)
    const popup = await openPortal()
    expect(await view()).toMatchObject({ state: 'reauthenticating.signingIn', signedIn: false, busy: true })
    await Promise.all([popup.waitForEvent('close'), popup.getByRole('button', { name: 'Sign in' }).click()])
    await expect.poll(state, PATIENCE).toBe('active.scheduled')
    expect(await view()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
    expect(context.pages()).toEqual([page])

    const before = await count('keepAlive')
    await page.evaluate('page.session.extend()')
    expect(await count('keepAlive')).toBe(before + 1)
    expect(await view()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
  })

  it('leaves nobody signed in when it is closed early, and may be tried again', async () => {
    await openEnded(query)
    const popup = await openPortal()
    await popup.close()
    await expect.poll(state, PATIENCE).toBe('expired.ended')
    expect(await view()).toMatchObject({ signedIn: false, certain: true, busy: false, problem: undefined })
    const next = await openPortal()
    await next.getByRole('button', { name: 'Sign in' }).click()
    await expect.poll(state, PATIENCE).toBe('active.scheduled')
  })

  it('closes the window when it is given up', async () => {
    await openEnded(query)
    const popup = await openPortal()
    await Promise.all([popup.waitForEvent('close'), page.evaluate('page.session.cancel()')])
    await expect.poll(state, PATIENCE).toBe('expired.ended')
    expect(await view()).toMatchObject({ signedIn: false, certain: true, problem: undefined })
  })
})

describe("a window that is visited while Para makes the link", () => {
  const openBlank = async () => (await Promise.all([context.waitForEvent('page'), page.getByRole('button').click()]))[0]

  it('is closed when the sign-in is given up', async () => {
    await openEnded('&early')
    await control.setFaults({ regenerate: { hang: true } })
    const popup = await openBlank()
    await expect.poll(() => count('regenerate'), PATIENCE).toBeGreaterThan(0)
    await Promise.all([popup.waitForEvent('close'), page.evaluate('page.session.cancel()')])
    await expect.poll(state, PATIENCE).toBe('expired.ended')
  })

  it('is closed when there is no link', async () => {
    await openEnded('&early')
    await control.setFaults({ regenerate: { refuse: true } })
    const popup = await openBlank()
    if (!popup.isClosed()) await popup.waitForEvent('close')
    await expect.poll(view, PATIENCE).toMatchObject({ state: 'expired.ended', problem: { code: 'ERR_SESSION_SIGN_IN_FAILED' } })
  })
})
