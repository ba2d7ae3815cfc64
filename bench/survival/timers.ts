import type { Tab } from '../../src/testing'

/** The timers of a page, on its tab, and its tasks without delay. */
export function createTimers({ platform, signals }: Tab, guard: (run: () => unknown) => void) {
  /** What the platform calls them; those of an interval change. */
  const running = new Map<number, unknown>()
  let last = 0

  function arm(id: number, callback: (...args: unknown[]) => unknown, delayMs: number, repeats: boolean, args: unknown[]) {
    const fire = () => {
      if (repeats) arm(id, callback, delayMs, repeats, args)
      else running.delete(id)
      guard(() => callback(...args))
    }
    running.set(id, platform.setTimeout(fire, delayMs))
    return id
  }
  const clear = (id?: number) => {
    if (id === undefined || !running.has(id)) return
    platform.clearTimeout(running.get(id) as never)
    running.delete(id)
  }
  type Start = (callback: (...args: unknown[]) => unknown, delayMs?: number, ...args: unknown[]) => number
  const start =
    (repeats: boolean): Start =>
    (callback, delayMs = 0, ...args) =>
      arm(++last, callback, Number(delayMs), repeats, args)
  const setTimeout = start(false)

  /** As the real one, but on the page's own time. */
  function timeout(delayMs: number): AbortSignal {
    const abort = new AbortController()
    setTimeout(() => abort.abort(new DOMException('signal timed out', 'TimeoutError')), delayMs)
    return abort.signal
  }

  return {
    globals: {
      setTimeout,
      clearTimeout: clear,
      setInterval: start(true),
      clearInterval: clear,
      // Nothing is painted in a hidden page.
      requestAnimationFrame: (callback: (now: number) => void) => setTimeout(() => callback(platform.monotonicNow()), signals.isHidden() ? 2 ** 31 - 1 : 16),
      cancelAnimationFrame: clear,
      AbortSignal: new Proxy(AbortSignal, { get: (target, key) => (key === 'timeout' ? timeout : (Reflect.get(target, key) as unknown)) }),
      MessageChannel: createMessageChannel(guard),
    },
    stop: () => [...running.keys()].forEach(clear),
  }
}

/**
 * React takes one for the tasks that it makes for itself: they are not slowed down in a hidden page, as timers are. A
 * task that needs no time follows the script that posted it.
 */
function createMessageChannel(guard: (run: () => unknown) => void) {
  interface Port {
    onmessage: ((event: { readonly data: unknown }) => unknown) | null
    postMessage(data: unknown): void
    close(): void
  }
  const portTo = (other: () => Port): Port => ({
    onmessage: null,
    postMessage: (data) => queueMicrotask(() => guard(() => other().onmessage?.({ data }))),
    close: () => undefined,
  })
  return function MessageChannel() {
    const port1: Port = portTo(() => port2)
    const port2: Port = portTo(() => port1)
    return { port1, port2 }
  }
}
