import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { launchBrowser } from '../../../scripts/browser'
import { root } from '../../../scripts/entries'
import { bundle } from '../site/server'
import type { TestApp } from './page'

declare global {
  /** Of the page. */
  var app: TestApp
  /** What the page's policy refused, the timers that wait, the listeners of the window, and the dialogs that were opened. */
  var seen: { readonly violations: string[]; readonly timers: Set<unknown>; readonly listeners: Set<string>; readonly opened: string[] }
}

const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; require-trusted-types-for 'script'"
const START = Date.UTC(2026, 0, 1)
export const PATIENCE = { timeout: 15_000, interval: 20 }

const html = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>An app</title>
    <link rel="stylesheet" href="/page.css">
    <script type="module" src="/page.js"></script>
  </head>
  <body>
    <main>
      <h1>Quarterly report</h1>
      <p>Everything here is the app's own. It knows nothing of sessions.</p>
      <label for="draft">Notes</label>
      <textarea id="draft" rows="4">Dear train tunnel</textarea>
      <button id="save" type="button">Save</button>
    </main>
    <outlast-prompt></outlast-prompt>
  </body>
</html>`

let browser: Browser
let origin: string
let close: () => Promise<void>
let context: BrowserContext | undefined
let problems: string[] = []

beforeAll(async () => {
  const script = await bundle('test/browser/prompt/page.ts')
  const files: Readonly<Record<string, readonly [type: string, text: string]>> = {
    '/': ['text/html', html],
    '/page.js': ['text/javascript', script],
    '/page.css': ['text/css', readFileSync(join(root, 'test/browser/prompt/page.css'), 'utf8')],
  }
  const server = createServer((request, response) => {
    const [type, text] = files[(request.url ?? '').split('?')[0] ?? ''] ?? ['text/plain', '']
    response.setHeader('content-security-policy', POLICY).setHeader('content-type', `${type}; charset=utf-8`).end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  close = () =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser?.close()
  await close?.()
})

afterEach(async () => {
  const violations = await Promise.all((context?.pages() ?? []).map((page) => page.evaluate(() => seen.violations)))
  await context?.close()
  context = undefined
  const found = [...violations.flat(), ...problems]
  problems = []
  expect(found).toEqual([])
})

/** What went wrong in the pages so far; whoever expects it takes it. */
export const takeProblems = () => problems.splice(0)

export interface Visit {
  readonly page: Page
  /** Lets time pass; it does not pass by itself. */
  advance(ms: number): Promise<void>
}

/** A browser of its own, in which pages tell what they do; `startsAt` for one whose time can be moved. */
async function newContext(options: BrowserContextOptions, startsAt?: number): Promise<BrowserContext> {
  const made = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  if (startsAt !== undefined) await made.clock.install({ time: startsAt })
  await made.addInitScript(() => {
    Object.assign(globalThis, { seen: { violations: [], timers: new Set(), listeners: new Set(), opened: [] } })
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, sourceFile }) => seen.violations.push(`${violatedDirective} ${sourceFile}`))
    const { setTimeout, clearTimeout } = globalThis
    globalThis.setTimeout = ((callback: () => void, delay: number) => {
      const timer = setTimeout(() => {
        seen.timers.delete(timer)
        callback()
      }, delay)
      seen.timers.add(timer)
      return timer
    }) as typeof setTimeout
    globalThis.clearTimeout = (timer) => {
      seen.timers.delete(timer)
      clearTimeout(timer)
    }
    const [add, remove] = [window.addEventListener, window.removeEventListener]
    window.addEventListener = (...args: Parameters<typeof add>) => {
      seen.listeners.add(args[0])
      add.apply(window, args)
    }
    window.removeEventListener = (...args: Parameters<typeof remove>) => {
      seen.listeners.delete(args[0])
      remove.apply(window, args)
    }
    const { showModal } = HTMLDialogElement.prototype
    HTMLDialogElement.prototype.showModal = function (this: HTMLDialogElement) {
      seen.opened.push(this.querySelector('h2')?.textContent ?? '')
      showModal.call(this)
    }
  })
  return made
}

/** Opens the page in another tab of the same browser, or in a new one. Time passes. */
export async function openTab(query = '', options: BrowserContextOptions = {}): Promise<Page> {
  context ??= await newContext(options)
  const page = await context.newPage()
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text())
  })
  await page.goto(`${origin}/?${query}`)
  await page.waitForFunction(() => globalThis.app?.session.get().signedIn !== undefined)
  return page
}

/** Opens the page in a browser of its own; time stands still when it is there. */
export async function visit(query = '', options: BrowserContextOptions = {}): Promise<Visit> {
  context = await newContext(options, START)
  const page = await openTab(query)
  await page.clock.pauseAt(await page.evaluate(() => Date.now() + 2_000))
  return { page, advance: (ms) => page.clock.runFor(ms) }
}

export const openedIn = (page: Page) => page.evaluate(() => seen.opened)
export const dialogOf = (page: Page) => page.locator('outlast-prompt dialog')
export const titleOf = (page: Page) => dialogOf(page).getByRole('heading')
export const button = (page: Page, name: string) => dialogOf(page).getByRole('button', { name, exact: true })
export const isOpen = (page: Page) => dialogOf(page).evaluate((dialog: HTMLDialogElement) => dialog.open)
export const opens = (page: Page, title: string) => expect.poll(() => titleOf(page).textContent({ timeout: 1_000 }).catch(() => ''), PATIENCE).toBe(title)
export const closes = (page: Page) => expect.poll(() => isOpen(page), PATIENCE).toBe(false)
/** What has the focus, through the shadow: its id, its text, or that it is the body. */
export const focused = (page: Page) =>
  page.evaluate(() => {
    const inside = document.activeElement?.shadowRoot?.activeElement ?? document.activeElement
    return inside === document.body ? 'BODY' : inside?.id || inside?.textContent
  })
