import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { findBrowser } from '../../../scripts/browser'

/** A tab of the browser, as the tests handle it. */
export interface ChromiumTab {
  /** Runs an expression in the page; a promise is waited for. */
  evaluate<T>(expression: string): Promise<T>
  /** The same, inside a click of the user. */
  gesture<T>(expression: string): Promise<T>
  /** The windows that it opened and that are open, the oldest first. */
  popups(): Promise<ChromiumTab[]>
  /** Goes there, in the same tab. */
  go(url: string): Promise<void>
  freeze(): Promise<void>
  resume(): Promise<void>
  /** Brings it to the front; the others are hidden, where the browser hides pages at all. */
  front(): Promise<void>
  /** A person presses a key, or the mouse, in it. */
  press(): Promise<void>
  click(): Promise<void>
  close(): Promise<void>
  /** Ends its renderer. */
  crash(): void
  offline(is: boolean): Promise<void>
}

export interface Chromium {
  readonly version: string
  /** @param before a script that runs in it before any other */
  open(url: string, before?: string): Promise<ChromiumTab>
  close(): Promise<void>
}

interface Message {
  readonly id?: number
  readonly result?: Record<string, unknown>
  readonly error?: { readonly message: string }
}

/**
 * Chromium by its own protocol, over a pipe. Playwright keeps every page visible and awake, which is what these tests
 * must not have.
 */
export async function launchChromium(flags: readonly string[] = []): Promise<Chromium> {
  const { executablePath, args = [] } = await findBrowser()
  const profile = await mkdtemp(join(tmpdir(), 'outlast-chromium-'))
  const child = spawn(executablePath, ['--headless=new', '--remote-debugging-pipe', `--user-data-dir=${profile}`, ...args, ...flags], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  })
  const [, , , requests, replies] = child.stdio as unknown as [null, null, null, Writable, Readable]
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const waiting = new Map<number, (message: Message) => void>()
  let lastId = 0
  let rest = ''
  replies.setEncoding('utf8').on('data', (text: string) => {
    const messages = (rest + text).split('\0')
    rest = messages.pop() ?? ''
    for (const message of messages.map((each) => JSON.parse(each) as Message)) waiting.get(message.id ?? 0)?.(message)
  })

  const send = <T = Record<string, unknown>>(method: string, params: object = {}, sessionId?: string) =>
    new Promise<T>((resolve, reject) => {
      const id = ++lastId
      waiting.set(id, ({ result, error }) => {
        waiting.delete(id)
        if (error) reject(new Error(`${method}: ${error.message}`))
        else resolve(result as T)
      })
      requests.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
    })

  const popups = new Map<string, Promise<ChromiumTab>>()
  function popup(targetId: string): Promise<ChromiumTab> {
    const known = popups.get(targetId) ?? attach(targetId)
    popups.set(targetId, known)
    return known
  }

  async function attach(targetId: string, before?: string): Promise<ChromiumTab> {
    const { sessionId } = await send<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true })
    const call = <T>(method: string, params?: object) => send<T>(method, params, sessionId)
    await call('Page.enable')
    if (before !== undefined) await call('Page.addScriptToEvaluateOnNewDocument', { source: before })
    async function run<T>(expression: string, userGesture: boolean): Promise<T> {
      type Evaluated = { result: { value: T }; exceptionDetails?: { exception?: { description?: string } } }
      const { result, exceptionDetails } = await call<Evaluated>('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true, userGesture })
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? expression)
      return result.value
    }
    return {
      evaluate: (expression) => run(expression, false),
      gesture: (expression) => run(expression, true),
      async popups() {
        type Targets = { targetInfos: { targetId: string; openerId?: string }[] }
        const { targetInfos } = await send<Targets>('Target.getTargets')
        return Promise.all(targetInfos.filter(({ openerId }) => openerId === targetId).map((target) => popup(target.targetId)))
      },
      go: async (to) => void (await call('Page.navigate', { url: to })),
      freeze: async () => void (await call('Page.setWebLifecycleState', { state: 'frozen' })),
      resume: async () => void (await call('Page.setWebLifecycleState', { state: 'active' })),
      front: async () => void (await send('Target.activateTarget', { targetId })),
      async press() {
        const key = { key: 'a', code: 'KeyA', windowsVirtualKeyCode: 65 }
        for (const type of ['rawKeyDown', 'keyUp']) await call('Input.dispatchKeyEvent', { type, ...key })
      },
      async click() {
        const where = { x: 10, y: 10, button: 'left', clickCount: 1 }
        for (const type of ['mousePressed', 'mouseReleased']) await call('Input.dispatchMouseEvent', { type, ...where })
      },
      close: async () => void (await send('Target.closeTarget', { targetId })),
      crash: () => void call('Page.crash').catch(() => {}),
      async offline(is) {
        await call('Network.enable')
        await call('Network.emulateNetworkConditions', { offline: is, latency: 0, downloadThroughput: -1, uploadThroughput: -1 })
      },
    }
  }

  async function open(url: string, before?: string): Promise<ChromiumTab> {
    const { targetId } = await send<{ targetId: string }>('Target.createTarget', { url: 'about:blank' })
    const tab = await attach(targetId, before)
    await tab.go(url)
    return tab
  }

  const { product } = await send<{ product: string }>('Browser.getVersion')
  return {
    version: product,
    open,
    async close() {
      // A browser under load is gone before it has answered.
      void send('Browser.close').catch(() => {})
      await gone
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
