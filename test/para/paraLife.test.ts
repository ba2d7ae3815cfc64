import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Faults } from '../../examples/para-api/contract'
import { closeAll, HOUR, LIFE, MINUTE, openPara } from './paraWorld'

const consoles = (['log', 'info', 'warn', 'error', 'debug'] as const).map((name) => () => vi.spyOn(console, name).mockImplementation(() => undefined))
beforeEach(() => consoles.forEach((silence) => silence()))
afterEach(async () => {
  await closeAll()
  vi.restoreAllMocks()
})

const keptAlive = { signedIn: true, certain: true }

describe('an extension that moves nothing', () => {
  it.each([
    ['the expiry is stuck', { faults: { stuckExpiry: true } }],
    ['sessions are of a fixed length', { settings: { extension: 'fixed' } }],
  ] as const)('is not counted, and is tried less and less: %s', async (_, options) => {
    const { session, told, count, pass, now } = await openPara(options)
    const { expiresAt = NaN } = session.get()
    await pass(LIFE * 0.75)
    expect(session.get()).toMatchObject({ ...keptAlive, expiresAt, problem: undefined })
    await pass(expiresAt - now() - 5 * MINUTE)
    expect(session.get()).toMatchObject({ ...keptAlive, expiresAt, problem: { code: 'ERR_SESSION_UNMOVED' } })
    expect(told).toEqual([])
    expect(await count('keepAlive')).toBeLessThan(8)
    await pass(HOUR)
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'ended' })
    expect(told).toEqual(['session.expired'])
    expect((await count('keepAlive')) + (await count('touch'))).toBeLessThan(40)
  })

  it('is followed by one that does, once the server moves it again', async () => {
    const { session, told, fault, pass } = await openPara({ faults: { stuckExpiry: true } })
    await pass(LIFE * 0.75)
    await fault()
    await pass(LIFE)
    expect(session.get()).toMatchObject({ ...keptAlive, problem: undefined })
    expect(told).not.toContain('session.expired')
  })

  it('is all that HTML with status 200 is, although keepSessionAlive() says true', async () => {
    const { para, session, told, count, fault, pass } = await openPara()
    const { expiresAt } = session.get()
    await fault({ keepAlive: { html: true } })
    expect(await para.keepSessionAlive()).toBe(true)
    await pass(LIFE * 0.75)
    expect(await count('keepAlive')).toBeGreaterThan(1)
    expect(session.get()).toMatchObject({ ...keptAlive, expiresAt })
    expect(told).toEqual([])
    await fault()
    await pass(LIFE)
    expect(session.get()).toMatchObject({ ...keptAlive, problem: undefined })
    expect(new Set(told)).toEqual(new Set(['session.extended']))
  })
})

describe('a cookie whose end cannot be read', () => {
  it.each(['noExpires', 'garbage', 'missing'] as const)('is kept alive by the period: %s', async (cookie) => {
    const { session, told, count, pass } = await openPara({ faults: { cookie }, intervalMs: 10 * MINUTE })
    const before = await count('keepAlive')
    await pass(3 * LIFE)
    expect(session.get()).toMatchObject(keptAlive)
    expect(told).not.toContain('session.expired')
    const calls = (await count('keepAlive')) - before
    // Where the header is missing, the SDK goes on with the old cookie, and its end is believed until it has passed.
    expect(calls).toBeGreaterThan(cookie === 'missing' ? 20 : 30)
    expect(calls).toBeLessThan(60)
  })

  it('is extended every second when told so', async () => {
    const { session, count, pass } = await openPara({ faults: { cookie: 'noExpires' }, intervalMs: 1_000 })
    const before = await count('keepAlive')
    await pass(10_000)
    expect((await count('keepAlive')) - before).toBeGreaterThan(8)
    expect((await count('keepAlive')) - before).toBeLessThan(14)
    expect(session.get()).toMatchObject(keptAlive)
  })

  it('does not hide the server’s no', async () => {
    const { control, session, pass } = await openPara({ faults: { cookie: 'garbage' } })
    await control.revoke()
    await pass(10 * MINUTE)
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'ended' })
  })
})

