import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Chromium, type ChromiumTab, launchChromium } from '../site/chromium'
import { type Identity, type IdentityProvider, serveIdentity } from '../site/identity'
import { browser, site } from '../site/opened'
import type { SiteWorld } from '../site/server'
import { expectQuiet, isLive, PATIENCE, stateOf, viewOf, viewsOf } from '../site/visitor'

const LONG = 600_000

let provider: IdentityProvider
/** Blocks windows that nobody clicked for, or any at all where it is a Chromium that has no pop-up blocker. */
let strict: Chromium
beforeAll(async () => {
  ;[provider, strict] = await Promise.all([serveIdentity(), launchChromium(['--block-new-web-contents'])])
})
afterAll(async () => {
  await strict?.close()
  await provider?.close()
})

/** A page in which nobody is signed in, and whose sign-in is a window at the identity provider. */
async function openPage(world: SiteWorld, identity: Identity, tab = 1, by = browser): Promise<ChromiumTab> {
  const page = await by.open(world.url(tab, `identity=${encodeURIComponent(provider.url(world.callbackUrl, identity))}`))
  await expect.poll(() => stateOf(page), PATIENCE).toBe('expired.ended')
  return page
}

/** What the button of an app does. */
const SIGN_IN = 'page.popup.open() && void page.session.reauthenticate()'

/** The user clicks, and stands before the sign-in page. */
async function clickSignIn(page: ChromiumTab): Promise<ChromiumTab> {
  await page.gesture(SIGN_IN)
  await expect.poll(async () => (await page.popups()).length, PATIENCE).toBe(1)
  const [popup] = (await page.popups()) as [ChromiumTab]
  await expect.poll(() => popup.evaluate('document.title').catch(() => undefined), PATIENCE).toBe('Who are you?')
  return popup
}

const signInAt = (popup: ChromiumTab) => popup.gesture('document.querySelector("a").click()')
const isWaiting = (page: ChromiumTab) => expect.poll(() => stateOf(page), PATIENCE).toBe('reauthenticating.signingIn')
/** The flow is taken for over, and the server has said that nobody is signed in. */
const isOver = (page: ChromiumTab) => expect.poll(() => viewOf(page), PATIENCE).toMatchObject({ state: 'expired.ended', signedIn: false, certain: true, busy: false })
const windowsOf = (page: ChromiumTab) => expect.poll(async () => (await page.popups()).length, PATIENCE)
const requests = ({ log }: SiteWorld) => log.map(({ kind, status }) => `${kind} ${String(status)}`)

describe.each([
  { what: 'with no opener policy', policy: 'unsafe-none', isSevered: false },
  { what: 'with the opener policy same-origin', policy: 'same-origin', isSevered: true },
] as const)('a window at an identity provider $what', ({ policy, isSevered }) => {
  /** What is asked when the window looks closed at once. */
  const asked = isSevered ? ['check 401'] : []

  /** The page goes on waiting, or takes the flow for over. */
  const settles = (page: ChromiumTab) => (isSevered ? isOver(page) : isWaiting(page))

  it('that is finished signs in the page, and another one', async () => {
    const world = site.world(LONG)
    const page = await openPage(world, { policy })
    const other = await openPage(world, { policy }, 2)
    const popup = await clickSignIn(page)
    await settles(page)
    const from = world.log.length
    await signInAt(popup)
    await Promise.all([isLive(page), isLive(other)])
    await windowsOf(page).toBe(0)
    const seen = requests(world).slice(from)
    expect(seen[0]).toBe('signIn 200')
    // One each; the tabs may also tell each other, and then one of them is spared.
    expect(seen.slice(1).every((request) => request === 'check 200')).toBe(true)
    expect(seen.length).toBeLessThanOrEqual(4)
    expect(world.isAlive).toBe(true)
    await Promise.all([page, other].map(expectQuiet))
    await Promise.all([page, other].map((tab) => tab.close()))
  })

  it('that is finished asks the server no more often than it must', async () => {
    const world = site.world(LONG)
    const page = await openPage(world, { policy })
    const popup = await clickSignIn(page)
    await settles(page)
    await signInAt(popup)
    await isLive(page)
    expect(requests(world)).toEqual(['check 401', ...asked, 'signIn 200', 'check 200'])
    expect(await viewOf(page)).toMatchObject({ signedIn: true, certain: true })
    await expectQuiet(page)
    await page.close()
  })

  it('that sends people back at once signs in the page, whenever it looks closed', async () => {
    const world = site.world(LONG)
    const page = await openPage(world, { policy, remembers: true })
    await page.gesture(SIGN_IN)
    await isLive(page)
    await windowsOf(page).toBe(0)
    expect((await viewsOf(page)).map(({ problem }) => problem).filter(Boolean)).toEqual([])
    await expectQuiet(page)
    await page.close()
  })

  it.each([
    ['with a window that was refused before', 'page.popup.open() || void page.session.reauthenticate()'],
    ['without one', 'void page.session.reauthenticate()'],
  ])('that is blocked is a problem with a name, and nobody is asked: %s', async (_, signIn) => {
    const world = site.world(LONG)
    const page = await openPage(world, { policy }, 1, strict)
    // Outside of a click.
    expect(await page.evaluate(signIn)).toBe(undefined)
    await expect.poll(() => viewOf(page), PATIENCE).toMatchObject({ state: 'expired.ended', signedIn: false, certain: true, problem: { code: 'ERR_SESSION_POPUP_BLOCKED' } })
    expect(await page.popups()).toEqual([])
    expect(requests(world)).toEqual(['check 401'])
    await expectQuiet(page)
    await page.close()
  })

  it('that is closed early leaves nobody signed in, and the next one signs in', async () => {
    const world = site.world(LONG)
    const page = await openPage(world, { policy })
    const popup = await clickSignIn(page)
    await settles(page)
    await popup.close()
    await isOver(page)
    expect((await viewOf(page)).problem).toBe(undefined)
    expect(requests(world)).toEqual(['check 401', 'check 401'])
    await signInAt(await clickSignIn(page))
    await isLive(page)
    await expectQuiet(page)
    await page.close()
  })

  it('that is left open is closed when the sign-in is given up, where it is in reach', async () => {
    const world = site.world(LONG)
    const page = await openPage(world, { policy })
    const popup = await clickSignIn(page)
    await settles(page)
    await page.evaluate('page.session.cancel()')
    await isOver(page)
    expect((await viewOf(page)).problem).toBe(undefined)
    expect(requests(world)).toEqual(['check 401', ...asked])
    await windowsOf(page).toBe(isSevered ? 1 : 0)
    if (isSevered) {
      // Nobody can close it, and whoever finishes in it is signed in.
      await signInAt(popup)
      await isLive(page)
    }
    await expectQuiet(page)
    await page.close()
  })

  it('is focused, not opened again, by a second click', async () => {
    const world = site.world(LONG)
    const page = await openPage(world, { policy })
    await page.gesture('page.popup.open()')
    await page.gesture('page.popup.open()')
    const popup = await clickSignIn(page)
    await settles(page)
    await signInAt(popup)
    await isLive(page)
    await windowsOf(page).toBe(0)
    await expectQuiet(page)
    await page.close()
  })
})
