import type { Answer, CallInput, Lease, ProblemCode } from '../../machines/session.machine'
import type { Ports } from '../ports'
import { attemptTimeout, hasMoved, remainingOf, spend } from '../timing'
import { type EndNote, isLimit } from './notes'
import { begunAt, isSamePerson, newRecord, NOTHING, personIn, type SessionRecord } from './record'
import { createSignIns } from './signIns'

/** How much later than the tab that was answered another one acts on that answer, milliseconds, and a hidden one than one that is seen. Twice of it is less than a second. */
const AFTER_YOU_MS = 400
/** All tabs hear of one wake, but not in the same moment, milliseconds. */
const SAME_WAKE_MS = 2_000
const HOUR_MS = 3_600_000

/** What comes of a look at the record before a call: an answer, or the call. */
export interface Entry {
  readonly answer?: () => Answer
  /** What is known by now, and how much of it was written. */
  readonly lease?: Lease | undefined
  readonly generation?: number
  /** Another tab has begun the same call, and was not heard of again. */
  readonly repeats?: boolean
}

/** What comes of an answer. */
export interface Exit {
  /** The sign-in that the tab belongs to from now on, and what it has seen of it. */
  readonly reference?: string
  readonly generation?: number
  /** When somebody signed in, as the tab knows that saw it first, epoch milliseconds. */
  readonly startedAt?: number | undefined
  /** What counts instead of it. */
  readonly answer?: () => Answer
  /** Whom it is about is not who is signed in elsewhere. */
  readonly changed?: boolean
  /** And both go on saying so: then this tab goes on by itself. */
  readonly alone?: boolean
}

/** A question or an extension on its way. */
export interface Attempt {
  readonly kind: 'check' | 'extend'
  readonly input: CallInput
  /** When it began, epoch milliseconds. */
  readonly at: number
}

