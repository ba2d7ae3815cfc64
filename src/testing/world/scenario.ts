import type { SessionOptions } from '../../policy'
import type { Choices } from './choices'
import type { Conditions, Fault } from './network'
import type { Settings } from './server'

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** A word that no honest view, event or context contains. */
export const SECRET = 'canary'
export const PEOPLE = [`${SECRET}-ada`, `${SECRET}-bob`] as const

/** How bad it is. The first is the harmless one. */
export const WEATHERS = { clear: 0, mild: 0.02, harsh: 0.2, storm: 0.7 } as const
export type Weather = keyof typeof WEATHERS

/** What a random world is like, before anything happens in it. */
export interface Scenario {
  readonly server: Omit<Settings, 'maxMs' | 'graceMs'>
  readonly policy: SessionOptions
  readonly backend: string
  readonly tabs: number
  readonly signedIn: boolean
  readonly weather: Weather
  /** Whether scripts are told of a wake, as by `online` or `visibilitychange`. */
  readonly tellsOfWakes: boolean
  /** How many steps to live. */
  readonly steps: number
  /** Whether the tabs of the browser share their session. */
  readonly shared: boolean
  /** The limits of the app, milliseconds. */
  readonly limits: { readonly idleMs?: number; readonly absoluteMs?: number } | undefined
}

/**
 * @param canShare whether there are ports by which tabs share a session
 * @param canLimit whether there is a maker of limits
 */
export function drawScenario(choices: Choices, backends: readonly string[], canShare: boolean, canLimit = false): Scenario {
  const { pick, between } = choices
  const scenario: Omit<Scenario, 'shared' | 'limits'> = {
    server: {
      lifeMs: pick([2 * HOUR_MS, 15 * MINUTE_MS, HOUR_MS, DAY_MS, 30 * DAY_MS]),
      limit: pick(['rolling', 'rolling', 'absolute', 'fixed']),
      tells: pick(['expiresAt', 'ttlMs', 'nothing']),
      dated: pick([true, false]),
      rotates: pick([false, false, false, true]),
      clockOffsetMs: pick([0, 0, 400, -5 * SECOND_MS, 10 * MINUTE_MS, -3 * HOUR_MS]),
    },
    policy: { keepAlive: pick(['always', 'always', 'always', 'off']), intervalMs: pick([5, 1, 20]) * MINUTE_MS },
    backend: pick(backends),
    tabs: pick([1, 1, 2, 3]),
    signedIn: pick([true, true, true, false]),
    weather: pick(['clear', 'clear', 'mild', 'harsh', 'storm']),
    tellsOfWakes: pick([true, false]),
    steps: between(50, 800),
  }
  const shared = canShare && pick([true, true, false]) ? { shared: true, tabs: pick([2, 3, 4, 8, 20]) } : { shared: false }
  const limited = canLimit && pick([false, true])
  if (!limited) return { ...scenario, ...shared, limits: undefined }
  // Limits that a life of this length can reach.
  const idleMs = Math.max(2 * MINUTE_MS, scenario.server.lifeMs * pick([0.2, 0.6, 2]))
  const absoluteMs = Math.max(3 * MINUTE_MS, scenario.server.lifeMs * pick([1.5, 4]))
  const policy: SessionOptions = { ...scenario.policy, keepAlive: pick(['whileActive', scenario.policy.keepAlive ?? 'always']) }
  return { ...scenario, ...shared, policy, limits: pick([{ idleMs }, { absoluteMs }, { idleMs, absoluteMs }]) }
}

const FAULTS: readonly Fault[] = [
  'refused',
  'broken',
  'lostReply',
  'lostRequest',
  'portal',
  'redirect',
  'garbage',
  'oversize',
  'drip',
  { status: 503 },
  { status: 500 },
  { status: 502 },
  { status: 403 },
  { status: 429, retryAfter: '30' },
  { status: 503, retryAfter: '600' },
  { status: 429, retryAfter: '86400' },
  { status: 511 },
]

/** What happens to one exchange in such weather. */
export function drawConditions({ chance, pick, between }: Choices, weather: Weather): Conditions {
  const slow = chance(WEATHERS[weather] / 2) ? 40 * SECOND_MS : 400
  return {
    fault: chance(WEATHERS[weather]) ? pick(FAULTS) : undefined,
    thereMs: between(10, slow),
    backMs: between(10, slow),
  }
}
