import { describe, expect, it } from 'vitest'
import type { Answer, CallInput, Lease, ProblemCode } from '../../machines/session.machine'
import { createVirtualTime } from '../../src/testing'
import { type Attempt, createMember, type Entry } from '../../src/tabs/member'
import { readNote } from '../../src/tabs/notes'
import { newRecord, personIn, type SessionRecord } from '../../src/tabs/record'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const LIFE = 2 * HOUR
/** Of a life of two hours: a call of half a minute, and two looks at the store. */
const ATTEMPT = 31 * SECOND
const NOW = Date.UTC(2026, 0, 1)

const leaseAt = (aliveAt: number, changed: Partial<Lease> = {}): Lease => ({
  startedAt: aliveAt,
  aliveAt,
  expiresAt: aliveAt + LIFE,
  latestExpiresAt: aliveAt + LIFE,
  grantedAt: aliveAt,
  lifeMs: LIFE,
  maxExpiresAt: undefined,
  extendedAt: undefined,
  permanent: undefined,
  ...changed,
})
const plan = { keepAliveMs: LIFE / 4, deadlineMs: LIFE, retryMs: 0 }

type Alive = Extract<Answer, { status: 'alive' }>
const alive = (aliveAt: number, changed: Partial<Alive> = {}): Alive => ({ lease: leaseAt(aliveAt), plan, failures: 0, problem: undefined, status: 'alive', subject: '1', extended: true, ...changed })
const ended: Answer = { lease: undefined, plan, failures: 0, problem: undefined, status: 'ended', reason: 'ended' }
const unanswered: Answer = { lease: leaseAt(NOW), plan: { ...plan, retryMs: MINUTE }, failures: 1, problem: { code: 'ERR_SESSION_UNREACHABLE' }, status: 'unanswered' }

/** Of ada, signed in as `a`: alive a minute ago, and three times written. */
const record = (changed: Partial<SessionRecord> = {}): SessionRecord => ({
  ...newRecord('a', 3, NOW - MINUTE, { lease: leaseAt(NOW - MINUTE), plan, failures: 0, problem: undefined }, 'ada'),
  budget: { calls: 100, at: NOW },
  ...changed,
})
const known = (aliveAt: number, changed: Partial<SessionRecord> = {}) => record({ report: { lease: leaseAt(aliveAt), plan, failures: 0, problem: undefined }, answeredAt: aliveAt, ...changed })
const failing = (code: ProblemCode, answeredAt = NOW - 10 * SECOND) =>
  record({ report: { lease: leaseAt(NOW - MINUTE), plan: { ...plan, retryMs: MINUTE }, failures: 2, problem: { code } }, answeredAt })

interface Situation {
  /** The sign-in that the tab belongs to; null when it has heard of none. */
  readonly reference?: string | null
  readonly seen?: number
  readonly note?: string
  readonly isHidden?: boolean
  readonly random?: number
  /** What happened in it before. */
  readonly before?: (tab: ReturnType<typeof openTab>) => void
}

let drawn = 0
/** Never the same twice, and the same in each run. */
const draw = () => (drawn += Math.SQRT2) % 1

function openTab({ reference = 'a', seen = 3, note, isHidden = false, random, before }: Situation = {}) {
  const time = createVirtualTime(NOW)
  const member = createMember({ clock: time.clock, random: () => random ?? draw(), signals: { isHidden: () => isHidden, listen: () => () => {} } }, () => readNote(note))
  const tab = { member, time }
  if (reference !== null) member.settle(alive(NOW - 2 * MINUTE), { reference, generation: seen }, 'ada')
  before?.(tab)
  return tab
}

const input = (changed: Partial<CallInput> = {}): CallInput => ({ lease: leaseAt(NOW - MINUTE), failures: 0, purpose: 'ask', commanded: false, reason: undefined, ...changed })
const due: Pick<Attempt, 'kind' | 'input'> = { kind: 'extend', input: input({ purpose: 'extend' }) }
const commanded: typeof due = { kind: 'extend', input: input({ purpose: 'extend', commanded: true }) }
const question: typeof due = { kind: 'check', input: input() }
const command: typeof due = { kind: 'check', input: input({ commanded: true }) }
const confirm: typeof due = { kind: 'check', input: input({ purpose: 'confirm', commanded: true }) }

/** An answer in a word. */
function wordOf(answer: Answer | undefined): string {
  if (!answer) return 'calls'
  const { status, problem, failures, plan: { retryMs } } = answer
  if (status === 'ended') return answer.reason
  if (status !== 'unanswered') return status === 'alive' ? 'adopts' : status
  if (problem) return `${problem.code.replace('ERR_SESSION_', '')} ${failures}, again after ${Math.round(retryMs / SECOND)} s`
  return `again after ${Math.round(retryMs / SECOND)} s`
}

interface Look extends Situation {
  readonly law: string
  readonly attempt: Pick<Attempt, 'kind' | 'input'>
  readonly found: SessionRecord | undefined
  readonly isShared?: boolean
  readonly is: string
}

