import { assign, emit, enqueueActions, fromCallback, fromPromise, sendTo, setup } from 'xstate'

/**
 * The life of a signed-in session, as a statechart.
 *
 * Exactly five top-level states; what a user interface needs to know of each sub-state:
 *
 * | state                        | `signedIn`           | `certain` | `busy` |
 * | ---------------------------- | -------------------- | --------- | ------ |
 * | `unknown.checking`           | the last verdict     | no        | yes    |
 * | `unknown.waiting`            | the last verdict     | no        | no     |
 * | `active.scheduled`           | true                 | yes       | no     |
 * | `active.unattended`          | true                 | yes       | no     |
 * | `active.resting`             | true                 | yes       | no     |
 * | `active.checking`            | true                 | yes       | yes    |
 * | `extending.calling`          | true                 | yes       | yes    |
 * | `extending.asking`           | true                 | yes       | yes    |
 * | `extending.waiting`          | true                 | yes       | no     |
 * | `expired.ended`              | false                | yes       | no     |
 * | `expired.renewing`           | false                | yes       | no     |
 * | `expired.revoking`           | false                | yes       | yes    |
 * | `expired.unrevoked`          | false                | yes       | no     |
 * | `reauthenticating.revoking`  | the last verdict     | no        | yes    |
 * | `reauthenticating.signingIn` | the last verdict     | no        | yes    |
 * | `reauthenticating.confirming`| the last verdict     | no        | yes    |
 * | `reauthenticating.elsewhere` | the last verdict     | no        | yes    |
 *
 * The file imports `xstate` alone, so it opens in Stately Studio as it stands. Only actors come from
 * outside, through `.provide({ actors })`. They resolve and never reject: what went wrong is an
 * {@link Answer} of status `unanswered`, so no foreign error ever travels through an event. An actor of your
 * own that rejects all the same is no verdict, and is asked again after half a minute; one that was not
 * provided is a mistake in the program, and stops the machine with an error that names it. Every answer
 * carries the {@link Plan} that the delays read, because a delay is fixed when its state is entered.
 */

/** An end that was decided here: by a person, or by a limit of the app on how long nobody may be active, or one may be signed in. It is final, and told to the backend. */
export type OwnEnd = 'signedOut' | 'idle' | 'limit'

/** Why nobody is signed in. `absent`: there was no session when the backend was first asked. */
export type EndReason = 'absent' | 'ended' | 'expired' | 'revoked' | OwnEnd

/** What is wrong while the session goes on. Codes are stable; a problem never ends a session. */
export type ProblemCode =
  | 'ERR_SESSION_UNREACHABLE'
  | 'ERR_SESSION_TIMEOUT'
  | 'ERR_SESSION_RATE_LIMITED'
  | 'ERR_SESSION_BAD_VERDICT'
  | 'ERR_SESSION_REFUSED'
  | 'ERR_SESSION_UNMOVED'
  | 'ERR_SESSION_CLOCK_SKEW'
  | 'ERR_SESSION_SIGN_IN_FAILED'
  | 'ERR_SESSION_POPUP_BLOCKED'
  | 'ERR_SESSION_STORAGE'

export interface Problem {
  readonly code: ProblemCode
  /** What exactly, in words of Outlast's own: nothing that a server said is in it. */
  readonly detail?: string | undefined
}

/** What is known of the session's life. Plain times, no secrets. */
export interface Lease {
  /** When somebody signed in, as far as it was seen, epoch milliseconds. */
  readonly startedAt: number
  /** When the backend last said "alive": the time that request was sent, epoch milliseconds. */
  readonly aliveAt: number
  /** The end as far as it is known, epoch milliseconds on this machine's clock. In the past when nobody answered since, or the clocks disagree. */
  readonly expiresAt: number | undefined
  /** The same, had the request been answered only when its answer came: what a slow answer leaves open. */
  readonly latestExpiresAt: number | undefined
  /** When `expiresAt` was first seen, epoch milliseconds. */
  readonly grantedAt: number
  /** The length of a life, milliseconds; a lower bound until an extension was seen. */
  readonly lifeMs: number | undefined
  /** The end that no extension moves, epoch milliseconds on this machine's clock. */
  readonly maxExpiresAt: number | undefined
  /** When an extension was last answered, epoch milliseconds. */
  readonly extendedAt: number | undefined
  /** There is nothing to keep alive: a guest, a connected wallet. */
  readonly permanent: boolean | undefined
}

