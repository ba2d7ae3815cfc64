interface Listening {
  readonly type: string
  readonly listener: EventListenerOrEventListenerObject
  readonly once: boolean
}

/** An event target, as far as libraries use one. Node's own would end the process when a listener throws; a page goes on. */
export interface Target {
  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: AddEventListenerOptions | boolean): void
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null): void
  dispatchEvent(event: Event): boolean
}

/** @param guard runs a listener, and keeps what it throws */
export function createTarget(guard: (run: () => unknown) => void): Target {
  let listening: readonly Listening[] = []
  const target: Target = {
    addEventListener(type, listener, options) {
      if (!listener || listening.some((known) => known.type === type && known.listener === listener)) return
      const { once = false, signal } = typeof options === 'object' ? options : {}
      if (signal?.aborted) return
      signal?.addEventListener('abort', () => target.removeEventListener(type, listener))
      listening = [...listening, { type, listener, once }]
    },
    removeEventListener(type, listener) {
      listening = listening.filter((known) => known.type !== type || known.listener !== listener)
    },
    dispatchEvent(event) {
      for (const { type, listener, once } of listening) {
        if (type !== event.type) continue
        if (once) target.removeEventListener(type, listener)
        guard(() => (typeof listener === 'function' ? listener.call(target as unknown as EventTarget, event) : listener.handleEvent(event)))
      }
      return !event.defaultPrevented
    },
  }
  return target
}
