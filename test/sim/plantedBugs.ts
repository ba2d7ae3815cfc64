import type { Patch } from '../../scripts/patched'

/** A bug that breaks one law of Outlast. The simulator must find it, or it would not find such a bug of ours. */
export interface PlantedBug extends Patch {
  readonly law: number
  readonly what: string
  /** Of a world in which it is found soon. Default: 1. */
  readonly seed?: number
}

export const plantedBugs: readonly PlantedBug[] = [
  {
    law: 1,
    what: 'a network error ends the session',
    file: 'src/calls.ts',
    find: 'settle(readError(kind, error))',
    replace: "settle(kind === 'check' ? { status: 'ended', reason: 'ended', sentAt: clock.now() } : readError(kind, error))",
  },
  {
    law: 2,
    what: 'after a refused extension nobody asks',
    file: 'machines/session.machine.ts',
    find: "{ guard: { type: 'isRefused', params: answerOf }, target: 'asking' }",
    replace: "{ guard: { type: 'isRefused', params: answerOf }, target: 'waiting', actions: recordReport }",
  },
  {
    law: 3,
    what: 'an extension counts when it is answered, not when it is seen',
    file: 'src/calls.ts',
    find: 'const extended = hasMoved(before, seen) ?? extending',
    replace: 'const extended = extending || hasMoved(before, seen) === true',
  },
  {
    law: 4,
    what: 'the session is asked where it should be extended',
    file: 'machines/session.machine.ts',
    find: "after: { untilKeepAlive: { target: '#session.extending' } }",
    replace: "after: { untilKeepAlive: { target: 'checking' } }",
  },
  {
    law: 5,
    what: 'an extension is planned for when the life is over',
    file: 'src/timing.ts',
    find: 'const EXTEND_AFTER = 0.25',
    replace: 'const EXTEND_AFTER = 1.25',
  },
  {
    law: 6,
    what: 'a question undoes a sign-out that the server has not heard of',
    file: 'machines/session.machine.ts',
    find: "[{ guard: 'isSignedOut' }, { target: '#session.unknown' }]",
    replace: "[{ target: '#session.unknown.checking', actions: 'liftSignOut' }]",
  },
  {
    law: 7,
    what: 'the name of the person gets into the context',
    file: 'src/calls.ts',
    find: 'subject && String(people.indexOf(subject) + 1 || people.push(subject))',
    replace: 'subject && (people.includes(subject) || people.push(subject), subject)',
  },
  {
    law: 8,
    what: 'a long delay is handed to the platform as it is',
    file: 'src/clock.ts',
    find: 'Math.min(Math.ceil(leftMs), LONGEST_MS)',
    replace: 'Math.ceil(leftMs)',
  },
  {
    law: 9,
    what: 'nobody remembers that the server wants to be left alone',
    file: 'src/calls.ts',
    find: "if (outcome.status === 'unanswered' && outcome.retryAfterMs) blockedUntil =",
    replace: "if (outcome.status === 'unanswered' && outcome.retryAfterMs) blockedUntil = -",
  },
  {
    law: 10,
    what: 'after a sleep all is as certain as before',
    file: 'machines/session.machine.ts',
    find: "{ target: '.unknown' },\n    ],",
    replace: '],',
  },
]

/** Bugs of what tabs share, of limits, of a sign-out, of a step-up and of single backends: found where tabs share a session, and apps limit it. */
export const plantedAmongTabs: readonly PlantedBug[] = [
  {
    law: 1,
    what: 'whoever is active is idle all the same',
    seed: 1422762593,
    file: 'src/limits/limits.ts',
    find: 'used.activeAt + (idleMs',
    replace: 'used.startedAt + (idleMs',
  },
  {
    law: 5,
    what: 'each tab signs in, whoever does so already',
    file: 'src/tabs/signIns.ts',
    find: 'const leftMs = elsewhereMs(record) ?? (known',
    replace: 'const leftMs = (known',
  },
  {
    law: 10,
    what: 'a limit is looked at once, and believed to be far for ever',
    file: 'machines/limits.machine.ts',
    find: "after: { untilWarning: { actions: 'look' } },",
    replace: '',
  },
  {
    law: 6,
    what: 'a sign-out that the server has not heard of is not told again',
    file: 'machines/session.machine.ts',
    find: "after: { untilRetry: { target: 'revoking' } },",
    replace: '',
  },
  {
    law: 1,
    what: 'over HTTP, every status that is no success ends the session',
    file: 'src/backends/http.ts',
    find: 'const ended = endedBy.includes(status)',
    replace: 'const ended = status >= 400',
  },
  {
    law: 1,
    what: 'with Para, whatever its client throws ends the session',
    file: 'src/backends/para.ts',
    find: 'if (is401(error)) return false',
    replace: 'if (error) return false',
  },
  {
    law: 6,
    what: 'a sign-out forgets an exported session that was not imported yet',
    seed: 2767441080,
    file: 'src/backends/paraServer.ts',
    find: `      // An export that could not be imported yet is of a session that lives.
      if (waiting !== undefined) await importWaiting(waiting, call)
`,
    replace: '',
  },
  {
    law: 10,
    what: 'an operation runs again before anybody was asked',
    file: 'src/operations.ts',
    find: "await mayReplay('stepUp')",
    replace: '',
  },
  {
    law: 6,
    what: 'more is wanted of whoever has signed out',
    file: 'machines/session.machine.ts',
    find: `was reached.',
      tags: ['certain'],
      entry: 'endStepUp',`,
    replace: `was reached.',
      tags: ['certain'],`,
  },
  {
    law: 5,
    what: 'a tab does not believe what another one was answered',
    file: 'src/tabs/member.ts',
    find: 'if (isNews || isFailing(record, input)) return',
    replace: 'if (isFailing(record, input)) return',
  },
]

/** Bugs for which a provider that detects reuse takes a tab for a thief. */
export const plantedInRotation: readonly Omit<PlantedBug, 'law'>[] = [
  {
    what: 'no tab marks the refresh token that it shows',
    file: 'src/backends/oidc.ts',
    find: 'if (tokens.shownAt === undefined) return { ...tokens, shownAt: clock.now() }',
    replace: 'if (tokens.shownAt === undefined) return tokens',
  },
  {
    what: 'a token whose answer is lost is taken for a new one',
    file: 'src/backends/oidc.ts',
    find: '{ ...tokens, shownAt: LONG_AGO }',
    replace: '{ ...tokens, shownAt: undefined }',
  },
  {
    what: 'a gateway that lost the answer is taken for the provider itself',
    file: 'src/backends/oidc.ts',
    find: " && response.headers.has('retry-after')",
    replace: '',
  },
  {
    what: 'any answer is taken for one from the door',
    file: 'src/backends/oidc.ts',
    find: 'status >= 400 && status < 500',
    replace: 'status >= 400',
  },
]