/** How long to wait, counted from the answer that brought the plan. Milliseconds. */
export interface Plan {
  /** Until the next extension; undefined when none is wanted before the deadline. */
  readonly keepAliveMs: number | undefined
  /** Until the last verdict is not to be trusted any more; undefined when it stays good. */
  readonly deadlineMs: number | undefined
  /** Until the next attempt after a failure. */
  readonly retryMs: number
}

/** What is known after an answer. */
export interface Report {
  readonly lease: Lease | undefined
  readonly plan: Plan
  /** Attempts without success in a row, for the backoff. */
  readonly failures: number
  readonly problem: Problem | undefined
}

/**
 * What every promise actor resolves to.
 *
 * - `alive`: the server vouches for it; `extended` when its end was seen to move.
 * - `ended`: the server's explicit no.
 * - `refused`: not done, and no verdict on the session either.
 * - `unanswered`: nobody said anything that can be trusted; try again after `plan.retryMs`.
 * - `done`: the sign-in flow came to its end, and `check` decides what came of it; or the session is revoked.
 */
export type Answer = Report &
  (
    | { readonly status: 'alive'; readonly subject: string | undefined; readonly extended: boolean }
    | { readonly status: 'ended'; readonly reason: EndReason }
    | { readonly status: 'refused' | 'unanswered' | 'done' }
  )

/** What an actor that calls the backend is given. */
export interface CallInput {
  readonly lease: Lease | undefined
  readonly failures: number
  /** A question of its own, an extension and the question after a refused one, or part of a sign-in or sign-out. */
  readonly purpose: 'ask' | 'extend' | 'confirm'
  /** Somebody asked for it and waits; otherwise it fell due. */
  readonly commanded: boolean
  /** Why nobody is signed in. */
  readonly reason: EndReason | undefined
  /** Whoever began the same call was not heard of again, and it may have been made. */
  readonly repeats?: boolean
}

/** A limit of the app is near. */
export interface Warning {
  /** Which: nobody has been active for long, or somebody has been signed in for long. Activity lifts the first. */
  readonly reason: 'idle' | 'limit'
  /** When it ends the session, epoch milliseconds. */
  readonly endsAt: number
}

/** What the machine remembers. Handed to the next run as its input, so that a signed-out session is never shown alive. */
export interface SessionContext extends Report {
  /** The last verdict; undefined before the first. */
  readonly signedIn: boolean | undefined
  readonly reason: EndReason | undefined
  readonly warning: Warning | undefined
  /** The person is asked to show more of who they are. */
  readonly steppingUp: boolean
  /** The sign-out, or the end by a limit, that nobody has undone by a sign-in, and whether the backend was told of it. */
  readonly signOut: 'untold' | 'told' | undefined
  /** An opaque token for the person, to tell "the same" from "another". */
  readonly subject: string | undefined
  /** The sign-in needs no person, so an ended session signs in again by itself. */
  readonly unattended: boolean
}

export type SessionInput = Partial<SessionContext>

/** What the session wants of the other tabs: that a sign-in there is given up. */
export type TabsCommand = { type: 'tabs.giveUp' }

/** What the limits tell the session. */
export type LimitsVerdict =
  | { type: 'limits.warned'; warning: Warning }
  | { type: 'limits.lifted' }
  | { type: 'limits.reached'; reason: Warning['reason'] }

/**
 * What the machine hears.
 *
 * - `session.*`: a person, or code on their behalf.
 * - `platform.*`: time was lost (`woke`), a page is seen again or not any more after enough of the life was used
 *   (`shown`, `hidden`), the network is said to be back (`wentOnline`): then retry so soon, and not everybody at once.
 * - `tabs.*`: another tab was answered for all, or somebody signed in or was signed out there, or is about to sign in there
 *   (and has so much time left; none when it was given up).
 * - `limits.*`: a limit of the app is near, is not near any more, or is reached.
 * - `stepUp.settled`: the person has shown more of who they are, or has not.
 * - `backend.*`: what the backend heard by itself.
 */
