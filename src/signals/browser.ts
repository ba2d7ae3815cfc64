import type { Signal, Signals } from '../ports'

/** What a page hears of its life. Nothing is touched before somebody listens, and what a platform lacks is not heard. */
export const browserSignals: Signals = {
  isHidden: () => globalThis.document?.visibilityState === 'hidden',
  listen(listener) {
    const stops: (() => void)[] = []
    const hear = (target: EventTarget | undefined, type: string, signalOf: (event: Event) => Signal | undefined) => {
      const tell = (event: Event) => listener(signalOf(event))
      target?.addEventListener?.(type, tell)
      stops.push(() => target?.removeEventListener?.(type, tell))
    }
    const { document: page, window: view } = globalThis as Partial<typeof globalThis>
    hear(page, 'visibilitychange', () => (browserSignals.isHidden() ? 'hidden' : 'shown'))
    hear(page, 'freeze', () => 'frozen')
    hear(page, 'resume', () => 'woke')
    hear(view, 'pagehide', () => 'frozen')
    // Only a page that was kept has anything to make up for.
    hear(view, 'pageshow', (event) => ((event as PageTransitionEvent).persisted ? 'woke' : undefined))
    hear(view, 'online', () => 'online')
    hear(view, 'focus', () => undefined)
    return () => stops.forEach((stop) => stop())
  },
}