function look({ attempt: { kind, input: given }, found, isShared = false, ...situation }: Omit<Look, 'law' | 'is'>) {
  const { member, time } = openTab(situation)
  const [next, entry] = member.enter(found, member.begins(kind, given), isShared)
  return { member, time, next, entry }
}
const does = ({ answer }: Entry) => wordOf(answer?.())

describe('before a call, a tab', () => {
  const looks: Look[] = [
    { law: 'that knows of nobody calls when nothing is written', reference: null, attempt: question, found: undefined, is: 'calls' },
    { law: 'that knows of nobody asks for itself, whatever others know', reference: null, attempt: question, found: known(NOW), is: 'calls' },
    { law: 'that knows of nobody may extend', reference: null, attempt: due, found: known(NOW), is: 'calls' },
    { law: 'calls when the record was evicted', attempt: due, found: undefined, is: 'calls' },
    { law: 'calls when it has seen all that is written', attempt: due, found: record(), is: 'calls' },
    { law: 'calls when it has seen more than is written', attempt: due, found: record({ generation: 2 }), is: 'calls' },

    { law: 'adopts what another tab was answered, and does not extend', seen: 2, attempt: due, found: record(), is: 'adopts' },
    { law: 'adopts it however old it is: then it may be due at once', seen: 2, attempt: due, found: known(NOW - LIFE / 2), is: 'adopts' },
    { law: 'does not adopt what is no verdict', seen: 2, attempt: due, found: { ...failing('ERR_SESSION_UNREACHABLE'), answeredAt: NOW - HOUR }, is: 'calls' },
    { law: 'on command does not adopt what was known before the command', seen: 2, attempt: commanded, found: record(), is: 'calls' },
    { law: 'on command adopts what was asked since', seen: 2, attempt: commanded, found: known(NOW), is: 'adopts' },
    { law: 'does not take an older answer for that to a command', seen: 2, attempt: command, found: record(), is: 'calls' },
    { law: 'takes one to a later question for that to a command', seen: 2, attempt: command, found: known(NOW), is: 'adopts' },
    { law: 'does not take an older answer for that to its question', seen: 2, attempt: question, found: record(), is: 'calls' },
    { law: 'takes that to the same question, asked in another tab a moment before', seen: 2, attempt: question, found: known(NOW - SECOND), is: 'adopts' },
    { law: 'takes that to the same wake, though its own call comes later', seen: 2, attempt: question, found: known(NOW), before: ({ member, time }) => (member.asks(), time.setClockBy(MINUTE)), is: 'adopts' },
    { law: 'does not take one from before the wake', seen: 2, attempt: question, found: known(NOW - 3 * SECOND), before: ({ member }) => member.asks(), is: 'calls' },
    { law: 'counts a wake from when it was first heard of', seen: 2, attempt: question, found: known(NOW), before: ({ member, time }) => (member.asks(), time.setClockBy(MINUTE), member.asks()), is: 'adopts' },
    { law: 'does not take one from before the wake for an extension on command', seen: 2, attempt: commanded, found: known(NOW - SECOND), before: ({ member }) => member.asks(), is: 'calls' },
    { law: 'does not take an answer without a lease for a question', seen: 2, attempt: question, found: record({ report: { lease: undefined, plan, failures: 0, problem: undefined } }), is: 'calls' },

    { law: 'does not try what failed elsewhere before it is tried again there', seen: 2, attempt: due, found: failing('ERR_SESSION_UNREACHABLE'), is: 'UNREACHABLE 2, again after 50 s' },
    { law: 'does not ask what nobody answered elsewhere', seen: 2, attempt: question, found: failing('ERR_SESSION_TIMEOUT'), is: 'TIMEOUT 2, again after 50 s' },
    { law: 'tries once it is time', seen: 2, attempt: due, found: failing('ERR_SESSION_UNREACHABLE', NOW - MINUTE), is: 'calls' },
    { law: 'tries on command', seen: 2, attempt: commanded, found: failing('ERR_SESSION_UNREACHABLE'), is: 'calls' },
    { law: 'tries when it has heard of the failure: it waits by itself', attempt: due, found: failing('ERR_SESSION_UNREACHABLE'), is: 'calls' },
    { law: 'tries when the clock was set back since', seen: 2, attempt: due, found: failing('ERR_SESSION_UNREACHABLE', NOW + MINUTE), is: 'calls' },
    { law: 'gives a server the patience that it asked of another tab', seen: 2, attempt: due, found: failing('ERR_SESSION_RATE_LIMITED'), is: 'RATE_LIMITED 2, again after 50 s' },
    { law: 'gives it on command, too', attempt: commanded, found: failing('ERR_SESSION_RATE_LIMITED'), is: 'RATE_LIMITED 2, again after 50 s' },
    { law: 'does not give it for ever', attempt: commanded, found: failing('ERR_SESSION_RATE_LIMITED', NOW - MINUTE), is: 'calls' },
    { law: 'does not give it when the clock was set back since', attempt: commanded, found: failing('ERR_SESSION_RATE_LIMITED', NOW + HOUR), is: 'calls' },
    { law: 'does not care for what failed in another sign-in', reference: 'b', seen: 1, attempt: question, found: failing('ERR_SESSION_RATE_LIMITED'), is: 'calls' },

    { law: 'does not extend what somebody else signed in to', reference: 'b', attempt: due, found: known(NOW), is: 'refused' },
    { law: 'does not extend it on command either', reference: 'b', attempt: commanded, found: known(NOW), is: 'refused' },
    { law: 'asks who it is', reference: 'b', seen: 1, attempt: question, found: known(NOW), is: 'calls' },

    { law: 'waits for another one that calls, where nobody vouches for turns', attempt: due, isShared: true, found: record({ claim: { by: 'other', until: NOW + 20 * SECOND } }), is: 'again after 20 s' },
    { law: 'waits for it on command, too', attempt: commanded, isShared: true, found: record({ claim: { by: 'other', until: NOW + 20 * SECOND } }), is: 'again after 20 s' },
    { law: 'never waits for longer than an attempt takes before it looks again', attempt: due, isShared: true, found: record({ claim: { by: 'other', until: NOW + 40 * SECOND } }), is: 'again after 31 s' },
    { law: 'does not wait for one that takes longer than any call', attempt: due, isShared: true, found: record({ claim: { by: 'other', until: NOW + HOUR } }), is: 'calls' },
    { law: 'does not wait for one whose time is over', attempt: due, isShared: true, found: record({ claim: { by: 'other', until: NOW } }), is: 'calls' },
    { law: 'does not wait where it alone has its turn', attempt: due, found: record({ claim: { by: 'other', until: NOW + 20 * SECOND } }), is: 'calls' },

    { law: 'waits when the tabs together made all the calls that they may', attempt: due, found: record({ budget: { calls: 0, at: NOW } }), is: 'RATE_LIMITED 0, again after 12 s' },
    { law: 'does not wait on command', attempt: commanded, found: record({ budget: { calls: 0, at: NOW } }), is: 'calls' },

    { law: 'calls where the server said no: somebody may have signed in since', attempt: question, found: record({ end: 'ended' }), is: 'calls' },
    { law: 'is signed out where somebody signed out', attempt: due, found: record({ end: 'untold' }), is: 'signedOut' },
    { law: 'is signed out whatever is commanded', attempt: command, found: record({ end: 'untold' }), is: 'signedOut' },
    { law: 'that knows of nobody is signed out there', reference: null, attempt: question, found: record({ end: 'untold' }), is: 'signedOut' },
    { law: 'of another sign-in is signed out there', reference: 'b', attempt: due, found: record({ end: 'untold' }), is: 'signedOut' },
    { law: 'is signed out though another tab calls', attempt: due, isShared: true, found: record({ end: 'untold', claim: { by: 'other', until: NOW + MINUTE } }), is: 'signedOut' },
    { law: 'that told the server of the sign-out asks all the same', attempt: question, found: record({ end: 'untold' }), before: ({ member }) => (member.ends(), member.tells()), is: 'calls' },
    { law: 'is signed out where the server was told of it', attempt: due, found: record({ end: 'told' }), is: 'signedOut' },
    { law: 'that has heard of the sign-out may ask', attempt: question, found: record({ end: 'told' }), before: ({ member }) => member.ends(), is: 'calls' },
    { law: 'that knows of nobody asks: somebody may have signed in without Outlast', reference: null, attempt: question, found: record({ end: 'told' }), is: 'calls' },
    { law: 'of another sign-in asks', reference: 'b', attempt: question, found: record({ end: 'told' }), is: 'calls' },

    { law: 'is signed out by a note of this sign-in', note: 'a', attempt: due, found: record(), is: 'signedOut' },
    { law: 'that knows of nobody is signed out by it', reference: null, note: 'a', attempt: question, found: record(), is: 'signedOut' },
    { law: 'is signed out by a note of a sign-in that was not known', note: '', attempt: due, found: record(), is: 'signedOut' },
    { law: 'is signed out by any note where there is no record', note: 'b', attempt: due, found: undefined, is: 'signedOut' },
    { law: 'is not signed out by a note of another sign-in', note: 'b', attempt: due, found: record(), is: 'calls' },
    { law: 'is not signed out by a note of a sign-out that was told', note: 'told a', attempt: question, found: record(), is: 'calls' },
    { law: 'is not signed out by a note of one that was told where there is no record', note: 'told a', attempt: question, found: undefined, is: 'calls' },
    { law: 'is not signed out by a note of what the server has ended since', note: 'a', attempt: question, found: record({ end: 'ended' }), is: 'calls' },

    ...[record({ end: 'untold' }), record({ end: 'told' }), failing('ERR_SESSION_RATE_LIMITED'), known(NOW), record({ budget: { calls: 0, at: NOW } }), undefined].map((found, i) => ({
      law: `that confirms a sign-in calls, whatever is written (${i})`,
      note: 'a',
      seen: 1,
      attempt: confirm,
      isShared: true,
      found,
      is: 'calls',
    })),
  ]
  it.each(looks)('$law', ({ is, ...situation }) => {
    expect(does(look(situation).entry)).toBe(is)
  })

  it.each(looks.filter(({ is, found }) => is !== 'calls' || found?.end || !found))('writes nothing when it $law', (situation) => {
    expect(look(situation).next).toBe(situation.found)
  })

  it('says that it calls, and until when that may take', () => {
    const { next, entry, member } = look({ attempt: due, found: record() })
    expect(next).toEqual({ ...record(), budget: { calls: 99, at: NOW }, claim: { by: expect.any(String) as string, until: NOW + ATTEMPT } })
    expect(entry).toEqual({ lease: record().report.lease, generation: 3 })
    // What it claimed it need not wait for.
    expect(does(member.enter(next, member.begins('extend', due.input), true)[1])).toBe('calls')
    expect(does(openTab().member.enter(next, member.begins('extend', due.input), true)[1])).toBe('again after 31 s')
  })

  it('counts a question, and claims nothing for it', () => {
    expect(look({ attempt: question, found: record() }).next).toEqual({ ...record(), budget: { calls: 99, at: NOW } })
  })

  it('takes nothing that it calls with from another sign-in', () => {
    expect(look({ reference: 'b', attempt: question, found: record() }).entry).toEqual({ lease: undefined, generation: 3 })
    expect(look({ reference: null, attempt: question, found: record() }).entry).toEqual({ lease: undefined, generation: 3 })
  })

  it('that is signed out by another one belongs to that sign-in, so that it can tell of it', () => {
    for (const reference of [null, 'a', 'b']) expect(look({ reference, attempt: question, found: record({ end: 'untold' }) }).member.reference).toBe('a')
  })

  it('waits for what it adopts no longer than is left of it', () => {
    const { entry, time } = look({ seen: 2, random: 0, attempt: due, found: known(NOW - MINUTE) })
    expect(entry.answer?.().plan).toEqual({ keepAliveMs: LIFE / 4 - MINUTE, deadlineMs: LIFE - MINUTE, retryMs: 0 })
    time.setClockBy(LIFE)
    expect(entry.answer?.().plan).toEqual({ keepAliveMs: 0, deadlineMs: 0, retryMs: 0 })
    time.setClockBy(-2 * LIFE)
    expect(entry.answer?.().plan).toEqual(plan)
  })

  it('keeps what is not planned unplanned', () => {
    const found = record({ report: { lease: leaseAt(NOW), plan: { keepAliveMs: undefined, deadlineMs: undefined, retryMs: 0 }, failures: 0, problem: undefined } })
    expect(look({ seen: 2, attempt: due, found }).entry.answer?.().plan).toMatchObject({ keepAliveMs: undefined, deadlineMs: undefined })
  })

  it.each([
    { law: 'knows that it repeats what another tab began and was not heard of again', claim: { by: 'other', until: NOW - SECOND }, repeats: true },
    { law: 'repeats nothing where nobody has begun', claim: undefined, repeats: undefined },
  ])('$law', ({ claim, repeats }) => {
    expect(look({ attempt: due, found: record({ claim }) }).entry.repeats).toBe(repeats)
  })

  it('that is signed out by a note where there is no record knows whose sign-out that is', () => {
    expect(look({ reference: null, note: 'a', attempt: question, found: undefined }).member.reference).toBe('a')
  })

  it('that is signed out by a note where the store failed still belongs to its sign-in', () => {
    expect(look({ note: 'a', attempt: question, found: undefined }).member.reference).toBe('a')
  })
})