export type SessionEvent =
  | { type: 'session.check' }
  | { type: 'session.extend' }
  | { type: 'session.reauthenticate' }
  | { type: 'session.cancel' }
  | { type: 'session.signOut' }
  | { type: 'session.stepUp' }
  | { type: 'platform.woke'; retryMs?: number }
  | { type: 'platform.shown' }
  | { type: 'platform.hidden' }
  | { type: 'platform.wentOnline'; retryMs: number }
  | { type: 'tabs.answered'; output: Answer }
  | { type: 'tabs.changed' }
  | { type: 'tabs.claimed'; retryMs: number }
  | LimitsVerdict
  | { type: 'stepUp.settled'; done: boolean }
  | { type: 'backend.signedIn' }
  | { type: 'backend.signedOut' }

/**
 * What the machine tells.
 *
 * - `session.extended`: the end moved, whoever moved it.
 * - `session.expired`: somebody was signed in, and is no longer; not on a first visit.
 * - `session.reauthenticated`: somebody is signed in, after nobody was. The same person as before, if there was one.
 * - `session.subjectChanged`: another person is signed in.
 * - `session.warned`: a limit of the app is near. Told again when its time has moved.
 * - `session.steppedUp`: the person has shown more of who they are.
 */
export type SessionEmitted =
  | { type: 'session.extended'; expiresAt: number | undefined }
  | { type: 'session.expired'; reason: EndReason }
  | { type: 'session.reauthenticated' }
  | { type: 'session.subjectChanged' }
  | { type: 'session.warned'; warning: Warning }
  | { type: 'session.steppedUp' }

/** Milliseconds; what `setTimeout` can carry. Stands in where a plan sets no time, so that no delay is ever missing. */
const FARTHEST_MS = 2 ** 31 - 1
/** Milliseconds until an actor that rejected, and so made no plan, is asked again. */
const REJECTED_RETRY_MS = 30_000

class MissingActorError extends Error {}

const fail = (name: string) => {
  throw new MissingActorError(`actor '${name}' was not provided`)
}
const missing = (name: string) => fromPromise<Answer, CallInput>(async () => fail(name))
const missingStream = (name: string) => fromCallback<SessionEvent>(() => fail(name))

/** Ends that nothing but a new sign-in undoes. */
const isOwn = (reason: EndReason | undefined): reason is OwnEnd => reason === 'signedOut' || reason === 'idle' || reason === 'limit'

const answerOf = ({ event }: { event: { output: Answer } }) => event.output
const inputFor =
  (purpose: CallInput['purpose']) =>
  ({ context, event }: { context: SessionContext; event: { type: string } }): CallInput => ({
    lease: context.lease,
    failures: context.failures,
    purpose,
    commanded: event.type.startsWith('session.'),
    reason: context.reason,
  })

const retryOf = ({ event }: { event: { retryMs?: number } }) => Number(event.retryMs)
const errorOf = ({ event }: { event: { error: unknown } }) => event.error

const recordReport = { type: 'recordReport', params: answerOf } as const
const recordVerdict = [recordReport, { type: 'recordVerdict', params: answerOf }] as const
const whenEnded = { guard: { type: 'isEnded', params: answerOf }, target: '#session.expired', actions: recordVerdict } as const
const whenAlive = { guard: { type: 'isAlive', params: answerOf }, target: '#session.active', actions: recordVerdict } as const
const whenRejected = {
  guard: { type: 'isProvided', params: errorOf },
  target: '#session.unknown.waiting',
  actions: { type: 'recordRetry', params: REJECTED_RETRY_MS },
} as const
/** The answer, or that there is none, came so late that the last verdict is good no more: the page was frozen meanwhile. */
const whenTooLate = { guard: 'isPastDeadline', target: 'unknown' } as const
const revokeAnd = (purpose: CallInput['purpose'], target: 'ended' | 'signingIn') =>
  ({
    id: 'revoke',
    src: 'revoke',
    input: inputFor(purpose),
    onDone: [
      { guard: { type: 'isDone', params: answerOf }, target, actions: 'recordRevocation' },
      { target: '#session.expired.unrevoked', actions: recordReport },
    ],
    onError: { ...whenRejected, target: '#session.expired.unrevoked' },
  }) as const
