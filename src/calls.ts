import { fromPromise } from 'xstate'
import type { Answer, CallInput, Lease, Problem, ProblemCode } from '../machines/session.machine'
import { type Call, type ReadReply, readReply, type SessionBackend } from './backend'
import type { Clock } from './clock'
import { SessionError } from './errors'
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

/** What came of one call: a reply, or why there is none. Nothing of a foreign error is in it. */
type Outcome =
  | { readonly sentAt: number; readonly reply: unknown }
  | { readonly problem: Problem; readonly retryAfterMs?: number | undefined }

type Kind = 'check' | 'extend' | 'signIn' | 'revoke'

const MESSAGES: Record<ProblemCode, string> = {
  ERR_SESSION_UNREACHABLE: 'The backend threw; trying again.',
  ERR_SESSION_TIMEOUT: 'The backend did not answer in time; trying again.',
  ERR_SESSION_RATE_LIMITED: 'Too many calls; waiting before the next one.',
  ERR_SESSION_BAD_VERDICT: 'The backend answered something that is no verdict.',
  ERR_SESSION_REFUSED: 'The session is alive, but its extension was refused.',
  ERR_SESSION_UNMOVED: 'Extensions succeed, but the expiry does not move.',
  ERR_SESSION_CLOCK_SKEW: "This machine's clock and the server's disagree.",
  ERR_SESSION_MISCONFIGURED: 'The backend is not configured correctly.',
  ERR_SESSION_SIGN_IN_FAILED: 'The sign-in was cancelled or failed.',
}

const problemOf = (code: ProblemCode, message = MESSAGES[code]): Problem => ({ code, message })

/** A session seen alive this long after its end, milliseconds, means clock skew rather than rounding. */
const SKEW_MS = 10_000

