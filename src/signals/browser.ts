import type { Signals } from '../ports'

/** Where a platform lacks something, or forbids it, nothing comes of it. */
function attempt<T>(use: () => T): T | undefined {
  try {
    return use()
  } catch {
    return undefined
  }
}

const isHidden = () => attempt(() => document.visibilityState) === 'hidden'

/** First of all, so that whoever looks at the session in the same event finds it up to date; and nobody scrolls slower for it. */
const HOW = { capture: true, passive: true }

/**
 * What a page hears of its life. Nothing is touched before somebody asks or listens, so that it is safe during server
 * rendering; where there is no page, it is never hidden and hears nothing.
 */
export const browserSignals: Signals = {
  isHidden,
  listen(listener) {
    const stops: (() => void)[] = []
    const hear = (target: () => EventTarget, type: string, tell: (event: Event) => unknown) =>
      attempt(() => {
        const there = target()
        there.addEventListener(type, tell, HOW)
        stops.push(() => attempt(() => there.removeEventListener(type, tell, HOW)))
      })
    const page = () => document
    const view = () => window
    const freeze = () => listener('frozen')
    const wake = () => listener('woke')
    hear(page, 'visibilitychange', () => listener(isHidden() ? 'hidden' : 'shown'))
    hear(page, 'freeze', freeze)
    hear(page, 'resume', wake)
    // Also of a page that goes for good: it is not told whether it will be kept.
    hear(view, 'pagehide', freeze)
    hear(view, 'pageshow', (event) => {
      // The others are only loaded.
      if ((event as PageTransitionEvent).persisted) wake()
    })
    // Its opposite is not heard: some platforms are offline all the time, and work.
    hear(view, 'online', () => listener('online'))
    hear(view, 'focus', () => listener())
    // What a person does, and nothing that a script can do by itself; a screen reader may only click.
    for (const type of ['keydown', 'pointerdown', 'click', 'wheel', 'touchstart']) {
      hear(page, type, ({ isTrusted }) => isTrusted && listener('active'))
    }
    return () => stops.forEach((stop) => stop())
  },
}
