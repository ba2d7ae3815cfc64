import axe, { type AxeResults } from 'axe-core'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { button, dialogOf, isOpen, opens, visit, type Visit } from './site'

declare global {
  /** What a page has of axe-core, once it was put in. */
  var axe: { run(options?: object): Promise<AxeResults> }
}

const SIGNED_OUT = 'You were signed out'
const ABOUT_TO_END = 'Your session is about to end'
const still = { reducedMotion: 'reduce' } as const
const narrow = { ...still, viewport: { width: 320, height: 560 } }

async function showEnd(page: Page): Promise<void> {
  await page.evaluate(() => {
    app.fake.end()
    return app.session.check()
  })
  await opens(page, SIGNED_OUT)
}

/** Everything that it ever shows. */
const faces: Readonly<Record<string, { readonly query: string; show(visited: Visit): Promise<void> }>> = {
  idle: {
    query: 'idle=120000',
    async show({ page, advance }) {
      await advance(65_000)
      await opens(page, 'Are you still there?')
    },
  },
  limit: {
    query: 'absolute=120000',
    async show({ page, advance }) {
      await advance(65_000)
      await opens(page, ABOUT_TO_END)
    },
  },
  deadline: {
    query: 'keepAlive=off&life=180000',
    async show({ page, advance }) {
      await advance(130_000)
      await opens(page, ABOUT_TO_END)
    },
  },
  final: {
    query: 'keepAlive=off&life=180000&fixed',
    async show({ page, advance }) {
      await advance(130_000)
      await opens(page, ABOUT_TO_END)
      await button(page, 'Stay signed in').click()
      await button(page, 'Sign in again').waitFor()
    },
  },
  ended: { query: '', show: ({ page }) => showEnd(page) },
  failed: {
    query: '',
    async show({ page }) {
      await showEnd(page)
      await page.evaluate(() => app.fake.script('signIn', new Error('no')))
      await button(page, 'Sign in again').click()
      await page.getByText('did not come through').waitFor()
    },
  },
  filled: {
    query: 'class=branded',
    async show({ page }) {
      await page.evaluate(() => {
        const note = Object.assign(document.createElement('p'), { slot: 'ended', textContent: 'Your draft is kept on this device.' })
        app.prompt.append(note)
      })
      await showEnd(page)
    },
  },
  unreachable: {
    query: '',
    async show({ page }) {
      await page.evaluate(() => {
        app.fake.always(new Error('down'))
        return app.session.check()
      })
      await page.locator('outlast-prompt [part=strip]').evaluate((strip) => strip.getAnimations().forEach((appears) => appears.finish()))
      await page.getByText('Cannot reach').waitFor()
    },
  },
}

async function face(name: string, options: BrowserContextOptions = {}, more = ''): Promise<Page> {
  const { query, show } = faces[name] ?? faces['ended']!
  const visited = await visit(`${query}&${more}`, { ...still, ...options })
  await show(visited)
  return visited.page
}

/** What axe finds, with its rules for best practice and for the higher contrast. */
async function faultsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  // Time stands still, and axe takes some.
  await page.clock.resume()
  const { violations, passes } = await page.evaluate(() => globalThis.axe.run({ rules: { 'color-contrast-enhanced': { enabled: true } } }))
  // It has looked into the shadow.
  expect(passes.find(({ id }) => id === 'color-contrast-enhanced')?.nodes.map(({ target }) => String(target[0]).split(',')[0])).toContain('outlast-prompt')
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

describe.each(Object.keys(faces))('the face "%s"', (name) => {
  it('gives axe nothing to complain of, light and dark', async () => {
    const page = await face(name)
    expect(await faultsOf(page)).toEqual([])
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await faultsOf(page)).toEqual([])
  })

  it('has room on a screen of 320 pixels, and buttons that are big enough for a thumb', async () => {
    const page = await face(name, narrow, `texts=${encodeURIComponent(JSON.stringify({ notNow: 'Im Augenblick nicht', signOut: 'Von der Sitzung abmelden' }))}`)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
    const place = name === 'unreachable' ? page.locator('outlast-prompt [part=strip]') : dialogOf(page)
    const { x, y, width, height } = (await place.boundingBox())!
    expect([x >= 0, y >= 0, x + width <= 320, y + height <= 560]).toEqual([true, true, true, true])
    for (const one of await dialogOf(page).getByRole('button').all()) {
      const box = (await one.boundingBox())!
      expect(box.height).toBeGreaterThanOrEqual(44)
      expect(box.width).toBeGreaterThan(100)
      expect(await one.evaluate((element) => element.scrollWidth <= element.clientWidth)).toBe(true)
    }
    expect(await faultsOf(page)).toEqual([])
  })
})

describe('its looks', () => {
  const background = (page: Page) => dialogOf(page).evaluate((dialog) => getComputedStyle(dialog).backgroundColor)
  const light = 'rgb(255, 255, 255)'

  it('are dark where the page is, and light in a page that knows no dark', async () => {
    const page = await face('ended', { colorScheme: 'dark' })
    expect(await background(page)).not.toBe(light)
    await page.evaluate(() => document.documentElement.classList.add('plain'))
    expect(await background(page)).toBe(light)
  })

  it('turn round with the direction of writing', async () => {
    const page = await face('failed', {}, 'dir=rtl')
    const rightOf = async (name: string) => (await button(page, name).boundingBox())!.x
    expect(await rightOf('Sign in again')).toBeGreaterThan(await rightOf('Not now'))
    const hint = page.locator('outlast-prompt [part=hint]')
    expect(await hint.evaluate((element) => [getComputedStyle(element).borderRightWidth, getComputedStyle(element).borderLeftWidth])).toEqual(['3px', '0px'])
  })

  it('move for whoever does not mind, and for nobody else', async () => {
    const animations = (page: Page) => dialogOf(page).evaluate((dialog) => getComputedStyle(dialog).animationName)
    expect(await animations(await face('ended', { reducedMotion: 'no-preference' }))).toBe('rise')
    expect(await animations(await face('ended'))).toBe('none')
  })

  it('keep the edges of buttons where colours are forced', async () => {
    const page = await face('ended', { forcedColors: 'active' })
    for (const one of await dialogOf(page).getByRole('button').all()) {
      const [border, back] = await one.evaluate((element) => [getComputedStyle(element).borderTopColor, getComputedStyle(element.closest('dialog') ?? element).backgroundColor])
      expect(border).not.toBe(back)
    }
    expect(await isOpen(page)).toBe(true)
  })
})
