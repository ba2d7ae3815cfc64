import type { Challenge, SessionBackend } from './backend'
import type { Clock } from './clock'
import { quietly, SessionError } from './errors'
import type { SessionSnapshot } from './sessionView'

/** The options of a single command. */
export interface CommandOptions {
  /** Gives up waiting; rejects with `ERR_SESSION_ABORTED`. What others wait for goes on. */
  readonly signal?: AbortSignal | undefined
}

/** Why an operation is not simply run: nobody was signed in, or more was wanted of the person. */
export type ReplayReason = 'ended' | 'stepUp'

export interface RunOptions extends CommandOptions {
  /** How old a verdict may be that needs no question to the server, milliseconds. Default: as long as it is `certain`. */
  readonly maxAgeMs?: number | undefined
  /** Whether an operation that finds nobody signed in waits until the same person is again. Needs `replay`. Default: `reject`. */
  readonly onEnded?: 'reject' | 'wait' | undefined
  /**
   * Whether the operation may run, now that the same person is signed in again or has shown more of who they are; it may
   * have run before. Ask the person. Those that wait are asked one after the other, in the order in which they came.
   */
  readonly replay?: ((reason: ReplayReason) => boolean | PromiseLike<boolean>) | undefined
}

interface Host {
  readonly backend: SessionBackend
  readonly clock: Clock
  seen(): SessionSnapshot
  until(done: (seen: SessionSnapshot) => boolean, options?: CommandOptions): Promise<unknown>
  check(options?: CommandOptions): Promise<unknown>
  stepUp(challenge: Challenge, options?: CommandOptions): Promise<boolean>
}

/** So many operations wait for a sign-in at most. */
const MOST_WAITING = 100

/** Runs the operations of an app in a live session only, and never one again by itself. */
export function createOperations({ backend, clock, seen, until, check, stepUp }: Host) {
  let waiting = 0
  /** The last person who was asked about an operation has answered. */
  let answered: Promise<unknown> = Promise.resolve()

  /** Whether somebody is signed in, as the server said since. */
  async function isLive(since: number, options: CommandOptions): Promise<boolean> {
    const isFresh = () => seen().hasTag('certain') && (seen().context.signedIn === false || (seen().context.lease?.aliveAt ?? since) >= since)
    // A sleep that no timer has noticed yet.
    clock.poke()
    if (!isFresh()) await check(options)
    if (!isFresh()) throw new SessionError('ERR_SESSION_UNREACHABLE')
    return seen().context.signedIn === true
  }

  function classify(error: unknown) {
    try {
      return quietly(backend.classify?.(error))
    } catch {
      // It knows nothing of this one.
      return undefined
    }
  }

  async function comesBack(options: CommandOptions) {
    if (waiting >= MOST_WAITING) throw new SessionError('ERR_SESSION_QUEUE_FULL')
    waiting++
    try {
      const isSignedOut = ({ context }: SessionSnapshot) => context.reason === 'signedOut'
      await until((now) => isSignedOut(now) || (now.context.signedIn === true && now.hasTag('certain')), options)
      if (isSignedOut(seen())) throw new SessionError('ERR_SESSION_ENDED')
    } finally {
      waiting--
    }
  }

  return async function run<T>(operation: () => T | PromiseLike<T>, options: RunOptions = {}): Promise<T> {
    const { signal, maxAgeMs = Infinity, onEnded = 'reject', replay } = options
    if (!(maxAgeMs >= 0)) throw new SessionError('ERR_SESSION_BAD_OPTION', 'maxAgeMs is out of range')
    if (!['reject', 'wait'].includes(onEnded)) throw new SessionError('ERR_SESSION_BAD_OPTION', 'onEnded is unknown')
    if (replay === undefined ? onEnded === 'wait' : typeof replay !== 'function') throw new SessionError('ERR_SESSION_BAD_OPTION', 'replay must be a function')

    async function mayReplay(reason: ReplayReason) {
      const asking = unless(signal, answered.then(() => replay?.(reason)))
      answered = asking.catch(() => {})
      if ((await asking) !== true) throw new SessionError('ERR_SESSION_NOT_REPLAYED')
    }

    await until(() => true, options)
    const { subject } = seen().context
    let hasSteppedUp = false
    for (let since = clock.now() - maxAgeMs; ; ) {
      const live = await isLive(since, options)
      // It was meant for whoever was there when it came.
      const isOther = subject !== undefined && seen().context.subject !== subject
      if (isOther) throw new SessionError('ERR_SESSION_SUBJECT_CHANGED')
      if (live) {
        since = clock.now()
        const outcome = await unless(signal, settle(operation))
        if ('value' in outcome) return outcome.value
        const { error } = outcome
        const failure = classify(error)
        if (failure === 'unauthenticated') {
          // One question decides, for all that were under way when it was sent.
          const goesOn = await isLive(since, options).catch(() => true)
          if (goesOn) throw error
          continue
        }
        if (hasSteppedUp || !replay || !backend.stepUp || Object(failure) !== failure || !(await stepUp(failure as Challenge, options))) throw error
        hasSteppedUp = true
        await mayReplay('stepUp')
      } else {
        if (onEnded === 'reject') throw new SessionError('ERR_SESSION_ENDED')
        await comesBack(options)
        if (subject === undefined || seen().context.subject === subject) await mayReplay('ended')
      }
      await until(() => true, options)
    }
  }
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown }

/** What comes of an operation, without throwing. */
async function settle<T>(operation: () => T | PromiseLike<T>): Promise<Outcome<T>> {
  try {
    return { value: await operation() }
  } catch (error) {
    return { error }
  }
}

/** Waits no longer than it is wanted. */
async function unless<T>(signal: AbortSignal | undefined, promise: Promise<T>): Promise<T> {
  if (!signal) return promise
  let leave = () => {}
  const left = new Promise<never>((_, reject) => {
    leave = () => reject(new SessionError('ERR_SESSION_ABORTED'))
    if (signal.aborted) leave()
    signal.addEventListener('abort', leave)
  })
  try {
    return await Promise.race([promise, left])
  } finally {
    signal.removeEventListener('abort', leave)
  }
}
