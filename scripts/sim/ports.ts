import type { Ports } from 'outlast/core'
import type { Tab } from 'outlast/testing'
import { createTabs } from '../../src/tabs/createTabs'

/** What `outlast` gives a session in a page, on the primitives of a simulated tab. */
export const ports = (tab: Tab): Ports => ({
  ...tab.ports,
  signals: tab.signals,
  tabs: (given, name) => createTabs(given, name, tab.primitives),
})

/** What an app that limits its sessions gives them. */
export { limits } from '../../src/limits/limits'