interface Judgement extends Situation {
  readonly law: string
  readonly found: SessionRecord | undefined
  readonly answer: Answer
  readonly attempt?: Pick<Attempt, 'kind' | 'input'>
  readonly person?: string | undefined
  readonly written?: number
  /** What counts, if not the answer. */
  readonly is?: string
  /** The reference, the generation and the end that are written; undefined when nothing is. */
  readonly writes?: string | undefined
}

const vouched = 'ada'
function judge(judgement: Omit<Judgement, 'law' | 'is' | 'writes'>) {
  const { found, answer, attempt = due, written = 3, ...situation } = judgement
  const person = 'person' in judgement ? judgement.person : vouched
  const { member } = openTab(situation)
  const [next, exit] = member.leave(found, { ...attempt, at: NOW }, written, answer, answer.status === 'alive' ? person : undefined)
  return { member, next, exit }
}

const KNOWN = new Set(['a', 'b'])
const told = (next: SessionRecord) => `${KNOWN.has(next.reference) ? next.reference : 'new'} ${next.generation}${next.end ? ` ${next.end}` : ''}${next.report.failures ? ' failed' : ''}`

describe('after a call, a tab', () => {
  const yes = alive(NOW)
  const later = known(NOW + 1, { answeredAt: NOW })
  const judgements: Judgement[] = [
    { law: 'writes down the first answer of all', reference: null, found: undefined, answer: yes, writes: 'new 1' },
    { law: 'writes down an answer', found: record(), answer: yes, writes: 'a 4' },
    { law: 'that knew of nobody joins the others', reference: null, found: record(), answer: yes, writes: 'a 4' },
    { law: 'that knew of another sign-in joins the others', reference: 'b', found: record(), answer: yes, writes: 'a 4' },
    { law: 'joins where the person is not told', reference: 'b', found: record(), answer: yes, person: undefined, writes: 'a 4' },
    { law: 'joins where the person is not written', reference: 'b', found: record({ person: undefined }), answer: yes, person: 'bob', writes: 'a 4' },
    { law: 'writes an evicted record anew, for the same sign-in', found: undefined, answer: yes, writes: 'a 4' },
    { law: 'that had ended does not', found: undefined, answer: yes, before: ({ member }) => member.ends(), writes: 'new 1' },
    { law: 'begins anew where a sign-in had ended', found: record({ end: 'ended' }), answer: yes, writes: 'new 1' },
    { law: 'begins anew where a sign-out was told, and somebody is signed in all the same', reference: null, found: record({ end: 'told' }), answer: yes, writes: 'new 1' },
    { law: 'begins anew with another person', found: record(), answer: yes, person: 'bob', writes: 'new 1' },
    { law: 'that vouched for the same person before, whom nobody else knows, goes on alone', found: record({ person: personIn('a', 'bob') }), answer: yes, writes: undefined },

    { law: 'begins anew with each sign-in, of the same person too', attempt: confirm, found: record(), answer: yes, writes: 'new 1' },
    { law: 'begins anew with a sign-in though others know better', attempt: confirm, found: later, answer: yes, writes: 'new 1' },
    { law: 'begins anew with a sign-in of whoever it vouched for before', attempt: confirm, found: record({ person: personIn('a', 'bob') }), answer: yes, writes: 'new 1' },
    { law: 'begins anew with a sign-in after a sign-out', attempt: confirm, note: 'a', found: record({ end: 'untold' }), answer: yes, writes: 'new 1' },
    { law: 'begins anew with a sign-in after an eviction', attempt: confirm, found: undefined, answer: yes, writes: 'new 1' },

    { law: 'is signed out when somebody signed out meanwhile', found: record({ end: 'untold' }), answer: yes, is: 'signedOut' },
    { law: 'is signed out when the server was told of it meanwhile', found: record({ end: 'told' }), answer: yes, is: 'signedOut' },
    { law: 'is signed out when it was only noted', note: 'a', found: record(), answer: yes, is: 'signedOut' },
    { law: 'is signed out when it was noted and the record evicted', note: 'a', found: undefined, answer: yes, is: 'signedOut' },

    { law: 'adopts what was asked later', found: later, answer: yes, is: 'adopts' },
    { law: 'adopts what was asked later though it knew of nobody', reference: null, found: later, answer: yes, is: 'adopts' },
    { law: 'writes down an extension that is answered after a younger question was', attempt: due, found: known(NOW + 1, { answeredAt: NOW, report: { lease: leaseAt(NOW + 1, { expiresAt: NOW + HOUR, latestExpiresAt: NOW + HOUR }), plan, failures: 0, problem: undefined } }), answer: yes, writes: 'a 4' },
    { law: 'asks again when another person was vouched for since', found: later, answer: yes, person: 'bob', is: 'again after 0 s' },
    { law: 'does not adopt what was asked at the same time', found: known(NOW), answer: yes, writes: 'a 4' },
    { law: 'does not adopt what was asked before the clock was set back', found: known(NOW + HOUR), answer: yes, writes: 'a 4' },
    { law: 'does not adopt what has no lease', found: record({ report: { lease: undefined, plan, failures: 0, problem: undefined } }), answer: yes, writes: 'a 4' },
    { law: 'does not adopt a later failure', found: { ...failing('ERR_SESSION_TIMEOUT', NOW), report: { ...failing('ERR_SESSION_TIMEOUT').report, lease: leaseAt(NOW + 1) } }, answer: yes, writes: 'a 4' },

    { law: 'writes down the end', found: record(), answer: ended, writes: 'a 4 ended' },
    { law: 'does not end the sign-in of others', reference: 'b', found: record(), answer: ended, writes: undefined },
    { law: 'that knows of nobody ends nothing', reference: null, found: record(), answer: ended, writes: undefined },
    { law: 'does not undo a sign-out by an end', found: record({ end: 'untold' }), answer: ended, writes: undefined },
    { law: 'ends nothing where nothing is written', found: undefined, answer: ended, writes: undefined },
    { law: 'asks again when somebody was vouched for since: the end is of credentials of before', found: later, answer: ended, is: 'again after 0 s' },
    { law: 'asks again when somebody signed in since', reference: 'b', found: later, answer: ended, is: 'again after 0 s' },
    { law: 'that signed in and is nobody all the same ends it', attempt: confirm, found: later, answer: ended, writes: 'a 4 ended' },

    { law: 'writes down a failure', found: record(), answer: unanswered, writes: 'a 4 failed' },
    { law: 'does not write down a failure once there is something newer', found: record({ generation: 4 }), answer: unanswered, writes: undefined },
    { law: 'does not write down a failure for others', reference: 'b', found: record(), answer: unanswered, writes: undefined },
    { law: 'does not write down a failure after the end', found: record({ end: 'ended' }), answer: unanswered, writes: undefined },
    { law: 'writes down no failure where nothing is written', found: undefined, answer: unanswered, writes: undefined },
  ]
  it.each(judgements)('$law', ({ is = 'calls', writes, ...situation }) => {
    const { next, exit } = judge(situation)
    expect([wordOf(exit.answer?.()), next === situation.found ? undefined : next && told(next)]).toEqual([is, writes])
  })

  it.each(judgements.filter(({ writes }) => writes))('has seen what it writes itself: $law', (situation) => {
    const { member, next, exit } = judge(situation)
    expect(exit.generation).toBe(next?.generation)
    member.settle(situation.answer, exit, vouched)
    if (situation.answer.status === 'alive') expect(member.reference).toBe(next?.reference)
    expect(member.hears(next as SessionRecord, false)).toBeUndefined()
  })

  it('leaves no claim and no count behind but the calls that were made', () => {
    const claimed = record({ claim: { by: 'other', until: NOW + MINUTE } })
    for (const answer of [yes, unanswered]) {
      expect(judge({ found: claimed, answer }).next).toMatchObject({ claim: undefined, answeredAt: NOW, budget: claimed.budget, person: claimed.person })
    }
  })

  // Others would wait for it half a minute more, where the turns are shared.
  it.each([
    { law: 'that goes on alone', situation: { found: record({ person: personIn('a', 'bob') }), answer: yes } },
    { law: 'that knows of nobody, and is not answered', situation: { reference: null, found: record(), answer: unanswered } },
    { law: 'that finds the end, and knows of nobody', situation: { reference: null, found: record(), answer: ended } },
  ])('takes back its claim: one $law', ({ situation }) => {
    const { member } = openTab(situation)
    const attempt = member.begins('extend', due.input)
    const [claimed] = member.enter(situation.found, attempt, false)
    expect(claimed?.claim).toBeDefined()
    const [next] = member.leave(claimed, attempt, claimed?.generation, situation.answer, vouched)
    expect(next?.claim).toBeUndefined()
  })

  it('keeps what the tabs have spent, also through a sign-in', () => {
    for (const attempt of [due, confirm]) expect(judge({ attempt, found: record({ end: 'ended', budget: { calls: 7, at: 1 } }), answer: yes }).next?.budget).toEqual({ calls: 7, at: 1 })
    expect(judge({ reference: null, found: undefined, answer: yes }).next?.budget).toEqual({ calls: 300, at: NOW })
  })

  it('writes down who it is once that is known, and never the name', () => {
    expect(judge({ found: record({ person: undefined }), answer: yes }).next?.person).toBe(personIn('a', 'ada'))
    expect(judge({ found: record(), answer: yes, person: undefined }).next?.person).toBe(personIn('a', 'ada'))
    const { next } = judge({ reference: null, found: undefined, answer: yes })
    expect([next?.person, JSON.stringify(next).includes('ada')]).toEqual([personIn(next?.reference ?? '', 'ada'), false])
  })

  it('that adopts keeps who was vouched for to itself', () => {
    const { exit } = judge({ found: later, answer: alive(NOW, { subject: '7' }) })
    expect([exit.reference, exit.answer?.()]).toEqual(['a', expect.objectContaining({ subject: '7', lease: later.report.lease })])
    expect(judge({ found: later, answer: yes, person: 'bob' }).exit.changed).toBe(true)
  })

  it('gives another reference to each sign-in', () => {
    const references = Array.from({ length: 100 }, () => judge({ reference: null, found: undefined, answer: yes }).next?.reference)
    expect(new Set(references).size).toBe(100)
  })
})

