import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assertBackend, readReply } from '../src/backend'
import { createSession } from '../src/createSession'
import { createVirtualTime } from '../src/testing/virtualTime'

const T = Date.UTC(2026, 0, 1)
const nothing = { ttlMs: undefined, expiresAt: undefined, serverNow: undefined, maxExpiresAt: undefined, subject: undefined, permanent: false, flaw: undefined }
const alive = { status: 'alive', ...nothing }
const badVerdict = { status: 'unanswered', code: 'ERR_SESSION_BAD_VERDICT', detail: expect.stringMatching(/verdict/) as unknown }
const badBackend = expect.objectContaining({ name: 'SessionError', code: 'ERR_SESSION_BAD_BACKEND' }) as unknown

const said = (verdict: object) => readReply('check', { status: 'alive', ...verdict }) as { flaw?: string }
/** Everything that is not a sound number of milliseconds. */
const unsound: [string, unknown][] = [
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['a negative number', -1],
  ['a string of a date', '2026-01-01T00:00:00Z'],
  ['a string of a number', String(T)],
  ['a Date', new Date(T)],
  ['a Date that did not parse', new Date('never')],
  ['a boolean', true],
  ['an array', [T]],
  ['an object', { ms: T }],
  ['a function', () => T],
  ['a bigint', BigInt(T)],
  ['a symbol', Symbol('soon')],
  ['an object without a prototype', Object.create(null)],
]

describe('a backend', () => {
  const noop = () => true

  it('needs nothing but check', () => {
    expect(() => assertBackend({ check: noop })).not.toThrow()
    expect(() => assertBackend({ check: noop, extend: undefined, signIn: undefined, revoke: undefined, peek: undefined, events: undefined })).not.toThrow()
    expect(() => assertBackend(new (class { check = noop; extend() {} })())).not.toThrow()
  })

  it.each([undefined, null, true, 1, 'check', noop, [], {}, { check: undefined }, { check: true }].map((backend) => ({ backend })))('is not $backend', ({ backend }) => {
    expect(() => assertBackend(backend)).toThrow(badBackend)
  })

  it.each(['extend', 'signIn', 'revoke', 'peek', 'events'])('has no %s that is not a function', (name) => {
    for (const wrong of [null, true, 'x', {}, 1]) {
      expect(() => assertBackend({ check: noop, [name]: wrong })).toThrow(badBackend)
      expect(() => assertBackend({ check: noop, [name]: wrong })).toThrow(name)
    }
    expect(() => assertBackend({ check: noop, [name]: noop })).not.toThrow()
  })
})