/** The actors that call the backend. They bound every call, read every reply, and always resolve. */
export function createCalls(backend: SessionBackend, clock: Clock, policy: Policy, random: Random) {
  const unsettled = new Map<Kind, { settled: Promise<void>; lostAt: number }>()
  const people = new Map<string, string>()
  let budget = fullBudget(clock.now())
  let blockedUntil = 0

  /** One call within its time. It may be left behind unsettled; then the next of its kind waits for it a while. */
  async function call(kind: Kind, timeoutMs: number, signal: AbortSignal): Promise<Outcome> {
    const abort = new AbortController()
    let timer: unknown
    let leave = () => {}
    const overdue = new Promise<Outcome>((resolve) => {
      leave = () => resolve({ problem: problemOf('ERR_SESSION_TIMEOUT') })
      timer = clock.setTimeout(leave, timeoutMs)
      signal.addEventListener('abort', leave)
    })
    const answered = (async (): Promise<Outcome> => {
      await earlierCall(kind, abort.signal)
      if (abort.signal.aborted) return { problem: problemOf('ERR_SESSION_TIMEOUT') }
      const sentAt = clock.now()
      const replying = (async () => backend[kind]?.({ signal: abort.signal, timeoutMs } satisfies Call))()
      const mine = { settled: replying.then(nothing, nothing), lostAt: sentAt + timeoutMs * 1.5 }
      unsettled.set(kind, mine)
      void mine.settled.then(() => unsettled.get(kind) === mine && unsettled.delete(kind))
      try {
        return { sentAt, reply: await replying }
      } catch (error) {
        return readError(kind, error)
      }
    })()
    const outcome = await Promise.race([answered, overdue])
    clock.clearTimeout(timer)
    signal.removeEventListener('abort', leave)
    if (signal.aborted || !('sentAt' in outcome)) abort.abort()
    return outcome
  }

  /** Waits while an earlier call of the kind is still out, until it is presumed lost with its connection. */
  function earlierCall(kind: Kind, signal: AbortSignal): Promise<void> {
    const earlier = unsettled.get(kind)
    const waitMs = (earlier?.lostAt ?? 0) - clock.now()
    if (earlier === undefined || waitMs <= 0) return Promise.resolve()
    return new Promise((resolve) => {
      const go = () => {
        clock.clearTimeout(timer)
        resolve()
      }
      const timer = clock.setTimeout(go, waitMs)
      signal.addEventListener('abort', go, { once: true })
      void earlier.settled.then(go)
    })
  }

  function readError(kind: Kind, error: unknown): Outcome {
    try {
      const { code, retryAfterMs } = error as { code?: unknown; retryAfterMs?: unknown }
      const waitMs =
        typeof retryAfterMs === 'number' && Number.isFinite(retryAfterMs) && retryAfterMs >= 0 ? retryAfterMs : undefined
      const own = error instanceof SessionError && typeof code === 'string' && Object.hasOwn(MESSAGES, code)
      const silent = kind === 'signIn' ? 'ERR_SESSION_SIGN_IN_FAILED' : 'ERR_SESSION_UNREACHABLE'
      const known = waitMs === undefined ? silent : 'ERR_SESSION_RATE_LIMITED'
      return { problem: problemOf(own ? (code as ProblemCode) : known), retryAfterMs: waitMs }
    } catch {
      // A rejection with nothing, or an object that throws when looked at.
      return { problem: problemOf(kind === 'signIn' ? 'ERR_SESSION_SIGN_IN_FAILED' : 'ERR_SESSION_UNREACHABLE') }
    }
  }

  /** A call that counts against the budget, if there is any left. A sign-in is always confirmed. */
  async function ask(kind: 'check' | 'extend', input: CallInput, signal: AbortSignal): Promise<Outcome> {
    const now = clock.now()
    if (input.purpose !== 'confirm') {
      const blockedMs = blockedUntil - now
      const spent = blockedMs > 0 ? { budget, waitMs: blockedMs } : spendCall(budget, now)
      budget = spent.budget
      if (spent.waitMs > 0) return { problem: problemOf('ERR_SESSION_RATE_LIMITED'), retryAfterMs: spent.waitMs }
    }
    const outcome = await call(kind, attemptTimeout(input.lease, now, policy), signal)
    if ('retryAfterMs' in outcome && outcome.retryAfterMs !== undefined) {
      blockedUntil = clock.now() + Math.min(outcome.retryAfterMs, LONGEST_RETRY_AFTER_MS)
    }
    return outcome
  }

  function report(lease: Lease | undefined, failed: Failure, problem: Problem | undefined) {
    return { lease, plan: planFrom(lease, clock.now(), policy, random, failed), failures: failed.failures, problem }
  }

  function unanswered(input: CallInput, problem: Problem | undefined, retryAfterMs?: number): Answer {
    return { status: 'unanswered', ...report(input.lease, { failures: input.failures + 1, retryAfterMs }, problem) }
  }

  /** The same token for the same person; the name itself stays in this closure. */
  function tokenOf(subject: string | undefined): string | undefined {
    if (subject === undefined) return undefined
    const token = people.get(subject) ?? random().toString(36).slice(2)
    people.set(subject, token)
    return token
  }

  function alive(input: CallInput, reply: ReadReply & { status: 'alive' }, sentAt: number, kind: 'check' | 'extend' | 'peek'): Answer {
    // A sign-in starts a life of its own.
    const before = input.purpose === 'confirm' ? undefined : input.lease
    const seen = {
      sentAt,
      expiresAt: expiryOf(reply, sentAt),
      maxExpiresAt: expiryOf({ expiresAt: reply.maxExpiresAt, serverNow: reply.serverNow }, sentAt),
      permanent: reply.permanent === true,
      extending: kind === 'extend',
    }
    const lease = renewLease(before, seen)
    const moved = before?.expiresAt !== undefined && seen.expiresAt !== undefined && hasMoved(before, seen)
    const refused = input.purpose === 'refused' && !moved
    const problem = reply.flaw
      ? problemOf('ERR_SESSION_BAD_VERDICT', reply.flaw)
      : refused
        ? problemOf('ERR_SESSION_REFUSED')
        : isUnmovedNearEnd(lease, clock.now())
          ? problemOf('ERR_SESSION_UNMOVED')
          : isExpiredOnArrival(lease) && lease.aliveAt - (lease.expiresAt ?? 0) > SKEW_MS
            ? problemOf('ERR_SESSION_CLOCK_SKEW')
            : undefined
    return {
      status: 'alive',
      subject: tokenOf(reply.subject),
      extended: kind === 'extend' ? !lease.unmoved : moved && (kind === 'peek' || input.purpose === 'refused'),
      ...report(lease, { failures: refused ? input.failures + 1 : 0, refused }, problem),
    }
  }

  function answer(kind: 'check' | 'extend', input: CallInput, outcome: Outcome): Answer {
    if (!('sentAt' in outcome)) return unanswered(input, outcome.problem, outcome.retryAfterMs)
    const reply = readSafely(kind, outcome.reply)
    switch (reply.status) {
      case 'alive':
        return alive(input, reply, outcome.sentAt, kind)
      case 'ended':
        // A sign-in that left nobody signed in is a failed attempt.
        return { ...reply, ...report(undefined, { failures: input.purpose === 'confirm' ? input.failures + 1 : 0 }, undefined) }
      case 'refused':
        return { status: 'refused', ...report(input.lease, { failures: input.failures }, undefined) }
      case 'unanswered':
        return unanswered(input, reply.flaw === undefined ? undefined : problemOf('ERR_SESSION_BAD_VERDICT', reply.flaw))
    }
  }

  function readSafely(kind: 'check' | 'extend', reply: unknown): ReadReply {
    try {
      return readReply(kind, reply)
    } catch {
      return { status: 'unanswered', flaw: MESSAGES.ERR_SESSION_BAD_VERDICT }
    }
  }

  /** Somebody else may have extended meanwhile; then no call is needed. */
  function peek(input: CallInput): Answer | undefined {
    try {
      const reply = readReply('check', backend.peek?.())
      if (reply.status !== 'alive' || reply.flaw !== undefined) return undefined
      const found = alive(input, reply, clock.now(), 'peek')
      return found.status === 'alive' && found.extended ? found : undefined
    } catch {
      return undefined
    }
  }

  return {
    check: fromPromise<Answer, CallInput>(async ({ input, signal }) =>
      answer('check', input, await ask('check', input, signal)),
    ),
    extend: fromPromise<Answer, CallInput>(
      async ({ input, signal }) => peek(input) ?? answer('extend', input, await ask('extend', input, signal)),
    ),
    reauthenticate: fromPromise<Answer, CallInput>(async ({ input, signal }) => {
      const outcome = await call('signIn', SIGN_IN_TIMEOUT_MS, signal)
      return 'sentAt' in outcome
        ? { status: 'done', ...report(input.lease, { failures: input.failures }, undefined) }
        : unanswered(input, outcome.problem, outcome.retryAfterMs)
    }),
    revoke: fromPromise<Answer, CallInput>(async ({ input, signal }) => {
      if (backend.revoke === undefined) return { status: 'refused', ...report(undefined, { failures: 0 }, undefined) }
      const outcome = await call('revoke', attemptTimeout(undefined, clock.now(), policy), signal)
      return 'sentAt' in outcome
        ? { status: 'ended', reason: 'signedOut', ...report(undefined, { failures: 0 }, undefined) }
        : unanswered(input, outcome.problem, outcome.retryAfterMs)
    }),
  }
}

const nothing = () => {}
