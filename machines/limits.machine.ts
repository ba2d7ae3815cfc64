import { assign, fromCallback, sendParent, sendTo, setup } from 'xstate'

/**
 * The limits that an app puts on a session: how long nobody may be active, and how long somebody may be signed in.
 *
 * Invoked at the root of `session.machine.ts`, so it goes on through each of its states. It knows no clock: an actor
 * tells how long there is, whenever that may have changed and whenever it is asked to look, because somebody may have
 * been active in another tab. Like the session's own machine it imports `xstate` alone.
 */

/** Which limit comes first, and how long until then. Milliseconds, from when it was told; `endsAt` in epoch milliseconds. */
export interface LimitsPlan {
  readonly reason: 'idle' | 'limit'
  readonly warningMs: number
  readonly endMs: number
  readonly endsAt: number
}

export interface LimitsContext {
  /** The last one; it counts while somebody is signed in. */
  readonly plan: LimitsPlan
}

/** What it hears: how long there is, or that there is nobody to limit. */
export type LimitsEvent = { type: 'limits.planned'; plan: LimitsPlan } | { type: 'limits.dropped' }

/** How often a warning is looked at, milliseconds: somebody may be active in another tab. */
const LOOK_MS = 1_000

const planOf = ({ event }: { event: { plan: LimitsPlan } }) => event.plan
const recordPlan = { type: 'recordPlan', params: planOf } as const

export const limitsMachine = setup({
  types: {} as {
    context: LimitsContext
    events: LimitsEvent
    children: { times: 'times' }
  },
  actors: {
    times: fromCallback<{ type: 'limits.look' }>(() => {
      throw new Error("actor 'times' was not provided")
    }),
  },
  guards: {
    isReached: (_, plan: LimitsPlan) => plan.endMs <= 0,
    isNear: (_, plan: LimitsPlan) => plan.warningMs <= 0,
    isSame: ({ context }, { endMs, endsAt, reason }: LimitsPlan) => endMs > 0 && endsAt === context.plan.endsAt && reason === context.plan.reason,
  },
  actions: {
    recordPlan: assign({ plan: (_, plan: LimitsPlan) => plan }),
    look: sendTo('times', { type: 'limits.look' }),
    warn: sendParent(({ context: { plan } }: { context: LimitsContext }) => ({
      type: 'limits.warned',
      warning: { reason: plan.reason, endsAt: plan.endsAt },
    })),
    lift: sendParent({ type: 'limits.lifted' }),
    end: sendParent(({ context: { plan } }: { context: LimitsContext }) => ({ type: 'limits.reached', reason: plan.reason })),
  },
  delays: {
    untilWarning: ({ context }) => context.plan.warningMs,
    untilLook: ({ context }) => Math.min(context.plan.endMs, LOOK_MS),
  },
}).createMachine({
  id: 'limits',
  description: 'Ends a session that nobody uses, or that has lasted long enough.',
  context: { plan: { reason: 'limit', warningMs: Infinity, endMs: Infinity, endsAt: Infinity } },
  invoke: { id: 'times', src: 'times' },
  on: {
    'limits.dropped': { target: '.off' },
    'limits.planned': [
      { guard: { type: 'isReached', params: planOf }, target: '.reached', actions: recordPlan },
      { guard: { type: 'isNear', params: planOf }, target: '.warning', actions: recordPlan },
      { target: '.counting', actions: recordPlan },
    ],
  },
  initial: 'off',
  states: {
    off: { description: 'Nobody is signed in.' },
    counting: {
      description: 'There is time.',
      after: { untilWarning: { actions: 'look' } },
    },
    warning: {
      description: 'There is little time, and the app can say so.',
      entry: 'warn',
      exit: 'lift',
      on: {
        'limits.planned': { guard: { type: 'isSame', params: planOf }, target: '.waiting', actions: recordPlan },
      },
      initial: 'waiting',
      states: {
        waiting: {
          description: 'Somebody may become active, here or in another tab.',
          after: { untilLook: { actions: 'look' } },
        },
      },
    },
    reached: {
      description: 'There is no time left.',
      entry: 'end',
    },
  },
})
