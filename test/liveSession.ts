import { createSession, type Session, type SessionBackend, type SessionOptions, type SessionView } from '../src/core'
import type { Caller, Ports, Signal, Signals, Tabs, TabsEvent } from '../src/ports'
import { createFakeBackend, createVirtualTime, type FakeBackend, type FakeBackendOptions } from '../src/testing'

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
/** The life of a session of the fake backend. */
export const LIFE = 2 * HOUR

/** No attempt follows a failure of a session of such a life, or of one that nobody knows, sooner. */
export const LEAST_WAIT = 2.5 * SECOND
/** The longest backoff of an extension, which it has while an hour or more is left. */
export const LONGEST_WAIT = 20 * MINUTE + LEAST_WAIT
/** The longest backoff of a question, of a sign-in that needs no person, and of a sign-out. */
export const LONGEST_QUESTION_WAIT = 101 * LEAST_WAIT

/** What a call of the fake backend may do instead of its work. */
export const outage = new Error('502')
export const busy = (retryAfterMs: number) => Object.assign(new Error('429'), { retryAfterMs })
export const no = { answer: false }

export interface World extends FakeBackendOptions {
  readonly change?: (backend: SessionBackend) => SessionBackend
  readonly policy?: SessionOptions
  readonly random?: () => number
  /** What the page and its other tabs are, where there are any. */
  readonly ports?: Pick<Ports, 'signals' | 'tabs'>
}

/** A small seeded generator: the same seed, the same life. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

/** Dice for many clients that have nothing to do with each other. */
export function dice(count: number, seed: number): (() => number)[] {
  const random = seeded(seed)
  return Array.from({ length: count }, () => seeded(1 + Math.floor(random() * 2_147_483_645)))
}

/** A session in virtual time that nobody has started yet. `setClockBy` sets the clock here, not the server's. */
export function open({ change = (backend) => backend, policy, random = seeded(7), ports, ...server }: World = {}) {
  const time = createVirtualTime()
  let fastBy = 0
  const fake = createFakeBackend({ now: () => time.now() - fastBy }, server)
  const session = createSession(change(fake.backend), policy, { clock: time.clock, random, ...ports })
  const setClockBy = (ms: number) => {
    fastBy += ms
    time.setClockBy(ms)
    time.clock.poke()
  }
  return { time, fake, session, setClockBy }
}

/** A started one, after its first verdict, and what it shows and tells from then on. */
export async function live(world: World = {}) {
  const made = open(world)
  const { time, session } = made
  const heard: string[] = []
  for (const type of ['session.expired', 'session.reauthenticated', 'session.subjectChanged'] as const) session.on(type, (event) => heard.push(event.type))
  const release = session.start()
  await time.settle()
  return { ...made, release, heard, views: watch(session) }
}

/** Every view from now on. */
export function watch(session: Session): SessionView[] {
  const views = [session.get()]
  session.subscribe((view) => views.push(view))
  return views
}

/** What a person saw of it, without repetitions. */
export const shown = (views: readonly SessionView[]) => views.map(({ signedIn }) => signedIn).filter((value, i, all) => i === 0 || value !== all[i - 1])

/** Holds the next call of a kind until it is given an answer. */
export function hold(fake: FakeBackend, kind: 'check' | 'extend' | 'signIn' | 'revoke') {
  let give: (answer: unknown) => void = () => {}
  const answer = new Promise((resolve) => (give = resolve))
  fake.script(kind, () => answer)
  return give
}

export const kindsOf = ({ calls }: FakeBackend) => calls.map(({ kind }) => kind)
export const timesOf = ({ calls }: FakeBackend) => calls.map(({ at }) => at)
export const gapsOf = (times: readonly number[]) => times.slice(1).map((at, i) => at - (times[i] ?? 0))

export const commands = ['ready', 'check', 'extend', 'reauthenticate', 'signOut', 'run'] as const
export const issue = (session: Session, name: (typeof commands)[number], signal?: AbortSignal): Promise<unknown> =>
  name === 'run' ? session.run(() => 'ran', { signal }) : session[name]({ signal })

/** A page whose signals are given by hand. */
export function fakeSignals() {
  const listeners = new Set<(signal?: Signal) => void>()
  let hidden = false
  const signals: Signals = {
    isHidden: () => hidden,
    listen(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  const give = (signal?: Signal) => {
    if (signal === 'hidden' || signal === 'shown') hidden = signal === 'hidden'
    for (const listener of [...listeners]) listener(signal)
  }
  return { signals, give, hearing: () => listeners.size }
}

/** Other tabs that make every call as it is, and say what they are told to. */
export function fakeTabs() {
  const listeners = new Set<(event: TabsEvent) => void>()
  const opened: { ports: Ports; name: string }[] = []
  const shared: { kind: Parameters<Caller>[0]; input: Parameters<Caller>[1]; answer?: Awaited<ReturnType<Caller>> }[] = []
  const instead: Awaited<ReturnType<Caller>>[] = []
  let personOf: Parameters<Tabs['share']>[1] = () => undefined
  let activeAt: number | undefined
  let givenUp = 0
  const tabs = (ports: Ports, name: string): Tabs => {
    opened.push({ ports, name })
    return {
      share(call, who) {
        personOf = who
        return async (kind, input, left) => {
          const made: (typeof shared)[number] = { kind, input }
          shared.push(made)
          return (made.answer = instead.shift() ?? (await call(kind, input, left)))
        }
      },
      listen(tell) {
        listeners.add(tell)
        return () => void listeners.delete(tell)
      },
      activeAt: (now) => (activeAt = now ?? activeAt),
      giveUp: () => void givenUp++,
    }
  }
  return {
    tabs,
    opened,
    /** The calls that went through them, in order. */
    shared,
    /** What they answer next without a call. */
    answerNext: (...answers: typeof instead) => void instead.push(...answers),
    personOf: (token: string | undefined) => personOf(token),
    tell: (event: TabsEvent) => [...listeners].forEach((listener) => listener(event)),
    telling: () => listeners.size,
    givenUp: () => givenUp,
  }
}
