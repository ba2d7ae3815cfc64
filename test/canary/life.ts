import { createSession, type Session, type SessionOptions } from '../../src/core'
import { limits } from '../../src/limits/limits'
import type { Release } from '../../src/createSession'
import { createTabs } from '../../src/tabs/createTabs'
import type { TabPrimitives } from '../../src/tabs/primitives'
import type { Tab } from '../../src/testing'
import { type Choices, drawnChoices } from '../../src/testing/world/choices'
import { worldOf } from '../../src/testing/world/createWorld'
import { HOUR, MINUTE, SECOND } from '../liveSession'
import { createInspection, inspectorIsDone, type InspectWith } from './inspection'
import type { Secrets } from './secrets'
import { type Sinks, watched } from './sinks'
import { createSpill, type Spill } from './spill'

export interface LifeOptions {
  readonly seed: number
  readonly steps: number
  readonly secrets: Secrets
  readonly sinks: Sinks
  /** A leak that is planted. */
  readonly leak?: Leak
}

/** Changes what a life is made of, so that something leaks. */
export interface Leak {
  readonly options?: SessionOptions
  readonly primitives?: (of: TabPrimitives) => TabPrimitives
  readonly step?: (session: Session) => unknown
  /** Instead of the allow-list. */
  readonly inspectWith?: InspectWith
  /** Instead of what is called in a wrong way. */
  readonly wrong?: () => unknown
  /** What an operation gives and throws counts as anybody's. */
  readonly disowns?: boolean
}

interface Member {
  readonly tab: Tab
  readonly session: Session
  readonly spill: Spill
  readonly releases: Release[]
  readonly inspection: ReturnType<typeof createInspection> | undefined
}

const MOST_TABS = 4

