import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { button, closes, dialogOf, focused, isOpen, openedIn, opens, openTab, PATIENCE, takeProblems, visit } from './site'

const SIGNED_OUT = 'You were signed out'
const NOT_THROUGH = 'The sign-in did not come through. You can try again.'

const stateOf = (page: Page) => page.evaluate(() => app.session.get().state)
const signIns = (page: Page) => page.evaluate(() => app.fake.count('signIn'))
const isState = (page: Page, state: string) => expect.poll(() => stateOf(page), PATIENCE).toBe(state)

/** The server says no; nobody chose that. */
async function ended(query = '', reason: 'ended' | 'expired' | 'revoked' = 'expired') {
  const visited = await visit(query)
  await visited.page.locator('#draft').focus()
  await end(visited.page, reason)
  await opens(visited.page, SIGNED_OUT)
  return visited
}

const end = (page: Page, reason = 'expired') =>
  page.evaluate((why) => {
    app.fake.end()
    app.fake.script('check', { answer: { status: 'ended', reason: why } })
    return app.session.check()
  }, reason)

describe('an end that nobody chose', () => {
  it.each([
    ['ended', 'Your session is over. Sign in again to go on.'],
    ['expired', 'Your session has expired. Sign in again to go on.'],
    ['revoked', 'Your session was revoked. Sign in again to go on.'],
  ] as const)('is told with its reason: %s', async (reason, text) => {
    const { page } = await ended('', reason)
    expect(await dialogOf(page).innerText()).toContain(text)
    expect(await dialogOf(page).getByRole('timer').count()).toBe(0)
    // The next key was meant for the page.
    expect(await focused(page)).toBe('title')
  })

  it('by an idle limit is told, though the server has not heard of it yet, and again after a reload', async () => {
    const { page, advance } = await visit('idle=120000')
    await page.evaluate(() => app.fake.always('hang'))
    await advance(122_000)
    await opens(page, SIGNED_OUT)
    expect(await stateOf(page)).toBe('expired.revoking')
    expect(await dialogOf(page).innerText()).toContain('Nobody was active for a while, so your session was ended.')
    await page.reload()
    await opens(page, SIGNED_OUT)
  })

  it.each([
    ['a first visit', 'nobody', undefined],
    ["the user's own sign-out", '', () => app.session.signOut()],
    ['a sign-in that needs no person', 'unattended', () => {
      app.fake.end()
      return app.session.check()
    }],
  ] as const)('is not %s', async (_, query, act) => {
    const { page } = await visit(query)
    if (act) await page.evaluate(act)
    await expect.poll(() => page.evaluate(() => app.session.get().signedIn)).toBe(false)
    expect(await stateOf(page)).toBe(query === 'unattended' ? 'expired.renewing' : 'expired.ended')
    expect(await openedIn(page)).toEqual([])
    expect(await isOpen(page)).toBe(false)
  })

  it.each([
    ['the button', (page: Page) => button(page, 'Not now').click()],
    ['Escape', (page: Page) => page.keyboard.press('Escape')],
  ])('is put away by %s, gives the focus back, and is told again only after another sign-in', async (_, act) => {
    const { page } = await ended()
    await act(page)
    await closes(page)
    expect(await focused(page)).toBe('draft')
    await page.evaluate(() => app.session.check())
    await isState(page, 'expired.ended')
    expect(await openedIn(page)).toEqual([SIGNED_OUT])
    await page.evaluate(() => app.session.reauthenticate())
    await isState(page, 'active.scheduled')
    await end(page)
    await opens(page, SIGNED_OUT)
  })

  it('does not flicker when the server is asked again', async () => {
    const { page } = await ended()
    await page.evaluate(() => {
      app.fake.script('check', 'hang')
      void app.session.check()
    })
    expect(await stateOf(page)).toBe('unknown.checking')
    expect(await isOpen(page)).toBe(true)
    expect(await openedIn(page)).toEqual([SIGNED_OUT])
  })
})

