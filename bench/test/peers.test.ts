import { createHook } from 'node:async_hooks'
import { describe, expect, it } from 'vitest'
import { createWorld } from '../../src/testing'
import type { Client } from '../survival/client'
import { betterAuth, betterAuthPolling } from '../survival/peers/betterAuth'
import { keycloak, keycloakPolling } from '../survival/peers/keycloak'
import { nextAuth } from '../survival/peers/nextAuth'
import { oidcClientTs, oidcClientTsShort } from '../survival/peers/oidcClientTs'
import { para } from '../survival/peers/para'
import { supabase } from '../survival/peers/supabase'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const LIFE = 2 * HOUR

interface Peer {
  readonly client: Client
  /** Keeps a session alive in a page that nobody looks away from. */
  readonly keeps: boolean
  /** So long after a revocation, at most, an app shows it. */
  readonly noticesWithinMs: number
  /** Asks when the page is looked at again. */
  readonly asksOnSight: boolean
}
const peers: readonly Peer[] = [
  { client: para, keeps: true, noticesWithinMs: LIFE + MINUTE, asksOnSight: true },
  { client: nextAuth, keeps: true, noticesWithinMs: 6 * MINUTE, asksOnSight: true },
  { client: betterAuth, keeps: false, noticesWithinMs: Infinity, asksOnSight: true },
  { client: betterAuthPolling, keeps: true, noticesWithinMs: 6 * MINUTE, asksOnSight: true },
  { client: supabase, keeps: true, noticesWithinMs: 62 * MINUTE, asksOnSight: false },
  { client: oidcClientTs, keeps: true, noticesWithinMs: 61 * MINUTE, asksOnSight: false },
  { client: oidcClientTsShort, keeps: true, noticesWithinMs: 6 * MINUTE, asksOnSight: false },
  { client: keycloak, keeps: true, noticesWithinMs: 6 * MINUTE, asksOnSight: false },
  { client: keycloakPolling, keeps: true, noticesWithinMs: 6 * MINUTE, asksOnSight: false },
]

/** Signs in, and opens the client in so many tabs; the first one is looked at. */
async function start({ open }: Client, tabs = 1) {
  const world = createWorld({ server: { lifeMs: LIFE }, seed: 7 })
  const browser = world.openBrowser()
  browser.token = world.server.signIn('ada')
  let calls = 0
  const clients = []
  for (let i = 0; i < tabs; i++) {
    const tab = browser.openTab()
    tab.on(({ type }) => type === 'request.sent' && calls++)
    if (i > 0) tab.hide()
    clients.push(await open(tab))
    await world.advance(1_000)
  }
  return { world, browser, clients, client: clients[0] as (typeof clients)[0], calls: () => calls, isAlive: () => !world.server.find(browser.token)?.ended }
}

describe.each(peers)('$client.name', ({ client: peer, keeps, noticesWithinMs, asksOnSight }) => {
  it('says what it is', () => {
    expect(peer.version).toMatch(/^\d+\.\d+\.\d+$/)
    expect(peer.configuration).toMatch(/\(.+\..+\/.+\)$/)
  })

  it('sees who is signed in, and who is not', async () => {
    const { world, client } = await start(peer)
    expect(client.signedIn()).toBe(true)
    const other = await peer.open(world.openBrowser().openTab())
    expect(other.signedIn()).not.toBe(true)
    await world.advance(MINUTE)
    expect(other.signedIn()).toBe(false)
  })

  it(keeps ? 'keeps a session alive for five hours' : 'lets a session end in a page that nobody looks at', async () => {
    const { world, client, isAlive } = await start(peer)
    await world.advance(5 * HOUR)
    expect(isAlive()).toBe(keeps)
    expect(client.signedIn()).toBe(true)
  })

  if (noticesWithinMs < Infinity) {
    it('notices an end by itself', async () => {
      const { world, browser, client } = await start(peer)
      await world.advance(HOUR)
      world.server.revoke(browser.token)
      await world.advance(noticesWithinMs)
      expect(client.signedIn()).toBe(false)
    })
  }

  it(asksOnSight ? 'notices an end when the page is looked at again' : 'does not ask when the page is looked at again', async () => {
    const { world, browser, client } = await start(peer)
    const [tab] = browser.tabs
    // None of them is due to ask by itself within the next minute.
    await world.advance(53 * MINUTE)
    world.server.revoke(browser.token)
    tab?.hide()
    await world.advance(MINUTE / 2)
    expect(client.signedIn()).toBe(true)
    tab?.show()
    await world.advance(MINUTE / 2)
    expect(client.signedIn()).toBe(!asksOnSight)
  })

  it('uses no timer of Node', async () => {
    const { world } = await start(peer)
    const made = new Set<string>()
    const hook = createHook({ init: (_, type) => void made.add(type) }).enable()
    await world.advance(2 * HOUR)
    hook.disable()
    expect([...made].filter((type) => !['PROMISE', 'Microtask', 'TickObject', 'Immediate'].includes(type))).toEqual([])
  })

  it('works in twenty tabs, and the same way each time', async () => {
    const run = async () => {
      const { world, browser, clients, calls } = await start(peer, 20)
      await world.advance(HOUR)
      browser.tabs[0]?.hide()
      browser.tabs[7]?.show()
      await world.advance(HOUR)
      const seen = clients.map(({ signedIn }) => signedIn())
      const made = calls()
      clients.forEach(({ close }) => close())
      await world.advance(HOUR)
      expect(calls()).toBe(made)
      return { made, seen }
    }
    const first = await run()
    expect(new Set(first.seen)).toEqual(new Set([true]))
    expect(await run()).toEqual(first)
  })
})
