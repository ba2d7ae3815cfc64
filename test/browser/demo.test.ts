import { readFileSync } from 'node:fs'
import axe from 'axe-core'
import { replay } from 'outlast/testing'
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

async function open(sessionLengthMs: number, more = ''): Promise<void> {
  ;[foreign, errors] = [[], []]
  control = createParaControl(uniqueApiKey())
  await control.configure({ sessionLengthMs })
  context = await browser.newContext()
  page = await context.newPage()
  page.setDefaultTimeout(PATIENCE.timeout)
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
  await page.goto(served.urlFor(control.apiKey) + more)
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
/** The session's own dialog, which is over the page and is answered first. */
const dialog = () => page.locator('outlast-prompt').getByRole('dialog')
const answer = (name: string) => dialog().getByRole('button', { name, exact: true }).click()
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
    expect(await dialog().innerText()).toContain('You were signed out')

    await answer('Sign in again')
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
    expect(await dialog().isVisible()).toBe(false)
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

describe('a message that the session does not outlive', () => {
  const MESSAGE = 'Pay the ferryman'
  const question = () => page.getByTestId('question')
  const signatures = async () => (await control.requests()).filter(({ kind }) => kind === 'sign').map(({ status }) => status)

  /** Ends the session after the request was made and before it is answered. */
  async function signAndLose(): Promise<void> {
    await open(60_000)
    await press('fault-midway')
    await expect.poll(() => page.getByTestId('fault-midway').getAttribute('aria-pressed'), PATIENCE).toBe('true')
    await page.getByTestId('draft').fill(MESSAGE)
    await press('sign')
    await expect.poll(() => text('headline'), PATIENCE).toBe('Signed out')
    expect(await text('sentence')).toBe('The server said that the session is over.')
    await expect.poll(() => question().innerText(), PATIENCE).toContain(`Not sent, and kept: “${MESSAGE}”. Sign in again as Ada, and you are asked.`)
    expect(await text('signed')).toContain('Your message is kept.')
    expect(await page.getByTestId('kept').innerText()).toBe('Your message is kept. Sign in again as Ada, and you are asked whether to send it.')
    expect(await page.getByTestId('send').isVisible()).toBe(false)
    // The fault is used up, so that it does not meet the next attempt.
    expect(await page.getByTestId('fault-midway').getAttribute('aria-pressed')).toBe('false')
    expect(await signatures()).toEqual([401])
  }

  async function signInAgain(): Promise<void> {
    await answer('Sign in again')
    await expect.poll(() => question().innerText(), PATIENCE).toContain(`You are signed in again as Ada. Send “${MESSAGE}” now?`)
    // Nothing is sent by itself.
    expect(await signatures()).toEqual([401])
  }

  it('is signed at once while the session lasts', async () => {
    await open(60_000)
    await press('sign')
    await expect.poll(() => text('signed'), PATIENCE).toMatch(/^Signed at .* by the stand-in: [0-9a-f]{12}/)
    expect(await signatures()).toEqual([200])
    expect(await question().isVisible()).toBe(false)
    expect(await page.locator('.app').innerText()).toContain('the “signature” is a hash')
  })

  it('is sent when the same person is back and says so', async () => {
    await signAndLose()
    await signInAgain()
    // A keyboard and a screen reader are led to the question.
    expect(await question().evaluate(element => element === document.activeElement)).toBe(true)
    expect(await page.getByRole('group', { name: `Send “${MESSAGE}” now?` }).isVisible()).toBe(true)
    await press('send')
    await expect.poll(() => text('signed'), PATIENCE).toMatch(/^Signed at/)
    expect(await signatures()).toEqual([401, 200])
    expect(await question().isVisible()).toBe(false)
    expect(await count('false-sign-outs')).toBe(0)
  })

  it('is discarded when they say so, and stays in the page', async () => {
    await signAndLose()
    await signInAgain()
    await press('discard')
    await expect.poll(() => text('signed'), PATIENCE).toBe('Discarded: nothing was sent. Your text stays.')
    expect(await page.getByTestId('draft').inputValue()).toBe(MESSAGE)
    expect(await signatures()).toEqual([401])
    expect(await page.getByTestId('sign').isEnabled()).toBe(true)
  })

  it('is discarded while nobody is signed in, and never asked about', async () => {
    await signAndLose()
    await answer('Not now')
    await press('discard')
    await expect.poll(() => text('signed'), PATIENCE).toBe('Discarded: nothing was sent. Your text stays.')
    await press('sign-in')
    await expect.poll(() => shown('state'), PATIENCE).toBe('active.scheduled')
    expect(await question().isVisible()).toBe(false)
  })

  it('is not sent for somebody else, and stays in the page', async () => {
    await signAndLose()
    await answer('Not now')
    await press('sign-in-other')
    await expect.poll(() => text('signed'), PATIENCE).toBe('Not sent: somebody else is signed in, and the message was Ada’s. Your text stays.')
    await expect.poll(() => shown('state'), PATIENCE).toBe('active.scheduled')
    expect(await page.getByTestId('draft').inputValue()).toBe(MESSAGE)
    expect(await question().isVisible()).toBe(false)
    expect(await signatures()).toEqual([401])

    // Now it is theirs to sign, as the real client says it.
    await press('sign')
    await expect.poll(() => text('signed'), PATIENCE).toMatch(/^Signed at/)
    expect((await control.requests()).filter(({ kind }) => kind === 'sign').at(-1)?.path).toContain('/users/grace/')
  })
})

describe('what can be seen of a session', () => {
  const path = async () => ((await page.getByTestId('statechart').getAttribute('data-path')) ?? '').split(' ')
  const marked = (name: string) =>
    page.getByTestId('statechart').evaluate(
      (host, [kind]) => [...(host.shadowRoot?.querySelectorAll<SVGElement>(`.${kind ?? ''}`) ?? [])].map(({ dataset }) => dataset['state'] ?? dataset['transition']),
      [name],
    )

  const viewBox = () => page.getByTestId('statechart').evaluate(host => host.shadowRoot?.querySelector('svg')?.getAttribute('viewBox'))
  const WHOLE = /^0\.0 0\.0 /

  it('is where it is in the statechart, and how it came there', async () => {
    await open(60_000)
    expect(await marked('active')).toEqual(['session.active', 'session.active.scheduled'])
    await press('fault-down')
    await expect.poll(() => page.getByTestId('fault-down').getAttribute('aria-pressed'), PATIENCE).toBe('true')
    await page.locator('#extend').click()
    await expect.poll(() => marked('active'), PATIENCE).toEqual(['session.extending', 'session.extending.waiting'])
    expect(await path()).toEqual(['session.extending.calling:session.extending.waiting'])
    expect(await marked('taken')).toEqual(await path())
    await press('sign-out')
    await expect.poll(() => marked('active'), PATIENCE).toEqual(['session.expired', 'session.expired.unrevoked'])
    expect(await page.getByTestId('timeline').locator('li').allInnerTexts()).toEqual(expect.arrayContaining([expect.stringContaining('session.signOut')]))

    const whole = page.getByTestId('whole-chart')
    await whole.click()
    expect(await whole.getAttribute('aria-pressed')).toBe('true')
    await expect.poll(viewBox, PATIENCE).toMatch(WHOLE)
  })

  it('is looked at by a camera that never runs backwards, also where a frame began long before it was moved', async () => {
    await open(60_000)
    await page.evaluate(() => {
      const { requestAnimationFrame } = window
      window.requestAnimationFrame = step => requestAnimationFrame(now => step(now - 400))
    })
    await press('whole-chart')
    await expect.poll(viewBox, PATIENCE).toMatch(WHOLE)
    // A negative size would have been an error of the page.
    expect(errors).toEqual([])
  })

  it('is told to the Stately inspector, also what happened before it was opened', async () => {
    await open(60_000)
    // Stands in for their page, which needs the internet.
    const standIn = `<!doctype html><script>var told = []; addEventListener('message', ({ data }) => told.push(data)); opener.postMessage({ type: '@statelyai.connected' }, '*')</script>`
    await context.route('https://stately.ai/**', route => route.fulfill({ contentType: 'text/html', body: standIn }))
    const [inspector] = await Promise.all([context.waitForEvent('page'), press('open-inspector')])
    await expect.poll(() => text('inspector-status'), PATIENCE).toContain('The inspector is open')
    const told = () => inspector.evaluate(() => (globalThis as unknown as { told: { type: string; name?: string; definition?: string; snapshot?: { value?: unknown } }[] }).told)
    const values = async () => (await told()).map(({ snapshot }) => JSON.stringify(snapshot?.value))
    await expect.poll(values, PATIENCE).toEqual(expect.arrayContaining(['{"unknown":"checking"}', '{"active":"scheduled"}']))
    expect((await told()).find(({ name }) => name === 'session')?.definition).toContain('An extension is planned.')
    await page.locator('#extend').click()
    await expect.poll(values, PATIENCE).toContain('{"extending":"calling"}')
    expect(await page.getByTestId('told').locator('li').first().innerText()).toContain('extend')
    expect(foreign).toEqual(['https://stately.ai/inspect'])
    foreign = []
  })

  it('stands in the page where the inspector cannot be reached', async () => {
    await open(60_000)
    await context.route('https://stately.ai/**', route => route.abort())
    const [inspector] = await Promise.all([context.waitForEvent('page'), press('open-inspector')])
    await expect.poll(() => text('inspector-status'), PATIENCE).toContain('needs the internet')
    expect((await page.getByTestId('told').locator('li').allInnerTexts()).join()).toContain('active.scheduled')
    await inspector.close()
    ;[foreign, errors] = [foreign.filter(url => url !== 'https://stately.ai/inspect'), errors.filter(error => !error.includes('stately.ai'))]
  })

  it('is in the flight record, which leads through the same states again', async () => {
    await open(60_000)
    await page.locator('#extend').click()
    await expect.poll(async () => (await page.getByTestId('told').locator('li').allInnerTexts()).join(), PATIENCE).toMatch(/extend\s+done/)
    const [download] = await Promise.all([page.waitForEvent('download'), press('save-record')])
    const record = readFileSync(await download.path(), 'utf8')
    const { steps, divergedAt } = replay(record)
    expect(divergedAt).toBeUndefined()
    expect(steps.map(({ state }) => state)).toEqual(expect.arrayContaining(['reauthenticating.signingIn', 'extending.calling', 'active.scheduled']))
    expect(record).not.toContain(control.apiKey)
  })

  it.each(['light', 'dark'] as const)('can be used by everybody (%s)', async scheme => {
    await open(60_000)
    await page.emulateMedia({ colorScheme: scheme })
    await page.evaluate(axe.source)
    const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run())
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join()}`)).toEqual([])
  })
})

describe('limits', () => {
  const title = async () => ((await dialog().isVisible()) ? dialog().getByRole('heading').textContent({ timeout: 1_000 }).catch(() => '') : '')

  it('warn, are lifted by whoever stays, and end the session when none is left', async () => {
    // The least time for a warning is 20 s.
    await open(60_000, '&limits=short&idle=24&absolute=34')
    expect(await title()).toBe('')
    await expect.poll(title, PATIENCE).toBe('Are you still there?')
    await expect.poll(() => dialog().getByRole('timer').textContent(), PATIENCE).toMatch(/^0:1\d$/)
    await answer('Stay signed in')
    await expect.poll(title, PATIENCE).not.toBe('Are you still there?')

    // The second limit is one that nobody can stay.
    const staying = async () => {
      // It may be gone before it is pressed, because it was pressed just before.
      if ((await title()) === 'Are you still there?') await dialog().getByRole('button', { name: 'Stay signed in' }).click({ timeout: 1_000 }).catch(() => {})
      return title()
    }
    await expect.poll(staying, PATIENCE).toBe('Your session is about to end')
    expect(await dialog().getByRole('button').allTextContents()).toEqual(['Sign in again', 'Not now'])
    await answer('Not now')
    expect(await text('headline')).toBe('Signed in')
    await expect.poll(() => text('headline'), PATIENCE).toBe('Signed out')
    expect(await text('sentence')).toBe('The session lasted as long as the app allows.')
    await expect.poll(title, PATIENCE).toBe('You were signed out')
    await expect.poll(async () => (await control.sessions()).some(({ state }) => state === 'live'), PATIENCE).toBe(false)
    expect(await count('false-sign-outs')).toBe(0)
  })

  it('end a session that nobody uses, and begin anew with a sign-in', async () => {
    await open(60_000, '&limits=short&idle=21')
    await expect.poll(() => text('headline'), PATIENCE).toBe('Signed out')
    expect(await text('sentence')).toBe('Nobody was active for so long that the app ended the session.')
    await answer('Sign in again')
    await expect.poll(() => text('headline'), PATIENCE).toBe('Signed in')
  })

  it('are switched on with a new session', async () => {
    await open(60_000)
    expect(await page.getByTestId('limits').getAttribute('aria-checked')).toBe('false')
    await press('limits')
    await expect.poll(() => page.getByTestId('limits').getAttribute('aria-checked'), PATIENCE).toBe('true')
    await expect.poll(() => text('headline'), PATIENCE).toBe('Signed in')
    expect(await page.getByTestId('limits').innerText()).toContain('40 s idle, 120 s in all')
  })
})

describe('a sign-in in another tab', () => {
  it('is shown, and can be given up from here', async () => {
    await open(60_000)
    const other = await context.newPage()
    await other.goto(served.urlFor(control.apiKey))
    const stateThere = () => other.getByTestId('session').getAttribute('data-state')
    await expect.poll(stateThere, PATIENCE).toBe('active.scheduled')
    await press('revoke')
    await press('check')
    await expect.poll(() => shown('state'), PATIENCE).toBe('expired.ended')
    await expect.poll(stateThere, PATIENCE).toBe('expired.ended')

    // Nobody answers, so that the sign-in takes as long as a person does.
    await answer('Not now')
    await press('fault-silent')
    await expect.poll(() => page.getByTestId('fault-silent').getAttribute('aria-pressed'), PATIENCE).toBe('true')
    await press('sign-in')
    await expect.poll(stateThere, PATIENCE).toBe('reauthenticating.elsewhere')
    expect(await other.getByTestId('elsewhere').innerText()).toContain('Signing in in another tab')
    await other.getByTestId('give-up').click()
    await expect.poll(stateThere, PATIENCE).toBe('expired.ended')
    await expect.poll(() => shown('state'), PATIENCE).toBe('expired.ended')
    expect(await other.getByTestId('elsewhere').isVisible()).toBe(false)
  })
})
