import { createSession } from '../../src/core'
import { httpBackend } from '../../src/backends/http'
import type { Tab } from '../../src/testing'
import { MINUTE, SECOND } from './traces'

/** Keeps a session alive in a tab, somehow. */
export type Client = (tab: Tab) => void

export const outlast: Client = (tab) => {
  const backend = httpBackend({ check: '/session', extend: '/session/extend', fetch: (url, init) => tab.fetch(url, init) })
  createSession(backend, {}, { ...tab.ports, signals: tab.signals }).start()
}

/** One attempt of a simple client: how long the session lives from now on, `ended`, or undefined when nobody answered. */
async function extend({ fetch, ports: { clock } }: Tab, path = '/session/extend'): Promise<number | 'ended' | undefined> {
  const abort = new AbortController()
  const timer = clock.setTimeout(() => abort.abort(), 30 * SECOND)
  const sentAt = clock.now()
  try {
    const response = await fetch(path, { method: 'POST', signal: abort.signal })
    if (response.status === 401) return 'ended'
    const { ttlMs } = (await response.json()) as { ttlMs: number }
    return sentAt + ttlMs - clock.now()
  } catch {
    return undefined
  } finally {
    clock.clearTimeout(timer)
  }
}

/** Extends at a fraction of the life, and tries again every half a minute when nobody answers. */
export const atFraction =
  (fraction: number): Client =>
  (tab) => {
    const attempt = async () => {
      const left = await extend(tab)
      if (left !== 'ended') tab.ports.clock.setTimeout(() => void attempt(), left === undefined ? 30 * SECOND : left * fraction)
    }
    void attempt()
  }

/** Extends blindly, as `setInterval` does. */
export const every =
  (ms: number): Client =>
  (tab) => {
    const attempt = async () => {
      if ((await extend(tab)) === 'ended') stopped = true
    }
    let stopped = false
    const tick = () => {
      if (stopped) return
      void attempt()
      tab.ports.clock.setTimeout(tick, ms)
    }
    tick()
  }

/** Looks once a minute, and extends when less than five are left. */
export const inTheLastMinutes: Client = (tab) => {
  let endsAt = 0
  let stopped = false
  const attempt = async (path?: string) => {
    const left = await extend(tab, path)
    if (left === 'ended') stopped = true
    else if (left !== undefined) endsAt = tab.ports.clock.now() + left
  }
  const tick = () => {
    if (stopped) return
    if (endsAt - tab.ports.clock.now() < 5 * MINUTE) void attempt()
    tab.ports.clock.setTimeout(tick, MINUTE)
  }
  void attempt('/session').then(tick)
}

export const clients: { readonly [name: string]: Client } = {
  Outlast: outlast,
  'last 5 minutes': inTheLastMinutes,
  'at 80 %': atFraction(0.8),
  'at 50 %': atFraction(0.5),
  'at 33 %': atFraction(1 / 3),
  'at 25 %': atFraction(0.25),
  'at 20 %': atFraction(0.2),
  'at 10 %': atFraction(0.1),
  'every 30 min': every(30 * MINUTE),
  'every 15 min': every(15 * MINUTE),
  'every 5 min': every(5 * MINUTE),
}
