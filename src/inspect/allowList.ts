import type { Answer, EndReason, Lease, OwnEnd, Plan, Problem, ProblemCode, SessionContext, SessionEvent, Warning } from '../../machines/session.machine'

// What may be seen of a session from outside. All that is not named here is left out, also what a later version adds.

type Test = (value: unknown) => boolean
interface Shape {
  readonly [key: string]: Test | Shape
}
/** Each key of a type, so that none is forgotten. */
type ShapeOf<T> = { readonly [K in keyof T]-?: Test | Shape }

const number: Test = Number.isFinite
const boolean: Test = (value) => typeof value === 'boolean'
const like = (pattern: RegExp): Test => (value) => typeof value === 'string' && pattern.test(value)
const oneOf = (words: Readonly<Record<string, true>>): Test => (value) => typeof value === 'string' && Object.hasOwn(words, value)

const reasons: Record<EndReason, true> = { absent: true, ended: true, expired: true, revoked: true, signedOut: true, idle: true, limit: true }
const statuses: Record<Answer['status'], true> = { alive: true, ended: true, refused: true, unanswered: true, done: true }
const told: Record<NonNullable<SessionContext['signOut']>, true> = { untold: true, told: true }

const lease: ShapeOf<Lease> = {
  startedAt: number,
  aliveAt: number,
  expiresAt: number,
  latestExpiresAt: number,
  grantedAt: number,
  lifeMs: number,
  maxExpiresAt: number,
  extendedAt: number,
  permanent: boolean,
}
const plan: ShapeOf<Plan> = { keepAliveMs: number, deadlineMs: number, retryMs: number }
const codes: Record<ProblemCode, true> = {
  ERR_SESSION_UNREACHABLE: true,
  ERR_SESSION_TIMEOUT: true,
  ERR_SESSION_RATE_LIMITED: true,
  ERR_SESSION_BAD_VERDICT: true,
  ERR_SESSION_REFUSED: true,
  ERR_SESSION_UNMOVED: true,
  ERR_SESSION_CLOCK_SKEW: true,
  ERR_SESSION_SIGN_IN_FAILED: true,
  ERR_SESSION_POPUP_BLOCKED: true,
  ERR_SESSION_STORAGE: true,
}
// These are words of ours, but those that another tab noted could have been written by anybody.
const detail = like(/^(not a verdict|subject must be a string|(ttlMs|expiresAt|serverNow|maxExpiresAt) must be milliseconds(, not seconds)?)$/)
const problem: ShapeOf<Problem> = { code: oneOf(codes), detail }
const warning: ShapeOf<Warning> = { reason: oneOf(reasons), endsAt: number }
/** A person is a number that counts who was seen: too short to be one that a server knows them by. */
const subject = like(/^\d{1,6}$/)

const answer: ShapeOf<Answer & { reason: OwnEnd; subject: string; extended: boolean }> = {
  status: oneOf(statuses),
  reason: oneOf(reasons),
  subject,
  extended: boolean,
  lease,
  plan,
  failures: number,
  problem,
}

const sessionContext: ShapeOf<SessionContext> = {
  signedIn: boolean,
  reason: oneOf(reasons),
  signOut: oneOf(told),
  subject,
  unattended: boolean,
  lease,
  plan,
  failures: number,
  problem,
  warning,
  steppingUp: boolean,
}
const limitsPlan = { reason: oneOf(reasons), warningMs: number, endMs: number, endsAt: number }

/** The contexts that are known, by the id of the machine. */
const contexts: Shape = { session: sessionContext, limits: { plan: limitsPlan } }

const sessionEvents: { readonly [T in SessionEvent['type']]: Shape } = {
  'session.check': {},
  'session.extend': {},
  'session.reauthenticate': {},
  'session.cancel': {},
  'session.signOut': {},
  'session.stepUp': {},
  'platform.woke': { retryMs: number },
  'platform.shown': {},
  'platform.hidden': {},
  'platform.wentOnline': { retryMs: number },
  'tabs.answered': { output: answer },
  'tabs.changed': {},
  'tabs.claimed': { retryMs: number },
  'limits.warned': { warning },
  'limits.lifted': {},
  'limits.reached': { reason: oneOf(reasons) },
  'stepUp.settled': { done: boolean },
  'backend.signedIn': {},
  'backend.signedOut': {},
}
const events: { readonly [type: string]: Shape } = {
  ...sessionEvents,
  'tabs.giveUp': {},
  'limits.planned': { plan: limitsPlan },
  'limits.dropped': {},
  'limits.look': {},
}

/** A copy of what the shape names, where it is of that kind. */
function only(shape: Shape, value: unknown): Record<string, unknown> {
  const given = Object(value) as Record<string, unknown>
  const kept: Record<string, unknown> = {}
  for (const [key, want] of Object.entries(shape)) {
    const inner = given[key]
    if (typeof want !== 'function') {
      if (typeof inner === 'object' && inner !== null) kept[key] = only(want, inner)
    } else if (want(inner)) kept[key] = inner
  }
  return kept
}

/** The context of a machine as it may be seen. */
export const safeContext = (machineId: unknown, context: unknown): Record<string, unknown> =>
  only(Object.hasOwn(contexts, String(machineId)) ? (contexts[String(machineId)] as Shape) : {}, context)

/** The state of a machine as it may be seen: a copy, for the session goes by its own. */
export const safeValue = (value: unknown): unknown =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, safeValue(inner)])) : value

const status = oneOf({ active: true, done: true, error: true, stopped: true })
/** Whether an actor runs. */
export const safeStatus = (snapshot: unknown): Record<string, unknown> => only({ status }, snapshot)

/** The actors of a session. Of others the name may be made of anything, where they are spawned. */
const actors = 'tabs|platformSignals|backendEvents|limits|check|extend|reauthenticate|revoke|stepUp|times'
export const isActorName: Test = like(new RegExp(`^(${actors})$`))

/** What XState itself sends: the beginning and end of an actor, an answer of one that was called, a delay that is over. */
const ofXState = new RegExp(String.raw`^xstate\.(init|stop|promise\.(resolve|reject)|(done|error)\.actor\.(${actors})|after\.until[a-zA-Z]{1,16}\.(session|limits)(\.[a-zA-Z]{1,20}){1,2})$`)

/** An event as it may be seen. One of a type that is not known is told without saying which. */
export function safeEvent(event: { readonly type: string }): { readonly type: string } {
  const { type } = event
  const shape = Object.hasOwn(events, type) ? events[type] : ofXState.test(type) ? (type.startsWith('xstate.done.actor.') ? { output: answer as Shape } : {}) : undefined
  return shape ? { type, ...only(shape, event) } : { type: 'unlisted' }
}
