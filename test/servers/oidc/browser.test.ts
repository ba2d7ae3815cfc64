import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { launchBrowser } from '../../../scripts/browser'
import { PATIENCE, servePage, view } from '../page'
import { type RealProvider, startProvider } from './provider'

/** A sign-in at the real oidc-provider, by the whole page and in a window, with the tokens in IndexedDB, in real Chromium. */

let browser: Browser
let provider: RealProvider
let context: BrowserContext
let origin: string
const server = createServer()

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  ;[browser, provider] = await Promise.all([launchBrowser(), startProvider({}, origin)])
  server.on('request', await servePage('oidc/app.ts', { ISSUER: JSON.stringify(provider.issuer) }))
})
afterAll(async () => {
  await browser?.close()
  await provider?.close()
  server.closeAllConnections()
  server.close()
})

beforeEach(async () => void (context = await browser.newContext()))
afterEach(() => context?.close())

async function open(path: string, state: string) {
  const page = await context.newPage()
  await page.goto(origin + path)
  await expect.poll(async () => (await view(page))?.state, PATIENCE).toBe(state)
  return page
}

async function signIn(path = '/orders?page=2#top') {
  const page = await open(path, 'expired.ended')
  await page.getByRole('button').click()
  await expect.poll(async () => (await view(page))?.state, PATIENCE).toBe('active.scheduled')
  return page
}

it('brings the user back to the page where they were, signed in', async () => {
  const page = await signIn()
  expect(page.url()).toBe(`${origin}/orders?page=2#top`)
  expect(await view(page)).toMatchObject({ signedIn: true, certain: true, problem: undefined })
})

it('signs in in a window, and leaves the page where it is', async () => {
  const page = await open('/orders?window', 'expired.ended')
  await page.evaluate('globalThis.stayed = true')
  const [popup] = await Promise.all([context.waitForEvent('page'), page.getByRole('button').click()])
  if (!popup.isClosed()) await popup.waitForEvent('close')
  await expect.poll(() => view(page), PATIENCE).toMatchObject({ state: 'active.scheduled', signedIn: true, certain: true })
  expect(await page.evaluate('globalThis.stayed')).toBe(true)
})

it('is one session in all tabs: exchanged in each of them at once, revoked by none, and signed out in both', async () => {
  const one = await signIn()
  const other = await open('/', 'active.scheduled')
  const token = await one.evaluate('app.accessToken()')
  expect(await other.evaluate('app.accessToken()')).toBe(token)
  for (let i = 0; i < 5; i++) await Promise.all([one, other].map((page) => page.evaluate('app.session.extend().then(() => {})')))
  const exchanged = await one.evaluate('app.accessToken()')
  expect(exchanged).not.toBe(token)
  expect(await other.evaluate('app.accessToken()')).toBe(exchanged)
  for (const page of [one, other]) expect(await view(page)).toMatchObject({ signedIn: true, certain: true })
  expect(provider.revoked).toEqual([])

  await one.evaluate('app.session.signOut().then(() => {})')
  await expect.poll(() => view(other), PATIENCE).toMatchObject({ signedIn: false, reason: 'signedOut' })
  expect(await other.evaluate('app.accessToken()')).toBeUndefined()
  expect(provider.revoked).toHaveLength(1)
})
