import type { Answer, CallInput, Lease, ProblemCode } from '../machines/session.machine'
import { type AliveReply, type BackendCall, type Challenge, type ReadReply, readReply, type SessionBackend, type StepUpCall, type Unanswered } from './backend'
import { quietly } from './errors'
import type { Caller, Ports, Tabs } from './ports'
import {
  attemptTimeout,
  createCallBudget,
  expiryOf,
  type Failure,
  hasMoved,
  isExpiredOnArrival,
  isUnmovedNearEnd,
  LONGEST_RETRY_AFTER_MS,
  planFrom,
  type Policy,
  renewLease,
  SIGN_IN_TIMEOUT_MS,
} from './timing'

export interface CallsInput {
  readonly backend: SessionBackend
  readonly ports: Ports
  readonly policy: Policy
  readonly tabs: Tabs | undefined
  /** Whether anybody wants the session prolonged. */
  readonly isWanted: (lease: Lease | undefined) => boolean
}

/** What calls the backend. It bounds every call, reads every reply, and always resolves. */
export function createCalls({ backend, ports, policy, tabs, isWanted }: CallsInput) {
  const { clock, random } = ports

  const unsettled: { [kind in BackendCall]?: Promise<unknown> | undefined } = {}
  const people: string[] = []
  const waitForBudget = createCallBudget(clock.now())
  let blockedUntil = 0

  /**
   * One call within its time. A backend that ignores the signal leaves it behind unsettled; the next call of its
   * kind then waits for it, once, before it presumes it lost with its connection.
   */
  const call = (kind: BackendCall, timeoutMs: number, left: AbortSignal, challenge?: Challenge) =>
    new Promise<Outcome>((resolve) => {
      const abort = new AbortController()
      const settle = (outcome: Outcome) => {
        clock.clearTimeout(timer)
        resolve(outcome)
      }
      const leave = () => {
        abort.abort()
        settle({ status: 'unanswered', code: 'ERR_SESSION_TIMEOUT' })
      }
      const earlier = unsettled[kind]
      const timer = clock.setTimeout(() => {
        if (unsettled[kind] === earlier) unsettled[kind] = undefined
        leave()
      }, timeoutMs)
      left.addEventListener('abort', leave)
      void (async () => {
        // A sign-in is a person's act, and may have been given up in a window that never closes.
        if (kind !== 'signIn' && kind !== 'stepUp') await earlier
        if (abort.signal.aborted) return
        const sentAt = clock.now()
        const replying = (async () => backend[kind]?.({ signal: abort.signal, timeoutMs, ...(challenge && { challenge }) } as StepUpCall))()
        unsettled[kind] = replying.catch(() => {})
        try {
          settle({ ...readReply(kind, await replying), sentAt })
        } catch (error) {
          settle(readError(kind, error))
        }
      })()
    })

  /** A call, if the budget and the server's patience allow one. What a person asked for is always tried. */
  async function ask(kind: BackendCall, { purpose, lease, failures }: CallInput, left: AbortSignal): Promise<Outcome> {
    const now = clock.now()
    const byPerson = kind === 'revoke' ? purpose === 'confirm' || failures === 0 : purpose === 'confirm' && !backend.unattended
    // Patience beyond the longest: the clock was set back meanwhile.
    if (blockedUntil > now + LONGEST_RETRY_AFTER_MS) blockedUntil = 0
    const retryAfterMs = blockedUntil > now ? blockedUntil - now : waitForBudget(now)
    if (retryAfterMs > 0 && !byPerson) return { status: 'unanswered', code: 'ERR_SESSION_RATE_LIMITED', retryAfterMs }
    const outcome = await call(kind, kind === 'signIn' ? SIGN_IN_TIMEOUT_MS : attemptTimeout(lease, now, policy), left)
    if (outcome.status === 'unanswered' && outcome.retryAfterMs) blockedUntil = clock.now() + outcome.retryAfterMs
    return outcome
  }

  const report = (lease: Lease | undefined, failed: Failure, code?: ProblemCode, detail?: string) => ({
    lease,
    plan: planFrom(lease, clock.now(), policy, random, failed),
    failures: failed.failures,
    problem: code && { code, detail },
  })

  /** The same token for the same person; the name itself stays in this closure. */
  const tokenOf = (subject: string | undefined) => subject && String(people.indexOf(subject) + 1 || people.push(subject))

  function alive(kind: BackendCall, { purpose, lease, failures }: CallInput, reply: AliveReply, sentAt: number) {
    const { serverNow, permanent, flaw } = reply
    const extending = kind === 'extend'
    // A sign-in starts a life of its own.
    const before = purpose === 'confirm' ? undefined : lease
    const maxExpiresAt = expiryOf({ expiresAt: reply.maxExpiresAt, serverNow }, sentAt)
    const end = expiryOf(reply, sentAt)
    const seen = {
      aliveAt: sentAt,
      permanent,
      maxExpiresAt,
      expiresAt: end && Math.min(end, maxExpiresAt ?? end),
      latestExpiresAt: expiryOf(reply, clock.now()),
    }
    const after = renewLease(before, seen, extending)
    // Where no end is known, an extension is taken at its word.
    const extended = hasMoved(before, seen) ?? extending
    const refused = kind === 'check' && purpose === 'extend' && !extended
    const code = flaw
      ? 'ERR_SESSION_BAD_VERDICT'
      : refused
        ? 'ERR_SESSION_REFUSED'
        : isUnmovedNearEnd(after, clock.now())
          ? 'ERR_SESSION_UNMOVED'
          : isExpiredOnArrival(after) && after.lifeMs === undefined
            ? 'ERR_SESSION_CLOCK_SKEW'
            : undefined
    const failed = { failures: refused ? failures + 1 : 0, extending: true, refused }
    return { ...report(after, failed, code, flaw), status: 'alive', subject: tokenOf(reply.subject), extended } as const
  }

  /** Somebody else may have extended meanwhile; then no call is needed. */
  function peek(input: CallInput): Answer | undefined {
    try {
      const reply = readReply('check', quietly(backend.peek?.()))
      if (reply.status !== 'alive' || reply.flaw) return undefined
      const found = alive('check', input, reply, clock.now())
      return found.extended ? found : undefined
    } catch {
      return undefined
    }
  }

  const mayProlong = ({ commanded, lease }: CallInput) => commanded || isWanted(lease)

  const answer: Caller = async (kind, input, left) => {
    const known = kind === 'extend' && peek(input)
    if (known) return known
    // An extension that is due answers the question too.
    if (kind === 'check' && input.purpose === 'ask' && mayProlong(input) && report(input.lease, input).plan.keepAliveMs === 0) {
      const extended = await shared('extend', input, left)
      if (extended.status !== 'refused') return extended
    }
    if (kind === 'extend' && backend.rotates && (input.failures > 0 || input.repeats)) {
      // The last one may have been made, only nobody heard: then the old credentials are not good for another.
      const asked = await answer('check', { ...input, purpose: 'extend' }, left)
      if (asked.status !== 'alive' || asked.extended) return asked
    }
    const outcome = await ask(kind, input, left)
    const { status } = outcome
    const failures = input.failures + 1
    if (status === 'alive') return alive(kind, input, outcome, outcome.sentAt)
    // A sign-in that left nobody signed in is a failed attempt.
    if (status === 'ended') return { ...report(undefined, { failures: input.purpose === 'confirm' ? failures : 0 }), status, reason: outcome.reason }
    if (status === 'unanswered') return { ...report(input.lease, { ...outcome, failures, extending: input.purpose === 'extend' }, outcome.code, outcome.detail), status }
    return { ...report(input.lease, input), status }
  }
  const shared = tabs ? tabs.share(answer, (token) => people[Number(token) - 1]) : answer

  const due: Caller = async (kind, input, left) => {
    if (kind !== 'extend' || mayProlong(input)) return shared(kind, input, left)
    const { plan, ...known } = report(input.lease, { failures: 0 })
    // Not done when it falls due; what is not due yet stays planned.
    return { ...known, plan: { ...plan, keepAliveMs: plan.keepAliveMs || undefined }, status: 'alive', subject: undefined, extended: false }
  }

  return {
    call: due,
    /** Resolves with whether the person has shown more of who they are. */
    stepUp: async (challenge: Challenge, left: AbortSignal) => (await call('stepUp', SIGN_IN_TIMEOUT_MS, left, challenge)).status === 'done',
  }
}

type Outcome = (ReadReply & { readonly sentAt: number }) | Unanswered

/**
 * Takes the patience out of whatever was thrown, and of a sign-in one code that a user can do something about. Nothing
 * else: a foreign code may be anything.
 */
function readError(kind: BackendCall, error: unknown): Unanswered {
  const signingIn = kind === 'signIn'
  const silent = signingIn ? 'ERR_SESSION_SIGN_IN_FAILED' : 'ERR_SESSION_UNREACHABLE'
  try {
    const { retryAfterMs: ms, code } = error as { retryAfterMs?: unknown; code?: unknown }
    const retryAfterMs = typeof ms === 'number' && ms > 0 ? Math.min(ms, LONGEST_RETRY_AFTER_MS) : undefined
    // Not `instanceof`: the app may have loaded the package twice.
    if (signingIn && code === 'ERR_SESSION_POPUP_BLOCKED') return { status: 'unanswered', code }
    return { status: 'unanswered', code: retryAfterMs ? 'ERR_SESSION_RATE_LIMITED' : silent, retryAfterMs }
  } catch {
    // Nothing was thrown, or something that throws when looked at.
    return { status: 'unanswered', code: silent }
  }
}
