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

/**
 * What a page hears of its life. Nothing is touched before somebody asks or listens, so that it is safe during server
 * rendering; where there is no page, it is never hidden and hears nothing.
 */
export const browserSignals: Signals = {
  isHidden,
  listen(listener) {
    const stops: (() => void)[] = []
    const hear = (target: () => EventTarget, type: string, tell: (event: Event) => void) =>
      attempt(() => {
        const there = target()
        // First of all, so that whoever looks at the session in the same event finds it up to date.
        there.addEventListener(type, tell, true)
        stops.push(() => attempt(() => there.removeEventListener(type, tell, true)))
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
    return () => stops.forEach((stop) => stop())
  },
}
