import { createContext, Script } from 'node:vm'
import type { Signal } from '../../src/ports'
import type { Tab } from '../../src/testing'
import { createDocument } from './document'
import { createLine } from './line'
import { patient } from './patience'
import { createSessionStorage } from './storage'
import { createTimers } from './timers'
import { createTarget } from './target'
import { createShared } from './shared'
import { createCrypto, createRandom } from './random'
import { ownRejections } from './rejections'
import { createXmlHttpRequest } from './xhr'

export { bundle } from './bundle'

/** What a page of a tab runs in: a realm of its own, with as much of a browser as the libraries use. */
export interface Page {
  readonly window: { [name: string]: unknown }
  /** What nobody caught: a browser would print it, and go on. */
  readonly errors: readonly unknown[]
  /** Evaluates code in the page. */
  run<T>(code: string): T
  /** Nothing of it runs any more. */
  close(): void
}

/** What is compiled once is run in every page. */
const compiled = new Map<string, Script>()

function compile(code: string): Script {
  const script = compiled.get(code) ?? new Script(code)
  compiled.set(code, script)
  return script
}

/**
 * In the realm, so that what is made by it is of the realm: libraries ask whether an object is plain, or an error a
 * `TypeError`. Time and chance are the world's.
 */
const PRELUDE = `(({ now, random, fetch, failed }) => {
  const { Date: TrueDate, JSON } = globalThis
  globalThis.Date = new Proxy(TrueDate, {
    construct: (target, args, made) => Reflect.construct(target, args.length === 0 ? [now()] : args, made),
    apply: (target) => new target(now()).toString(),
    get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
  })
  TrueDate.prototype.constructor = globalThis.Date
  Math.random = random
  const own = (response) => {
    const clone = response.clone.bind(response)
    return Object.assign(response, { json: async () => JSON.parse(await response.text()), clone: () => own(clone()) })
  }
  globalThis.fetch = async (input, init) => {
    try {
      return own(await fetch(input, init))
    } catch (error) {
      throw init?.signal?.aborted || !failed(error) ? error : new TypeError('Failed to fetch')
    }
  }
  globalThis.queueMicrotask = (run) => void Promise.resolve().then(run)
  return Promise.prototype
})`

/**
 * Opens a page in a tab and runs a script in it. Its timers, clocks, chance, network, storage, locks and channels are
 * the tab's; it has no timer, task or clock of Node's.
 *
 * @param network the network as the page sees it. Default: the tab's
 */
export function openPage(tab: Tab, script: string, network: typeof globalThis.fetch = tab.fetch): Page {
  const fetch = patient(tab, network)
  const errors: unknown[] = []
  let isOpen = true
  const guard = (run: () => unknown) => {
    if (!isOpen) return
    try {
      run()
    } catch (error) {
      errors.push(error)
    }
  }
  const target = createTarget(guard)
  const document = createDocument(tab, guard)
  const line = createLine(tab, (isOnline) => target.dispatchEvent(new Event(isOnline ? 'online' : 'offline')))
  const shared = createShared(tab, guard, ({ key, oldValue, newValue }) => {
    target.dispatchEvent(Object.assign(new Event('storage'), { key, oldValue, newValue, storageArea: shared.localStorage }))
  })
  const timers = createTimers(tab, guard)
  const random = createRandom(tab)

  const window: Page['window'] = {
    ...target,
    ...timers.globals,
    ...hostClasses,
    document,
    // React asks whether the focus is in one.
    HTMLIFrameElement: class {},
    XMLHttpRequest: createXmlHttpRequest(tab, fetch, guard),
    navigator: {
      userAgent: 'Mozilla/5.0 Chrome/156.0.0.0',
      language: 'en',
      languages: ['en'],
      cookieEnabled: true,
      get onLine() {
        return line.isOnline()
      },
      get locks() {
        return tab.primitives.locks
      },
    },
    get localStorage() {
      return shared.localStorage
    },
    get BroadcastChannel() {
      return shared.BroadcastChannel
    },
    sessionStorage: createSessionStorage(),
    crypto: createCrypto(random),
    location: { ...locationOf('https://app.example/'), assign() {}, replace() {}, reload() {} },
    history: { state: null, length: 1, pushState() {}, replaceState() {}, back() {} },
    performance: { now: () => tab.platform.monotonicNow(), timeOrigin: tab.platform.wallNow() - tab.platform.monotonicNow() },
    console: { log() {}, info() {}, debug() {}, warn() {}, error() {}, trace() {} },
    reportError: (error: unknown) => void errors.push(error),
  }
  // One of them alone would be called with the wrong `this`.
  for (const name of ['window', 'self', 'top', 'parent', 'frames']) window[name] = window
  createContext(window)
  const realm = compile(PRELUDE).runInContext(window) as (given: object) => object
  const failed = (error: unknown) => error instanceof TypeError && error.message === 'fetch failed'
  ownRejections(realm({ now: () => tab.platform.wallNow(), random, fetch, failed }), errors)

  const atWindow = (type: string, more = {}) => void target.dispatchEvent(Object.assign(new Event(type), more))
  /** Those bubble. */
  const atDocument = (type: string) => {
    const event = new Event(type)
    document.dispatchEvent(event)
    target.dispatchEvent(event)
  }
  const happens: { readonly [Name in Signal]: () => void } = {
    shown() {
      atDocument('visibilitychange')
      atWindow('focus')
    },
    hidden() {
      atDocument('visibilitychange')
      atWindow('blur')
    },
    // A page that is closed is not told which of the two it is.
    frozen() {
      atWindow('pagehide', { persisted: true })
      atDocument('freeze')
    },
    woke() {
      atDocument('resume')
      atWindow('pageshow', { persisted: true })
      line.look()
    },
    online: () => line.back(),
    active: () => atDocument('pointerdown'),
  }
  const stopListening = tab.signals.listen((signal) => signal && happens[signal]())

  compile(script).runInContext(window)

  return {
    window,
    errors,
    run: <T>(code: string) => compile(code).runInContext(window) as T,
    close() {
      isOpen = false
      for (const stop of [stopListening, timers.stop, line.stop, shared.stop]) stop()
    },
  }
}

const { AbortController, DOMException, Event, EventTarget, MessageEvent, Headers, Request, Response, FormData, Blob, URL, URLSearchParams, TextEncoder, TextDecoder } = globalThis

/** Those of Node that do nothing by themselves. Binary data must be of one kind on both sides. */
const hostClasses = {
  AbortController,
  DOMException,
  Event,
  CustomEvent,
  EventTarget,
  MessageEvent,
  Headers,
  Request,
  Response,
  FormData,
  Blob,
  URL,
  URLSearchParams,
  TextEncoder,
  TextDecoder,
  Uint8Array,
  ArrayBuffer,
  atob,
  btoa,
  structuredClone,
}

const locationOf = (url: string) => {
  const { href, origin, protocol, host, hostname, port, pathname, search, hash } = new URL(url)
  return { href, origin, protocol, host, hostname, port, pathname, search, hash }
}
