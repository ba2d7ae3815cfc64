import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cookieMaxAge, jwtExpiry } from '../../src/backends/http'

const NOW = Date.UTC(2026, 0, 1, 12)
const HOUR = 3_600_000
const httpDate = (at: number) => new Date(at).toUTCString()

describe('cookieMaxAge', () => {
  const of = (cookies: string[], headers: Record<string, string> = {}, name = 'sid') =>
    cookieMaxAge(new Headers([...Object.entries(headers), ...cookies.map((cookie): [string, string] => ['set-cookie', cookie])]), name)
  const date = { date: httpDate(NOW) }

  it.each<[string, string[], number | undefined]>([
    ['a Max-Age', ['sid=1; Max-Age=60; Path=/'], 60_000],
    ['one however it is written', ['sid=1;max-age = 60 ;Path=/'], 60_000],
    ['one in a cookie with an empty value', ['sid=; Max-Age=60'], 60_000],
    ['the last of two Max-Ages', ['sid=1; Max-Age=60; Max-Age=90'], 90_000],
    ['the last of two cookies', ['sid=1; Max-Age=60', 'sid=2; Max-Age=90'], 90_000],
    ['the one asked for', ['other=1; Max-Age=9', 'sid=1; Max-Age=60', 'sid2=1; Max-Age=8'], 60_000],
    ['0 of a deleted cookie', ['sid=; Max-Age=0'], 0],
    ['0 of a negative Max-Age', ['sid=; Max-Age=-1'], 0],
    ['an Expires, rounded so that the life is not longer', [`sid=1; Expires=${httpDate(NOW + HOUR)}; Path=/`], HOUR - 999],
    ['an Expires with dashes', ['sid=1; expires=Thu, 01-Jan-2026 13:00:00 GMT'], HOUR - 999],
    ['Max-Age before Expires', [`sid=1; Expires=${httpDate(NOW + HOUR)}; Max-Age=60`], 60_000],
    ['Expires after a Max-Age that is none', [`sid=1; Max-Age=soon; Expires=${httpDate(NOW + HOUR)}`], HOUR - 999],
    ['0 of an Expires that has passed', [`sid=; Expires=${httpDate(0)}`], 0],
    ['nothing of a session cookie', ['sid=1; Path=/'], undefined],
    ['nothing of an Expires that is none', ['sid=1; Expires=soon'], undefined],
    ['nothing of a value', ['sid=max-age=60'], undefined],
    ['nothing of a cookie without a name', ['sid; Max-Age=60'], undefined],
    ['nothing where no cookie is set', [], undefined],
  ])('reads %s', (_, cookies, expected) => {
    expect(of(cookies, date)).toBe(expected)
  })

  it('measures Expires by nothing but the server’s own time', () => {
    const cookies = [`sid=1; Expires=${httpDate(Date.now() + HOUR)}`]
    expect(of(cookies)).toBeUndefined()
    expect(of(cookies, { ...date, age: '5' })).toBeUndefined()
  })

  it('takes a name as it is, and reads nothing where cookies are hidden', () => {
    expect(of(['a.b=1; Max-Age=60'], {}, 'a.b')).toBe(60_000)
    expect(of(['aXb=1; Max-Age=60'], {}, 'a.b')).toBeUndefined()
    expect(cookieMaxAge({ get: () => null } as unknown as Headers, 'sid')).toBeUndefined()
  })

  it('never throws, and is never negative', () => {
    const part = fc.oneof(fc.constantFrom('sid', '=', '; ', 'Max-Age', 'Expires', httpDate(NOW), '-', '9'.repeat(400)), fc.integer().map(String), fc.string({ unit: 'binary-ascii' }))
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const cookie = `sid=${parts.join('').replace(/[^ -~]/g, '')}`
        expect(of([cookie], date) ?? 0).toBeGreaterThanOrEqual(0)
      }),
    )
  })
})

describe('jwtExpiry', () => {
  const encode = (text: string) => Buffer.from(text).toString('base64url')
  const jwt = (payload: unknown) => `${encode('{"alg":"none"}')}.${encode(JSON.stringify(payload))}.`

  it('reads exp, in milliseconds', () => {
    fc.assert(
      // Enough text of all kinds for every character of base64url, and every padding.
      fc.property(fc.integer({ min: 0, max: 1e10 }), fc.string({ unit: 'grapheme' }), (exp, sub) => {
        expect(jwtExpiry(jwt({ sub, exp }))).toBe(exp * 1_000)
      }),
    )
    expect(jwtExpiry(jwt({ exp: 1_767_272_400.5 }))).toBe(1_767_272_400_500)
  })

  it.each<[string, unknown]>([
    ['no exp', jwt({})],
    ['an exp that is text', jwt({ exp: '1767272400' })],
    ['an exp before time began', jwt({ exp: -1 })],
    ['an exp beyond numbers', `.${encode('{"exp":1e999}')}.`],
    ['an exp beyond milliseconds', jwt({ exp: 1e308 })],
    ['a payload that is null', jwt(null)],
    ['a payload that is a list', jwt([1])],
    ['an encrypted token', 'a.b.c.d.e'],
    ['an opaque token', 'b3BhcXVl'],
    ['nothing', ''],
    ['undefined', undefined],
    ['null', null],
    ['a number', 1],
  ])('knows nothing of %s', (_, token) => {
    expect(jwtExpiry(token as string)).toBeUndefined()
  })

  it('never throws, and is never negative', () => {
    const token = fc.oneof(fc.string(), fc.json().map((text) => `.${encode(text)}.`), fc.double().map((exp) => jwt({ exp })), fc.base64String().map((text) => `.${text}.`), fc.anything())
    fc.assert(fc.property(token, (value) => void expect(jwtExpiry(value as string) ?? 0).toBeGreaterThanOrEqual(0)))
  })
})
