import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { browserSignals } from '../../src/signals/browser'

afterEach(() => void vi.unstubAllGlobals())

/** A target that knows who listens. */
function createTarget<T extends object>(more: T) {
  const target = new EventTarget()
  const listening: string[] = []
  return Object.assign(target, more, {
    listening,
    addEventListener(type: string, listener: EventListener) {
      listening.push(type)
      EventTarget.prototype.addEventListener.call(target, type, listener)
    },
    removeEventListener(type: string, listener: EventListener) {
      listening.splice(listening.indexOf(type), 1)
      EventTarget.prototype.removeEventListener.call(target, type, listener)
    },
  })
}

/** What a listener was told, with nothing for a call without a signal. */
function listen() {
  const heard: unknown[][] = []
  const stop = browserSignals.listen((...told) => void heard.push(told))
  return { heard, stop }
}

describe('a page', () => {
  let page = createTarget({})
  let view = createTarget({})
  const happens = (target: EventTarget, type: string, more: object = {}) => {
    const properties = Object.entries(more).map(([name, value]) => [name, { value: value as unknown }] as const)
    return target.dispatchEvent(Object.defineProperties(new Event(type), Object.fromEntries(properties)))
  }

  beforeEach(() => {
    page = createTarget({ visibilityState: 'visible' })
    view = createTarget({})
    vi.stubGlobal('document', page)
    vi.stubGlobal('window', view)
  })

  it('is hidden while its document says so', () => {
    const seen = ['visible', 'hidden', 'prerender', 'visible', undefined].map((state) => {
      Object.assign(page, { visibilityState: state })
      return browserSignals.isHidden()
    })
    expect(seen).toEqual([false, true, false, false, false])
  })

  it.each([
    { event: 'becomes hidden', happen: () => happens(Object.assign(page, { visibilityState: 'hidden' }), 'visibilitychange'), told: [['hidden']] },
    { event: 'becomes visible', happen: () => happens(page, 'visibilitychange'), told: [['shown']] },
    { event: 'will be frozen', happen: () => happens(page, 'freeze'), told: [['frozen']] },
    { event: 'runs again', happen: () => happens(page, 'resume'), told: [['woke']] },
    { event: 'is left', happen: () => happens(view, 'pagehide', { persisted: false }), told: [['frozen']] },
    { event: 'is left and kept', happen: () => happens(view, 'pagehide', { persisted: true }), told: [['frozen']] },
    { event: 'comes back', happen: () => happens(view, 'pageshow', { persisted: true }), told: [['woke']] },
    { event: 'is loaded', happen: () => happens(view, 'pageshow', { persisted: false }), told: [] },
    { event: 'is said to be online', happen: () => happens(view, 'online'), told: [['online']] },
    { event: 'is said to be offline', happen: () => happens(view, 'offline'), told: [] },
    { event: 'gets the focus', happen: () => happens(view, 'focus'), told: [[]] },
    { event: 'loses the focus', happen: () => happens(view, 'blur'), told: [] },
    ...['keydown', 'pointerdown', 'click', 'wheel', 'touchstart'].flatMap((type) => [
      { event: `is used (${type})`, happen: () => happens(page, type, { isTrusted: true }), told: [['active']] },
      { event: `is told so by a script (${type})`, happen: () => happens(page, type), told: [] },
    ]),
    { event: 'has a pointer moving over it', happen: () => happens(page, 'pointermove', { isTrusted: true }), told: [] },
  ])('that $event hears $told', ({ happen, told }) => {
    const { heard } = listen()
    happen()
    expect(heard).toEqual(told)
  })

  it('leaves no listener behind, however often it is told to stop', () => {
    const { heard, stop } = listen()
    expect([page.listening.length, view.listening.length]).toEqual([8, 4])
    stop()
    stop()
    expect([page.listening, view.listening]).toEqual([[], []])
    for (const type of ['visibilitychange', 'freeze', 'resume', 'keydown', 'pointerdown', 'click', 'wheel', 'touchstart']) happens(page, type, { isTrusted: true })
    for (const type of ['pagehide', 'pageshow', 'online', 'focus']) happens(view, type, { persisted: true })
    expect(heard).toEqual([])
  })

  it('tells everybody who listens, also the same one twice, until each has stopped', () => {
    const listener = vi.fn()
    const stops = [browserSignals.listen(listener), browserSignals.listen(listener)]
    happens(view, 'online')
    stops[0]?.()
    happens(page, 'freeze')
    stops[1]?.()
    happens(page, 'resume')
    expect(listener.mock.calls).toEqual([['online'], ['online'], ['frozen']])
  })

  it('stops to listen where it began, whatever is there by then', () => {
    const { stop } = listen()
    vi.unstubAllGlobals()
    stop()
    expect([page.listening, view.listening]).toEqual([[], []])
  })
})

describe('a platform', () => {
  const denied = () => {
    throw new DOMException('access is denied', 'SecurityError')
  }
  const forbidden = { addEventListener: denied, removeEventListener: denied, get visibilityState() { return denied() } }

  it.each<[string, unknown]>([
    ['has no page', undefined],
    ['has null for a page', null],
    ['has a page without events', {}],
    ['forbids everything', forbidden],
  ])('that %s is never hidden, tells nothing, and throws nothing', (_, page) => {
    vi.stubGlobal('document', page)
    vi.stubGlobal('window', page)
    const { heard, stop } = listen()
    stop()
    expect([browserSignals.isHidden(), heard]).toEqual([false, []])
  })

  it('that has never heard of a page is one of them', () => {
    expect([typeof document, typeof window]).toEqual(['undefined', 'undefined'])
    const { heard, stop } = listen()
    stop()
    expect([browserSignals.isHidden(), heard]).toEqual([false, []])
  })

  it.each(['document', 'window'])('that lacks the %s tells what the other one hears', (lacking) => {
    const target = createTarget({})
    vi.stubGlobal('document', target)
    vi.stubGlobal('window', target)
    vi.stubGlobal(lacking, undefined)
    const { heard, stop } = listen()
    target.dispatchEvent(new Event('freeze'))
    target.dispatchEvent(new Event('pagehide'))
    stop()
    expect([heard, target.listening]).toEqual([[['frozen']], []])
  })

  it('that forbids to stop is not listened to any more elsewhere', () => {
    const view = createTarget({})
    vi.stubGlobal('document', { addEventListener() {}, removeEventListener: denied })
    vi.stubGlobal('window', view)
    listen().stop()
    expect(view.listening).toEqual([])
  })

  it('is not touched before somebody asks or listens', async () => {
    const touched: string[] = []
    for (const name of ['document', 'window']) {
      Object.defineProperty(globalThis, name, { configurable: true, get: () => void touched.push(name) })
    }
    try {
      vi.resetModules()
      const { browserSignals: fresh } = await import('../../src/signals/browser')
      expect(touched).toEqual([])
      fresh.isHidden()
      expect(touched).toEqual(['document'])
      fresh.listen(() => {})
      expect(new Set(touched)).toEqual(new Set(['document', 'window']))
    } finally {
      for (const name of ['document', 'window']) Reflect.deleteProperty(globalThis, name)
    }
  })
})