describe('what became of a call', () => {
  it('is the truth from then on, and ends only by a no', () => {
    const { member } = openTab({ reference: null })
    expect([member.reference, member.isOver]).toEqual([undefined, false])
    member.settle(alive(NOW), { reference: 'a', generation: 1 }, vouched)
    expect([member.reference, member.isOver]).toEqual(['a', false])
    member.settle(unanswered, {})
    expect([member.reference, member.isOver]).toEqual(['a', false])
    member.settle(ended, {})
    expect([member.reference, member.isOver]).toEqual(['a', true])
    member.settle(alive(NOW), { reference: 'b', generation: 1 }, vouched)
    expect([member.reference, member.isOver]).toEqual(['b', false])
  })

  it('could not be written: then a new sign-in is not the one that ended', () => {
    const { member } = openTab()
    member.settle(ended, {})
    member.settle(alive(NOW), {}, vouched)
    expect([member.reference, member.isOver]).toEqual([undefined, false])
  })

  it('could not be written: then one that lives on is the same', () => {
    const { member } = openTab()
    member.settle(alive(NOW), {}, vouched)
    expect(member.reference).toBe('a')
  })

  it('makes a tab that goes on alone belong to nobody', () => {
    const { member } = openTab()
    member.settle(alive(NOW), { alone: true }, vouched)
    expect(member.reference).toBeUndefined()
  })

  it('comes due a little later in a tab that nobody sees', () => {
    expect(openTab().member.settle(alive(NOW), {}).plan.keepAliveMs).toBe(LIFE / 4)
    expect(openTab({ isHidden: true }).member.settle(alive(NOW), {}).plan.keepAliveMs).toBe(LIFE / 4 + 400)
    expect(openTab({ isHidden: true }).member.settle(alive(NOW, { plan: { ...plan, keepAliveMs: undefined } }), {}).plan.keepAliveMs).toBeUndefined()
  })
})

