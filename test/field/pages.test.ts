import { afterEach, describe, expect, it, vi } from 'vitest'
import { createSession } from '../../src'
import { HOUR, LIFE, live } from '../liveSession'
import { browserSignals } from '../../src/signals/browser'
import { createFakeBackend } from '../../src/testing'

// What users of other libraries suffered from what their platforms say or forbid, each through the public API.

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

describe('F21: a phone does not know whether it is online, and is not renewed (emitsignal/emitsignal#32)', () => {
  it.each([null, undefined, false])('is renewed: what the platform says of the network (%s) is no reason not to try', async (onLine) => {
    vi.stubGlobal('navigator', { onLine })
    const page = new EventTarget()
    vi.stubGlobal('window', page)
    vi.stubGlobal('document', Object.assign(new EventTarget(), { visibilityState: 'visible' }))
    const { time, session, fake } = await live({ ports: { signals: browserSignals } })
    page.dispatchEvent(new Event('offline'))
    await time.advance(24 * HOUR)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    expect(fake.count('extend')).toBeGreaterThan((24 * HOUR) / LIFE)
  })
})

describe('F27: a content security policy blocks the worker (keycloakify/oidc-spa#115)', () => {
  it('blocks nothing: a session needs no worker, no blob, no frame and no code from text', async () => {
    const blocked = vi.fn(() => {
      throw new Error('blocked by a content security policy')
    })
    for (const name of ['Worker', 'SharedWorker', 'Blob', 'Function', 'eval']) vi.stubGlobal(name, vi.fn(function () {
      blocked()
    }))
    const createElement = vi.fn(blocked)
    vi.stubGlobal('window', new EventTarget())
    vi.stubGlobal('document', Object.assign(new EventTarget(), { visibilityState: 'visible', createElement }))
    // As an app gets it, on this platform's own clock.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] })
    const fake = createFakeBackend({ now: Date.now })
    const opened = vi.fn(() => createSession(fake.backend))
    expect(opened).not.toThrow()
    const session = opened()
    const release = session.start()
    await vi.advanceTimersByTimeAsync(12 * HOUR)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    expect(fake.count('extend')).toBeGreaterThan((12 * HOUR) / LIFE)
    expect(blocked).not.toHaveBeenCalled()
    release()
  })
})
