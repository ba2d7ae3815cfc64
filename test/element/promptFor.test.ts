import { describe, expect, it } from 'vitest'
import { isUnreachable, promptFor } from '../../src/element/promptFor'
import type { EndReason, SessionView } from '../../src/index'

const MINUTE = 60_000
const END = 1_000_000
const nothingKnown = { lifeMs: undefined, last: undefined, asked: undefined }

const viewOf = (state: SessionView['state'], more: Partial<SessionView> = {}): SessionView => ({
  signedIn: true,
  certain: true,
  busy: false,
  expiresAt: undefined,
  reason: undefined,
  problem: undefined,
  warning: undefined,
  status: state.split('.')[0] as SessionView['status'],
  state,
  ...more,
})
const over = (state: SessionView['state'], reason: EndReason) => viewOf(state, { signedIn: false, reason })
const unattended = viewOf('active.unattended', { expiresAt: END })

describe('a dialog', () => {
  it('tells of each end but those that need no explanation', () => {
    const told = (['absent', 'signedOut', 'ended', 'expired', 'revoked', 'idle', 'limit'] as const).filter((reason) => promptFor(over('expired.ended', reason), nothingKnown))
    expect(told).toEqual(['ended', 'expired', 'revoked', 'idle', 'limit'])
  })

  it.each([
    ['before the first verdict', viewOf('unknown.checking', { signedIn: undefined })],
    ['while all is well', viewOf('active.scheduled', { expiresAt: END })],
    ['while an extension is under way', viewOf('extending.calling', { expiresAt: END })],
    ['when no end is known', viewOf('active.unattended')],
    ['while somebody signs in', over('reauthenticating.signingIn', 'idle')],
    ['while somebody signs in elsewhere', over('reauthenticating.elsewhere', 'idle')],
    ['when somebody signs in by themselves', over('expired.renewing', 'ended')],
    ['while a sign-in is not known to have failed', over('unknown.waiting', 'ended')],
    ['of a limit while somebody signs in', viewOf('reauthenticating.signingIn', { warning: { reason: 'limit', endsAt: END } })],
  ])('is not there %s', (_, view) => {
    expect(promptFor(view, nothingKnown)).toBeUndefined()
  })

  it('that is there stays through a re-check', () => {
    expect(promptFor(over('unknown.checking', 'ended'), { ...nothingKnown, last: 'ended' })).toEqual({ kind: 'ended' })
    const checking = { ...unattended, state: 'active.checking' } as const
    expect(promptFor(checking, nothingKnown)).toBeUndefined()
    expect(promptFor(checking, { ...nothingKnown, last: 'deadline' })?.kind).toBe('deadline')
  })

  it('warns of a limit in whichever state', () => {
    for (const state of ['active.scheduled', 'extending.waiting', 'unknown.waiting'] as const) {
      expect(promptFor(viewOf(state, { warning: { reason: 'idle', endsAt: END } }), nothingKnown)).toEqual({ kind: 'idle', endsAt: END })
    }
  })

  it('asks a minute before an end that nobody moves, and not before half a short life', () => {
    expect(promptFor(unattended, nothingKnown)).toEqual({ kind: 'deadline', endsAt: END, opensAt: END - MINUTE })
    expect(promptFor(unattended, { ...nothingKnown, lifeMs: MINUTE })?.opensAt).toBe(END - MINUTE / 2)
  })

  it('does not ask again for what did not help, though the end wavers by a second', () => {
    expect(promptFor(unattended, { ...nothingKnown, asked: END - 999 })?.kind).toBe('final')
    expect(promptFor(unattended, { ...nothingKnown, asked: END - MINUTE })?.kind).toBe('deadline')
  })
})

describe('the strip', () => {
  const problemOf = (code: NonNullable<SessionView['problem']>['code'], more: Partial<SessionView> = {}) => viewOf('extending.waiting', { problem: { code }, ...more })

  it('is about the network and nothing else', () => {
    for (const code of ['ERR_SESSION_UNREACHABLE', 'ERR_SESSION_TIMEOUT', 'ERR_SESSION_RATE_LIMITED', 'ERR_SESSION_BAD_VERDICT'] as const) expect(isUnreachable(problemOf(code))).toBe(true)
    for (const code of ['ERR_SESSION_REFUSED', 'ERR_SESSION_UNMOVED', 'ERR_SESSION_CLOCK_SKEW', 'ERR_SESSION_STORAGE', 'ERR_SESSION_SIGN_IN_FAILED'] as const) expect(isUnreachable(problemOf(code))).toBe(false)
    expect(isUnreachable(viewOf('active.scheduled'))).toBe(false)
  })

  it('is there while somebody is signed in, or may be', () => {
    const code = 'ERR_SESSION_UNREACHABLE'
    expect(isUnreachable(problemOf(code, { signedIn: undefined, status: 'unknown' }))).toBe(true)
    expect(isUnreachable(problemOf(code, { signedIn: false, status: 'unknown' }))).toBe(true)
    expect(isUnreachable(problemOf(code, { signedIn: false, status: 'expired' }))).toBe(false)
  })
})