/** One tab, and what it makes of the record that it shares with the others. Decides; neither reads nor writes. */
export function createMember({ clock, random, signals }: Ports, noted: () => EndNote | undefined, leftSignIn?: string) {
  const newId = () => [clock.now(), random(), random()].map((part) => part.toString(36).slice(-9)).join('.')
  const self = newId()
  const signIns = createSignIns(clock, self, () => reference !== undefined && !over, leftSignIn)
  /** The sign-in that it belongs to. */
  let reference: string | undefined
  let seen = 0
  let known: Lease | undefined
  /** The session has ended here: from now on nothing but another sign-in counts. */
  let over = false
  /** The sign-in of whose sign-out the server has heard, whatever the record says. */
  let told: string | undefined
  /** When the question arose that nobody has answered yet, epoch milliseconds. */
  let askedAt: number | undefined
  let announced: string | undefined
  /** Whom it was told of last. The name stays in here. */
  let lastPerson: string | undefined

  const isHidden = () => signals?.isHidden() === true
  const lifeMs = () => known?.lifeMs ?? HOUR_MS
  const afterYouMs = () => Math.min(AFTER_YOU_MS, lifeMs() / 50)
  const patienceMs = () => Math.min(500, Math.max(100, lifeMs() / 20))
  const attemptMs = ({ lease }: CallInput) => attemptTimeout(lease, clock.now(), { intervalMs: HOUR_MS }) + 2 * patienceMs()

  const signedOut = (record?: SessionRecord): Answer => {
    over = true
    const reason = record?.reason ?? noted()?.reason
    return { ...done(), status: 'ended', reason: isLimit(reason) ? reason : 'signedOut' }
  }
  const done = (): Answer => ({ ...NOTHING, status: 'done' })
  const notNow = ({ lease, failures }: CallInput, retryMs: number, code?: ProblemCode): Answer => ({
    lease,
    plan: { keepAliveMs: undefined, deadlineMs: remainingOf(lease, clock.now()), retryMs },
    failures,
    problem: code && { code },
    status: 'unanswered',
  })

  /** What another tab was answered, as an answer to this one. All have the same plan, and this one waits for whoever made it. */
  function adopt({ report, generation, answeredAt }: SessionRecord): Answer {
    const { lease, failures, plan } = report
    const elapsedMs = Math.max(0, clock.now() - answeredAt)
    const afterMs = afterYouMs() * (random() + Number(isHidden()))
    const left = <T extends number | undefined>(ms: T, moreMs = 0) => (ms === undefined ? ms : Math.max(0, ms - elapsedMs) + moreMs) as T
    const adopted = {
      ...report,
      plan: { keepAliveMs: left(plan.keepAliveMs, afterMs), deadlineMs: left(plan.deadlineMs), retryMs: left(plan.retryMs, afterMs) },
    }
    seen = generation
    if (failures > 0) return { ...adopted, status: 'unanswered' }
    const extended = (lease && hasMoved(known, lease)) ?? lease?.extendedAt !== known?.extendedAt
    known = lease
    askedAt = undefined
    return { ...adopted, status: 'alive', subject: undefined, extended }
  }

  const isSignedOut = (record: SessionRecord | undefined) => {
    // Whoever asks in spite of a sign-out that was told has a reason: somebody signed in without Outlast.
    if (record?.end === 'untold') return record.reference !== told
    if (record?.end) return record.end === 'told' && record.reference === reference && !over
    const note = noted()
    return !!note && !note.isTold && (!record || !note.reference || note.reference === record.reference)
  }
  /** What failed elsewhere is not tried here before it is tried again there. */
  const isFailing = ({ report: { failures, plan, problem }, answeredAt, generation }: SessionRecord, { commanded }: CallInput) => {
    const sinceMs = clock.now() - answeredAt
    const counts = (generation > seen && !commanded) || problem?.code === 'ERR_SESSION_RATE_LIMITED'
    return failures > 0 && sinceMs >= 0 && sinceMs < plan.retryMs && counts
  }
  /** A tab that was answered while nothing could be read or written joins the others as soon as they know as much. */
  function joins(record: SessionRecord) {
    if (reference !== undefined || over || !known || !isSamePerson(record, lastPerson) || (record.report.lease?.aliveAt ?? 0) < known.aliveAt) return
    reference = record.reference
    seen = 0
  }
  const isMine = (record: SessionRecord | undefined): record is SessionRecord => !!record && record.reference === reference
  /** Whoever asked later knows better. A record of the future is one from before the clock was set back. */
  const knowsBetter = ({ end, report: { failures, lease }, answeredAt }: SessionRecord, { at }: Attempt, answered: Lease | undefined) => {
    const aliveAt = lease?.aliveAt ?? 0
    // An extension that was answered late moved the end all the same.
    const moved = answered && hasMoved(lease, answered)
    return !end && failures === 0 && !moved && answeredAt <= clock.now() && aliveAt > at && aliveAt <= answeredAt + SAME_WAKE_MS
  }

  return {
    get reference() {
      return reference
    },
    get isOver() {
      return over
    },
    signIns,
    newId,
    patienceMs,
    attemptMs,
    signedOut,
    notNow,
    done,
    /** Whether a note says that it was signed out, of which it has not heard yet. */
    isNoted() {
      const note = noted()
      return !over && !!note && (note.reference === reference || note.reference === '')
    },
    /** What failed elsewhere, as a failure here. */
    fails: (record: SessionRecord, input: CallInput) => (isFailing(record, input) ? adopt(record) : undefined),
    /** A question arises. */
    asks: () => void (askedAt ??= clock.now()),
    ends: () => void (over = true),
    tells: () => void (told = reference),
    begins: (kind: Attempt['kind'], input: CallInput): Attempt => ({ kind, input, at: clock.now() }),

    /** @param isShared whether nobody vouches that no other tab makes the call just now */
    enter(record: SessionRecord | undefined, { kind, input, at }: Attempt, isShared: boolean): readonly [SessionRecord | undefined, Entry] {
      const { purpose, commanded } = input
      const now = clock.now()
      if (purpose === 'confirm') return [record, {}]
      if (isSignedOut(record)) {
        // Whose sign-out that is, also where there is no record.
        reference = record?.reference ?? (noted()?.reference || reference)
        return [record, { answer: () => signedOut(record) }]
      }
      if (!record || record.end) return [record, {}]
      joins(record)
      if (isMine(record)) {
        const { lease, failures } = record.report
        const since = purpose === 'ask' ? (commanded ? at : (askedAt ?? at) - SAME_WAKE_MS) : commanded ? at : -Infinity
        const isNews = record.generation > seen && failures === 0 && (lease?.aliveAt ?? 0) >= since
        if (isNews || isFailing(record, input)) return [record, { answer: () => adopt(record) }]
      } else if (kind === 'extend' && reference !== undefined) {
        // Somebody signed in anew, and what would be extended is not what this tab knows.
        return [record, { answer: () => ({ ...notNow(input, 0), status: 'refused' }) }]
      }
      const { claim } = record
      if (isShared && claim && claim.by !== self && claim.until > now && claim.until <= now + 2 * attemptMs(input)) {
        return [record, { answer: () => notNow(input, Math.min(claim.until - now, attemptMs(input)) + random() * afterYouMs()) }]
      }
      const { waitMs, ...budget } = spend(record.budget, now)
      if (waitMs > 0 && !commanded) return [record, { answer: () => notNow(input, waitMs, 'ERR_SESSION_RATE_LIMITED') }]
      const next = kind === 'extend' ? { ...record, budget, claim: { by: self, until: now + attemptMs(input) } } : { ...record, budget }
      // A claim that nobody took back: who made it is gone, and perhaps the call was made.
      const repeats = kind === 'extend' && !!claim && claim.by !== self
      return [next, { lease: isMine(record) ? record.report.lease : undefined, generation: record.generation, ...(repeats && { repeats }) }]
    },

    /**
     * @param written how much was written when the call was made
     * @param person who was vouched for
     */
    leave(found: SessionRecord | undefined, attempt: Attempt, written: number | undefined, answer: Answer, person: string | undefined): readonly [SessionRecord | undefined, Exit] {
      const { input } = attempt
      const now = clock.now()
      const { lease, plan, failures, problem, status } = answer
      const answered = { report: { lease, plan, failures, problem }, answeredAt: now, claim: undefined }
      const confirmed = input.purpose === 'confirm'
      const mine = found?.claim?.by === self ? { ...found, claim: undefined } : found
      // Whoever signed in is here, or is not.
      const record = confirmed ? signIns.without(mine) : mine
      const better = record && !confirmed && knowsBetter(record, attempt, lease) ? record : undefined
      if (status === 'alive') {
        if (!confirmed && isSignedOut(record)) return [record, { answer: () => signedOut(record) }]
        if (better && isSamePerson(better, person)) {
          // But who it is was said to this tab.
          const { subject } = answer
          return [record, { reference: better.reference, answer: () => ({ ...adopt(better), subject }) as Answer }]
        }
        if (better) return [record, { changed: true, answer: () => notNow({ ...input, lease }, 0) }]
        const isOther = record && !record.end && !isSamePerson(record, person)
        // A client that keeps to whom it knows has signed nobody in, and must not make the others ask for ever.
        if (isOther && !confirmed && person === lastPerson) return [record, { alone: true }]
        if (confirmed || !record || record.end || isOther) {
          // A record that was evicted is written anew, and is about the same sign-in.
          const evicted = !record && !confirmed && !over ? reference : undefined
          // Somebody else's time begins now.
          const startedAt = isOther && !confirmed ? now : lease?.startedAt
          const next = newRecord(evicted ?? newId(), evicted === undefined ? 1 : seen + 1, now, begunAt(answered.report, startedAt), person, record?.budget)
          return [confirmed ? next : { ...next, signIn: record?.signIn }, { reference: next.reference, generation: next.generation, startedAt }]
        }
        const generation = record.generation + 1
        const startedAt = record.report.lease?.startedAt
        return [
          { ...record, ...answered, report: begunAt(answered.report, startedAt), generation, person: record.person ?? personIn(record.reference, person) },
          { reference: record.reference, generation, startedAt },
        ]
      }
      // Somebody was vouched for since: then this is about credentials of before, and asked again.
      if (status === 'ended' && better) return [record, { answer: () => notNow({ ...input, lease: better.report.lease }, 0) }]
      if (!isMine(record) || record.end) return [record, {}]
      const generation = record.generation + 1
      if (status === 'ended') return [{ ...record, generation, end: 'ended' }, { generation }]
      return record.generation === written ? [{ ...record, ...answered, generation }, { generation }] : [record, {}]
    },

    /** After it was written, or could not be. */
    settle(answered: Answer, { reference: next = reference, generation = seen, startedAt, alone }: Exit, person?: string): Answer {
      const answer = begunAt(answered, startedAt)
      // A sign-in that could not be written down is not the one that ended.
      reference = alone || (answer.status === 'alive' && over && next === reference) ? undefined : next
      lastPerson = person ?? lastPerson
      seen = generation
      if (answer.status === 'ended') over = true
      if (answer.status !== 'alive') return answer
      over = false
      known = answer.lease
      askedAt = undefined
      const { plan } = answer
      return isHidden() && plan.keepAliveMs !== undefined ? { ...answer, plan: { ...plan, keepAliveMs: plan.keepAliveMs + afterYouMs() } } : answer
    },

    /** What a record tells of which this tab has not heard: another sign-in, a sign-out or an end, or what another tab was answered. */
    hears(record: SessionRecord, isBusy: boolean): Answer | 'changed' | undefined {
      joins(record)
      // Nobody has answered it yet.
      if (reference === undefined && !over) return undefined
      if (!over && isSignedOut(record)) return signedOut(record)
      const isOther = record.reference !== reference && !record.end
      if (isOther || (!over && (record.end || record.reference !== reference))) {
        const news = `${record.reference} ${record.end}`
        if (news === announced) return undefined
        announced = news
        return 'changed'
      }
      const { lease, failures } = record.report
      const isNews = !over && !isBusy && record.generation > seen && failures === 0
      return isNews && (lease?.aliveAt ?? 0) >= (askedAt ?? 0) - SAME_WAKE_MS ? adopt(record) : undefined
    },
  }
}
