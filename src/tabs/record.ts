import type { Report } from '../../machines/session.machine'
import { type CallBudget, fullBudget, isPlausible } from '../timing'

/** What the tabs of a browser know together. Times are epoch milliseconds on this machine's clock; nothing in it is a secret. */
export interface SessionRecord {
  readonly version: typeof VERSION
  /** One per sign-in, random. */
  readonly reference: string
  /** Counts what was written since. */
  readonly generation: number
  /** Who it is, as a small number: it tells two people apart, and names nobody; whoever has a list of them can guess. */
  readonly person: number | undefined
  /** The last answer that a tab got for all, and when. One with failures is no verdict. */
  readonly report: Report
  readonly answeredAt: number
  /** The server said no; somebody signed out, and the server has not been told, or has. Nothing more is written into such a session. */
  readonly end?: 'ended' | 'untold' | 'told' | undefined
  /** Which tab is making a call, and until when that may take. */
  readonly claim?: Claim | undefined
  /** In which tab somebody signs in, and until when it need not be heard of. */
  readonly signIn?: Claim | undefined
  /** When somebody was last active, where that cannot be noted. */
  readonly activeAt?: number | undefined
  /** Why it ended, if that was decided here. */
  readonly reason?: string | undefined
  readonly budget: CallBudget
}

export interface Claim {
  readonly by: string
  readonly until: number
}

const VERSION = 1

/** A record by example. What stands in brackets may be missing. */
const EXAMPLE = {
  version: VERSION,
  reference: '',
  generation: 0,
  person: [0],
  report: {
    lease: [
      {
        startedAt: 0,
        aliveAt: 0,
        expiresAt: [0],
        latestExpiresAt: [0],
        grantedAt: 0,
        lifeMs: [0],
        maxExpiresAt: [0],
        extendedAt: [0],
        permanent: [true],
      },
    ],
    plan: { keepAliveMs: [0], deadlineMs: [0], retryMs: 0 },
    failures: 0,
    problem: [{ code: '', detail: [''] }],
  },
  answeredAt: 0,
  end: [''],
  claim: [{ by: '', until: 0 }],
  signIn: [{ by: '', until: 0 }],
  activeAt: [0],
  reason: [''],
  budget: { calls: 0, at: 0 },
} satisfies { [Name in keyof SessionRecord]-?: unknown }

function isLike(value: unknown, example: unknown): boolean {
  if (Array.isArray(example)) return value === undefined || isLike(value, example[0])
  if (typeof example === 'number') return Number.isFinite(value)
  if (typeof value !== typeof example || Object(example) !== example) return typeof value === typeof example
  return value !== null && Object.entries(example as object).every(([name, part]) => isLike((value as { [name: string]: unknown })[name], part))
}

/** A record that was stored, if it is sound and of this version; any other is as good as none. */
export function readRecord(value: unknown): SessionRecord | undefined {
  const record = value as SessionRecord
  return isLike(value, EXAMPLE) && record.version === VERSION && isPlausible(record.report.plan) ? record : undefined
}

/** What is known before anybody was answered. */
export const NOTHING: Report = { lease: undefined, plan: { keepAliveMs: undefined, deadlineMs: undefined, retryMs: 0 }, failures: 0, problem: undefined }

/** The first record of a sign-in. */
export const newRecord = (
  reference: string,
  generation: number,
  now: number,
  report: Report = NOTHING,
  person?: string,
  budget = fullBudget(now),
): SessionRecord => ({
  version: VERSION,
  reference,
  generation,
  person: personIn(reference, person),
  report,
  answeredAt: now,
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

/** The same, of a session that began when another tab saw it begin. */
export const begunAt = <T extends Pick<Report, 'lease'>>(report: T, startedAt: number | undefined): T =>
  report.lease && startedAt !== undefined ? { ...report, lease: { ...report.lease, startedAt } } : report
