import type { Lease, Plan } from '../machines/session.machine'

/** A number in [0, 1), as `Math.random` gives. */
export type Random = () => number

/** What the app decided about the timing. */
export interface Policy {
  readonly keepAlive: boolean
  /** Only while somebody can see the page, or only what somebody used since it was last extended. */
  readonly while?: 'visible' | 'active' | undefined
  /** Between two extensions while no expiry is known, milliseconds. */
  readonly intervalMs: number
}

/** What one verdict said of the session's life, in times of this machine's clock. */
export type Sighting = Pick<Lease, 'aliveAt' | 'expiresAt' | 'latestExpiresAt' | 'maxExpiresAt' | 'permanent'>

/** Calls that one session makes in any hour at most, not counting sign-ins and sign-outs by a person: a full bucket, and what refills it. */
export const CALLS_PER_HOUR = 600

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const LONGEST_WAIT_MS = 20 * 60_000
/** A server that asks for more patience than this, milliseconds, is asked again all the same. */
export const LONGEST_RETRY_AFTER_MS = HOUR_MS
/** An extension may be asked after a quarter of the life: a sleep of three quarters is then survived whenever it starts. */
const EXTEND_AFTER = 0.25
/** And after a day at the latest: a call a day is nothing, and a session of a month then survives a holiday. */
const EXTEND_WITHIN_MS = DAY_MS
const SPREAD = 0.2

const clamp = (value: number, lowest: number, highest: number) => Math.min(Math.max(value, lowest), highest)

/**
 * The end on this machine's clock. A time to live counts from when the request was sent, so that a slow answer
 * makes the session look shorter, never longer; an absolute end is corrected where the server's time is known.
 */
export function expiryOf(
  said: { ttlMs?: number | undefined; expiresAt?: number | undefined; serverNow?: number | undefined },
  sentAt: number,
): number | undefined {
  if (said.ttlMs !== undefined) return sentAt + said.ttlMs
  if (said.expiresAt === undefined || said.serverNow === undefined) return said.expiresAt
  return sentAt + (said.expiresAt - said.serverNow)
}

/** Whether an end moved forward, past what rounding to seconds and slow answers explain; undefined when no end is known. */
export function hasMoved(lease: Lease | undefined, { aliveAt, expiresAt }: Sighting): boolean | undefined {
  if (lease?.latestExpiresAt === undefined || expiresAt === undefined) return undefined
  // A rolling session moves by the time since its last grant, a fixed one by nothing.
  return expiresAt > lease.latestExpiresAt + clamp((aliveAt - lease.grantedAt) / 2, 0, 1_000)
}

/** The lease after an "alive"; `extending` when it answered an extension. */
export function renewLease(lease: Lease | undefined, seen: Sighting, extending: boolean): Lease {
  const { aliveAt } = seen
  // An end that wavers with the network is still the same end; one that moved back is taken at its word.
  const same = hasMoved(lease, seen) === false ? lease : undefined
  const remaining = remainingOf(seen, aliveAt)
  return {
    ...seen,
    // The wall clock may have been set back since.
    startedAt: Math.min(lease?.startedAt ?? aliveAt, aliveAt),
    grantedAt: Math.min(same?.grantedAt ?? aliveAt, aliveAt),
    lifeMs: same?.lifeMs ?? (extending ? remaining : Math.max(lease?.lifeMs ?? 0, remaining ?? 0) || undefined),
    maxExpiresAt: seen.maxExpiresAt ?? lease?.maxExpiresAt,
    extendedAt: extending ? aliveAt : lease?.extendedAt && Math.min(lease.extendedAt, aliveAt),
  }
}

/** What is left of a life whose end is known and ahead. */
export function remainingOf(lease: { readonly expiresAt: number | undefined } | undefined, now: number): number | undefined {
  const left = (lease?.expiresAt ?? now) - now
  return left > 0 ? left : undefined
}

/** Whether the server says "alive" of a session whose end has passed, or gives it less than a second: then the clocks disagree, and only periods can be trusted. */
export const isExpiredOnArrival = ({ expiresAt = Infinity, aliveAt, grantedAt, extendedAt }: Lease) =>
  expiresAt <= aliveAt + (extendedAt === aliveAt && grantedAt === aliveAt ? 1_000 : 0)

/** Whether the last extension was granted, yet moved nothing. */
export const isUnmoved = ({ extendedAt = -Infinity, grantedAt }: Lease) => extendedAt > grantedAt

/** Whether an extension that moves nothing is worth a word: in the last fifth of the life. */
export const isUnmovedNearEnd = (lease: Lease, now: number) =>
  isUnmoved(lease) && (remainingOf(lease, now) ?? Infinity) < (lease.lifeMs ?? 0) / 5

/** How long a call may take: a third of what is left, so that two more attempts fit; within 1 and 30 seconds. */
export const attemptTimeout = (lease: Lease | undefined, now: number, policy: Pick<Policy, 'intervalMs'>) =>
  clamp((remainingOf(lease, now) ?? lease?.lifeMs ?? policy.intervalMs) / 3, 1_000, 30_000)

/** How long a person may take to sign in. */
export const SIGN_IN_TIMEOUT_MS = 15 * 60_000

/** Whether so much of a life is used, a tenth of it, that it is worth a call to extend it before the page is left. */
export const isUsed = ({ grantedAt, extendedAt = 0, lifeMs }: Lease, now: number, { intervalMs }: Policy) =>
  now - Math.max(grantedAt, extendedAt) >= (lifeMs ?? intervalMs) / 10

/** Whether the last verdict is so old, a quarter of a life, that whoever looks at the page wants to hear it anew. */
export const isOld = ({ aliveAt, lifeMs }: Lease, now: number, { intervalMs }: Policy) => now - aliveAt >= (lifeMs ?? intervalMs) * EXTEND_AFTER

