import { fromPromise } from 'xstate'
import type { Answer, CallInput, Lease, ProblemCode } from '../machines/session.machine'
import { type AliveReply, type BackendCall, readReply, type SessionBackend, type Unanswered } from './backend'
import type { Clock } from './clock'
import { quietly, SessionError } from './errors'
import {
  attemptTimeout,
  expiryOf,
  type Failure,
  fullBudget,
  hasMoved,
  isExpiredOnArrival,
  isUnmovedNearEnd,
  LONGEST_RETRY_AFTER_MS,
  planFrom,
  type Policy,
  type Random,
  renewLease,
  SIGN_IN_TIMEOUT_MS,
  spendCall,
} from './timing'

/** The actors that call the backend. They bound every call, read every reply, and always resolve. */
export function createCalls(backend: SessionBackend, clock: Clock, policy: Policy, random: Random) {
  const unsettled = new Map<BackendCall, Promise<unknown>>()
  const people = new Map<string, string>()
  let budget = fullBudget(clock.now())
  let blockedUntil = 0

  /**
   * One call within its time. A backend that ignores the signal leaves it behind unsettled; the next call of its
   * kind then waits for it, once, before it presumes it lost with its connection.
   */
  async function call(kind: BackendCall, timeoutMs: number, signal: AbortSignal) {
    const abort = new AbortController()
    const tooLate: Unanswered = { status: 'unanswered', code: 'ERR_SESSION_TIMEOUT' }
    let leave = () => {}
    let timer: unknown
    const overdue = new Promise<Unanswered>((resolve) => {
      leave = () => {
        abort.abort()
        resolve(tooLate)
      }
      timer = clock.setTimeout(leave, timeoutMs)
      signal.addEventListener('abort', leave)
    })
    const answered = async () => {
      const earlier = unsettled.get(kind)
      unsettled.delete(kind)
      await earlier
      if (abort.signal.aborted) return tooLate
      const sentAt = clock.now()
      const replying = (async () => backend[kind]?.({ signal: abort.signal, timeoutMs }))()
      unsettled.set(kind, replying.catch(() => {}))
      try {
        return { ...readReply(kind, await replying), sentAt }
      } catch (error) {
        return readError(kind, error)
      }
    }
    const outcome = await Promise.race([answered(), overdue])
    clock.clearTimeout(timer)
    signal.removeEventListener('abort', leave)
    return outcome
  }

  /** A call, if the budget and the server's patience allow one. What a person asked for is always tried. */
  async function ask(kind: BackendCall, { purpose, lease, failures }: CallInput, signal: AbortSignal) {
    const now = clock.now()
    const byPerson = purpose === 'confirm' && !backend.unattended && !(kind === 'revoke' && failures > 0)
    // Patience beyond the longest: the clock was set back meanwhile.
    const blockedMs = blockedUntil - now > LONGEST_RETRY_AFTER_MS ? 0 : blockedUntil - now
    const spent = spendCall(budget, now)
    const retryAfterMs = Math.max(blockedMs, spent.waitMs)
    if (retryAfterMs > 0 && !byPerson) return { status: 'unanswered', code: 'ERR_SESSION_RATE_LIMITED', retryAfterMs } as const
    budget = spent.budget
    const outcome = await call(kind, kind === 'signIn' ? SIGN_IN_TIMEOUT_MS : attemptTimeout(lease, now, policy), signal)
    if (outcome.status === 'unanswered' && outcome.retryAfterMs) {
      blockedUntil = clock.now() + outcome.retryAfterMs
    }
    return outcome
  }

  const report = (lease?: Lease, failed: Failure = { failures: 0 }) => ({
    lease,
    plan: planFrom(lease, clock.now(), policy, random, failed),
    failures: failed.failures,
    problem: undefined,
  })

  /** The same token for the same person; the name itself stays in this closure. */
  function tokenOf(subject: string | undefined): string | undefined {
    if (subject === undefined) return undefined
    const token = people.get(subject) ?? random().toString(36)
    people.set(subject, token)
    return token
  }

  function alive(input: CallInput, reply: AliveReply, sentAt: number, extending: boolean): Answer {
    // A sign-in starts a life of its own.
    const before = input.purpose === 'confirm' ? undefined : input.lease
    const { serverNow, permanent = false, flaw: detail } = reply
    const maxExpiresAt = expiryOf({ expiresAt: reply.maxExpiresAt, serverNow }, sentAt)
    const seen = { sentAt, expiresAt: expiryOf(reply, sentAt), maxExpiresAt, permanent, extending }
    const lease = renewLease(before, seen)
    // Where no end is known, an extension is taken at its word.
    const extended = hasMoved(before, seen) ?? extending
    const refused = input.purpose === 'refused' && !extended
    const code: ProblemCode | undefined = detail
      ? 'ERR_SESSION_BAD_VERDICT'
      : refused
        ? 'ERR_SESSION_REFUSED'
        : isUnmovedNearEnd(lease, clock.now())
          ? 'ERR_SESSION_UNMOVED'
          : isExpiredOnArrival(lease) && lease.lifeMs === undefined
            ? 'ERR_SESSION_CLOCK_SKEW'
            : undefined
    return {
      ...report(lease, { failures: refused ? input.failures + 1 : 0, refused }),
      status: 'alive',
      subject: tokenOf(reply.subject),
      extended,
      problem: code && { code, detail },
    }
  }

  /** Somebody else may have extended meanwhile; then no call is needed. */
  function peek(input: CallInput): Answer | undefined {
    try {
      const said = backend.peek?.()
      quietly(said)
      const reply = readReply('check', said)
      if (reply.status !== 'alive' || reply.flaw) return undefined
      const found = alive(input, reply, clock.now(), false)
      return found.status === 'alive' && found.extended ? found : undefined
    } catch {
      return undefined
    }
  }

  const calling = (kind: BackendCall) =>
    fromPromise<Answer, CallInput>(async ({ input, signal }) => {
      const found = kind === 'extend' ? peek(input) : undefined
      if (found !== undefined) return found
      const outcome = await ask(kind, input, signal)
      const failures = input.failures + 1
      switch (outcome.status) {
        case 'alive':
          return alive(input, outcome, outcome.sentAt, kind === 'extend')
        case 'ended':
          // A sign-in that left nobody signed in is a failed attempt.
          return { ...outcome, ...report(undefined, { failures: input.purpose === 'confirm' ? failures : 0 }) }
        case 'unanswered': {
          const { code, detail, retryAfterMs } = outcome
          return {
            ...report(input.lease, { failures, retryAfterMs }),
            status: 'unanswered',
            problem: code && { code, detail },
          }
        }
        default:
          return { ...report(input.lease, input), status: outcome.status }
      }
    })

  return {
    check: calling('check'),
    extend: calling('extend'),
    reauthenticate: calling('signIn'),
    revoke: calling('revoke'),
  }
}

/** Takes the code and the patience out of whatever was thrown, and nothing else. */
function readError(kind: BackendCall, error: unknown): Unanswered {
  const silent = kind === 'signIn' ? 'ERR_SESSION_SIGN_IN_FAILED' : 'ERR_SESSION_UNREACHABLE'
  try {
    const ms = (error as { retryAfterMs?: unknown }).retryAfterMs
    const retryAfterMs = typeof ms === 'number' && ms > 0 ? Math.min(ms, LONGEST_RETRY_AFTER_MS) : undefined
    // Only a code of ours gets in: a foreign one may be anything.
    const code = error instanceof SessionError ? (error.code as ProblemCode) : retryAfterMs ? 'ERR_SESSION_RATE_LIMITED' : silent
    return { status: 'unanswered', code, retryAfterMs }
  } catch {
    // Nothing was thrown, or something that throws when looked at.
    return { status: 'unanswered', code: silent }
  }
}
