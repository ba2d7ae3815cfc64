import { describe, expect, it } from 'vitest'
import { drawnChoices, harmlessChoices } from '../../../src/testing/world/choices'
import { createServer } from '../../../src/testing/world/server'
import { createTimeline } from '../../../src/testing/world/timeline'
import { MINUTE, outcome, SECOND, visit } from './visit'

describe('at its edges', () => {
  it('a chance of 1 is always taken', () => {
    const { chance } = drawnChoices(1)
    expect(Array.from({ length: 100 }, () => chance(1))).toEqual(Array.from({ length: 100 }, () => true))
  })
  it('time never goes back, whoever else lets it pass, or by how much', async () => {
    const { at, advance, now } = createTimeline(0, harmlessChoices())
    const seen: number[] = []
    for (const time of [5, 6, 50]) at(time, () => seen.push(now()))
    const all = advance(100)
    await advance(10)
    seen.push(now())
    await all
    await advance(-50)
    seen.push(now())
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
  })
  it('a time that is no number is refused', async () => {
    const { after } = createTimeline(0, harmlessChoices())
    expect(() => after(NaN, () => undefined)).toThrow(RangeError)
  })
  it('a first life is no longer than the last end of all', () => {
    const server = createServer(createTimeline(0, harmlessChoices()), { limit: 'absolute', lifeMs: 100, maxMs: 50 })
    expect(server.find(server.signIn('ada'))).toMatchObject({ expiresAt: 50, maxExpiresAt: 50 })
  })
  it('each old cookie has a grace of its own', async () => {
    const timeline = createTimeline(0, harmlessChoices())
    const server = createServer(timeline, { rotates: true })
    const first = server.signIn('ada')
    await timeline.advance(1)
    const second = server.handle({ kind: 'extend', token: first }).token as string
    await timeline.advance(9_000)
    const third = server.handle({ kind: 'extend', token: second }).token as string
    await timeline.advance(6_000)
    expect([server.handle({ kind: 'check', token: second }).status, server.handle({ kind: 'check', token: first }).status, server.find(third)?.ended]).toEqual([200, 401, 'reused'])
  })
  it.each(['drip', 'oversize'] as const)('a body (%s) that is cancelled stops, and harms nobody', async (fault) => {
    const { tab, advance } = await visit({ fault })
    void tab.fetch('/session').then(async ({ body }) => {
      const reader = (body as ReadableStream).getReader()
      await reader.read()
      void reader.read()
      await Promise.resolve()
      await reader.cancel()
    })
    await advance(MINUTE)
  })
  it('the signal of a request counts', async () => {
    const { tab, advance } = await visit()
    const abort = new AbortController()
    const asked = outcome(tab.fetch(new Request('https://app.example/session', { signal: abort.signal })))
    abort.abort()
    await advance(SECOND)
    expect(asked.is).toBe('AbortError')
  })
  it('an abort rejects with its reason', async () => {
    const { tab, advance } = await visit()
    const abort = new AbortController()
    const asked = outcome(tab.fetch('/session', { signal: abort.signal }))
    abort.abort(new RangeError('mine'))
    await advance(SECOND)
    expect(asked.is).toBe('RangeError')
  })
  it('a body does not outlive a sleep', async () => {
    const { tab, advance, machine } = await visit({ fault: 'drip' })
    const read = outcome(tab.fetch('/session').then((response) => response.text()))
    await advance(5 * SECOND)
    machine.sleep(MINUTE)
    await advance(10 * MINUTE)
    expect(read.is).toBe('TypeError')
  })
  it('a frozen tab that resumes brings no old cookie back', async () => {
    const { tab, browser, advance, server } = await visit()
    void tab.fetch('/session/sign-in?as=ada')
    tab.freeze()
    await advance(SECOND)
    void browser.openTab().fetch('/session/sign-in?as=bob')
    await advance(SECOND)
    tab.resume()
    await advance(SECOND)
    expect(server.find(browser.token)?.subject).toBe('bob')
  })
  it('a gone tab takes no cookie', async () => {
    const { tab, browser, advance, token } = await visit()
    void tab.fetch('/session/sign-in?as=bob')
    tab.vanish()
    await advance(SECOND)
    expect(browser.token).toBe(token)
  })
  it('a timer that is overdue fires when its tab is shown', async () => {
    const { tab, advance, elapsed } = await visit()
    tab.hide()
    await advance(5 * MINUTE + SECOND)
    let firedAt = 0
    tab.platform.setTimeout(() => (firedAt = elapsed()), SECOND)
    await advance(10 * SECOND)
    tab.show()
    const shownAt = elapsed()
    await advance(MINUTE)
    expect(firedAt).toBe(shownAt)
  })
  it('a tab that is gone has no timers', async () => {
    const { tab } = await visit()
    tab.platform.setTimeout(() => undefined, SECOND)
    tab.vanish()
    expect(tab.pendingTimers()).toBe(0)
  })
})