interface Word extends Situation {
  readonly law: string
  readonly found: SessionRecord
  readonly isBusy?: boolean
  readonly is: string
}

describe('from a record, a tab', () => {
  const gone = ({ member }: ReturnType<typeof openTab>) => member.ends()
  const words: Word[] = [
    { law: 'that knows of nobody hears nothing', reference: null, found: record(), is: 'nothing' },
    { law: 'that knows of nobody hears no end', reference: null, found: record({ end: 'untold' }), is: 'nothing' },
    { law: 'hears nothing that it has seen', found: record(), is: 'nothing' },
    { law: 'hears nothing older than what it has seen', seen: 5, found: record(), is: 'nothing' },
    { law: 'hears what another one was answered', seen: 2, found: record(), is: 'adopts' },
    { law: 'that calls just now hears nothing of that kind', seen: 2, isBusy: true, found: record(), is: 'nothing' },
    { law: 'hears of no failure', seen: 2, found: failing('ERR_SESSION_UNREACHABLE'), is: 'nothing' },
    { law: 'hears nothing that is older than its question', seen: 2, found: record(), before: ({ member }) => member.asks(), is: 'nothing' },
    { law: 'hears the answer to its question', seen: 2, found: known(NOW - SECOND), before: ({ member }) => member.asks(), is: 'adopts' },
    { law: 'hears nothing without a lease in answer to its question', seen: 2, found: record({ report: { lease: undefined, plan, failures: 0, problem: undefined } }), before: ({ member }) => member.asks(), is: 'nothing' },
    { law: 'hears of a sign-out', found: record({ end: 'untold' }), is: 'signedOut' },
    { law: 'that calls just now hears of a sign-out', isBusy: true, found: record({ end: 'untold' }), is: 'signedOut' },
    { law: 'hears of a sign-out that the server was told of', found: record({ end: 'told' }), is: 'signedOut' },
    { law: 'hears of a sign-out from a sign-in of which it had not heard', reference: 'b', found: record({ end: 'untold' }), is: 'signedOut' },
    { law: 'hears of a sign-out that was only noted', note: 'a', found: record(), is: 'signedOut' },
    { law: 'hears of no sign-out that was noted and told, where somebody is vouched for', note: 'told a', found: record(), is: 'nothing' },
    { law: 'hears of an end', found: record({ end: 'ended' }), is: 'changed' },
    { law: 'hears of an end of another sign-in', reference: 'b', found: record({ end: 'ended' }), is: 'changed' },
    { law: 'hears of a sign-out of another sign-in that the server was told of', reference: 'b', found: record({ end: 'told' }), is: 'changed' },
    { law: 'hears of another sign-in', reference: 'b', found: record(), is: 'changed' },
    { law: 'that calls just now hears of another sign-in', reference: 'b', isBusy: true, found: record(), is: 'changed' },
    { law: 'that has ended hears nothing of its session', found: record({ generation: 9 }), before: gone, is: 'nothing' },
    { law: 'that has ended hears of no sign-out', found: record({ end: 'untold' }), before: gone, is: 'nothing' },
    { law: 'that has ended hears of no end', found: record({ end: 'ended' }), before: gone, is: 'nothing' },
    { law: 'that has ended hears of no end of another sign-in', reference: 'b', found: record({ end: 'ended' }), before: gone, is: 'nothing' },
    { law: 'that has ended hears of another sign-in', reference: 'b', found: record(), before: gone, is: 'changed' },
    { law: 'that has ended, and never knew of anybody, hears of a sign-in', reference: null, found: record(), before: gone, is: 'changed' },
  ]
  const heard = (answer: Answer | 'changed' | undefined) => (answer === 'changed' ? answer : answer ? wordOf(answer) : 'nothing')

  it.each(words)('$law', ({ found, isBusy = false, is, ...situation }) => {
    const { member } = openTab(situation)
    expect(heard(member.hears(found, isBusy))).toBe(is)
  })

  it.each(words.filter(({ is }) => is !== 'nothing'))('$law once', ({ found, isBusy = false, ...situation }) => {
    const { member } = openTab(situation)
    member.hears(found, isBusy)
    expect(heard(member.hears(found, isBusy))).toBe('nothing')
  })

  it('hears later of what it heard nothing of while it called', () => {
    const { member } = openTab({ seen: 2 })
    member.hears(record(), true)
    expect(heard(member.hears(record(), false))).toBe('adopts')
  })

  it('hears of each other sign-in, and of the end of each', () => {
    const { member } = openTab({ reference: 'c' })
    const found = [record(), record({ end: 'ended' }), record({ reference: 'b' }), record({ reference: 'b', generation: 4 })]
    expect(found.map((one) => heard(member.hears(one, false)))).toEqual(['changed', 'changed', 'changed', 'nothing'])
  })

  it('is told whether the end moved', () => {
    const extended = (found: SessionRecord) => openTab({ seen: 2 }).member.hears(found, false)
    expect(extended(known(NOW))).toMatchObject({ extended: true, subject: undefined })
    const lease = leaseAt(NOW - 2 * MINUTE)
    expect(extended(record({ report: { ...record().report, lease: { ...lease, aliveAt: NOW } } }))).toMatchObject({ extended: false })
    // Where no end is known, what was extended since is.
    const endless = { ...lease, aliveAt: NOW, expiresAt: undefined, latestExpiresAt: undefined }
    expect(extended(record({ report: { ...record().report, lease: { ...endless, extendedAt: NOW } } }))).toMatchObject({ extended: true })
    expect(extended(record({ report: { ...record().report, lease: endless } }))).toMatchObject({ extended: false })
    expect(extended(record({ report: { ...record().report, lease: undefined } }))).toMatchObject({ extended: false })
  })

  it('acts on it after whoever was answered, within a second, and later where nobody sees it', () => {
    const dueIn = (isHidden: boolean, random: number) => (openTab({ seen: 2, isHidden, random }).member.hears(known(NOW), false) as Answer).plan.keepAliveMs ?? 0
    expect([dueIn(false, 0), dueIn(false, 0.999), dueIn(true, 0), dueIn(true, 0.999)].map((ms) => Math.round(ms - LIFE / 4))).toEqual([0, 400, 400, 800])
  })

  it('acts on it sooner where lives are short', () => {
    const [{ member: hidden }, { member }] = [openTab({ isHidden: true, random: 0 }), openTab()]
    const dueIn = (lifeMs: number, generation: number) => {
      hidden.settle(alive(NOW, { lease: leaseAt(NOW, { lifeMs }) }), { reference: 'a', generation })
      member.settle(alive(NOW, { lease: leaseAt(NOW, { lifeMs }) }), { reference: 'a', generation })
      const { plan } = hidden.hears(known(NOW, { generation: generation + 1 }), false) as Answer
      return [Math.round((plan.keepAliveMs ?? 0) - LIFE / 4), member.patienceMs()]
    }
    expect(dueIn(10 * SECOND, 1)).toEqual([200, 500])
    expect(dueIn(SECOND, 2)).toEqual([20, 100])
  })
})

