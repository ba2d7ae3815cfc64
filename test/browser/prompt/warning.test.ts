import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { button, closes, dialogOf, focused, isOpen, openedIn, opens, visit } from './site'

const IDLE = 'idle=120000'
const LIMIT = 'absolute=120000'
/** A session of three minutes that nobody extends. */
const DEADLINE = 'keepAlive=off&life=180000'
const STILL_THERE = 'Are you still there?'
const ABOUT_TO_END = 'Your session is about to end'

const isSignedIn = (page: Page) => page.evaluate(() => app.session.get().signedIn)
const stateOf = (page: Page) => page.evaluate(() => app.session.get().state)
const calls = (page: Page, kind: 'extend' | 'signIn' | 'revoke') => page.evaluate((wanted) => app.fake.count(wanted), kind)
const shownTime = (page: Page) => dialogOf(page).getByRole('timer').textContent()
const said = (page: Page) => dialogOf(page).getByRole('status').textContent()
/** What is left by the session's own word, as minutes and seconds. */
const leftOf = (page: Page) =>
  page.evaluate(() => {
    const { warning, expiresAt } = app.session.get()
    const seconds = Math.ceil(((warning?.endsAt ?? expiresAt ?? NaN) - Date.now()) / 1_000)
    return `${String(Math.floor(seconds / 60))}:${String(seconds % 60).padStart(2, '0')}`
  })

/** Warned, and so many seconds before the end. */
async function warned(query: string, title: string, secondsLeft = 50) {
  const visited = await visit(query)
  const { page, advance } = visited
  const left = () => page.evaluate(() => (app.session.get().warning?.endsAt ?? app.session.get().expiresAt ?? NaN) - Date.now())
  expect(await isOpen(page)).toBe(false)
  const endsIn = query.includes('life') ? await left() : 120_000 - (await page.evaluate(() => Date.now() - (app.session.actor.getSnapshot().context.lease?.startedAt ?? NaN)))
  await advance(endsIn - secondsLeft * 1_000)
  await opens(page, title)
  return visited
}

