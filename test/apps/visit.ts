import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import express from 'express'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest'
import { type CookieApi, createCookieApi } from '../../examples/cookie-api/api'
import { launchBrowser } from '../../scripts/browser'
import { root } from '../../scripts/entries'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const LIFE = HOUR
/** Less than any call is given. */
const STEP = 5_000

declare global {
  /** Of the page: what is still there of what a page can leave behind. */
  var left: { requests: number; readonly timers: Set<unknown>; readonly listeners: Map<string, number>; readonly channels: Set<unknown> }
}

/** Somebody who uses an app, on a machine whose clock is the test's, as is the server's. */
export interface Visit {
  readonly page: Page
  readonly context: BrowserContext
  readonly api: CookieApi
  /** How often the app asked for it, as `POST /api/session/extend`. */
  asked(request: string): number
  /** Time goes by, and every timer comes when it is due. */
  pass(ms: number): Promise<void>
  /** The lid is closed for so long: what was due meanwhile comes afterwards, and once. */
  sleep(ms: number): Promise<void>
  readonly problems: readonly string[]
}

let browser: Browser
const closing: (() => Promise<unknown>)[] = []
beforeAll(async () => void (browser = await launchBrowser()))
afterAll(() => browser.close())
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

export interface VisitOptions {
  /** Default: `/`. */
  readonly path?: string
  /** More that the server answers. */
  readonly serve?: (server: express.Express) => unknown
  /** What is to be arranged before the page is opened. */
  readonly before?: (context: BrowserContext) => Promise<unknown>
}

/** The files of an app as `npm run examples` has built it. */
export const dist = (app: string) => join(root, 'examples', app, 'dist')

/** Opens an app's page in a browser of its own. Its server is the stand-in API. */
export async function visit(app: string, { path = '/', serve, before }: VisitOptions = {}): Promise<Visit> {
  // The server's clock goes on as it does, and is put forward together with the page's.
  let ahead = 0
  const now = Date.now
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => now() + ahead)
  closing.push(async () => clock.mockRestore())
  const api = createCookieApi(LIFE)
  const site = express().use('/api', api.routes)
  serve?.(site)
  site.use(express.static(dist(app)))
  const server = site.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  closing.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  const context = await browser.newContext()
  closing.push(() => context.close())
  const problems: string[] = []
  context.on('weberror', (error) => problems.push(error.error().message))
  context.on('console', (message) => {
    // A browser says so of every 401 and every cut network.
    if (['error', 'warning'].includes(message.type()) && !message.text().startsWith('Failed to load resource')) problems.push(message.text())
  })
  await context.clock.install({ time: Date.now() })
  await context.addInitScript(countWhatIsLeft)
  await before?.(context)
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  await page.goto(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}${path}`)

  const move = async (how: 'runFor' | 'fastForward', ms: number) => {
    ahead += ms
    await context.clock[how](ms)
    // No more of it goes by until the server has answered.
    await until(() => page.evaluate(() => left.requests), (count) => expect(count).toBe(0))
  }
  return {
    page,
    context,
    api,
    asked: (request) => api.requests.filter((asked) => asked === request).length,
    async pass(ms) {
      for (let passed = 0; passed < ms; passed += STEP) await move('runFor', Math.min(STEP, ms - passed))
    },
    sleep: (ms) => move('fastForward', ms),
    problems,
  }
}

/** Reads until it is as wanted. */
export const until = <T>(read: () => Promise<T> | T, check: (value: T) => unknown) =>
  vi.waitFor(async () => void check(await read()), { timeout: 20_000, interval: 20 })

/** Nothing of a session is left in the page; `delegated` is what the framework itself hears for good. */
export const expectNothingLeft = (page: Page, delegated: Readonly<Record<string, number>> = {}) =>
  until(
    () =>
      page.evaluate(() => ({
        timers: left.timers.size,
        channels: left.channels.size,
        listeners: Object.fromEntries([...left.listeners].filter(([, count]) => count > 0)),
        prompts: document.querySelectorAll('outlast-prompt').length,
      })),
    (found) => expect(found).toEqual({ timers: 0, channels: 0, listeners: delegated, prompts: 0 }),
  )

function countWhatIsLeft() {
  globalThis.left = { requests: 0, timers: new Set(), listeners: new Map(), channels: new Set() }
  const { timers, listeners, channels } = globalThis.left

  for (const [set, clear] of [['setTimeout', 'clearTimeout'], ['setInterval', 'clearInterval']] as const) {
    const [start, stop] = [globalThis[set], globalThis[clear]] as [typeof setTimeout, typeof clearTimeout]
    Object.assign(globalThis, {
      [set](run: () => void, ms?: number) {
        const timer = start(() => {
          if (set === 'setTimeout') timers.delete(timer)
          run()
        }, ms)
        timers.add(timer)
        return timer
      },
      [clear](timer: ReturnType<typeof setTimeout>) {
        timers.delete(timer)
        stop(timer)
      },
    })
  }

  for (const target of [window, document] as EventTarget[]) {
    const [add, remove] = [target.addEventListener.bind(target), target.removeEventListener.bind(target)]
    const count = (type: string, by: number) => listeners.set(type, (listeners.get(type) ?? 0) + by)
    target.addEventListener = (type: string, ...rest: [never]) => (count(type, 1), add(type, ...rest))
    target.removeEventListener = (type: string, ...rest: [never]) => (count(type, -1), remove(type, ...rest))
  }

  const request = globalThis.fetch
  globalThis.fetch = (...what) => {
    globalThis.left.requests++
    return request(...what).finally(() => globalThis.left.requests--)
  }

  globalThis.BroadcastChannel = class extends BroadcastChannel {
    constructor(name: string) {
      super(name)
      channels.add(this)
    }
    override close() {
      channels.delete(this)
      super.close()
    }
  }
}