describe('a note', () => {
  it.each([
    { law: 'of this sign-in counts', note: 'a', is: true },
    { law: 'of a sign-in that was not known counts', note: '', is: true },
    { law: 'of this sign-in counts after the server was told, too', note: 'told a', is: true },
    { law: 'of another sign-in does not', note: 'b', is: false },
    { law: 'of another sign-in does not after the server was told either', note: 'told b', is: false },
    { law: 'of a sign-out that was told does not where nobody is known', reference: null, note: 'told a', is: false },
    { law: 'that is not there does not', is: false },
    { law: 'that is not there does not where nobody is known either', reference: null, is: false },
    { law: 'of a sign-in does not where nobody is known', reference: null, note: 'a', is: false },
    { law: 'of which it has heard does not', note: 'a', before: ({ member }: ReturnType<typeof openTab>) => member.ends(), is: false },
  ])('$law', ({ is, law, ...situation }) => {
    expect([law, openTab(situation).member.isNoted()]).toEqual([law, is])
  })
})

describe('a sign-out that fails elsewhere', () => {
  it('is told again when it is time there', () => {
    const found = { ...failing('ERR_SESSION_UNREACHABLE'), end: 'untold' as const }
    expect(wordOf(openTab({ seen: 2 }).member.fails(found, input()))).toBe('UNREACHABLE 2, again after 50 s')
    expect(openTab({ seen: 2 }).member.fails(found, input({ commanded: true }))).toBeUndefined()
    expect(openTab({ seen: 2 }).member.fails({ ...found, answeredAt: NOW - MINUTE }, input())).toBeUndefined()
  })
})

describe('an attempt', () => {
  it('takes as long as its call and two looks at the store', () => {
    const { member } = openTab()
    expect(member.attemptMs(input())).toBe(ATTEMPT)
    expect(member.attemptMs(input({ lease: leaseAt(NOW, { expiresAt: NOW + 9 * SECOND }) }))).toBe(4 * SECOND)
    expect(openTab({ reference: null }).member.attemptMs(input({ lease: undefined }))).toBe(ATTEMPT)
  })
})
