import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { harmlessChoices } from '../../../src/testing/world/choices'
import { createServer, type RequestKind, type ServerOptions } from '../../../src/testing/world/server'
import { createTimeline } from '../../../src/testing/world/timeline'

const SECOND = 1_000
const HOUR = 3_600_000
const LIFE = 2 * HOUR
const T = Date.UTC(2026, 0, 1)

/** A server where Ada has just signed in. */
function open(options: ServerOptions = {}) {
  const timeline = createTimeline(T, harmlessChoices())
  const server = createServer(timeline, options)
  const token = server.signIn('ada')
  const ask = (kind: RequestKind, cookie: string | undefined = token) => server.handle({ kind, token: cookie })
  const statuses = (cookie?: string) => [ask('check', cookie).status, ask('extend', cookie).status]
  return { ...timeline, server, token, ask, statuses, session: (cookie = token) => server.find(cookie) }
}

describe('a server', () => {
  it('has settings for everything that was not said', () => {
    const common = { lifeMs: LIFE, limit: 'rolling', maxMs: 4 * LIFE, tells: 'expiresAt', dated: true, rotates: false, graceMs: 10_000, clockOffsetMs: 0 }
    expect(open().server.options).toEqual(common)
    expect(open({ lifeMs: HOUR, tells: undefined }).server.options).toEqual({ ...common, lifeMs: HOUR, maxMs: 4 * HOUR })
  })

  it('signs in whoever asks, each time with a new cookie', () => {
    const { server } = open()
    const signIn = (subject?: string) => server.handle({ kind: 'signIn', token: undefined, subject })
    const replies = [signIn('bob'), signIn('bob'), signIn()]
    const cookies = replies.map(({ token }) => token ?? undefined)
    expect(new Set(cookies).size).toBe(3)
    expect(cookies.map((cookie) => server.find(cookie)?.subject)).toEqual(['bob', 'bob', 'ada'])
    expect(replies[0]).toEqual({ status: 200, json: {}, headers: {}, token: cookies[0] })
  })

  it('has cookies that start with a word of ours', () => {
    expect(open().token).toMatch(/^token-/)
    expect(createServer(createTimeline(T, harmlessChoices()), {}, 'canary').signIn('ada')).toMatch(/^canary-/)
  })

  it('knows nobody without a cookie of its own', () => {
    const { server, ask, statuses } = open()
    for (const token of [undefined, '', 'stolen']) {
      expect([server.find(token), server.handle({ kind: 'check', token }), server.handle({ kind: 'extend', token })]).toEqual([undefined, { status: 401, headers: {} }, { status: 401, headers: {} }])
    }
    server.revoke('stolen')
    expect(ask('revoke', 'stolen')).toEqual({ status: 200, json: {}, headers: {}, token: null })
    expect(statuses()).toEqual([200, 200])
  })
})

describe('an answer', () => {
  const at = T + HOUR + 400
  const date = (time: number) => ({ date: new Date(Math.floor(time / SECOND) * SECOND).toUTCString() })

  it.each<[string, ServerOptions, object, object]>([
    ['the end', {}, { expiresAt: T + LIFE }, date(at)],
    ['the end and the last end of all', { limit: 'absolute', maxMs: 5 * HOUR }, { expiresAt: T + LIFE, maxExpiresAt: T + 5 * HOUR }, date(at)],
    ['what is left', { tells: 'ttlMs', limit: 'absolute' }, { ttlMs: HOUR - 400 }, date(at)],
    ['nothing', { tells: 'nothing', limit: 'absolute' }, {}, date(at)],
    ['the end, and no date', { dated: false }, { expiresAt: T + LIFE }, {}],
    ['the end by a clock that is fast', { clockOffsetMs: HOUR, limit: 'absolute' }, { expiresAt: T + LIFE + HOUR, maxExpiresAt: T + 4 * LIFE + HOUR }, date(at + HOUR)],
    ['the end by a clock that is slow', { clockOffsetMs: -700 }, { expiresAt: T + LIFE - 700 }, date(at - 700)],
    ['what is left, whatever its clock says', { tells: 'ttlMs', clockOffsetMs: -HOUR }, { ttlMs: HOUR - 400 }, date(at - HOUR)],
  ])('tells %s, and who it is', async (_, options, json, headers) => {
    const { advance, ask } = open(options)
    await advance(HOUR + 400)
    expect(ask('check')).toEqual({ status: 200, json: { ...json, subject: 'ada' }, headers })
  })

  it('to an extension tells the new end', async () => {
    const { advance, ask } = open()
    await advance(HOUR)
    expect(ask('extend').json).toEqual({ expiresAt: T + HOUR + LIFE, subject: 'ada' })
  })
})

