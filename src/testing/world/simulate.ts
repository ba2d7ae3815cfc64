import { SessionError } from '../../errors'
import { type DecisionRecord, drawnChoices, recordedChoices } from './choices'
import { type Around, type BackendMaker, type Counts, type LifeReport, type LimitsMaker, liveOut, type PortsMaker } from './life'
import { shrink } from './shrink'
import { type Weather, WEATHERS } from './scenario'
import type { Violation } from './witness'

export interface SimulateOptions {
  /** The same seed, the same worlds. */
  readonly seed: number
  /** The backends to put into random worlds, by name. Each is made on a tab's `fetch`, with the given sign-in. */
  readonly backends: { readonly [name: string]: BackendMaker }
  /** Ports by which the tabs of a browser share a session; some worlds then do. Default: each tab's own `ports`. */
  readonly ports?: PortsMaker | undefined
  /** Makes the limits of an app; some worlds then have some. Default: none. */
  readonly limits?: LimitsMaker | undefined
  /** How bad the network and the server are all the time; of 100 calls 0, 2, 20 or 70 fail. Default: drawn, and it changes. */
  readonly weather?: Weather | undefined
  /** Stops after so many decisions. Default: 100,000, where no `hours` are given. */
  readonly decisions?: number | undefined
  /** Stops after so many hours of virtual time. */
  readonly hours?: number | undefined
}

/** A law that was broken, and the smallest story of it that was found. */
export interface FoundViolation extends Violation {
  /** Of the world; `simulate` with this seed begins with it. */
  readonly seed: number
  readonly step: number
  /** What happens in the shrunk world, line by line. */
  readonly trace: readonly string[]
}

export interface SimulationReport {
  readonly seed: number
  readonly worlds: number
  readonly decisions: number
  readonly steps: number
  readonly virtualHours: number
  readonly calls: Counts
  readonly faults: Counts
  readonly acts: Counts
  /** Sessions that died of neglect, and how many of them no client could have kept. */
  readonly lost: number
  readonly unsurvivable: number
  /** Empty, or the first that was found. */
  readonly violations: readonly FoundViolation[]
}

const HOUR_MS = 3_600_000
/** The seeds of consecutive worlds lie so far apart. */
const STRIDE = 0x9e3779b1

/**
 * Lives through random worlds, one after the other, and looks whether a law of Outlast is broken; stops at the first.
 * Sleeps, dead networks, captive portals, busy servers, wrong clocks, frozen and crashed tabs, and people who come and
 * go: only clock, timers and transport are simulated, the rest runs as shipped.
 *
 * @throws {SessionError} `ERR_SESSION_BAD_OPTION`
 * @example
 * const { violations } = await simulate({
 *   seed: 1,
 *   backends: { mine: (tab, signIn) => httpBackend({ check: '/session', extend: '/session/extend', fetch: tab.fetch, signIn }) },
 * })
 */
export async function simulate({ seed, backends, ports, limits, weather, hours = Infinity, decisions = hours < Infinity ? Infinity : 100_000 }: SimulateOptions): Promise<SimulationReport> {
  const sound = (limit: number) => limit > 0
  if (!Number.isSafeInteger(seed) || !sound(decisions) || !sound(hours) || !(weather === undefined || Object.hasOwn(WEATHERS, weather)) || Object.keys(backends).length === 0) {
    throw new SessionError('ERR_SESSION_BAD_OPTION', 'simulate takes a whole seed, positive limits, a weather that there is, and a backend or more')
  }
  const around = { ports, limits, weather }
  const total = { worlds: 0, decisions: 0, steps: 0, virtualMs: 0, lost: 0, unsurvivable: 0 }
  const calls: Counts = {}
  const faults: Counts = {}
  const acts: Counts = {}
  const violations: FoundViolation[] = []
  const add = (sum: Counts, counts: Counts) => {
    for (const [name, count] of Object.entries(counts)) sum[name] = (sum[name] ?? 0) + count
  }
  while (total.decisions < decisions && total.virtualMs < hours * HOUR_MS && violations.length === 0) {
    const worldSeed = (seed + total.worlds * STRIDE) >>> 0
    const choices = drawnChoices(worldSeed)
    const report = await liveOut(choices, backends, around, decisions - total.decisions)
    total.worlds++
    total.decisions += choices.decisions
    total.steps += report.steps
    total.virtualMs += report.virtualMs
    total.lost += report.lost
    total.unsurvivable += report.unsurvivable
    add(calls, report.calls)
    add(faults, report.faults)
    add(acts, report.acts)
    if (report.violation) violations.push(await tell(worldSeed, report.violation, choices.record, backends, around))
  }
  const { virtualMs, ...counted } = total
  return { seed, ...counted, virtualHours: Math.round(virtualMs / HOUR_MS), calls: sorted(calls), faults: sorted(faults), acts: sorted(acts), violations }
}

async function tell(seed: number, violation: NonNullable<LifeReport['violation']>, record: DecisionRecord, backends: SimulateOptions['backends'], around: Around): Promise<FoundViolation> {
  // A smaller story may be a longer one, but not for ever.
  const most = 2 * record.flat().length
  const relive = (candidate: DecisionRecord, logging = false) => liveOut(recordedChoices(candidate), backends, around, most, logging)
  // A smaller world may break the same law in another way, which would be another story.
  const kindOf = (broken: Violation | undefined) => broken && `${broken.law} ${broken.what.replace(/\d+/g, '')}`
  const smallest = await shrink(record.slice(0, violation.step + 2), async (candidate) => kindOf((await relive(candidate)).violation) === kindOf(violation))
  const { violation: found = violation, log } = await relive(smallest, true)
  return { ...violation, what: found.what, seed, trace: log }
}

const sorted = (counts: Counts): Counts => Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)))