describe('"Sign in again"', () => {
  it('tells the app within the click, when the dialog is closed and nothing has begun; then signs in', async () => {
    const { page } = await ended()
    await button(page, 'Sign in again').click()
    await isState(page, 'active.scheduled')
    expect(await page.evaluate(() => app.signIns)).toEqual([{ isOpen: false, isActivated: true, state: 'expired.ended' }])
    expect(await signIns(page)).toBe(1)
    expect(await isOpen(page)).toBe(false)
    expect(await focused(page)).toBe('draft')
  })

  it('leaves it to the app when that prevents it, and steps aside', async () => {
    const { page } = await ended()
    await page.evaluate(() => (app.prevents = true))
    await button(page, 'Sign in again').click()
    expect(await page.evaluate(() => [app.signIns.length, app.fake.count('signIn')])).toEqual([1, 0])
    expect(await stateOf(page)).toBe('expired.ended')
    expect(await isOpen(page)).toBe(false)
    // The app's own way.
    await page.evaluate(() => {
      app.fake.signInAs('ada')
      app.fake.tell('signedIn')
    })
    await isState(page, 'active.scheduled')
    expect(await openedIn(page)).toEqual([SIGNED_OUT])
  })

  it.each([['within the event', true], ['as its backend signs in', false]])("leaves the focus to the app's own dialog, which it opens %s", async (_, isEarly) => {
    const { page } = await ended()
    await page.evaluate((early) => {
      const own = document.createElement('dialog')
      own.append(Object.assign(document.createElement('input'), { id: 'password' }))
      document.body.append(own)
      const open = () => own.showModal()
      if (early) app.onSignIn = open
      app.fake.script('signIn', () => {
        if (!early) open()
        return new Promise(() => {})
      })
    }, isEarly)
    await button(page, 'Sign in again').click()
    await isState(page, 'reauthenticating.signingIn')
    await expect.poll(() => focused(page)).toBe('password')
    await page.keyboard.type('hunter2')
    expect(await page.locator('#password').inputValue()).toBe('hunter2')
  })

  it.each([
    ['failed', NOT_THROUGH, () => app.fake.script('signIn', new Error('no'))],
    ['signed nobody in', NOT_THROUGH, () => app.fake.script('signIn', { answer: undefined })],
    ['had its window blocked', 'Your browser blocked the sign-in window. Allow it for this page, and try again.', () => app.fake.script('signIn', Object.assign(new Error('blocked'), { code: 'ERR_SESSION_POPUP_BLOCKED' }))],
  ] as const)('comes back with a hint when it %s, which is forgotten with the next end', async (_, hint, script) => {
    const { page } = await ended()
    await page.evaluate(script)
    await button(page, 'Sign in again').click()
    await expect.poll(() => dialogOf(page).innerText(), PATIENCE).toContain(hint)
    expect(await openedIn(page)).toEqual([SIGNED_OUT, SIGNED_OUT])
    await button(page, 'Sign in again').click()
    await isState(page, 'active.scheduled')
    await closes(page)
    await end(page)
    await opens(page, SIGNED_OUT)
    expect(await dialogOf(page).innerText()).not.toContain(hint)
  })

  it('stays closed while it is not known what came of it, and says that nobody answers', async () => {
    const { page } = await ended()
    await page.evaluate(() => app.fake.script('check', new Error('down')))
    await button(page, 'Sign in again').click()
    await isState(page, 'unknown.waiting')
    expect(await isOpen(page)).toBe(false)
    expect(await page.getByText('Cannot reach the server').count()).toBe(1)
    expect(await openedIn(page)).toEqual([SIGNED_OUT])
  })

  it('that cannot be is reported, and said to have failed', async () => {
    const { page } = await ended('noSignIn')
    await button(page, 'Sign in again').click()
    await expect.poll(() => dialogOf(page).innerText()).toContain(NOT_THROUGH)
    await expect.poll(takeProblems).toEqual(['ERR_SESSION_NO_SIGN_IN'])
  })
})

describe('two tabs', () => {
  it('show and take back the same at the same time', async () => {
    // What tabs tell each other takes real time.
    const query = 'idle=22000&warning=20000'
    const page = await openTab(query)
    const other = await openTab(query)
    const both = [page, other]
    const settle = (seen: () => Promise<unknown>, wanted: unknown) => expect.poll(seen, PATIENCE).toEqual(wanted)
    const opened = () => Promise.all(both.map(isOpen))

    await settle(opened, [true, true])
    await page.bringToFront()
    await page.keyboard.press('Space')
    await settle(opened, [false, false])

    for (const tab of both) await tab.evaluate(() => app.fake.end())
    await page.evaluate(() => app.session.check())
    for (const tab of both) await opens(tab, SIGNED_OUT)

    // One tab signs in for both.
    await page.evaluate(() => app.fake.script('signIn', 'hang'))
    await button(page, 'Sign in again').click()
    await settle(() => stateOf(other), 'reauthenticating.elsewhere')
    expect(await opened()).toEqual([false, false])
    await other.evaluate(() => app.session.cancel())
    await settle(opened, [true, true])
    // Each page has a server of its own, and they are to be of one mind.
    for (const tab of both) await tab.evaluate(() => app.fake.signInAs('ada'))
    await button(other, 'Sign in again').click()
    await settle(() => Promise.all(both.map(stateOf)), ['active.scheduled', 'active.scheduled'])
    expect(await opened()).toEqual([false, false])
  })
})
