import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSession } from '../src/createSession'
import { policyFrom, type SessionOptions } from '../src/policy'
import { createVirtualTime } from '../src/testing/virtualTime'

const badOption = expect.objectContaining({ name: 'SessionError', code: 'ERR_SESSION_BAD_OPTION' }) as unknown
const from = (options: unknown) => () => policyFrom(options as SessionOptions)

describe('the options', () => {
  it('default to always, every five minutes', () => {
    const usual = { keepAlive: true, while: undefined, intervalMs: 300_000, name: 'session', limits: undefined }
    expect(policyFrom()).toEqual(usual)
    expect(policyFrom({})).toEqual(usual)
    expect(policyFrom({ keepAlive: undefined, intervalMs: undefined })).toEqual(usual)
  })

  it('decide whether and how often', () => {
    expect(policyFrom({ keepAlive: 'off', intervalMs: 1_000 })).toMatchObject({ keepAlive: false, intervalMs: 1_000 })
    expect(policyFrom({ keepAlive: 'always', intervalMs: 1e12 })).toMatchObject({ keepAlive: true, while: undefined, intervalMs: 1e12 })
    expect(policyFrom({ keepAlive: 'whileVisible' })).toMatchObject({ keepAlive: true, while: 'visible' })
    expect(policyFrom({ keepAlive: 'whileActive' })).toMatchObject({ keepAlive: true, while: 'active' })
  })

  it('name the session that tabs share', () => {
    expect(policyFrom({ name: 'staging' })).toMatchObject({ name: 'staging' })
  })

  it.each(['limits', 'inspect'] as const)('hand on %s as it was given', (option) => {
    const given = () => {}
    expect(from({ [option]: given })()[option]).toBe(given)
  })

  it.each([null, 1, {}, [], Symbol('x'), true].map((name) => ({ name })))('take no name of $name', (options) => {
    expect(from(options)).toThrow(badOption)
    expect(from(options)).toThrow(/^name /)
  })

  it.each(['limits', 'inspect'].flatMap((option) => [null, true, '', {}, { next() {} }].map((value) => [option, value] as const)))('take no %s that is no function: %j', (option, value) => {
    expect(from({ [option]: value })).toThrow(badOption)
    expect(from({ [option]: value })).toThrow(new RegExp(`^${option} `))
  })

  it.each([null, true, false, 0, 1, '', 'always', Symbol('x'), 1n].map((options) => ({ options })))('are an object, not $options', ({ options }) => {
    expect(from(options)).toThrow(badOption)
    expect(from(options)).toThrow(/^options /)
  })

  it.each([NaN, Infinity, -Infinity, -1, -300_000, 0, -0, 1, 999.9, null, '', 'often', {}, [], true, () => 5_000].map((intervalMs) => ({ intervalMs })))('take no interval of $intervalMs', (options) => {
    expect(from(options)).toThrow(badOption)
    expect(from(options)).toThrow(/^intervalMs /)
  })

  it.each([['a string', '5000'], ['an array', [5_000]], ['a Date', new Date()], ['a bigint', 5_000n], ['a symbol', Symbol('x')], ['a boxed number', Object(5_000) as unknown]])(
    'take no interval that is %s, though it compares like a number',
    (_, intervalMs) => {
      expect(from({ intervalMs })).toThrow(badOption)
    },
  )

  it.each([null, true, false, '', 'on', 'ALWAYS', 'whilevisible', 'whileUsed', 'toString', 1, {}, ['always']].map((keepAlive) => ({ keepAlive })))('take no keepAlive of $keepAlive', (options) => {
    expect(from(options)).toThrow(badOption)
    expect(from(options)).toThrow(/^keepAlive /)
  })

  it('are refused when unknown, by name', () => {
    expect(from({ keepalive: 'off' })).toThrow(badOption)
    expect(from({ '': 1 })).toThrow(badOption)
    expect(from({ keepAlive: 'off', interval: 5 })).toThrow(/\binterval\b/)
    expect(from({ nothing: undefined })).toThrow(/\bnothing\b/)
    expect(from({ constructor: 1 })).toThrow(/^constructor /)
  })

  it('become a sound policy or a SessionError, whatever they are', () => {
    fc.assert(
      fc.property(fc.anything(), (options) => {
        try {
          const policy = policyFrom(options as SessionOptions)
          expect(policy.intervalMs >= 1_000 && policy.intervalMs < Infinity).toBe(true)
        } catch (error) {
          expect(error).toEqual(badOption)
        }
      }),
    )
  })

  it('are refused when the session is created, before anything runs', () => {
    const { clock, pending } = createVirtualTime()
    let calls = 0
    const backend = { check: () => (calls++, true) }
    expect(() => createSession(backend, { intervalMs: -1 }, { clock, random: () => 0 })).toThrow(badOption)
    expect([calls, pending()]).toEqual([0, 0])
  })
})