describe('every warning', () => {
  it.each([
    { query: IDLE, title: STILL_THERE, text: 'Your session ends in 0:50, because nobody has been active for a while.' },
    { query: LIMIT, title: ABOUT_TO_END, text: 'It ends in 0:50, because you have been signed in for as long as this app allows.' },
    { query: DEADLINE, title: ABOUT_TO_END, text: 'It ends in 0:50.' },
  ])('counts whole seconds by the clock with one timer: $query', async ({ query, title, text }) => {
    const { page, advance } = await warned(query, title)
    expect(await dialogOf(page).innerText()).toContain(text)
    const timers = await page.evaluate(() => seen.timers.size)
    for (let second = 0; second < 3; second += 1) {
      await advance(1_000)
      expect(await shownTime(page)).toBe(await leftOf(page))
      expect(await page.evaluate(() => seen.timers.size)).toBe(timers)
    }
    expect(await shownTime(page)).toBe('0:47')
    // Awake after a sleep, in which no timer fired.
    await page.clock.fastForward(20_400)
    expect(await shownTime(page)).toBe('0:27')
    await advance(600)
    expect(await shownTime(page)).toBe('0:26')
    await page.evaluate(() => app.prompt.remove())
    expect(await page.evaluate(() => seen.timers.size)).toBe(timers - 1)
    expect(await openedIn(page)).toEqual([title])
  })

  it('says the time aloud when it opens, and at 30 and at 10 seconds, never each second', async () => {
    const { page, advance } = await warned(IDLE, STILL_THERE, 33)
    await page.evaluate(() => {
      const heard: string[] = []
      const status = app.prompt.shadowRoot?.querySelector('dialog [role=status]')
      if (status) new MutationObserver(() => heard.push(status.textContent)).observe(status, { childList: true, characterData: true, subtree: true })
      Object.assign(globalThis, { heard })
    })
    const described = await dialogOf(page).evaluate((dialog) => {
      const part = (name: string) => dialog.querySelector(`#${dialog.getAttribute(name) ?? ''}`)?.textContent ?? ''
      return [part('aria-labelledby'), part('aria-describedby')]
    })
    expect(described).toEqual([STILL_THERE, 'Your session ends in 0:33, because nobody has been active for a while.'])
    expect(await dialogOf(page).getByRole('timer').getAttribute('aria-label')).toBe('33 seconds')
    expect(await said(page)).toBe('')
    for (let second = 0; second < 30; second += 1) await advance(1_000)
    expect(await page.evaluate(() => (globalThis as { heard?: string[] }).heard)).toEqual([
      'Your session ends in 30 seconds, because nobody has been active for a while.',
      'Your session ends in 10 seconds, because nobody has been active for a while.',
    ])
  })

  it('says the time in the language of the page, and in minutes too', async () => {
    // Just past the moment in which it opens: to the millisecond, the page's clocks need not agree.
    const texts = encodeURIComponent(JSON.stringify({ deadlineText: 'Sie endet in {time}.' }))
    const { page, advance } = await warned(`keepAlive=off&life=3600000&lang=de&texts=${texts}`, ABOUT_TO_END, 59.9)
    expect(await dialogOf(page).innerText()).toContain('Sie endet in 1:00.')
    expect(await dialogOf(page).getByRole('timer').getAttribute('aria-label')).toBe('1 Minute')
    for (let second = 0; second < 30; second += 1) await advance(1_000)
    expect(await said(page)).toBe('Sie endet in 30 Sekunden.')
  })

  it('takes the focus, keeps it from the page, and gives it back', async () => {
    const { page, advance } = await visit(IDLE)
    await page.locator('#draft').focus()
    await advance(65_000)
    await opens(page, STILL_THERE)
    expect(await focused(page)).toBe('Stay signed in')
    const round: unknown[] = []
    for (let press = 0; press < 4; press += 1) {
      await page.keyboard.press('Tab')
      round.push(await focused(page))
    }
    // The body stands for the browser's own bar, one stop of the round.
    expect(round).toEqual(['Sign out', 'BODY', 'Stay signed in', 'Sign out'])
    await page.locator('#save').focus()
    expect(await focused(page)).not.toBe('save')
    await page.keyboard.press('Escape')
    await closes(page)
    expect(await focused(page)).toBe('draft')
  })

  it('leaves the focus to nobody when what had it is gone', async () => {
    const { page, advance } = await visit(IDLE)
    await page.locator('#save').focus()
    await advance(65_000)
    await opens(page, STILL_THERE)
    await page.locator('#save').evaluate((gone) => gone.remove())
    await button(page, 'Stay signed in').click()
    await closes(page)
    expect(await page.evaluate(() => document.activeElement === document.body)).toBe(true)
  })
})

describe('an idle warning', () => {
  it.each([
    ['the button', (page: Page) => button(page, 'Stay signed in').click()],
    ['the key at the button', (page: Page) => page.keyboard.press('Space')],
    ['Escape', (page: Page) => page.keyboard.press('Escape')],
    ['a press beside the dialog', (page: Page) => page.mouse.click(20, 20)],
    ['any other key', (page: Page) => page.keyboard.press('a')],
    ['a wheel', (page: Page) => page.mouse.wheel(0, 10)],
    ['a click that no hand made', (page: Page) => button(page, 'Stay signed in').evaluate((stay) => (stay as HTMLButtonElement).click())],
  ])('is lifted by %s, and comes back when nobody is active again', async (_, act) => {
    const { page, advance } = await warned(IDLE, STILL_THERE)
    await act(page)
    await closes(page)
    expect(await page.evaluate(() => app.session.get().warning)).toBeUndefined()
    expect(await isSignedIn(page)).toBe(true)
    await advance(58_000)
    expect(await isOpen(page)).toBe(false)
    await advance(3_000)
    await opens(page, STILL_THERE)
    expect(await openedIn(page)).toEqual([STILL_THERE, STILL_THERE])
  })

  it.each([
    ['a mouse', (page: Page) => button(page, 'Sign out').click()],
    ['keys', async (page: Page) => {
      await page.keyboard.press('Tab')
      expect(await focused(page)).toBe('Sign out')
      await page.keyboard.press('Enter')
    }],
  ])('signs out by %s, though each press is activity, and says no more', async (_, act) => {
    const { page, advance } = await warned(IDLE, STILL_THERE)
    await act(page)
    await expect.poll(() => stateOf(page)).toBe('expired.ended')
    expect(await page.evaluate(() => app.session.get().reason)).toBe('signedOut')
    expect(await calls(page, 'revoke')).toBe(1)
    await advance(200_000)
    expect(await isOpen(page)).toBe(false)
    expect(await openedIn(page)).toEqual([STILL_THERE])
  })
})

