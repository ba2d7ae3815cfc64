import type { Browser, Tab } from '../../src/testing'

const listeners = new WeakMap<Browser, Set<() => void>>()

/** A world tells a page when its network is back, but not when it goes; a browser tells both. */
function listenersOf({ browser }: Tab): Set<() => void> {
  const known = listeners.get(browser)
  if (known) return known
  const all = new Set<() => void>()
  const { network } = browser
  const { cut } = network
  network.cut = (how) => {
    cut(how)
    all.forEach((look) => look())
  }
  listeners.set(browser, all)
  return all
}

/**
 * Whether a page believes that it is online, and when it hears of a change: as soon as it runs. A connection that is
 * lost without a word, behind a router for instance, is none that anybody tells of.
 */
export function createLine(tab: Tab, changed: (isOnline: boolean) => void) {
  const { machine, network } = tab.browser
  const isOnline = () => network.cutBy !== 'refused'
  let believed = isOnline()
  const look = () =>
    machine.onceAwake(() => {
      if (tab.isFrozen || tab.isGone || isOnline() || !believed) return
      believed = false
      changed(false)
    })
  const all = listenersOf(tab)
  all.add(look)
  return {
    isOnline,
    look,
    /** The world says that the network is back. */
    back() {
      if (!isOnline()) return
      believed = true
      changed(true)
    },
    stop: () => void all.delete(look),
  }
}
