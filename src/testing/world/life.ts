import type { SessionBackend } from '../../backend'
import { createSession, type Release, type Session } from '../../createSession'
import type { Limits, Ports } from '../../ports'
import { nextMacrotask } from '../virtualTime'
import { act } from './acts'
import type { Browser } from './browser'
import type { Choices } from './choices'
import { worldOf } from './createWorld'
import { createLedger } from './ledger'
import { createPeople, PATIENCE_MS } from './people'
import { drawConditions, drawScenario, PEOPLE, type Scenario, SECRET, type Weather, WEATHERS } from './scenario'
import type { Tab } from './tab'
import { createWitness, type Violation, type Witness } from './witness'

/** Puts a backend on a tab: its `fetch`, a sign-in by a person who takes some time, and a step-up by one who does. */
export type BackendMaker = (tab: Tab, signIn: NonNullable<SessionBackend['signIn']>, stepUp: NonNullable<SessionBackend['stepUp']>) => SessionBackend

/** What a session in a tab stands on, where tabs share one. */
export type PortsMaker = (tab: Tab) => Ports

/** Makes limits of so many milliseconds. */
export type LimitsMaker = (limits: NonNullable<Scenario['limits']>) => Limits

/** What else a session may be given. */
export interface Around {
  readonly ports?: PortsMaker | undefined
  readonly limits?: LimitsMaker | undefined
  readonly weather?: Weather | undefined
}

/** A tab with a session in it. */
export interface Seat {
  readonly tab: Tab
  readonly session: Session
  readonly witness: Witness
  /** Its backend can extend. */
  readonly canExtend: boolean
  /** Its backend can ask for more of a person. */
  readonly canStepUp: boolean
  release: Release
}

/** One random world, while it lasts. */
export interface Life {
  readonly choices: Choices
  readonly scenario: Scenario
  readonly world: ReturnType<typeof worldOf>
  readonly browser: Browser
  readonly seats: Seat[]
  weather: Weather
  /** What the weather may turn to. */
  readonly forecast: readonly Weather[]
  /** Who will sign in next. */
  person: string
  /** Nothing goes wrong any more, and nobody does anything. */
  calm: boolean
  /** The machine's clock has been running at a pace of its own. */
  drifts: boolean
  /** Locks, store, channel or notes have not always worked. */
  broken: boolean
  /** When somebody signed in last, true time. */
  signedInAt: number
  /** Somebody has signed out, and a tab that is opened may know. */
  signedOut: boolean
  /** Since when nothing out of the ordinary has happened, true time. */
  quietSince: number
  /** When somebody last did something in a page, and when a machine or a page last stood still or a clock was set, true times. */
  usedAt: number
  /** In which of them. */
  usedIn: Tab | undefined
  timeLostAt: number
  /** When somebody last did something in a page, by the machine's clock. */
  usedWallAt: number
  /** @param before a page that is gone: then the next one in the same tab */
  openSeat(before?: Tab): void
  /** Something out of the ordinary happens. */
  note(what: string, detail?: string, lastsMs?: number): void
  /** A law is broken. */
  fail(violation: Violation): void
}

export interface LifeReport {
  readonly violation: (Violation & { readonly step: number }) | undefined
  readonly steps: number
  readonly virtualMs: number
  /** Calls by kind. */
  readonly calls: Counts
  readonly faults: Counts
  readonly acts: Counts
  readonly lost: number
  /** Of these, by an all-knowing client too. */
  readonly unsurvivable: number
  /** What happened, line by line; empty unless asked for. */
  readonly log: readonly string[]
}

export interface Counts {
  [name: string]: number
}

const HOUR_MS = 3_600_000

