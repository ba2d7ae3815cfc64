import { describe, expect, it } from 'vitest'
import { createWorld, type ServerOptions, type Tab } from '../../src/testing'
import type { Client } from '../survival/client'
import { keycloak, keycloakPolling } from '../survival/peers/keycloak'
import { oidcClientTs, oidcClientTsShort } from '../survival/peers/oidcClientTs'
import { supabase } from '../survival/peers/supabase'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

function signIn(server: ServerOptions = {}) {
  const world = createWorld({ server, seed: 7 })
  const browser = world.openBrowser()
  const token = world.server.signIn('ada')
  browser.token = token
  const calls: string[] = []
  const openTab = () => {
    const tab = browser.openTab()
    tab.on((event) => event.type === 'request.sent' && calls.push(event.kind))
    return tab
  }
  return { world, browser, calls, openTab, ended: () => world.server.find(token)?.ended }
}

const stored = ({ primitives: { notes } }: Tab, key: string) => JSON.parse(notes?.getItem(key) ?? '{}') as { readonly [name: string]: unknown }

describe.each([supabase, oidcClientTs, oidcClientTsShort, keycloak, keycloakPolling])('$name', (peer: Client) => {
  it('presents the refresh token that it was given last', async () => {
    // Here each is good once, and whoever uses it again later is taken for a thief.
    const { world, openTab, ended } = signIn({ rotates: true })
    const client = await peer.open(openTab())
    await world.advance(5 * HOUR)
    expect([client.signedIn(), ended()]).toEqual([true, undefined])
  })

  it('takes no outage for an end', async () => {
    const { world, browser, openTab, ended } = signIn()
    const client = await peer.open(openTab())
    await world.advance(50 * MINUTE)
    browser.network.conditions = () => ({ fault: { status: 503 }, thereMs: 50, backMs: 50 })
    await world.advance(20 * MINUTE)
    expect(client.signedIn()).not.toBe(false)
    expect(ended()).toBeUndefined()
  })

  it('keeps no session alive in a machine that sleeps', async () => {
    const { world, browser, openTab, ended } = signIn()
    const client = await peer.open(openTab())
    await world.advance(12 * MINUTE)
    browser.machine.sleep(3 * HOUR)
    await world.advance(4 * HOUR + 10 * MINUTE)
    expect([client.signedIn(), ended()]).toEqual([false, 'expired'])
  })
})

describe('access tokens', () => {
  it('are renewed as often as their life and the library say', async () => {
    const perHour = async (peer: Client) => {
      const { world, calls, openTab } = signIn()
      await peer.open(openTab())
      await world.advance(MINUTE)
      calls.length = 0
      await world.advance(10 * HOUR)
      return calls.length / 10
    }
    // Of 60 minutes, 90 seconds and a tick before their end; or a minute before it. Of 5 minutes a minute before it, at it, or 70 seconds before it.
    expect(await perHour(supabase)).toBe(1)
    expect(await perHour(oidcClientTs)).toBe(1)
    expect(await perHour(oidcClientTsShort)).toBe(15)
    expect(await perHour(keycloak)).toBe(12)
    expect(Math.round(await perHour(keycloakPolling))).toBe(15)
  })
})

it.each([
  { client: supabase, asksAgain: true },
  // authts/oidc-client-ts#1343
  { client: oidcClientTs, asksAgain: false },
  { client: oidcClientTsShort, asksAgain: false },
  // Its timer is set with each new token, and there was none.
  { client: keycloak, asksAgain: false },
  { client: keycloakPolling, asksAgain: true },
])('$client.name: after a renewal that found no network, asks again by itself: $asksAgain', async ({ client, asksAgain }) => {
  const { world, browser, calls, openTab, ended } = signIn()
  await client.open(openTab())
  await world.advance(50 * MINUTE)
  browser.network.cut()
  await world.advance(20 * MINUTE)
  browser.network.restore()
  calls.length = 0
  await world.advance(4 * HOUR)
  expect(calls.length > 0).toBe(asksAgain)
  expect(ended()).toBe(asksAgain ? undefined : 'expired')
})

describe("supabase's stand-in", () => {
  const KEY = 'supabase.auth.token'
  const start = async () => {
    const given = signIn()
    const tab = given.openTab()
    const client = await supabase.open(tab)
    /** The page finds what was stored an hour or two ago, as after a backup. */
    const putBack = (session: object) => tab.primitives.notes?.setItem(KEY, JSON.stringify(session))
    return { ...given, tab, client, putBack, session: () => stored(tab, KEY) }
  }

  it('gives another refresh token each time', async () => {
    const { world, session } = await start()
    const first = session()
    await world.advance(HOUR)
    expect(session()['refresh_token']).not.toBe(first['refresh_token'])
    expect(session()['expires_at']).toBeGreaterThan(Number(first['expires_at']))
  })

  it('gives the active one for its parent, which was answered in vain', async () => {
    const { world, session, putBack, ended } = await start()
    const first = session()
    await world.advance(HOUR)
    const second = session()
    putBack(first)
    await world.advance(MINUTE)
    expect(session()['refresh_token']).toBe(second['refresh_token'])
    expect(ended()).toBeUndefined()
  })

  it('ends the session when an older one is used again', async () => {
    const { world, session, putBack, client, ended } = await start()
    const first = session()
    await world.advance(2 * HOUR)
    putBack(first)
    await world.advance(MINUTE)
    expect(ended()).toBe('signedOut')
    expect(client.signedIn()).toBe(false)
  })

  it('answers two that use one at the same time', async () => {
    const { world, calls, openTab, client, ended } = await start()
    const other = await supabase.open(openTab())
    await world.advance(5 * HOUR)
    expect(calls.length).toBeLessThanOrEqual(10)
    expect([client.signedIn(), other.signedIn(), ended()]).toEqual([true, true, undefined])
  })
})