const fromAnotherTab = { 'tabs.answered': [whenEnded, whenAlive] } as const
/** What ends a wait: a command, a person who looks at the page, another tab's answer; and in a while, the network. */
const orSooner = <T extends string>(target: T) =>
  ({
    ...fromAnotherTab,
    'platform.shown': { target },
    'platform.wentOnline': {
      guard: { type: 'isSooner', params: retryOf },
      target: 'waiting',
      reenter: true,
      actions: { type: 'recordRetry', params: retryOf },
    },
  }) as const
const inAnotherTab = { guard: 'isDeferred', target: '#session.reauthenticating.elsewhere', actions: { type: 'recordRetry', params: retryOf } } as const
const backToTheTruth = [{ guard: 'isSignedOff', target: '#session.expired' }, { target: '#session.unknown' }] as const
// A sign-out is final: only a new sign-in undoes it, not a server that has not heard of it.
const askUnlessSignedOut = [{ guard: 'isSignedOut' }, { target: '#session.unknown' }] as const

export const sessionMachine = setup({
  types: {} as {
    context: SessionContext
    input: SessionInput
    events: SessionEvent
    emitted: SessionEmitted
    tags: 'certain' | 'busy'
    children: {
      check: 'check'
      extend: 'extend'
      reauthenticate: 'reauthenticate'
      revoke: 'revoke'
      platformSignals: 'platformSignals'
      backendEvents: 'backendEvents'
      tabs: 'tabs'
      limits: 'limits'
      stepUp: 'stepUp'
    }
  },
  actors: {
    check: missing('check'),
    extend: missing('extend'),
    reauthenticate: missing('reauthenticate'),
    revoke: missing('revoke'),
    platformSignals: missingStream('platformSignals'),
    backendEvents: missingStream('backendEvents'),
    tabs: fromCallback<TabsCommand>(() => fail('tabs')),
    limits: missingStream('limits'),
    stepUp: missingStream('stepUp'),
  },
  guards: {
    isAlive: (_, answer: Answer) => answer.status === 'alive',
    isExtended: (_, answer: Answer) => answer.status === 'alive' && answer.extended,
    isEnded: (_, answer: Answer) => answer.status === 'ended',
    isRefused: (_, answer: Answer) => answer.status === 'refused',
    isDone: (_, answer: Answer) => answer.status === 'done',
    isProvided: (_, error: unknown) => !(error instanceof MissingActorError),
    isSignedOff: ({ context }) => context.signedIn === false,
    isSignedOut: ({ context }) => context.signOut !== undefined,
    mustRevoke: ({ context }) => context.signOut === 'untold',
    canRenew: ({ context }) => context.unattended && !isOwn(context.reason),
    isSignedIn: ({ context }) => context.signedIn === true,
    canKeepAlive: ({ context }) => context.plan.keepAliveMs !== undefined,
    hasDeadline: ({ context }) => context.plan.deadlineMs !== undefined,
    isPastDeadline: ({ context }) => context.plan.deadlineMs === 0,
    isDeferred: ({ event }) => Number((event as { retryMs?: number }).retryMs) > 0,
    canStepUp: ({ context }) => context.signedIn === true && !context.steppingUp,
    isSteppingUp: ({ context }) => context.steppingUp,
    isSteppedUp: ({ event }) => (event as { done?: boolean }).done === true,
    isSooner: ({ context }, retryMs: number) => retryMs < context.plan.retryMs,
  },
  actions: {
    recordReport: assign((_, { lease, plan, failures, problem }: Report) => ({ lease, plan, failures, problem })),
    recordRetry: assign({ plan: ({ context }, retryMs: number) => ({ ...context.plan, retryMs }) }),
    recordVerdict: enqueueActions(({ context, enqueue }, answer: Answer) => {
      if (answer.status === 'alive') {
        const subject = answer.subject ?? context.subject
        enqueue.assign({ signedIn: true, reason: undefined, signOut: undefined, subject })
        if (answer.extended) enqueue.emit({ type: 'session.extended', expiresAt: answer.lease?.expiresAt })
        // Whoever resumes work on a sign-in must not do so for another person.
        if (context.subject !== undefined && context.subject !== subject) enqueue.emit({ type: 'session.subjectChanged' })
        else if (context.signedIn === false) enqueue.emit({ type: 'session.reauthenticated' })
      }
      if (answer.status === 'ended') {
        const own = isOwn(answer.reason)
        const reason = own ? answer.reason : (context.reason ?? (context.signedIn === undefined ? 'absent' : answer.reason))
        enqueue.assign({ signedIn: false, reason, warning: undefined, signOut: own ? 'untold' : context.signOut })
        if (context.signedIn) enqueue.emit({ type: 'session.expired', reason })
      }
    }),
    recordSignOut: enqueueActions(({ context, enqueue }, reason: OwnEnd) => {
      if (context.signedIn) enqueue.emit({ type: 'session.expired', reason })
      enqueue.assign({
        signedIn: false,
        reason,
        warning: undefined,
        signOut: 'untold',
        lease: undefined,
        failures: 0,
        problem: undefined,
      })
    }),
    recordRevocation: assign({ signOut: 'told', problem: undefined }),
    liftSignOut: assign({ signOut: undefined }),
    recordWarning: assign({ warning: (_, warning: Warning | undefined) => warning }),
    warn: emit((_, warning: Warning) => ({ type: 'session.warned', warning }) as const),
    giveUpElsewhere: sendTo('tabs', { type: 'tabs.giveUp' }),
    beginStepUp: enqueueActions(({ enqueue }) => {
      enqueue.assign({ steppingUp: true })
      enqueue.spawnChild('stepUp', { id: 'stepUp' })
    }),
    endStepUp: enqueueActions(({ enqueue }) => {
      enqueue.assign({ steppingUp: false })
      enqueue.stopChild('stepUp')
    }),
    tellStepUp: emit({ type: 'session.steppedUp' }),
  },
  delays: {
    untilKeepAlive: ({ context }) => context.plan.keepAliveMs ?? FARTHEST_MS,
    untilDeadline: ({ context }) => context.plan.deadlineMs ?? FARTHEST_MS,
    untilRetry: ({ context }) => context.plan.retryMs,
  },
}).createMachine({
  id: 'session',
  description: 'Keeps somebody signed in.',
  context: ({ input }) => ({
    signedIn: undefined,
    reason: undefined,
    signOut: undefined,
    subject: undefined,
    lease: undefined,
    plan: { keepAliveMs: undefined, deadlineMs: undefined, retryMs: 0 },
    failures: 0,
    problem: undefined,
    unattended: false,
    ...input,
    // What belongs to a child ends with it.
    warning: undefined,
    steppingUp: false,
  }),
  invoke: [
    // First, so that a page that comes back learns of a sign-out before it shows anything.
    { id: 'tabs', src: 'tabs' },
    { id: 'platformSignals', src: 'platformSignals' },
    { id: 'backendEvents', src: 'backendEvents' },
    { id: 'limits', src: 'limits' },
  ],
  on: {
    'session.signOut': { target: '.expired', actions: { type: 'recordSignOut', params: 'signedOut' } },
    'limits.reached': {
      guard: 'isSignedIn',
      target: '.expired',
      actions: { type: 'recordSignOut', params: ({ event }) => event.reason },
    },
    'limits.warned': {
      actions: [
        { type: 'recordWarning', params: ({ event }) => event.warning },
        { type: 'warn', params: ({ event }) => event.warning },
      ],
    },
    'limits.lifted': { actions: { type: 'recordWarning', params: undefined } },
    // One at a time, beside everything else: the session is kept alive meanwhile.
    'session.stepUp': { guard: 'canStepUp', actions: 'beginStepUp' },
    'stepUp.settled': [{ guard: 'isSteppedUp', actions: ['endStepUp', 'tellStepUp'] }, { actions: 'endStepUp' }],
    'session.cancel': { guard: 'isSteppingUp', actions: 'endStepUp' },
    'session.reauthenticate': { target: '.reauthenticating' },
    'platform.woke': [
      // Whoever cannot be seen need not be the first.
      { guard: 'isDeferred', target: '.unknown.waiting', actions: { type: 'recordRetry', params: retryOf } },
      { target: '.unknown' },
    ],
    'backend.*': { target: '.unknown' },
    'tabs.changed': { target: '.unknown' },
    'tabs.answered': whenEnded,
  },
  initial: 'unknown',
  states: {
    unknown: {
      description: 'No verdict to be trusted.',
      always: { guard: 'isSignedOut', target: 'expired' },
      initial: 'checking',
      states: {
        checking: {
          description: 'The backend is asked.',
          tags: ['busy'],
          // The call has a time of its own. Where every timer comes late, to begin anew each time would never let it run out.
          on: { 'platform.woke': {} },
          invoke: {
            id: 'check',
            src: 'check',
            input: inputFor('ask'),
            onDone: [whenEnded, whenAlive, { target: 'waiting', actions: recordReport }],
            onError: whenRejected,
          },
        },
        waiting: {
          description: 'Asked again after a backoff.',
          on: {
            ...orSooner('checking'),
            // A wait that began anew with each timer that comes late would have no end.
            'platform.woke': [{ guard: 'isDeferred' }, { target: 'checking' }],
            'session.check': { target: 'checking' },
            'session.extend': { target: 'checking' },
          },
          after: { untilRetry: { target: 'checking' } },
        },
      },
    },
    active: {
      description: 'The backend vouched for it.',
      tags: ['certain'],
      always: whenTooLate,
      on: {
        ...fromAnotherTab,
        'platform.shown': { target: '.checking' },
        'session.check': { target: '.checking' },
        'session.extend': { target: 'extending' },
      },
      initial: 'deciding',
      states: {
        deciding: {
          description: 'Passed through.',
          always: [
            { guard: 'canKeepAlive', target: 'scheduled' },
            { guard: 'hasDeadline', target: 'unattended' },
            { target: 'resting' },
          ],
        },
        scheduled: {
          description: 'An extension is planned.',
          // Who leaves may be away for long.
          on: { 'platform.hidden': { target: '#session.extending' } },
          after: { untilKeepAlive: { target: '#session.extending' } },
        },
        unattended: {
          description: 'Asked at the deadline.',
          after: { untilDeadline: { target: '#session.unknown' } },
        },
        resting: {
          description: 'Nothing falls due.',
        },
        checking: {
          description: 'The backend is asked, and the last verdict stands.',
          tags: ['busy'],
          on: { 'session.check': {}, 'platform.shown': {} },
          invoke: {
            id: 'check',
            src: 'check',
            input: inputFor('ask'),
            onDone: [whenEnded, whenAlive, { target: 'deciding', actions: recordReport }],
            onError: whenRejected,
          },
        },
      },
    },
    extending: {
      description: 'An extension is under way.',
      tags: ['certain'],
      always: whenTooLate,
      initial: 'calling',
      states: {
        calling: {
          description: 'The backend is asked to extend.',
          tags: ['busy'],
          invoke: {
            id: 'extend',
            src: 'extend',
            input: inputFor('extend'),
            onDone: [
              whenEnded,
              whenAlive,
              { guard: { type: 'isRefused', params: answerOf }, target: 'asking' },
              { target: 'waiting', actions: recordReport },
            ],
            onError: whenRejected,
          },
        },
        asking: {
          description: 'Refused: the backend is asked.',
          tags: ['busy'],
          invoke: {
            id: 'check',
            src: 'check',
            input: inputFor('extend'),
            onDone: [
              whenEnded,
              { ...whenAlive, guard: { type: 'isExtended', params: answerOf } },
              { ...whenAlive, target: 'waiting' },
              { target: 'waiting', actions: recordReport },
            ],
            onError: whenRejected,
          },
        },
        waiting: {
          description: 'Asked again after a backoff.',
          on: {
            ...orSooner('calling'),
            'session.check': { target: '#session.active.checking' },
            'session.extend': { target: 'calling' },
          },
          after: {
            untilRetry: { target: 'calling' },
            untilDeadline: { target: '#session.unknown' },
          },
        },
      },
    },
    expired: {
      description: 'The backend said no, somebody signed out, or a limit was reached.',
      tags: ['certain'],
      entry: 'endStepUp',
      on: {
        'session.check': askUnlessSignedOut,
        'session.extend': askUnlessSignedOut,
        'platform.woke': {},
        'backend.*': {},
        'backend.signedIn': { target: 'unknown', actions: 'liftSignOut' },
        // Nobody signs in before a sign-out is told, in whichever tab.
        'tabs.changed': { target: 'unknown', actions: 'liftSignOut' },
        'tabs.answered': {},
        'tabs.claimed': [{ guard: 'mustRevoke' }, inAnotherTab],
      },
      initial: 'deciding',
      states: {
        deciding: {
          description: 'Passed through.',
          always: [
            { guard: 'mustRevoke', target: 'revoking' },
            { guard: 'canRenew', target: 'renewing' },
            { target: 'ended' },
          ],
        },
        ended: {
          description: 'Nobody is signed in.',
        },
        renewing: {
          description: 'Somebody signs in after a backoff.',
          after: { untilRetry: { target: '#session.reauthenticating' } },
        },
        revoking: {
          description: 'The backend is told.',
          tags: ['busy'],
          on: { 'session.signOut': {}, 'backend.signedIn': {} },
          invoke: revokeAnd('ask', 'ended'),
        },
        unrevoked: {
          description: 'The backend is told again.',
          // Until it was, it cannot tell a new sign-in from the old session.
          on: { 'backend.signedIn': {} },
          after: { untilRetry: { target: 'revoking' } },
        },
      },
    },
    reauthenticating: {
      description: 'Somebody signs in again.',
      tags: ['busy'],
      entry: 'endStepUp',
      on: { 'session.reauthenticate': {}, 'platform.woke': {}, 'backend.*': {}, 'tabs.*': {} },
      initial: 'deciding',
      states: {
        deciding: {
          description: 'Passed through.',
          always: [{ guard: 'mustRevoke', target: 'revoking' }, { target: 'signingIn' }],
        },
        revoking: {
          description: 'The backend is told first.',
          on: { 'session.cancel': backToTheTruth },
          invoke: revokeAnd('confirm', 'signingIn'),
        },
        signingIn: {
          description: 'The app signs in.',
          on: {
            'session.cancel': backToTheTruth,
            'tabs.claimed': [inAnotherTab, ...backToTheTruth],
            // Somebody signed in elsewhere all the same; then there is nothing left to do here.
            'tabs.changed': { target: '#session.unknown', actions: 'liftSignOut' },
          },
          invoke: {
            id: 'reauthenticate',
            src: 'reauthenticate',
            input: inputFor('confirm'),
            onDone: [
              { guard: { type: 'isDone', params: answerOf }, target: 'confirming', actions: 'liftSignOut' },
              { ...backToTheTruth[0], actions: recordReport },
              { ...backToTheTruth[1], actions: recordReport },
            ],
            onError: whenRejected,
          },
        },
        confirming: {
          description: 'The backend is asked who signed in.',
          // Told after it was asked, so the answer under way may not know of it.
          on: { 'backend.signedIn': { target: 'confirming', reenter: true } },
          invoke: {
            id: 'check',
            src: 'check',
            input: inputFor('confirm'),
            onDone: [whenEnded, whenAlive, { target: '#session.unknown.waiting', actions: recordReport }],
            onError: whenRejected,
          },
        },
        elsewhere: {
          description: 'Somebody signs in in another tab.',
          on: {
            'tabs.claimed': [{ ...inAnotherTab, reenter: true }, ...backToTheTruth],
            'tabs.answered': whenEnded,
            'tabs.changed': { target: '#session.unknown', actions: 'liftSignOut' },
            'session.cancel': backToTheTruth.map((way) => ({ ...way, actions: 'giveUpElsewhere' as const })),
          },
          after: { untilRetry: backToTheTruth },
        },
      },
    },
  },
})