describe('a session', () => {
  it('begins with one life', () => {
    expect(open().session()).toMatchObject({ subject: 'ada', grantedAt: T, expiresAt: T + LIFE, maxExpiresAt: Infinity, moves: 0, unmoved: 0, ended: undefined })
  })

  it('ends to the millisecond, for good', async () => {
    const { advance, ask, session, statuses } = open()
    await advance(LIFE - 1)
    expect([ask('check').status, session()?.ended]).toEqual([200, undefined])
    await advance(1)
    expect([session()?.ended, statuses(), ask('extend')]).toEqual(['expired', [401, 401], { status: 401, headers: {} }])
  })

  it('is not prolonged by questions', async () => {
    const { advance, ask, session } = open()
    for (let n = 0; n < 8; n++) {
      await advance(LIFE / 8)
      ask('check')
    }
    expect(session()).toMatchObject({ ended: 'expired', moves: 0 })
  })

  it.each<[ServerOptions['limit'], object[]]>([
    ['rolling', [{ grantedAt: T + HOUR, expiresAt: T + 3 * HOUR, moves: 1, unmoved: 0 }, { grantedAt: T + 2 * HOUR, expiresAt: T + 4 * HOUR, moves: 2, unmoved: 0 }]],
    ['fixed', [{ grantedAt: T, expiresAt: T + 2 * HOUR, moves: 0, unmoved: 1 }, { ended: 'expired', moves: 0, unmoved: 1 }]],
    ['absolute', [{ grantedAt: T + HOUR, expiresAt: T + 2.5 * HOUR, moves: 1, unmoved: 0 }, { grantedAt: T + HOUR, expiresAt: T + 2.5 * HOUR, moves: 1, unmoved: 1 }]],
  ])('that is %s is extended so far', async (limit, seen) => {
    const { advance, ask, session } = open({ limit, maxMs: 2.5 * HOUR })
    for (const expected of seen) {
      await advance(HOUR)
      ask('extend')
      expect(session()).toMatchObject(expected)
    }
  })

  it('that was extended in the same millisecond has not moved', () => {
    const { ask, session } = open()
    ask('extend')
    expect(session()).toMatchObject({ moves: 0, unmoved: 1 })
  })

  it('ends at its last end however often it is extended', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(LIFE), { maxLength: 20 }), fc.integer({ min: 1, max: 5 }), async (pauses, lives) => {
        const { advance, ask, session } = open({ limit: 'absolute', maxMs: lives * LIFE })
        for (const pause of pauses) {
          await advance(pause)
          ask('extend')
          expect(session()?.expiresAt).toBeLessThanOrEqual(T + lives * LIFE)
        }
        await advance(lives * LIFE)
        expect([session()?.ended, ask('check').status]).toEqual(['expired', 401])
      }),
      { numRuns: 30 },
    )
  })

  it('ends once: the first end counts', async () => {
    const { advance, server, ask, statuses, session, token } = open()
    server.revoke(token)
    expect([session()?.ended, statuses()]).toEqual(['revoked', [401, 401]])
    expect(ask('revoke')).toMatchObject({ status: 200, token: null })
    await advance(LIFE)
    expect(session()?.ended).toBe('revoked')
    const late = open()
    await late.advance(LIFE)
    late.server.revoke(late.token)
    expect(late.session()?.ended).toBe('expired')
  })

  it('ends with a sign-out, and no other with it', () => {
    const { server, ask, statuses, session } = open()
    const other = server.signIn('ada')
    expect(ask('revoke')).toEqual({ status: 200, json: {}, headers: {}, token: null })
    expect([session()?.ended, statuses(), statuses(other)]).toEqual(['signedOut', [401, 401], [200, 200]])
  })
})

describe('a server that rotates', () => {
  const rotate = async () => {
    const opened = open({ rotates: true })
    await opened.advance(HOUR)
    const { token: fresh, json } = opened.ask('extend')
    return { ...opened, fresh: fresh as string, json }
  }

  it('gives a new cookie with each extension, for the same session', async () => {
    const { token, fresh, json, session, ask } = await rotate()
    expect(fresh).not.toBe(token)
    expect(json).toEqual({ expiresAt: T + HOUR + LIFE, subject: 'ada' })
    expect(session(fresh)).toBe(session(token))
    expect(ask('check', fresh)).not.toHaveProperty('token')
  })

  it('takes the old one for a while, but only for questions', async () => {
    const { advance, token, fresh, ask, session } = await rotate()
    await advance(10 * SECOND)
    expect([ask('check', token).status, ask('extend', token)]).toEqual([200, { status: 200, json: { status: 'superseded' }, headers: {} }])
    expect([session(fresh)?.moves, ask('check', fresh).status]).toEqual([1, 200])
  })

  it.each<RequestKind>(['check', 'extend', 'revoke'])('ends the session when the old one comes later, with a %s', async (kind) => {
    const { advance, token, fresh, ask, session, statuses } = await rotate()
    await advance(10 * SECOND + 1)
    expect(ask(kind, token).status).toBe(kind === 'revoke' ? 200 : 401)
    expect([session(fresh)?.ended, statuses(fresh), statuses(token)]).toEqual(['reused', [401, 401], [401, 401]])
  })

  it('has a grace of its own, and never doubts the newest', async () => {
    const { advance, ask, session, token } = open({ rotates: true, graceMs: SECOND })
    const fresh = ask('extend').token as string
    await advance(HOUR)
    expect(ask('check', fresh).status).toBe(200)
    expect([ask('check', token).status, session()?.ended]).toEqual([401, 'reused'])
  })
})
