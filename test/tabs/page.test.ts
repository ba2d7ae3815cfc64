import { afterEach, describe, expect, it, vi } from 'vitest'
import { createSession } from '../../src/index'
import { pagePrimitives } from '../../src/tabs/primitives'

afterEach(() => vi.unstubAllGlobals())

describe('a page in which nothing is stored', () => {
  it('has a session all the same, and says once that it is alone', async () => {
    vi.stubGlobal('document', Object.assign(new EventTarget(), { visibilityState: 'visible' }))
    vi.stubGlobal('window', new EventTarget())
    vi.stubGlobal('BroadcastChannel', undefined)
    const session = createSession({ check: () => true, extend: () => true, revoke: () => {} }, { name: 'mine' })
    const release = session.start()
    expect(await session.ready()).toMatchObject({ signedIn: true, problem: { code: 'ERR_SESSION_STORAGE' } })
    expect(await session.extend()).toMatchObject({ signedIn: true, problem: undefined })
    expect(await session.signOut()).toMatchObject({ signedIn: false, reason: 'signedOut' })
    release()
  })

  it('has what the page has, and touches it only when it is used', async () => {
    const { store, notes, BroadcastChannel } = pagePrimitives()
    expect([notes, BroadcastChannel]).toEqual([globalThis.localStorage, globalThis.BroadcastChannel])
    await expect(store?.get('a')).rejects.toThrow()
    await expect(store?.update('a', () => 1)).rejects.toThrow()
    vi.stubGlobal('navigator', { locks: 'locks' })
    expect(pagePrimitives().locks).toBe('locks')
  })
})
