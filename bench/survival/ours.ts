import { createSession, type SessionBackend } from '../../src/core'
import { httpBackend } from '../../src/backends/http'
import { paraBackend } from '../../src/backends/para'
import { createTabs } from '../../src/tabs/createTabs'
import type { Tab } from '../../src/testing'
import type { Client } from './client'
import { paraClient } from './paraClient'

const outlastWith = (name: string, configuration: string, backendOf: (tab: Tab) => SessionBackend): Client => ({
  name,
  version: undefined,
  configuration,
  async open(tab) {
    const session = createSession(backendOf(tab), {}, { ...tab.ports, signals: tab.signals, tabs: (given, name) => createTabs(given, name, tab.primitives) })
    const close = session.start()
    return { signedIn: () => session.get().signedIn, close }
  },
})

export const outlast = outlastWith('Outlast', 'createSession(httpBackend({ check, extend, revoke })), nothing else (README)', (tab) =>
  httpBackend({ check: '/session', extend: '/session/extend', revoke: '/session/revoke', fetch: (url, init) => tab.fetch(url, init) }),
)

export const outlastOnPara = outlastWith('Outlast on Para', 'createSession(paraBackend(para)), nothing else (README)', (tab) => paraBackend(paraClient(tab)))