describe('a reply', () => {
  it('may be a boolean: false ends from check, and only asks from extend', () => {
    expect(readReply('check', true)).toEqual(alive)
    expect(readReply('extend', true)).toEqual(alive)
    expect(readReply('check', false)).toEqual({ status: 'ended', reason: 'ended' })
    expect(readReply('extend', false)).toEqual({ status: 'refused' })
  })

  it('that is superseded is no verdict', () => {
    expect(readReply('check', { status: 'superseded' })).toEqual({ status: 'unanswered' })
    expect(readReply('extend', { status: 'superseded' })).toEqual({ status: 'refused' })
  })

  it.each(['ended', 'expired', 'revoked'])('may end the session because it is %s', (reason) => {
    for (const kind of ['check', 'extend'] as const) expect(readReply(kind, { status: 'ended', reason })).toEqual({ status: 'ended', reason })
  })

  it.each([undefined, null, 'absent', 'signedOut', 'Bearer secret', '', 1, {}, ['expired']].map((reason) => ({ reason })))('lets no reason $reason of its own in', ({ reason }) => {
    expect(readReply('check', { status: 'ended', reason, secret: 'x' })).toEqual({ status: 'ended', reason: 'ended' })
  })

  it.each(
    [undefined, null, 0, 1, NaN, '', 'alive', 'ended', Symbol('alive'), 1n, [], ['alive'], {}, { status: 'ALIVE' }, { status: true }, { alive: true }, new Date(T), new Error('no'), () => true].map((reply) => ({ reply })),
  )('of the wrong shape is no verdict: $reply', ({ reply }) => {
    for (const kind of ['check', 'extend'] as const) expect(readReply(kind, reply)).toEqual(badVerdict)
  })

  it.each(['signIn', 'revoke'] as const)('of %s says only that it is done', (kind) => {
    for (const reply of [undefined, null, true, false, { status: 'ended' }, { status: 'alive' }, 'x']) expect(readReply(kind, reply)).toEqual({ status: 'done' })
  })

  it('is alive, ended, or no verdict, whatever it is; only an explicit no ends', () => {
    fc.assert(
      fc.property(fc.constantFrom('check' as const, 'extend' as const), fc.anything(), (kind, reply) => {
        const { status } = readReply(kind, reply)
        const explicit = (reply as { status?: unknown } | null | undefined)?.status
        if (status === 'ended') expect(explicit === 'ended' || (kind === 'check' && reply === false)).toBe(true)
        if (status === 'alive') expect(explicit === 'alive' || reply === true).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('an alive verdict', () => {
  it('keeps all that is sound, and nothing else', () => {
    const verdict = { status: 'alive', ttlMs: 0, expiresAt: T, serverNow: T, maxExpiresAt: T, subject: 'ada', permanent: true }
    expect(readReply('check', { ...verdict, token: 'secret' })).toEqual({ ...verdict, flaw: undefined })
  })

  it('may leave out anything', () => {
    expect(said({ ttlMs: null, expiresAt: undefined, serverNow: null, maxExpiresAt: null, subject: null, permanent: null })).toEqual(alive)
  })

  it.each(['expiresAt', 'serverNow', 'maxExpiresAt'])('says so when %s is in seconds', (name) => {
    expect(said({ [name]: T / 1_000 })).toEqual({ ...alive, flaw: expect.stringMatching(`^${name} .*milliseconds.*[^i]seconds$`) as unknown })
  })

  describe.each(['ttlMs', 'expiresAt', 'serverNow', 'maxExpiresAt'])('whose %s is', (name) => {
    it.each(unsound)('%s stays alive without it, and says what is wrong', (_, value) => {
      const { flaw, ...rest } = said({ [name]: value })
      expect(rest).toEqual({ ...alive, flaw: undefined })
      expect(flaw).toMatch(new RegExp(`^${name} must be .*milliseconds`))
    })

    it.each(unsound.filter(([, value]) => typeof value !== 'number' || value > 0))('%s is not called seconds', (_, value) => {
      expect(said({ [name]: value }).flaw).not.toMatch(/\bseconds/)
    })
  })

  it('keeps what is sound beside a flaw', () => {
    expect(said({ ttlMs: 5_000, expiresAt: 'tomorrow' })).toMatchObject({ ttlMs: 5_000, expiresAt: undefined })
  })

  it.each([1, true, {}, ['ada'], Symbol('ada'), () => 'ada'].map((subject) => ({ subject })))('takes no subject $subject', ({ subject }) => {
    expect(said({ subject })).toEqual({ ...alive, flaw: expect.stringMatching(/^subject /) as unknown })
  })

  it('takes an empty subject for none, and only true for permanent', () => {
    for (const permanent of [1, 'true', {}, false]) expect(said({ subject: '', permanent })).toEqual(alive)
  })

  it('never repeats in a flaw what the server said', () => {
    fc.assert(
      fc.property(fc.uuid(), (secret) => {
        for (const name of ['ttlMs', 'expiresAt', 'serverNow', 'maxExpiresAt']) expect(said({ [name]: secret }).flaw).not.toContain(secret)
      }),
    )
  })
})

describe('a session', () => {
  const trap = (name: string, more: object = {}) =>
    Object.defineProperty({ ...more }, name, {
      enumerable: true,
      get() {
        throw new Error('secret')
      },
    })

  it.each([
    ['a status that throws', trap('status')],
    ['an expiry that throws', trap('expiresAt', { status: 'alive' })],
    ['a revoked proxy', (({ proxy, revoke }) => (revoke(), proxy))(Proxy.revocable({}, {}))],
    ['no verdict', 'alive'],
    ['a flawed expiry', { status: 'alive', expiresAt: 'tomorrow' }],
  ])('goes on with a problem when its backend answers %s', async (_, reply) => {
    const time = createVirtualTime()
    let answer: unknown = true
    const session = createSession({ check: () => answer as boolean }, undefined, { clock: time.clock, random: () => 0.5 })
    session.start()
    await session.ready()
    answer = reply
    const view = await session.check()
    expect(view.signedIn).toBe(true)
    expect(view.problem?.code).toMatch(/^ERR_SESSION_(BAD_VERDICT|UNREACHABLE)$/)
    expect(JSON.stringify(session.actor.getSnapshot().context)).not.toContain('secret')
    answer = true
    expect(await session.check()).toMatchObject({ signedIn: true, problem: undefined })
  })
})
