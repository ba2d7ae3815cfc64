import { createAtom, type Readable } from '@xstate/store'
import { type Actor, type CallbackActorLogic, createActor, type InteropObservable, type Observer, waitFor } from 'xstate'
import type { Lease, SessionEmitted, SessionEvent, SessionInput, sessionMachine } from '../machines/session.machine'
import { type Parts, partsOf, sharedMachine } from './sharedMachine'
import { createActivity } from './activity'
import { assertBackend, type BackendEvent, type Challenge, type SessionBackend } from './backend'
import { createCalls } from './calls'
import { quietly, SessionError } from './errors'
import { isMissed, platformSignals } from './lifecycle'
import { type CommandOptions, createOperations, type RunOptions } from './operations'
import { policyFrom, type SessionOptions } from './policy'
import type { Ports, Usage } from './ports'
import { isSameView, type SessionSnapshot, type SessionView, viewOf } from './sessionView'

/** Undoes one `start()`. Calling it again does nothing. */
export interface Release extends Disposable {
  (): void
}

export type SessionActor = Actor<typeof sessionMachine>

/**
 * The handle of a session. It is an `@xstate/store` Readable (`get` and `subscribe`) and an observable.
 *
 * Commands resolve with the view once nothing is under way any more, whatever came of it: read the view. They join
 * what is in flight, and reject only with `ERR_SESSION_NOT_STARTED`, `_STOPPED`, `_ABORTED` or as said at each.
 */
export interface Session extends Readable<SessionView>, InteropObservable<SessionView> {
  /** Keeps the session alive until released. Users are counted; when the last one leaves, all stops on the next macrotask. */
  start(): Release
  /** The view now. The same object until something in it changes. */
  get(): SessionView
  /** Waits for the first verdict. Whoever waits without options is given the same promise, so it can be given to React's `use`. */
  ready(options?: CommandOptions): Promise<SessionView>
  /** Asks the server. */
  check(options?: CommandOptions): Promise<SessionView>
  /** Extends a live session now. When it is not known to be alive, or cannot be extended, the server is asked instead. */
  extend(options?: CommandOptions): Promise<SessionView>
  /**
   * Runs the backend's sign-in, then asks who is there. A sign-out that the server has not heard of is told first, and
   * without success nobody signs in.
   * @throws {SessionError} `ERR_SESSION_NO_SIGN_IN`
   */
  reauthenticate(options?: CommandOptions): Promise<SessionView>
  /** Gives up a sign-in that is under way. One that needs no person begins anew; only `signOut()` stops it. */
  cancel(): void
  /**
   * Signs out: here at once, then at the server, which is told again until it hears. Resolves after the first attempt.
   * Only the backend's sign-in, or its `signedIn` event, brings anybody back.
   */
  signOut(options?: CommandOptions): Promise<SessionView>
  /**
   * Asks the person to show more of who they are, by the backend's `stepUp`. The session goes on meanwhile, and
   * `cancel()` gives it up. Resolves with whether it was done; joins one that is under way, whatever that one asks for.
   * @throws {SessionError} `ERR_SESSION_NO_STEP_UP`
   * @see RFC 9470
   */
  stepUp(challenge?: Challenge, options?: CommandOptions): Promise<boolean>
  /**
   * Runs an operation in a live session only. Asks the server first, once for all who wait, when the last verdict
   * is not certain or too old; and again when the operation fails in a way that the backend knows as unauthenticated.
   * What the operation itself throws comes through as it is. Nothing runs again unless `replay` says so.
   * @throws {SessionError} `ERR_SESSION_ENDED` when nobody is signed in, `ERR_SESSION_UNREACHABLE` when nobody can tell,
   * `ERR_SESSION_SUBJECT_CHANGED` when somebody else is signed in by then, `ERR_SESSION_NOT_REPLAYED` when `replay` says no,
   * `ERR_SESSION_QUEUE_FULL` when 100 wait already, `ERR_SESSION_BAD_OPTION`
   */
  run<T>(operation: () => T | PromiseLike<T>, options?: RunOptions): Promise<T>
  /** Says that somebody is there, as a key or a pointer does in a page. What an app does by itself is no activity. */
  touch(): void
  /** Hears of what happens. Returns the way to stop hearing. */
  on<T extends SessionEmitted['type']>(
    type: T,
    listener: (event: Extract<SessionEmitted, { type: T }>) => void,
  ): () => void
  /** The XState actor of the present run; a new one after each restart. */
  readonly actor: SessionActor
}

