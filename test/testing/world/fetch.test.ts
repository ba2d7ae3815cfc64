import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { createWorld } from '../../../src/testing/world/createWorld'
import type { Fault } from '../../../src/testing/world/network'
import { MINUTE, outcome, SECOND, visit } from './visit'

describe('a fetch', () => {
  it('has the answer of the server, after the way there and back', async () => {
    const { tab, advance, token, server, heard } = await visit({ thereMs: 200, backMs: 300 })
    const asked = outcome(tab.fetch('/session'))
    await advance(499)
    expect([asked.is, heard]).toEqual(['pending', []])
    const reply = server.handle({ kind: 'check', token })
    await advance(1)
    expect([asked.is, heard]).toEqual([200, ['check yes 200']])
    expect(Object.fromEntries(asked.value.headers)).toEqual({ 'content-type': 'application/json', ...reply.headers })
    expect(await asked.value.json()).toEqual(reply.json)
  })

  it.each<[string, Parameters<typeof fetch>[0]]>([
    ['a path', '/session/extend'],
    ['an address', 'https://app.example/session/extend'],
    ['a URL', new URL('https://app.example/session/extend')],
    ['a request', new Request('https://app.example/session/extend', { method: 'POST' })],
  ])('takes %s', async (_, input) => {
    const { tab, advance, session } = await visit()
    void tab.fetch(input)
    await advance(SECOND)
    expect(session()?.moves).toBe(1)
  })

  it('is refused where nothing is', async () => {
    const { tab } = await visit()
    await expect(tab.fetch('/elsewhere')).rejects.toThrow(new TypeError('nothing is at /elsewhere'))
  })

  it('hears a no without a body', async () => {
    const { tab, advance, browser, heard } = await visit({ fault: 'drip' })
    browser.token = undefined
    const asked = outcome(tab.fetch('/session'))
    await advance(SECOND)
    expect([asked.is, asked.value.body, heard]).toEqual([401, null, ['check no 401']])
  })

  it('sends the cookie of its browser, takes the one it is given, and drops it when told so', async () => {
    const { tab, advance, browser, server, token } = await visit()
    void tab.fetch('/session/sign-in?as=bob')
    await advance(99)
    expect(browser.token).toBe(token)
    await advance(1)
    expect(server.find(browser.token)?.subject).toBe('bob')
    const bob = browser.token
    void tab.fetch('/session')
    await advance(SECOND)
    expect(browser.token).toBe(bob)
    void tab.fetch('/session/revoke')
    browser.token = token
    await advance(SECOND)
    expect([browser.token, server.find(bob)?.ended, server.find(token)?.ended]).toEqual([undefined, 'signedOut', undefined])
  })
})