/** Whether an extension falls due about now, if anybody wants one. */
export const isDue = (lease: Lease, now: number, policy: Policy) =>
  planFrom(lease, now, policy, () => 1, { failures: 0 }).keepAliveMs === 0

/** How long to wait once the network is said to be back: many may hear of it at the same moment. */
export const untilRecovery = (lease: Lease | undefined, now: number, random: Random) =>
  random() * Math.min(30_000, (remainingOf(lease, now) ?? HOUR_MS) / 4)

/** The attempts that failed in a row, and what the last one said. */
export interface Failure {
  readonly failures: number
  /** It is an extension that failed, of a session that is alive. */
  readonly extending?: boolean
  /** The server answered, only it refused. */
  readonly refused?: boolean
  readonly retryAfterMs?: number | undefined
}

/** Everything that the machine may have to wait for, from now on. */
export function planFrom(
  lease: Lease | undefined,
  now: number,
  policy: Policy,
  random: Random,
  failed: Failure,
): Plan {
  const [deadlineAt = Infinity, extendAt = Infinity] = dates(lease, policy, random)
  const deadlineMs = Math.max(0, deadlineAt - now)
  const keepAliveMs = Math.max(0, extendAt - now)
  return {
    deadlineMs: deadlineMs < Infinity ? deadlineMs : undefined,
    keepAliveMs: policy.keepAlive && keepAliveMs < deadlineMs ? keepAliveMs : undefined,
    retryMs: failed.failures && untilRetry(lease?.lifeMs ?? HOUR_MS, deadlineMs, random, failed),
  }
}

/** When the verdict stops being good, and when to extend before that, epoch milliseconds. */
function dates(lease: Lease | undefined, policy: Policy, random: Random): [deadlineAt?: number, extendAt?: number] {
  if (lease === undefined || lease.permanent) return []
  const { aliveAt, expiresAt, maxExpiresAt = Infinity, extendedAt = -Infinity } = lease
  const spread = 1 - random() * SPREAD
  if (expiresAt === undefined) {
    // Nothing to watch for, unless extending is our task.
    return policy.keepAlive ? [aliveAt + policy.intervalMs * (1 + spread), aliveAt + policy.intervalMs * spread] : []
  }
  if (isExpiredOnArrival(lease)) {
    // A new end that is past already: the clocks disagree, and the period rules. The same end again: perhaps it dies
    // this second; so wait as long again as it has been dead by our clock.
    const most = policy.intervalMs
    const surerMs = lease.grantedAt === aliveAt ? most : clamp(2 * (aliveAt - expiresAt), 1_000, most)
    return [aliveAt + surerMs * (1 + spread), Math.max(aliveAt, extendedAt + surerMs)]
  }
  const { lifeMs = expiresAt - aliveAt } = lease
  // The least time between two extensions: a minute, or a tenth of a short life.
  const gap = Math.min(60_000, lifeMs / 10)
  if (expiresAt >= maxExpiresAt - gap) return [expiresAt]
  // A grant later than its verdict: a clock was set, and the verdict counts.
  const grantedAt = Math.min(expiresAt - lifeMs, aliveAt)
  const due = isUnmoved(lease) ? (extendedAt + expiresAt) / 2 : grantedAt + Math.min(lifeMs * EXTEND_AFTER, EXTEND_WITHIN_MS) * spread
  return [expiresAt, Math.max(due, extendedAt + gap)]
}

/**
 * Backoff with jitter, after whatever the server asked for (RFC 9110 10.2.3), and within a third of what is left. A
 * question is urgent: somebody waits. An extension has time, so that an outage does not end in a storm.
 */
function untilRetry(lifeMs: number, deadlineMs: number, random: Random, { failures, extending, refused, retryAfterMs = 0 }: Failure): number {
  const least = clamp(lifeMs / 200, 100, 2_500)
  // A server that refuses but answers is not in trouble: no need to ask it every few minutes for weeks.
  const longest = !extending ? least * Math.min(100, 2 ** failures) : refused ? DAY_MS : LONGEST_WAIT_MS
  return retryAfterMs + least + random() * Math.min(longest, deadlineMs / 3 || longest)
}

/** Whether some tab may have made this plan: none waits longer, with an hour to spare. */
export const isPlausible = ({ deadlineMs, retryMs }: Plan) => retryMs <= 2 * LONGEST_RETRY_AFTER_MS + (deadlineMs || DAY_MS)

/** The calls that are left, and when they were counted, epoch milliseconds. */
export interface CallBudget {
  readonly calls: number
  readonly at: number
}

/** Half of the cap is there at once, the other half comes back over an hour, so there are never more than the cap in any hour. */
const MOST_AT_ONCE = CALLS_PER_HOUR / 2

/** Takes one call, and says how long to wait for it, milliseconds. */
export function spend({ calls, at }: CallBudget, now: number): CallBudget & { readonly waitMs: number } {
  const perCallMs = HOUR_MS / MOST_AT_ONCE
  const left = Math.min(MOST_AT_ONCE, Math.max(0, calls) + Math.max(0, now - at) / perCallMs)
  return left < 1 ? { calls: left, at: now, waitMs: Math.ceil((1 - left) * perCallMs) } : { calls: left - 1, at: now, waitMs: 0 }
}

/** The calls that a session may make: takes one, and says how long to wait for it, milliseconds. */
export function createCallBudget(at: number): (now: number) => number {
  let budget: CallBudget = fullBudget(at)
  return (now) => {
    const { waitMs, ...rest } = spend(budget, now)
    budget = rest
    return waitMs
  }
}

export const fullBudget = (at: number): CallBudget => ({ calls: MOST_AT_ONCE, at })