/** Lets a session in several tabs live through random acts, one a step, and looks at everything after each. */
export async function live({ seed, steps, secrets, sinks, leak = {} }: LifeOptions) {
  const { text, laden, error } = secrets
  const dice = drawnChoices(seed)
  const lifeMs = dice.pick([2 * HOUR, 10 * MINUTE, 30 * 24 * HOUR])
  const server = {
    lifeMs,
    limit: dice.pick(['rolling', 'fixed', 'absolute'] as const),
    tells: dice.pick(['expiresAt', 'ttlMs', 'nothing'] as const),
    rotates: dice.chance(0.2),
    dated: dice.chance(0.7),
  }
  const world = worldOf(drawnChoices(seed + 1), { server }, text('cookie'))
  const browser = world.openBrowser()
  const people = [text('person'), text('person')] as const
  let person: string = people[0]
  let mischief = 0
  if (dice.chance(0.7)) browser.token = world.server.signIn(person)
  const backendFlags = { unattended: dice.chance(0.15), checkExtends: dice.chance(0.2), rotates: server.rotates }
  const limited = dice.chance(0.6) && limits({ idleMs: dice.pick([15 * MINUTE, 2 * HOUR]), absoluteMs: dice.pick([undefined, 8 * HOUR]) })
  const options: SessionOptions = {
    keepAlive: dice.pick(['always', 'whileVisible', 'whileActive', 'off']),
    limits: limited || undefined,
    ...leak.options,
  }
  const members: Member[] = []
  const aborts: AbortController[] = []

  function open() {
    const tab = browser.openTab()
    const spill = createSpill({ secrets, dice, tab, mischief: () => mischief, person: () => person, after: world.after })
    const ports = { ...tab.ports, signals: tab.signals }
    const shared = watched(tab.primitives, sinks)
    // Whoever looks on takes time.
    const inspection = dice.chance(0.35) ? createInspection(sinks, leak.inspectWith) : undefined
    const session = createSession({ ...spill.backend, ...backendFlags }, { ...options, inspect: inspection?.inspect }, { ...ports, tabs: (given, name) => createTabs(given, name, leak.primitives?.(shared) ?? shared) })
    sinks.watch(session)
    const member = { tab, session, spill, inspection, releases: [session.start()] }
    members.push(member)
  }
  open()
  open()

  /** What a command comes to is seen by whoever asked. What an operation gives and throws is theirs. */
  function follow(command: Promise<unknown>) {
    command.then(
      (value) => isTheirs(value) || sinks.look('resolved', value),
      (reason: unknown) => isTheirs(reason) || sinks.look('rejected', reason),
    )
  }
  const theirs = new WeakSet<object>()
  const isTheirs = (value: unknown) => typeof value === 'object' && value !== null && theirs.has(value)
  const their = <T extends object>(value: T): T => (leak.disowns || theirs.add(value), value)

  function signalled() {
    if (dice.chance(0.8)) return {}
    const abort = new AbortController()
    aborts.push(abort)
    return { signal: abort.signal }
  }

  const operation = ({ spill }: Member) => async () => {
    if (dice.chance(0.3)) await new Promise<void>((resolve) => world.after(dice.between(0, MINUTE), resolve))
    if (dice.chance(0.5)) return Promise.reject<object>(their(spill.answers()) as Error)
    return their(laden({}, 'operation'))
  }
  const replay = () =>
    dice.pick<() => unknown>([
      () => true,
      async () => true,
      () => text('replay'),
      () => {
        throw their(error('replay'))
      },
    ])() as boolean
  const challenge = () => laden({ acrValues: [text('challenge')], maxAgeMs: secrets.number('challenge') }, 'challenge')

  const commands: readonly ((member: Member) => unknown)[] = [
    ({ session }) => follow(session.ready(signalled())),
    ({ session }) => follow(session.check(signalled())),
    ({ session }) => follow(session.extend(signalled())),
    ({ session }) => follow(session.reauthenticate(signalled())),
    ({ session }) => follow(session.reauthenticate(signalled())),
    ({ session }) => follow(session.signOut(signalled())),
    ({ session }) => follow(session.stepUp(challenge(), signalled())),
    ({ session }) => session.cancel(),
    ({ session }) => session.touch(),
    (member) => follow(member.session.run(operation(member), { ...signalled(), ...(dice.chance(0.6) && { replay, onEnded: dice.pick(['reject', 'wait']) }), maxAgeMs: dice.pick([Infinity, 0]) })),
    (member) => follow(member.session.run(operation(member), { ...signalled(), replay, onEnded: 'wait' })),
    (member) => follow(member.session.run(operation(member), { replay })),
    (member) => follow(member.session.run(operation(member), { replay })),
    ({ session }) => follow(session.run(() => 1, { maxAgeMs: text('option') as never })),
    () => aborts.splice(0).forEach((abort) => abort.abort(error('signal'))),
  ]
  /** All is well, for a while. */
  function calm() {
    mischief = 0
    browser.network.restore()
    browser.network.conditions = () => ({ thereMs: 50, backMs: 50 })
    Object.assign(browser.behaviours, { locks: 'works', store: 'works', channel: 'works', notes: 'works' })
    for (const { tab } of members) {
      tab.resume()
      tab.show()
    }
  }
  const faults: readonly (() => unknown)[] = [
    calm,
    calm,
    calm,
    calm,
    calm,
    () => (mischief = 0.3),
    () => (mischief = 1),
    () => browser.network.cut(dice.pick(['refused', 'lostRequest'])),
    () => browser.network.restore(),
    () => (browser.network.conditions = (kind) => ({ thereMs: 50, backMs: kind === 'check' ? 50 : 400, fault: dice.chance(0.5) ? dice.pick(['lostReply', 'broken', 'portal', 'redirect', 'garbage', 'drip', { status: 503, retryAfter: text('response header') }]) : undefined })),
    () => world.server.revoke(browser.token),
    () => (browser.token = world.server.signIn(person)),
    () => (person = dice.pick(people)),
    () => dice.pick(members)?.spill.tell(),
  ]
  const storage: readonly (() => unknown)[] = [
    () => (browser.behaviours.locks = dice.pick(['works', 'missing', 'throws', 'hangs', 'loses'])),
    () => (browser.behaviours.store = dice.pick(['works', 'missing', 'throws', 'hangs', 'loses'])),
    () => (browser.behaviours.channel = dice.pick(['works', 'missing', 'throws', 'hangs', 'loses', 'reorders'])),
    () => (browser.behaviours.notes = dice.pick(['works', 'missing', 'throws', 'loses'])),
  ]
  const pages: readonly ((member: Member) => unknown)[] = [
    () => members.length < MOST_TABS && open(),
    ({ tab }) => members.length > 1 && tab.close(),
    ({ tab }) => members.length > 1 && tab.vanish(),
    ({ tab }) => tab.hide(),
    ({ tab }) => tab.show(),
    ({ tab }) => tab.show(),
    ({ tab }) => tab.freeze(),
    ({ tab }) => tab.resume(),
    ({ tab }) => tab.resume(),
    ({ tab }) => tab.use(),
    ({ tab }) => tab.use(),
    () => browser.machine.sleep(dice.between(SECOND, 3 * HOUR)),
    () => browser.machine.setClockBy(dice.between(-HOUR, HOUR)),
    ({ releases }) => releases.splice(0).forEach((release) => release()),
    (member) => start(member),
    (member) => start(member),
    misuse,
  ]
  const times: readonly (() => unknown)[] = [
    () => world.advance(0),
    () => world.advance(dice.between(0, 10 * SECOND)),
    () => world.advance(dice.between(SECOND, 10 * MINUTE)),
    () => world.advance(dice.between(MINUTE, 2 * HOUR)),
  ]

  function start({ session, releases }: Member) {
    // Before it runs: the first thing that happens is seen, too.
    sinks.attach(session)
    releases.push(session.start())
  }

  /** Nothing of what is wrong with an option is told but its name. */
  function misuse() {
    const wrong: readonly (() => unknown)[] = [
      () => createSession({ check: () => true }, { keepAlive: text('option') as never }, browser.openTab().ports),
      () => createSession({ check: () => true }, text('option') as never, browser.openTab().ports),
      () => createSession({ check: text('option') as never }, {}, browser.openTab().ports),
      () => limits({ idleMs: text('option') as never }),
    ]
    try {
      void (leak.wrong ?? dice.pick(wrong))()
    } catch (thrown) {
      sinks.look('thrown', thrown)
    }
  }

  for (let step = 0; step < steps; step++) {
    const member = dice.pick(members)
    await act(dice, { commands, faults, storage, pages, times }, member)
    await leak.step?.(member.session)
    await world.advance(dice.between(0, 500))
    for (const gone of members.filter(({ tab }) => tab.isGone)) members.splice(members.indexOf(gone), 1)
    if (members.length === 0) open()
    for (const { session, inspection } of members) {
      sinks.lookAround(session)
      inspection?.lookAtRecord()
    }
  }

  for (const { releases, tab } of members) {
    tab.resume()
    releases.forEach((release) => release())
  }
  await world.advance(3 * HOUR)
  for (const { session, inspection } of members) {
    sinks.lookAround(session)
    inspection?.lookAtRecord()
  }
  await inspectorIsDone()
}

interface Acts {
  readonly commands: readonly ((member: Member) => unknown)[]
  readonly pages: readonly ((member: Member) => unknown)[]
  readonly faults: readonly (() => unknown)[]
  readonly storage: readonly (() => unknown)[]
  readonly times: readonly (() => unknown)[]
}

async function act(dice: Choices, { commands, pages, faults, storage, times }: Acts, member: Member) {
  const kind = dice.choose(20)
  if (kind < 7) await times[dice.choose(times.length)]?.()
  else if (kind < 12) commands[dice.choose(commands.length)]?.(member)
  else if (kind < 15) faults[dice.choose(faults.length)]?.()
  else if (kind < 16) storage[dice.choose(storage.length)]?.()
  else pages[dice.choose(pages.length)]?.(member)
}