describe('an abort', () => {
  it('beforehand sends nothing', async () => {
    const { tab, advance, heard, session } = await visit()
    const sent: string[] = []
    tab.on(({ type }) => sent.push(type))
    await expect(tab.fetch('/session/extend', { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
    await advance(SECOND)
    expect([sent, heard, session()?.moves]).toEqual([[], [], 0])
  })

  it.each([['on the way there', 20, 1], ['on the way back', 70, 1]])('%s rejects at once, and the late cookie is not taken', async (_, ms, signIns) => {
    const { tab, advance, heard, browser, token, server } = await visit()
    const abort = new AbortController()
    const asked = outcome(tab.fetch('/session/sign-in?as=bob', { signal: abort.signal }))
    await advance(ms)
    abort.abort()
    await Promise.resolve()
    expect(asked.is).toBe('AbortError')
    await advance(SECOND)
    expect([asked.is, heard, browser.token, server.find('token-2') ? 1 : 0]).toEqual(['AbortError', [], token, signIns])
  })

  it.each<Fault>(['lostRequest', 'lostReply'])('ends the wait after %s', async (fault) => {
    const { tab, advance } = await visit({ fault })
    const abort = new AbortController()
    const asked = outcome(tab.fetch('/session', { signal: abort.signal }))
    await advance(MINUTE)
    abort.abort()
    await advance(0)
    expect(asked.is).toBe('AbortError')
  })

  it('after the answer changes nothing, and nothing listens for it any more', async () => {
    const { tab, advance, heard } = await visit()
    const abort = new AbortController()
    const asked = outcome(tab.fetch('/session', { signal: abort.signal }))
    expect(getEventListeners(abort.signal, 'abort')).toHaveLength(1)
    await advance(SECOND)
    expect(getEventListeners(abort.signal, 'abort')).toEqual([])
    abort.abort()
    await advance(SECOND)
    expect([asked.is, heard]).toEqual([200, ['check yes 200']])
  })
})

describe('a machine that sleeps', () => {
  it('loses the reply that arrives meanwhile, and hears so when it wakes; the server did it', async () => {
    const { tab, advance, machine, heard, session, elapsed } = await visit()
    let failedAt = 0
    const asked = outcome(tab.fetch('/session/extend').catch((error: Error) => ((failedAt = elapsed()), Promise.reject(error))))
    machine.sleep(MINUTE)
    await advance(MINUTE - 1)
    expect([asked.is, session()?.moves]).toEqual(['pending', 1])
    await advance(1)
    expect([asked.is, failedAt, heard]).toEqual(['TypeError', MINUTE, ['extend failed']])
  })

  it('loses no cookie that it had', async () => {
    const { tab, advance, machine, browser, token } = await visit()
    void outcome(tab.fetch('/session/revoke'))
    machine.sleep(MINUTE)
    await advance(2 * MINUTE)
    expect(browser.token).toBe(token)
  })
})

describe('a tab', () => {
  it('that is frozen hears after it resumed, each answer in a task of its own', async () => {
    const { tab, advance, elapsed } = await visit()
    const diary: string[] = []
    for (const name of ['first', 'second']) {
      void tab.fetch('/session').then(() => {
        diary.push(`${name}@${elapsed()}`)
        tab.freeze()
      })
    }
    tab.freeze()
    await advance(MINUTE)
    expect(diary).toEqual([])
    tab.resume()
    await advance(MINUTE)
    expect(diary).toEqual([`first@${MINUTE}`])
    tab.resume()
    await advance(MINUTE)
    expect(diary).toEqual([`first@${MINUTE}`, `second@${2 * MINUTE}`])
  })

  it('that is gone hears nothing of what the server did for it', async () => {
    const { tab, advance, heard, session } = await visit()
    const asked = outcome(tab.fetch('/session/extend'))
    tab.vanish()
    await advance(MINUTE)
    expect([asked.is, heard, session()?.moves]).toEqual(['pending', [], 1])
  })
})

describe('a network', () => {
  it.each([[undefined, 'TypeError', 'refused'], ['refused', 'TypeError', 'refused'], ['lostRequest', 'pending', 'lostRequest']] as const)(
    'that is cut off (%s) lets nothing through until it is restored',
    async (how, answer, cutBy) => {
      const { tab, advance, network, session } = await visit({ fault: 'drip' })
      network.cut(how)
      const asked = outcome(tab.fetch('/session/extend'))
      await advance(MINUTE)
      expect([asked.is, session()?.moves, network.cutBy]).toEqual([answer, 0, cutBy])
      network.restore()
      const again = outcome(tab.fetch('/session/extend'))
      await advance(MINUTE)
      expect([again.is, session()?.moves, network.cutBy]).toEqual([200, 1, undefined])
    },
  )

  it('has no faults and 50 ms each way, and decides by the kind of request', async () => {
    const world = createWorld()
    const { network, openTab } = world.openBrowser()
    const { fetch } = openTab()
    expect(network.conditions('check')).toEqual({ thereMs: 50, backMs: 50 })
    const kinds: string[] = []
    network.conditions = (kind) => (kinds.push(kind), { thereMs: 1, backMs: 1 })
    for (const path of ['/session', '/session/extend', '/session/sign-in', '/session/revoke']) void fetch(path)
    await world.advance(SECOND)
    expect(kinds).toEqual(['check', 'extend', 'signIn', 'revoke'])
  })
})