/** Lives through one random world. The same choices, the same life. */
export async function liveOut(
  choices: Choices,
  makers: { readonly [name: string]: BackendMaker },
  { ports: portsOf, limits: limitsOf, weather }: Around = {},
  mostDecisions = Infinity,
  logging = false,
): Promise<LifeReport> {
  const scenario = { ...drawScenario(choices, Object.keys(makers), !!portsOf, !!limitsOf), ...(weather && { weather }) }
  const { server: serverOptions, policy } = scenario
  const world = worldOf(choices, { server: serverOptions }, SECRET)
  const browser = world.openBrowser()
  const startedAt = world.now()
  const calls: Counts = {}
  const faults: Counts = {}
  const acted: Counts = {}
  const log: string[] = []
  let violation: LifeReport['violation']
  let steps = 0

  const say = (text: string) => {
    if (logging) log.push(`${stampOf(world.now() - startedAt)}  ${text}`)
  }
  say(JSON.stringify(scenario))
  const count = (counts: Counts, name: string) => void (counts[name] = (counts[name] ?? 0) + 1)
  function fail({ law, what }: Violation) {
    if (violation) return
    violation = { law, what, step: steps }
    say(`law ${law} is broken: ${what}`)
  }

  const life: Life = {
    choices,
    scenario,
    world,
    browser,
    seats: [],
    weather: scenario.weather,
    forecast: weather ? [weather] : (Object.keys(WEATHERS) as Weather[]),
    person: PEOPLE[0],
    calm: false,
    drifts: false,
    broken: false,
    signedOut: false,
    signedInAt: -Infinity,
    quietSince: startedAt,
    usedAt: startedAt,
    usedIn: undefined,
    usedWallAt: browser.machine.wallNow(),
    timeLostAt: -Infinity,
    note(what, detail = '', lastsMs = 0) {
      count(acted, what)
      life.quietSince = Math.max(life.quietSince, world.now() + lastsMs)
      say(`${what} ${detail}`)
    },
    fail,
    openSeat(before) {
      const tab = browser.openTab(before)
      const witness = createWitness({
        tab,
        server: world.server,
        now: world.now,
        signIns: () => world.server.signIns,
        skewMs: () => browser.machine.wallNow() - world.now() - serverOptions.clockOffsetMs,
        drifts: () => life.drifts,
        takesTurns: scenario.shared,
        // Where everything works, what one tab knows the others know in no time.
        isToldOfPeople: () => scenario.shared && !life.broken && world.now() - Math.max(life.quietSince, life.signedInAt) > 60_000,
        limits: scenario.limits && {
          ...scenario.limits,
          usedAt: () => life.usedAt,
          isUsedByClockSince: (ms) => life.usedWallAt > browser.machine.wallNow() - ms,
          timeLostSince: (ms) => life.timeLostAt > world.now() - ms || life.drifts,
          // Where notes fail, a tab does not hear of what is done in another.
          isTold: () => !life.broken && (scenario.shared || (life.usedIn ?? tab) === tab),
          reached() {
            life.signedOut = true
            if (scenario.shared) for (const seat of life.seats) seat.witness.signsOut()
          },
        },
        secret: SECRET,
        fail,
      })
      tab.on((event) => {
        if (event.type === 'request.sent') {
          count(calls, event.kind)
          say(`tab ${tab.number}: ${event.kind}`)
        }
        if (event.type === 'reply.heard') {
          if (event.kind === 'signIn') life.signedInAt = world.now()
          say(`tab ${tab.number}: ${event.kind} -> ${event.what} ${event.status ?? ''}`)
        }
      })
      const make = makers[scenario.backend] as BackendMaker
      const backend = make(
        tab,
        ({ signal }) => people.signIn(tab, signal),
        ({ signal }) => people.stepUp(tab, signal),
      )
      const limits = scenario.limits && limitsOf?.(scenario.limits)
      const session = createSession(witness.wrap(backend), { ...policy, limits }, (scenario.shared && portsOf?.(tab)) || tab.ports)
      if (logging) session.subscribe(({ state, signedIn, certain, reason, problem }) => say(`tab ${tab.number}: ${state} signedIn=${signedIn} certain=${certain} ${reason ?? ''} ${problem?.code ?? ''}`))
      witness.attach(session)
      if (life.signedOut && scenario.shared) witness.signsOut()
      let last = session.get().signedIn
      session.subscribe(({ signedIn }) => {
        // What one tab learns is a reason to ask for all.
        if (signedIn !== last) for (const seat of life.seats) seat.witness.stirred()
        last = signedIn
      })
      tab.on((event) => {
        if (event.type === 'request.sent' && event.kind === 'extend') ledger.extends()
      })
      life.seats.push({ tab, session, witness, canExtend: !!backend.extend, canStepUp: !!backend.stepUp, release: session.start() })
      say(`tab ${tab.number} opens`)
    },
  }

  const people = createPeople(life, say)
  const ledger = createLedger(life)
  browser.network.conditions = () => {
    const conditions = drawConditions(choices, life.weather)
    const fault = browser.network.cutBy ?? conditions.fault
    if (fault !== undefined) {
      count(faults, typeof fault === 'object' ? `${fault.status}${fault.retryAfter === undefined ? '' : ' retry-after'}` : fault)
      // A server that wants to be left alone is obeyed for an hour at most.
      const patienceMs = typeof fault === 'object' ? Math.min(Number(fault.retryAfter ?? 0) * 1_000, HOUR_MS) : 0
      life.quietSince = Math.max(life.quietSince, world.now() + patienceMs)
    }
    return conditions
  }

  /** Every so often something may happen that nobody asked for. */
  function plan() {
    // Seldom, or one upon the other, so that they meet calls that are under way.
    const wait = choices.chance(0.4) ? choices.between(3_000, 0) : serverOptions.lifeMs * choices.pick([1, 0.3, 0.1, 0.03, 0.01])
    world.after(wait, () => {
      if (life.calm) return
      act(life)
      plan()
    })
  }

  const isCutShort = () => choices.decisions >= mostDecisions

  async function live(mayGoOn: () => boolean) {
    while (mayGoOn() && !violation && !isCutShort() && (await world.next())) {
      steps++
      ledger.look()
      people.look()
      for (const { witness } of life.seats) witness.look()
    }
  }

  /** All is well again, for long enough that everybody hears the truth; then everybody leaves. */
  async function rest() {
    life.calm = true
    life.weather = 'clear'
    say('all is well again')
    await live(() => browser.machine.asleep)
    browser.network.restore()
    Object.assign(browser.behaviours, { locks: 'works', store: 'works', channel: 'works', notes: 'works' })
    for (const { tab } of life.seats) {
      tab.show()
      tab.resume()
    }
    // A server may have asked for an hour of patience, and a clock that was set back may double it. Where no end is
    // known, periods rule.
    const known = life.seats.some(({ session }) => session.get().expiresAt !== undefined)
    const until = world.now() + 1.2 * (2 * HOUR_MS + (known ? serverOptions.lifeMs : 0))
    await live(() => world.now() < until)
    for (const { tab, session, witness } of life.seats) {
      if (isCutShort()) return
      const patientUntil = world.now() + PATIENCE_MS
      await live(() => world.now() < patientUntil && (session.get().busy || !session.get().certain))
      const present = world.server.find(browser.token)
      const endedMs = present?.ended ? world.now() - present.expiresAt : 0
      const { signedIn, certain, state, expiresAt } = session.get()
      const shows = (law: number, what: string) => fail({ law, what: `tab ${tab.number}: ${what} (${state}) long after all is well again` })
      if (!certain) shows(10, 'is not certain')
      const isTimed = witness.knowsTime(HOUR_MS / 2) && (expiresAt !== undefined || policy.keepAlive === 'always')
      if (signedIn && endedMs > HOUR_MS && isTimed) shows(10, 'believes a dead session alive')
      if (state === 'expired.unrevoked') shows(6, 'has not told of a sign-out')
    }
    for (const { release } of life.seats) release()
    await world.advance(1_000)
    for (const { tab } of life.seats) if (tab.pendingTimers() > 0) fail({ law: 8, what: `tab ${tab.number}: keeps a timer after the last release` })
  }

  if (scenario.signedIn) browser.token = world.server.signIn(life.person)
  for (let i = 0; i < scenario.tabs; i++) life.openSeat()
  plan()
  // What has begun goes its way before time does.
  await new Promise<void>((resolve) => void nextMacrotask(resolve))
  await live(() => steps < scenario.steps)
  if (!violation && !isCutShort()) await rest()
  ledger.close()
  return {
    violation,
    steps,
    virtualMs: world.now() - startedAt,
    calls,
    faults,
    acts: acted,
    ...ledger.counts(),
    log,
  }
}

/** Hours, minutes, seconds and milliseconds. */
function stampOf(ms: number): string {
  const part = (value: number, digits = 2) => String(Math.floor(value)).padStart(digits, '0')
  return `${part(ms / 3_600_000, 3)}:${part((ms / 60_000) % 60)}:${part((ms / 1_000) % 60)}.${part(ms % 1_000, 3)}`
}
