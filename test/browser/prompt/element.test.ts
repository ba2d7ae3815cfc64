import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { button, closes, dialogOf, focused, isOpen, opens, PATIENCE, titleOf, visit } from './site'

const SIGNED_OUT = 'You were signed out'
const end = (page: Page) =>
  page.evaluate(() => {
    app.fake.end()
    return app.session.check()
  })
const strip = (page: Page) => page.locator('outlast-prompt [part=strip]')
const fail = (page: Page) =>
  page.evaluate(() => {
    app.fake.always(new Error('down'))
    return app.session.check()
  })
const recover = (page: Page) =>
  page.evaluate(() => {
    app.fake.always(undefined)
    return app.session.check()
  })

describe('the element', () => {
  it('takes what was set before it was defined', async () => {
    const { page } = await visit('unset')
    const found = await page.evaluate(() => {
      const late = document.createElement('late-prompt') as unknown as typeof app.prompt
      late.session = app.session
      late.texts = { stay: 'Bleiben' }
      document.body.append(late)
      const before = late.shadowRoot
      app.definePrompt('late-prompt')
      return [before, late.session === app.session, late.texts.stay, late.texts.notNow, Object.hasOwn(late, 'session'), Object.hasOwn(late, 'texts')]
    })
    expect(found).toEqual([null, true, 'Bleiben', 'Not now', false, false])
  })

  it.each([
    ['no session', () => (app.prompt.session = {} as never), 'session'],
    ['a number for a session', () => (app.prompt.session = 1 as never), 'session'],
    ['a text that is none', () => (app.prompt.texts = { stay: 1 } as never), 'texts: stay'],
    ['an unknown text', () => (app.prompt.texts = { leave: 'Go' } as never), 'texts: leave'],
    ['no texts', () => (app.prompt.texts = 'Stay' as never), 'texts'],
    ['a name that no element can have', () => app.definePrompt('prompt'), 'name'],
  ] as const)('refuses %s, and stays as it was', async (_, set, what) => {
    const { page } = await visit()
    await page.evaluate(`globalThis.refused = undefined; try { (${String(set)})() } catch (error) { refused = [error.name, error.code, error.message] }`)
    const [name, code, message] = await page.evaluate(() => (globalThis as { refused?: string[] }).refused ?? [])
    expect([name, code]).toEqual(['SessionError', 'ERR_SESSION_BAD_OPTION'])
    expect(message).toContain(what)
    await end(page)
    await opens(page, SIGNED_OUT)
    expect(await button(page, 'Not now').isVisible()).toBe(true)
  })

  it('shows nothing without a session, and follows the one that it is given', async () => {
    const { page } = await visit('unset')
    await end(page)
    expect(await isOpen(page)).toBe(false)
    await page.evaluate(() => (app.prompt.session = app.session))
    await opens(page, SIGNED_OUT)
    await page.evaluate(() => (app.prompt.session = undefined))
    await closes(page)
    await page.evaluate(() => (app.prompt.session = app.session))
    await opens(page, SIGNED_OUT)
    await page.evaluate(() => (app.prompt.session = null))
    await closes(page)
  })

  it('goes on where it is moved to, and remembers what was answered', async () => {
    const { page, advance } = await visit('absolute=120000')
    const move = () => page.evaluate(() => document.querySelector('main')?.prepend(app.prompt))
    await advance(65_000)
    await opens(page, 'Your session is about to end')
    await move()
    expect(await isOpen(page)).toBe(true)
    expect(await dialogOf(page).evaluate((dialog) => dialog.matches(':modal'))).toBe(true)
    const timers = await page.evaluate(() => seen.timers.size)
    await button(page, 'Not now').click()
    await move()
    expect(await isOpen(page)).toBe(false)
    expect(await page.evaluate(() => seen.timers.size)).toBe(timers - 1)
  })

  it.each(['removed', 'left without its session'])('leaves no timer, no listener and no dialog when it is %s', async (how) => {
    const { page, advance } = await visit('idle=120000')
    const presses = () => page.evaluate(() => [...seen.listeners].filter((type) => /keydown|pointerdown|touchstart/.test(type)))
    await advance(65_000)
    await opens(page, 'Are you still there?')
    expect(await presses()).toHaveLength(3)
    await page.evaluate((isRemoved) => {
      if (isRemoved) app.prompt.remove()
      else app.prompt.session = undefined
      app.release()
    }, how === 'removed')
    await advance(10)
    expect(await page.evaluate(() => seen.timers.size)).toBe(0)
    expect(await presses()).toEqual([])
    expect(await page.evaluate(() => app.prompt.shadowRoot?.querySelector('dialog')?.open)).toBe(false)
  })

  it('hears nothing while it is out of the document, and catches up when it is back', async () => {
    const { page } = await visit()
    await page.evaluate(() => app.prompt.remove())
    await end(page)
    expect(await page.evaluate(() => app.prompt.shadowRoot?.querySelector('dialog')?.open)).toBe(false)
    await page.evaluate(() => document.body.append(app.prompt))
    await opens(page, SIGNED_OUT)
  })
})