function report(error: unknown) {
  if (typeof reportError === 'function') reportError(error)
  else console.error(error)
}

/** An error is its owner's: it is reported, and nobody else is harmed. */
function safely<T>(run: () => T, onError: (error: unknown) => void = report): T | undefined {
  try {
    return run()
  } catch (error) {
    onError(error)
    return undefined
  }
}

/** What a backend throws where no verdict is asked is never shown: it may hold a secret. */
const reportEvents = () => report(new SessionError('ERR_SESSION_BAD_BACKEND', 'backend.events'))

/**
 * Opens a session and keeps it alive until it really ends. Nothing runs before `start()`, so it is safe during
 * server rendering.
 *
 * @returns a handle that owns every timer it creates; the last `release()` frees them
 * @throws {SessionError} `ERR_SESSION_BAD_BACKEND`, `ERR_SESSION_BAD_OPTION`
 */
export function createSession(backend: SessionBackend, options: SessionOptions | undefined, ports: Ports): Session {
  assertBackend(backend)
  const { clock } = ports
  const given = policyFrom(options)
  const policy = { ...given, keepAlive: given.keepAlive && !!backend.extend }
  const tabs = ports.tabs?.(ports, policy.name)
  const activity = createActivity(clock, tabs)
  const isWanted = (lease: Lease | undefined) =>
    policy.while === 'active'
      ? activity.at() > (lease?.extendedAt ?? lease?.startedAt ?? -Infinity)
      : given.keepAlive && !(policy.while && ports.signals?.isHidden())
  const seen = () => actor.getSnapshot()
  const { call, stepUp } = createCalls({ backend, ports, policy, tabs, isWanted })
  let challenge: Challenge = {}
  const usage: Usage = {
    now: clock.now,
    times() {
      const { signedIn, lease } = seen().context
      return signedIn && lease ? { startedAt: lease.startedAt, activeAt: Math.max(lease.startedAt, activity.at()) } : undefined
    },
    listen: activity.listen,
  }
  const parts: Parts = {
    call,
    tabs({ sendBack, receive }) {
      receive(() => tabs?.giveUp())
      return tabs?.listen(sendBack)
    },
    platformSignals: platformSignals({ ...ports, backend, policy, isWanted, seen, touch }),
    backendEvents({ sendBack }) {
      const listen = (event: BackendEvent) => {
        if (event === 'signedIn' || event === 'signedOut') sendBack({ type: `backend.${event}` })
      }
      const stop = safely(() => quietly(backend.events?.(listen)), reportEvents)
      return () => safely(() => quietly(stop?.()), reportEvents)
    },
    stepUp({ sendBack }) {
      const left = new AbortController()
      void stepUp(challenge, left.signal).then((done) => sendBack({ type: 'stepUp.settled', done }))
      return () => left.abort()
    },
  }
  const machine = policy.limits ? sharedMachine.provide({ actors: { limits: policy.limits(usage) as CallbackActorLogic<SessionEvent> } }) : sharedMachine

  let users = 0
  let awaited: Promise<SessionView> | undefined
  let running = false
  let stopping: unknown
  let actor = nextActor({ unattended: backend.unattended === true })
  const view = createAtom(viewOf(seen(), running), { compare: isSameView })
  const listeners = new Set<{ type: string; listener: (event: never) => void }>()

  function nextActor(input: SessionInput): SessionActor {
    const next = createActor(machine, { clock, input, ...(policy.inspect && { inspect: policy.inspect }) })
    partsOf.set(next.system, parts)
    return next
  }

  /** What a limit ends in this moment is not shown. */
  const isOver = ({ context, children }: SessionSnapshot) => context.signedIn && (children.limits?.getSnapshot() as { value?: unknown } | undefined)?.value === 'reached'
  let shown: SessionSnapshot | undefined
  function show() {
    const snapshot = seen()
    // An event that is told, and then the snapshot that came with it.
    if (snapshot === shown || isOver(snapshot)) return
    shown = snapshot
    view.set(viewOf(snapshot, running))
  }

  function begin() {
    running = true
    actor.on('*', (event) => {
      // Who hears of it finds it in the view.
      show()
      for (const { type, listener } of [...listeners]) if (type === event.type) safely(() => listener(event as never))
    })
    actor.subscribe({
      next() {
        activity.tell()
        show()
      },
      error: report,
    })
    actor.start()
  }

  function end() {
    running = false
    const last = actor
    // A stopped actor does not revive; the next one takes over what this one knew.
    actor = nextActor(last.getSnapshot().context)
    last.stop()
    view.set(viewOf(seen(), running))
  }

  /** Waits for a snapshot of this run; the present one counts. */
  async function until(done: (snapshot: SessionSnapshot) => boolean, { signal }: CommandOptions = {}): Promise<SessionView> {
    // What a listener asks for is taken up after what it listens to.
    await Promise.resolve()
    if (!running) throw new SessionError('ERR_SESSION_NOT_STARTED')
    try {
      await waitFor(actor, done, signal && { signal })
    } catch {
      throw new SessionError(signal?.aborted ? 'ERR_SESSION_ABORTED' : 'ERR_SESSION_STOPPED')
    }
    return view.get()
  }

  type CommandType = Extract<SessionEvent['type'], `session.${string}`>

  function send(type: CommandType | 'platform.shown', { signal }: CommandOptions = {}) {
    if (running && !signal?.aborted) actor.send({ type })
  }

  function command(type: CommandType, options?: CommandOptions): Promise<SessionView> {
    send(type, options)
    return quietly(until((snapshot) => !snapshot.hasTag('busy'), options))
  }

  async function stepUpNow(wanted: Challenge, options?: CommandOptions): Promise<boolean> {
    let done = false
    const stop = session.on('session.steppedUp', () => (done = true))
    if (!seen().context.steppingUp) challenge = wanted
    send('session.stepUp', options)
    try {
      await until((snapshot) => !snapshot.context.steppingUp, options)
    } finally {
      stop()
    }
    return done
  }

  function touch() {
    const isWatched = policy.limits || policy.while === 'active'
    if (!running || !isWatched || !activity.note()) return
    if (policy.while === 'active' && isMissed(seen(), clock.now(), policy)) send('platform.shown')
  }

  const run = createOperations({
    backend,
    clock,
    seen,
    until,
    check: (options) => command('session.check', options),
    stepUp: stepUpNow,
  })

  const readable: Readable<SessionView> = {
    get: () => view.get(),
    subscribe(observer: ((value: SessionView) => void) | Partial<Observer<SessionView>>) {
      return view.subscribe((value) => safely(() => (typeof observer === 'function' ? observer(value) : observer.next?.(value))))
    },
  }
  const session: Session = {
    ...readable,
    start() {
      users++
      clock.clearTimeout(stopping)
      if (!running) begin()
      let released = false
      const release = () => {
        if (!released && --users === 0) stopping = clock.setTimeout(end, 0)
        released = true
      }
      // Not every browser has the symbol yet.
      return Object.assign(release, (Symbol.dispose as symbol | undefined) && { [Symbol.dispose]: release })
    },
    ready(options) {
      const wait = () => until((snapshot) => snapshot.context.signedIn !== undefined, options)
      return quietly(options ? wait() : (awaited ??= wait().finally(() => (awaited = undefined))))
    },
    check: (options) => command('session.check', options),
    extend: (options) => command(backend.extend ? 'session.extend' : 'session.check', options),
    reauthenticate: (options) =>
      backend.signIn
        ? command('session.reauthenticate', options)
        : quietly(Promise.reject(new SessionError('ERR_SESSION_NO_SIGN_IN'))),
    cancel: () => send('session.cancel'),
    signOut: (options) => command('session.signOut', options),
    stepUp: (wanted = {}, options) =>
      quietly(backend.stepUp ? stepUpNow(wanted, options) : Promise.reject(new SessionError('ERR_SESSION_NO_STEP_UP'))),
    run: (operation, options) => quietly(run(operation, options)),
    touch,
    on(type, listener) {
      const entry = { type, listener }
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
    get actor() {
      return actor
    },
    // RxJS and XState look for it; where the symbol is missing, by this name.
    [(Symbol.observable ?? '@@observable')]: () => session,
  }
  return session
}
