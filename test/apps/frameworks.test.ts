import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { frameworks } from '../../scripts/examples/frameworks'
import { expectNothingLeft, HOUR, LIFE, MINUTE, until, visit } from './visit'

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const isSignedIn = (page: Page) => page.getByText('Signed in, for').waitFor()
const secondsLeft = async (page: Page) => Number(await page.locator('output').textContent())
const rendered = (page: Page) => page.locator('section').getAttribute('data-rendered')
/** What a framework itself hears on the document as long as there is a page, and passes on to its elements. */
const delegated: Readonly<Record<string, Readonly<Record<string, number>>>> = { react: { selectionchange: 1 }, svelte: { click: 1 }, solid: { click: 1 } }
const EXTEND = 'POST /api/session/extend'

async function signedIn(app: string) {
  const visitor = await visit(app)
  await button(visitor.page, 'Sign in').click()
  await isSignedIn(visitor.page)
  return visitor
}

describe.each(frameworks)('an app in $name', ({ name }) => {
  it('shows who is signed in and for how long, and runs what only they may do', async () => {
    const { page, pass, asked, problems } = await signedIn(name)
    const before = await secondsLeft(page)
    expect(before).toBeGreaterThan(LIFE / 1_000 - 60)
    expect(before).toBeLessThanOrEqual(LIFE / 1_000)
    await pass(100_000)
    await until(() => secondsLeft(page), (seconds) => expect(before - seconds).toBeGreaterThanOrEqual(99))
    expect(before - (await secondsLeft(page))).toBeLessThan(160)

    await button(page, 'Send').click()
    await page.getByText('Sent', { exact: true }).waitFor()
    expect(asked('POST /api/letters')).toBe(1)

    await button(page, 'Sign out').click()
    await button(page, 'Sign in').waitFor()
    await until(() => asked('POST /api/session/end'), (count) => expect(count).toBe(1))
    expect(problems).toEqual([])
  })

  it('is extended in good time, and renders nothing for it but the countdown', async () => {
    const { page, pass, asked } = await signedIn(name)
    const before = await rendered(page)
    await pass(2 * LIFE)
    expect(asked(EXTEND)).toBeGreaterThanOrEqual(7)
    expect(asked(EXTEND)).toBeLessThanOrEqual(12)
    expect(await secondsLeft(page)).toBeGreaterThan((LIFE * 0.7) / 1_000)
    expect(await rendered(page)).toBe(before)

    await button(page, 'Sign out').click()
    await button(page, 'Sign in').waitFor()
    expect(parseInt((await rendered(page)) ?? '')).toBeGreaterThan(parseInt(before ?? ''))
  })

  it('outlasts an outage and a sleep, tells the end, and signs in again', async () => {
    const { page, context, pass, sleep, asked, api } = await signedIn(name)
    await context.setOffline(true)
    await sleep(LIFE / 2)
    await pass(MINUTE)
    await page.getByText('Signed in, for').waitFor()
    await context.setOffline(false)
    await pass(MINUTE)
    await until(() => asked(EXTEND), (count) => expect(count).toBe(1))

    api.endAll()
    await sleep(2 * HOUR)
    await button(page, 'Sign in again').click()
    await isSignedIn(page)
  })

  it('leaves nothing behind when it is closed, and works when it is opened again', async () => {
    const { page, pass, asked, api, problems } = await signedIn(name)
    for (let times = 0; times < 3; times++) {
      await button(page, 'Close').click()
      await pass(1_000)
      await expectNothingLeft(page, delegated[name])
      await button(page, 'Open').click()
      await isSignedIn(page)
    }
    await button(page, 'Close').click()
    await pass(1_000)
    await expectNothingLeft(page, delegated[name])
    const before = api.requests.length
    await pass(LIFE / 2)
    expect(api.requests).toHaveLength(before)
    expect(asked('POST /api/session/end')).toBe(0)
    expect(problems).toEqual([])
  })
})