describe('a warning of a limit', () => {
  it('is not lifted by activity, goes when it is put off, and does not come back before the end', async () => {
    const { page, advance } = await warned(LIMIT, ABOUT_TO_END)
    // Whoever is typing must not answer by the next key.
    expect(await focused(page)).toBe('title')
    await page.keyboard.press('Enter')
    await page.keyboard.press(' ')
    expect(await isOpen(page)).toBe(true)
    await button(page, 'Not now').click()
    await closes(page)
    expect(await isSignedIn(page)).toBe(true)
    await advance(40_000)
    expect(await isOpen(page)).toBe(false)
    await advance(11_000)
    await opens(page, 'You were signed out')
    expect(await dialogOf(page).innerText()).toContain('Your session has lasted as long as this app allows.')
  })

  it('begins a life anew by a sign-in, and never flashes up after it', async () => {
    const { page } = await warned(LIMIT, ABOUT_TO_END)
    await button(page, 'Sign in again').click()
    await expect.poll(() => stateOf(page)).toBe('active.scheduled')
    await closes(page)
    expect(await calls(page, 'signIn')).toBe(1)
    expect(await page.evaluate(() => app.session.get().warning)).toBeUndefined()
    expect(await openedIn(page)).toEqual([ABOUT_TO_END])
  })

  it('comes back with a hint when the sign-in does not come through', async () => {
    const { page } = await warned(LIMIT, ABOUT_TO_END)
    await page.evaluate(() => app.fake.script('signIn', new Error('no')))
    await button(page, 'Sign in again').click()
    await expect.poll(() => dialogOf(page).innerText()).toContain('The sign-in did not come through.')
    expect(await isSignedIn(page)).toBe(true)
    expect(await openedIn(page)).toEqual([ABOUT_TO_END, ABOUT_TO_END])
  })
})

describe('a session that nobody extends', () => {
  it.each([
    ['the button', (page: Page) => button(page, 'Stay signed in').click()],
    ['Escape', (page: Page) => page.keyboard.press('Escape')],
  ])('is extended by %s', async (_, act) => {
    const { page, advance } = await warned(DEADLINE, ABOUT_TO_END)
    expect(await focused(page)).toBe('Stay signed in')
    await act(page)
    await closes(page)
    await expect.poll(() => calls(page, 'extend')).toBe(1)
    await expect.poll(() => stateOf(page)).toBe('active.unattended')
    await advance(100_000)
    expect(await isOpen(page)).toBe(false)
    await advance(21_000)
    await opens(page, ABOUT_TO_END)
  })

  it('is asked about no sooner than half a short life', async () => {
    const { page, advance } = await warned('keepAlive=off&life=60000', ABOUT_TO_END, 29)
    await button(page, 'Stay signed in').click()
    await closes(page)
    await advance(29_000)
    expect(await isOpen(page)).toBe(false)
  })

  it('whose end does not move can only be signed in to again', async () => {
    const { page } = await warned(`${DEADLINE}&fixed`, ABOUT_TO_END)
    await button(page, 'Stay signed in').click()
    await button(page, 'Not now').waitFor()
    expect(await button(page, 'Sign in again').isVisible()).toBe(true)
    expect(await button(page, 'Stay signed in').count()).toBe(0)
    await button(page, 'Sign in again').click()
    await closes(page)
    await expect.poll(() => stateOf(page)).toBe('active.unattended')
    expect(await isOpen(page)).toBe(false)
  })

  it('is not asked about while a mere check is under way, nor is the question taken back for it', async () => {
    const { page } = await warned(DEADLINE, ABOUT_TO_END)
    await page.evaluate(() => {
      app.fake.script('check', 'hang')
      void app.session.check()
    })
    expect(await stateOf(page)).toBe('active.checking')
    expect(await isOpen(page)).toBe(true)
    expect(await openedIn(page)).toEqual([ABOUT_TO_END])
  })

  it('shows no warning once the end has passed: the server is asked', async () => {
    const { page, advance } = await warned(DEADLINE, ABOUT_TO_END, 2)
    await page.evaluate(() => app.fake.always('hang'))
    await advance(2_500)
    expect(await stateOf(page)).toBe('unknown.checking')
    await closes(page)
    expect(await openedIn(page)).toEqual([ABOUT_TO_END])
  })
})
