import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createParaControl, uniqueApiKey } from '../../examples/para-api/client'
import type { Faults } from '../../examples/para-api/contract'
import { paraBackend } from '../../src/backends/para'
import { createSession } from '../../src/index'
import { describeBackend } from '../../src/testing'
import { closeAll, HOUR, importedPara, LIFE, MINUTE, openPara, ownSignIn } from './paraWorld'

beforeEach(() => {
  // In DEV the SDK prints each of its state changes, and whatever it takes for a wrong API key.
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
})

afterEach(async () => {
  await closeAll()
  vi.restoreAllMocks()
})

for (const [how, faults] of [
  ['refused connections', { all: { refuse: true } }],
  ['500', { all: { status: 500 } }],
  ['429', { all: { status: 429, retryAfter: 5 } }],
  ['HTML', { touch: { html: true }, keepAlive: { status: 502 } }],
] satisfies [string, Faults][]) {
  for (const end of ['revoke', 'expire'] as const) {
    describeBackend(
      `para, with ${how} for an outage and ${end} for an end,`,
      async () => {
        const control = createParaControl(uniqueApiKey())
        const para = await importedPara(control)
        return {
          backend: paraBackend(para, { signIn: ownSignIn(control, para) }),
          end: () => control[end](),
          cutOff: () => control.setFaults(faults),
          restore: () => control.clearFaults(),
          close: () => control.forget(),
        }
      },
      { describe, it },
    )
  }
}

describe('a Para session', () => {
  it('is extended again and again, and checked no more than once', async () => {
    const { session, told, states, count, pass } = await openPara()
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, status: 'active' })
    await pass(5 * LIFE)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
    expect(new Set(told)).toEqual(new Set(['session.extended']))
    expect(await count('keepAlive')).toBe(told.length)
    expect(await count('touch')).toBeLessThan(5)
    expect([...states].filter((state) => state.startsWith('expired') || state === 'unknown.waiting')).toEqual([])
  })

  it('is not extended when somebody else did so: the cookie is read first', async () => {
    const { para, session, told, count, pass } = await openPara()
    await pass(20 * MINUTE)
    await para.keepSessionAlive()
    const before = await count('keepAlive')
    await pass(15 * MINUTE)
    expect(await count('keepAlive')).toBe(before)
    expect(told).toEqual(['session.extended'])
    expect(session.get().signedIn).toBe(true)
  })

  it('outlives its length on the real clock', async () => {
    const control = createParaControl(uniqueApiKey())
    await control.configure({ sessionLengthMs: 3_000 })
    const session = createSession(paraBackend(await importedPara(control)))
    const release = session.start()
    const { expiresAt = NaN } = await session.ready()
    const expired = vi.fn()
    session.on('session.expired', expired)
    await expect.poll(() => Date.now(), { timeout: 10_000 }).toBeGreaterThan(expiresAt + 1_500)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    expect(session.get().expiresAt).toBeGreaterThan(expiresAt)
    expect(expired).not.toHaveBeenCalled()
    release()
    await control.forget()
  })
})

describe('the server’s no', () => {
  it.each(['revoke', 'expire'] as const)('ends the session after one refused extension and one check: %s', async (how) => {
    const { control, para, session, told, count, pass } = await openPara()
    await control[how]()
    const [extensions, checks] = [await count('keepAlive'), await count('touch')]
    await pass(HOUR)
    expect(session.get()).toMatchObject({ signedIn: false, certain: true, reason: 'ended', state: 'expired.ended' })
    expect(told).toEqual(['session.expired'])
    expect([(await count('keepAlive')) - extensions, (await count('touch')) - checks]).toEqual([1, 1])
    // The SDK itself goes on to believe that somebody is signed in.
    expect(para.authPhase).toBe('authenticated')
  })

  it('to a check of its own ends the session at once', async () => {
    const { control, session } = await openPara()
    await control.revoke()
    expect(await session.check()).toMatchObject({ signedIn: false, reason: 'ended' })
  })

  it('as a 401 ends the session', async () => {
    const { session, fault } = await openPara()
    await fault({ touch: { status: 401 } })
    expect(await session.check()).toMatchObject({ signedIn: false, reason: 'ended' })
  })

  it('is not a 401 to an extension alone', async () => {
    const { session, told, fault, pass } = await openPara()
    await fault({ keepAlive: { status: 401 } })
    await pass(LIFE / 2)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: { code: 'ERR_SESSION_REFUSED' } })
    await fault()
    await pass(LIFE)
    expect(session.get()).toMatchObject({ signedIn: true, problem: undefined })
    expect(told).not.toContain('session.expired')
  })
})

describe('an outage of a third of the session’s life', () => {
  it.each([
    ['500', { all: { status: 500 } }],
    ['503', { all: { status: 503, retryAfter: 60 } }],
    ['429', { all: { status: 429, retryAfter: 60 } }],
    ['403', { all: { status: 403 } }],
    ['refused connections', { all: { refuse: true } }],
    ['HTML', { all: { html: true } }],
    ['requests that hang', { all: { hang: true } }],
    ['extensions that hang', { keepAlive: { hang: true } }],
  ] satisfies [string, Faults][])('of %s ends nothing, and is followed by an extension', async (_, faults) => {
    const { session, told, states, count, fault, pass, unsettled } = await openPara()
    const { expiresAt = NaN } = session.get()
    await pass(20 * MINUTE)
    const before = await count('keepAlive')
    await fault(faults)
    await pass(LIFE / 3)
    expect(session.get()).toMatchObject({ signedIn: true, expiresAt })
    expect(told).toEqual([])
    expect((await count('keepAlive')) - before).toBeLessThan(60)
    // The server SDK waits for ever; what it leaves open stays few.
    expect(unsettled()).toBeLessThan(12)
    await fault()
    await pass(LIFE / 3)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
    expect(session.get().expiresAt).toBeGreaterThan(expiresAt)
    expect(told[0]).toBe('session.extended')
    expect([...states].filter((state) => state.startsWith('expired'))).toEqual([])
  })

  it('that outlasts the session leaves it uncertain until the server can say no', async () => {
    const { session, told, fault, pass } = await openPara()
    await fault({ all: { refuse: true } })
    await pass(LIFE + 10 * MINUTE)
    expect(session.get()).toMatchObject({ signedIn: true, certain: false, problem: { code: 'ERR_SESSION_UNREACHABLE' } })
    expect(told).toEqual([])
    await fault()
    await pass(10 * MINUTE)
    expect(session.get()).toMatchObject({ signedIn: false, certain: true, reason: 'ended' })
    expect(told).toEqual(['session.expired'])
  })
})