describe('a wrong clock at the server', () => {
  it.each([-24 * HOUR, -3 * HOUR, -LIFE, -HOUR, -MINUTE, MINUTE, HOUR, 3 * HOUR, 24 * HOUR])('of %i ms neither ends the session nor makes a storm', async (clockOffsetMs) => {
    const { session, told, count, pass } = await openPara({ faults: { clockOffsetMs } })
    const before = (await count('keepAlive')) + (await count('touch'))
    // Where a life looks four times as long as it is, an extension in its first quarter comes too late.
    const lives = clockOffsetMs < 3 * LIFE ? 3 : 0.9
    await pass(lives * LIFE)
    expect(session.get()).toMatchObject({ signedIn: true })
    expect(told).not.toContain('session.expired')
    const perHour = ((await count('keepAlive')) + (await count('touch')) - before) / ((lives * LIFE) / HOUR)
    expect(perHour).toBeLessThan(20)
  })

  it('that is set right in between does neither', async () => {
    const { session, told, fault, pass } = await openPara({ faults: { clockOffsetMs: -3 * HOUR } })
    await pass(HOUR)
    await fault()
    await pass(2 * LIFE)
    expect(session.get()).toMatchObject({ ...keptAlive, problem: undefined })
    expect(told).not.toContain('session.expired')
  })
})

describe('signing in again', () => {
  it('through the app’s own flow makes the session active', async () => {
    const { control, session, told, pass } = await openPara()
    await control.revoke()
    await session.check()
    expect(await session.reauthenticate()).toMatchObject({ ...keptAlive, status: 'active', reason: undefined })
    expect(told).toEqual(['session.expired', 'session.reauthenticated'])
    await pass(2 * LIFE)
    expect(session.get()).toMatchObject({ ...keptAlive, problem: undefined })
  })

  // The SDK makes an RSA key pair for the link, which takes from half a second to several.
  it('through Para’s portal makes the session active, on the same client', { timeout: 60_000 }, async () => {
    const { control, session, told, pass } = await openPara({ portal: true })
    await control.expire()
    await session.check()
    expect(await session.reauthenticate()).toMatchObject({ ...keptAlive, status: 'active', reason: undefined })
    expect(told).toEqual(['session.expired', 'session.reauthenticated'])
    await pass(2 * LIFE)
    expect(session.get()).toMatchObject({ ...keptAlive, problem: undefined })
  })

  it('fails while Para cannot be reached, and says so', async () => {
    const { control, session, told, fault } = await openPara({ portal: true })
    await control.expire()
    await session.check()
    await fault({ all: { status: 503 } })
    expect(await session.reauthenticate()).toMatchObject({ signedIn: false, problem: { code: 'ERR_SESSION_SIGN_IN_FAILED' } })
    expect(told).toEqual(['session.expired'])
  })

  it('is not believed of Para’s waitForLogin(): only of the server', async () => {
    const { control, para, session, pass } = await openPara()
    await control.revoke()
    await para.waitForLogin({})
    expect(await session.check()).toMatchObject({ signedIn: false })
    await pass(HOUR)
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'ended' })
  })
})

describe('signing out', () => {
  const living = async (control: Awaited<ReturnType<typeof openPara>>['control']) => (await control.sessions()).filter(({ state }) => state === 'live').length

  it('ends the session at the server and in the SDK', async () => {
    const { control, para, session, told } = await openPara()
    expect(await living(control)).toBe(1)
    expect(await session.signOut()).toMatchObject({ signedIn: false, reason: 'signedOut', state: 'expired.ended' })
    expect(await living(control)).toBe(0)
    expect([para.getUserId(), para.retrieveSessionCookie()]).toEqual([undefined, undefined])
    expect(told).toEqual(['session.expired'])
  })

  it.each([
    ['offline', { all: { refuse: true } }],
    ['at 503', { all: { status: 503 } }],
    ['when only the sign-out itself fails', { logout: { status: 500 } }],
    ['when the request hangs', { all: { hang: true } }],
  ] satisfies [string, Faults][])('is told to the server until it hears: %s', async (_, faults) => {
    const { control, para, session, fault, pass, settle } = await openPara()
    await fault(faults)
    const done = session.signOut()
    expect(session.get()).toMatchObject({ signedIn: false, certain: true, reason: 'signedOut' })
    await settle()
    await pass(10 * MINUTE)
    await done
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'signedOut' })
    // The SDK throws before it clears what it stored: a reload would sign the user in again.
    expect(para.getUserId()).toBe('standin-user')
    expect(await living(control)).toBe(1)
    await fault()
    await pass(10 * MINUTE)
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'signedOut', state: 'expired.ended' })
    expect(para.getUserId()).toBeUndefined()
    expect(await living(control)).toBe(0)
  })
})
