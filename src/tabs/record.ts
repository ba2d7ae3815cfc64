import type { Lease, Plan, Problem, Report } from '../../machines/session.machine'
import { type CallBudget, fullBudget } from '../timing'

/** What the tabs of a browser know together. Times are epoch milliseconds on this machine's clock; nothing in it is a secret. */
export interface SessionRecord {
  readonly version: typeof VERSION
  /** One per sign-in, random. */
  readonly reference: string
  /** Counts what was written since. */
  readonly generation: number
  /** Who it is, as a number that tells two people apart and is too small to tell who they are. */
  readonly person: number | undefined
  /** The last answer that a tab got for all, and when. One with failures is no verdict. */
  readonly report: Report
  readonly answeredAt: number
  /** The server said no; somebody signed out, and the server has not been told, or has. Nothing more is written into such a session. */
  readonly end: 'ended' | 'untold' | 'told' | undefined
  /** Which tab is making a call, and until when that may take. */
  readonly claim: Claim | undefined
  readonly budget: CallBudget
}

export interface Claim {
  readonly by: string
  readonly until: number
}

const VERSION = 1

const isNumber = (value: unknown) => Number.isFinite(value)
const isNumberOrNone = (value: unknown) => value === undefined || isNumber(value)
const isText = (value: unknown) => typeof value === 'string'
const isTextOrNone = (value: unknown) => value === undefined || isText(value)
const isOneOf =
  (...values: readonly unknown[]) =>
  (value: unknown) =>
    values.includes(value)

/** Whether each of the named properties is there and sound. */
const is =
  <T>(shape: { readonly [Name in keyof T]-?: (value: unknown) => boolean }) =>
  (value: unknown): value is T =>
    Object(value) === value && Object.entries(shape).every(([name, isSound]) => (isSound as (value: unknown) => boolean)((value as { [name: string]: unknown })[name]))
const orNone =
  (isSound: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === undefined || isSound(value)

const isLease = is<Lease>({
  aliveAt: isNumber,
  expiresAt: isNumberOrNone,
  latestExpiresAt: isNumberOrNone,
  grantedAt: isNumber,
  lifeMs: isNumberOrNone,
  maxExpiresAt: isNumberOrNone,
  extendedAt: isNumberOrNone,
  permanent: isOneOf(true, false, undefined),
})
const isReport = is<Report>({
  lease: orNone(isLease),
  plan: is<Plan>({ keepAliveMs: isNumberOrNone, deadlineMs: isNumberOrNone, retryMs: isNumber }),
  failures: isNumber,
  problem: orNone(is<Problem>({ code: isText, detail: isTextOrNone })),
})
const isRecord = is<SessionRecord>({
  version: isOneOf(VERSION),
  reference: isText,
  generation: isNumber,
  person: isNumberOrNone,
  report: isReport,
  answeredAt: isNumber,
  end: isOneOf('ended', 'untold', 'told', undefined),
  claim: orNone(is<Claim>({ by: isText, until: isNumber })),
  budget: is<CallBudget>({ calls: isNumber, at: isNumber }),
})

/** A record that was stored, if it is sound and of this version; any other is as good as none. */
export const readRecord = (value: unknown): SessionRecord | undefined => (isRecord(value) ? value : undefined)

/** The first record of a sign-in. */
export const newRecord = (reference: string, person: string | undefined, report: Report, now: number, budget = fullBudget(now)): SessionRecord => ({
  version: VERSION,
  reference,
  generation: 1,
  person: personIn(reference, person),
  report,
  answeredAt: now,
  end: undefined,
  claim: undefined,
  budget,
})

/** Salted by the reference, so that it is another number after each sign-in. 32 bits: enough to tell two apart. */
export function personIn(reference: string, person: string | undefined): number | undefined {
  if (person === undefined) return undefined
  const text = `${reference} ${person}`
  // FNV-1a
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}

/** Where one of the two is not known, nothing speaks against it. */
export const isSamePerson = ({ reference, person }: SessionRecord, subject: string | undefined): boolean =>
  person === undefined || subject === undefined || person === personIn(reference, subject)
