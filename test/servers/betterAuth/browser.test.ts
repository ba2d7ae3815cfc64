import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchBrowser } from '../../../scripts/browser'
import { PATIENCE, servePage, view } from '../page'
import { ada, type AuthServer, startAuthServer } from './authServer'

/** A session of the real better-auth on its real client, in real Chromium and real time: a short one. */

const LIFE_SECONDS = 12

let browser: Browser
let server: AuthServer

beforeAll(async () => {
  const page = await servePage('betterAuth/app.ts', { ADA: JSON.stringify({ email: ada.email, password: ada.password }) })
  ;[browser, server] = await Promise.all([launchBrowser(), startAuthServer({ session: { expiresIn: LIFE_SECONDS } }, page)])
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

async function open(context: BrowserContext) {
  const page = await context.newPage()
  await page.goto(server.origin)
  return page
}
const isSignedIn = (page: Page, signedIn: boolean) => expect.poll(() => view(page), PATIENCE).toMatchObject({ signedIn, certain: true })

it('lives past its first end, ends when it is revoked, begins anew with a sign-in, and ends with a sign-out in each tab', async () => {
  const context = await browser.newContext()
  const page = await open(context)
  await isSignedIn(page, false)
  await page.getByRole('button').click()
  await isSignedIn(page, true)

  const [firstEnd = NaN] = server.ends()
  // An extension that was made later than it would have ended.
  await expect.poll(() => server.ends()[0], PATIENCE).toBeGreaterThan(firstEnd + LIFE_SECONDS * 1_000)
  expect(await view(page)).toMatchObject({ signedIn: true, problem: undefined })
  // A page that is loaded anew finds it, and so does another one.
  await page.reload()
  const other = await open(context)
  for (const tab of [page, other]) await isSignedIn(tab, true)

  server.sqlite.run('delete from session')
  for (const tab of [page, other]) {
    await isSignedIn(tab, false)
    expect(await view(tab)).toMatchObject({ reason: 'ended' })
  }

  await other.getByRole('button').click()
  for (const tab of [page, other]) await isSignedIn(tab, true)
  expect(server.ends()).toHaveLength(1)

  await page.evaluate('app.session.signOut().then(() => {})')
  for (const tab of [page, other]) {
    await isSignedIn(tab, false)
    expect(await view(tab)).toMatchObject({ reason: 'signedOut' })
  }
  expect(server.ends()).toEqual([])
})
