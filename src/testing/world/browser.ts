import type { Choices } from './choices'
import { createMachine, type Machine } from './machine'
import { createNetwork, type Network } from './network'
import { type Behaviours, createPrimitives } from './primitives'
import type { Server } from './server'
import { createTab, type HeldTab, type Tab } from './tab'
import type { Timeline } from './timeline'

/** A browser on a machine: its tabs share a network and a cookie. */
export interface Browser {
  readonly machine: Machine
  readonly network: Network
  /** How its locks, its store, its channels and its notes behave; may be changed at any time. */
  readonly behaviours: Behaviours
  /** The cookie. */
  token: string | undefined
  /** Those that are open. */
  readonly tabs: readonly Tab[]
  /** @param before a page that is gone: then the next one in the same tab, as after a reload */
  openTab(before?: Tab): Tab
}

export function createBrowser(timeline: Timeline, server: Server, choices: Choices): Browser {
  const shared = createPrimitives(timeline, choices)
  const opened: HeldTab[] = []
  const browser: Browser = {
    machine: createMachine(timeline),
    network: createNetwork(() => opened.forEach(({ tellOnline }) => tellOnline())),
    behaviours: shared.behaviours,
    token: undefined,
    get tabs() {
      return opened.filter(({ isGone }) => !isGone)
    },
    openTab(before) {
      const own = opened.find((tab) => tab === before)?.own ?? new Map<string, string>()
      const tab = createTab({ timeline, server, choices, browser, shared, number: opened.length + 1, own })
      opened.push(tab)
      return tab
    },
  }
  return browser
}