describe('its words', () => {
  it('are those that it is given, at once, and English where none are', async () => {
    const { page } = await visit('idle=120000&lang=de')
    await page.evaluate(() => (app.prompt.texts = { endedTitle: 'Abgemeldet', signIn: 'Neu anmelden' }))
    await end(page)
    await opens(page, 'Abgemeldet')
    expect(await dialogOf(page).innerText()).toContain('Your session has expired.')
    expect(await button(page, 'Neu anmelden').isVisible()).toBe(true)
    await page.evaluate(() => (app.prompt.texts = { notNow: '<b>Später</b>' }))
    expect(await button(page, '<b>Später</b>').isVisible()).toBe(true)
    expect(await titleOf(page).textContent()).toBe(SIGNED_OUT)
    await page.evaluate(() => (app.prompt.texts = undefined))
    expect(await button(page, 'Not now').isVisible()).toBe(true)
  })

  it.each(['ended', 'warning'] as const)('make room for what the app puts in its slots: %s', async (place) => {
    const { page, advance } = await visit('idle=120000')
    await page.evaluate((slot) => {
      const add = (name: string, tag: string, text: string) => app.prompt.append(Object.assign(document.createElement(tag), { slot: name, textContent: text }))
      add(slot, 'p', 'Your draft is kept.')
      add(`${slot}-title`, 'em', 'Hello again')
      add(slot === 'ended' ? 'warning' : 'ended', 'p', 'Not here')
    }, place)
    if (place === 'ended') await end(page)
    else await advance(65_000)
    await expect.poll(() => page.getByText('Your draft is kept.').isVisible(), PATIENCE).toBe(true)
    expect(await page.getByText('Not here').isVisible()).toBe(false)
    expect(await page.getByRole('dialog', { name: 'Hello again', exact: true }).isVisible()).toBe(true)
    await expect.poll(() => page.locator('outlast-prompt').ariaSnapshot()).toContain('Your draft is kept.')
  })

  it('are styled by its parts and by custom properties', async () => {
    const { page } = await visit('idle=120000&class=branded parts')
    const style = (part: string, name: string) => page.locator(`outlast-prompt [part~=${part}]`).evaluate((element, property) => getComputedStyle(element).getPropertyValue(property), name)
    await end(page)
    await opens(page, SIGNED_OUT)
    expect(await style('primary', 'text-decoration-line')).toBe('underline')
    expect(await style('primary', 'background-color')).toBe('rgb(59, 47, 201)')
    expect(await style('primary', 'color')).toBe('rgb(255, 255, 255)')
    expect(await style('dialog', 'border-radius')).toBe('8px')
    expect(await style('dialog', 'font-family')).toBe('Georgia, serif')
    expect(await style('strip', 'border-radius')).toBe('0px')
    const parts = await page.evaluate(() => [...(app.prompt.shadowRoot?.querySelectorAll('[part]') ?? [])].map((element) => element.getAttribute('part')))
    expect(parts).toEqual(['strip', 'dialog ended', 'panel', 'title', 'text', 'time', 'hint', 'actions', 'button primary', 'button'])
  })
})

describe('the strip', () => {
  it('says that nobody answers while somebody is signed in, after two seconds, takes no focus, and is gone when somebody does', async () => {
    const { page } = await visit()
    await page.locator('#draft').focus()
    await fail(page)
    expect(await strip(page).textContent()).toBe('Cannot reach the server, trying again')
    expect(await strip(page).evaluate((element) => element.parentElement?.role)).toBe('status')
    const at = (ms: number) =>
      strip(page).evaluate((element, time) => {
        const appears = element.getAnimations()[0]
        if (appears === undefined) throw new Error('It does not wait.')
        appears.pause()
        appears.currentTime = time
        return getComputedStyle(element).visibility
      }, ms)
    expect([await at(0), await at(1_990), await at(2_400)]).toEqual(['hidden', 'hidden', 'visible'])
    expect(await focused(page)).toBe('draft')
    // The app below it can be used.
    expect(await strip(page).evaluate((element) => getComputedStyle(element).pointerEvents)).toBe('none')
    expect(await isOpen(page)).toBe(false)
    await recover(page)
    await expect.poll(() => strip(page).isVisible(), PATIENCE).toBe(false)
    expect(await page.getByText('Cannot reach').count()).toBe(0)
  })

  it('is silent about a problem that concerns nobody, and about one that is none of the network', async () => {
    const { page } = await visit('keepAlive=off&life=180000&fixed')
    await page.evaluate(() => {
      app.fake.script('check', { answer: 'nonsense' })
      return app.session.check()
    })
    await expect.poll(() => strip(page).isVisible(), PATIENCE).toBe(true)
    await recover(page)
    await page.evaluate(() => {
      app.fake.always(new Error('down'))
      return app.session.signOut()
    })
    await expect.poll(() => page.evaluate(() => app.session.get().problem?.code), PATIENCE).toBe('ERR_SESSION_UNREACHABLE')
    expect(await strip(page).isVisible()).toBe(false)
  })
})

