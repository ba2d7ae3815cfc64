import { describe, expect, it } from 'vitest'
import type { Fault } from '../../../src/testing/world/network'
import { MINUTE, outcome, readParts, SECOND, visit } from './visit'

describe('a fault', () => {
  it.each<[Fault | undefined, unknown, string[], number]>([
    [undefined, 200, ['extend yes 200'], 1],
    ['refused', 'TypeError', ['extend failed'], 0],
    ['lostRequest', 'pending', [], 0],
    ['lostReply', 'pending', [], 1],
    ['broken', 'TypeError', ['extend failed'], 1],
    ['portal', 200, ['extend failed 200'], 0],
    ['redirect', 302, ['extend failed 302'], 0],
    ['garbage', 200, ['extend failed 200'], 0],
    ['oversize', 200, ['extend failed 200'], 0],
    ['drip', 200, ['extend yes 200'], 1],
    [{ status: 503 }, 503, ['extend failed 503'], 0],
    [{ status: 429, retryAfter: '30' }, 429, ['extend failed 429'], 0],
  ])('%j gives %s, is heard as %j, and the server has done it %d times', async (fault, answer, expected, moves) => {
    const { tab, advance, heard, session, elapsed } = await visit({ fault })
    const asked = outcome(tab.fetch('/session/extend'))
    let settledAt = 0
    tab.on(() => (settledAt = elapsed()))
    await advance(10 * MINUTE)
    expect([asked.is, heard, session()?.moves]).toEqual([answer, expected, moves])
    if (expected.length > 0) expect(settledAt).toBe(fault === 'refused' ? 1 : 100)
  })

  it.each(['lostReply', 'broken'] as const)('%s signs somebody in whose browser does not know', async (fault) => {
    const { tab, advance, browser, token, server } = await visit({ fault })
    void outcome(tab.fetch('/session/sign-in?as=bob'))
    await advance(SECOND)
    expect([browser.token, server.find('token-2')?.subject]).toEqual([token, 'bob'])
  })

  it.each<[Fault, object, RegExp]>([
    ['portal', { 'content-type': 'text/html' }, /^<h1>/],
    ['redirect', { location: 'https://elsewhere.example/' }, /^$/],
    ['garbage', { 'content-type': 'application/json' }, /^\{"expiresAt":$/],
    [{ status: 503 }, {}, /^$/],
    [{ status: 503, retryAfter: '600' }, { 'retry-after': '600' }, /^$/],
  ])('%j has headers and a body of its own', async (fault, headers, body) => {
    const { tab, advance } = await visit({ fault })
    const asked = outcome(tab.fetch('/session'))
    await advance(SECOND)
    expect(Object.fromEntries(asked.value.headers)).toEqual(headers)
    expect(await asked.value.text()).toMatch(body)
  })
})

describe('a slow body', () => {
  it('that drips comes in eight parts, four seconds apart, and is whole in the end', async () => {
    const { tab, advance, elapsed, session } = await visit({ fault: 'drip' })
    const parts: string[] = []
    const [asked, read] = [outcome(tab.fetch('/session')), outcome(tab.fetch('/session').then((response) => response.text()))]
    await advance(100)
    void readParts(asked.value, elapsed, parts)
    await advance(MINUTE)
    expect(parts.map((part) => part.split('@')[1])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9].map((nth) => `${100 + nth * 4 * SECOND}`))
    expect(JSON.parse(read.is as string)).toEqual({ expiresAt: session()?.expiresAt, subject: 'ada' })
  })

  it('that is too large is a megabyte of JSON, and takes its time', async () => {
    const { tab, advance } = await visit({ fault: 'oversize' })
    const read = outcome(tab.fetch('/session').then(async (response) => [response.headers.get('content-type'), (await response.text()).length]))
    await advance(6 * SECOND)
    expect(read.is).toBe('pending')
    await advance(SECOND)
    expect(read.is).toEqual(['application/json', 1_048_576])
  })

  it('stops at abort', async () => {
    const { tab, advance, elapsed } = await visit({ fault: 'drip' })
    const abort = new AbortController()
    const parts: string[] = []
    const asked = outcome(tab.fetch('/session', { signal: abort.signal }))
    await advance(100)
    void readParts(asked.value, elapsed, parts)
    await advance(9 * SECOND)
    abort.abort()
    await advance(MINUTE)
    expect(parts.map((part) => part.replace(/^\d+/, 'part'))).toEqual(['part@4100', 'part@8100', 'AbortError@9100'])
  })

  it.each([['waits for a tab that is frozen', 'resume', 9], ['comes to nobody in one that is gone', 'vanish', 0]] as const)('%s', async (_, fate, count) => {
    const { tab, advance, elapsed } = await visit({ fault: 'drip' })
    const parts: string[] = []
    const asked = outcome(tab.fetch('/session'))
    await advance(100)
    void readParts(asked.value, elapsed, parts)
    tab.freeze()
    await advance(MINUTE)
    expect(parts).toEqual([])
    tab[fate]()
    await advance(MINUTE)
    expect(parts.length).toBe(count)
  })
})
