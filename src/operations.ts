import type { Lease } from '../machines/session.machine'
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
  /** Until the last operation that was asked about has begun, or will not. */
  let turn: Promise<unknown> = Promise.resolve()

  /** Whether somebody is signed in, as the server said since, and not only in the verdict of before. */
  async function isLive(options: RunOptions, since: number, before?: Lease): Promise<boolean> {
    const isOut = () => seen().context.signedIn === false
    const waits = options.onEnded === 'wait'
    // Whoever is about to sign in is not back yet, and will be asked.
    if (waits && isOut() && seen().matches('reauthenticating')) return false
    const isFresh = () => {
      const { lease } = seen().context
      return seen().hasTag('certain') && (isOut() || !lease || (lease.aliveAt >= since && lease !== before))
    }
    // A sleep that no timer has noticed yet.
    clock.poke()
    if (!isFresh()) await check(options)
    if (!isFresh()) throw new SessionError('ERR_SESSION_UNREACHABLE')
    return !isOut()
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
    if (typeof maxAgeMs !== 'number' || !(maxAgeMs >= 0)) throw new SessionError('ERR_SESSION_BAD_OPTION', 'maxAgeMs is out of range')
    if (!['reject', 'wait'].includes(onEnded)) throw new SessionError('ERR_SESSION_BAD_OPTION', 'onEnded is unknown')
    if (replay === undefined ? onEnded === 'wait' : typeof replay !== 'function') throw new SessionError('ERR_SESSION_BAD_OPTION', 'replay must be a function')

    const since = clock.now() - maxAgeMs
    let hasSteppedUp = false
    let hasEnded = false
    let begins = () => {}

    /** Holds the turn until the operation begins. */
    async function mayReplay(reason: ReplayReason) {
      const earlier = turn
      turn = new Promise<void>((resolve) => (begins = resolve))
      const may = await unless(signal, earlier.then(() => replay?.(reason)))
      if (may !== true) throw new SessionError('ERR_SESSION_NOT_REPLAYED')
    }

    try {
      await until(() => true, options)
      const { subject } = seen().context
      for (;;) {
        const live = await isLive(options, since)
        // It was meant for whoever was there when it came.
        const isOther = subject !== undefined && seen().context.subject !== subject
        if (isOther) throw new SessionError('ERR_SESSION_SUBJECT_CHANGED')
        // Where it failed because the session ended, the next one may have begun by itself.
        if (live && !hasEnded) {
          const { lease } = seen().context
          const startedAt = clock.now()
          const outcome = settle(operation)
          begins()
          const { value, error, failed } = await unless(signal, outcome)
          if (!failed) return value as T
          const failure = classify(error)
          if (failure === 'unauthenticated') {
            // One question decides, for all that were under way when it was sent.
            if (await isLive(options, startedAt, lease).catch(() => true)) throw error
            hasEnded = true
          } else {
            const isWanted = !hasSteppedUp && replay && backend.stepUp && Object(failure) === failure
            if (!isWanted || !(await stepUp(failure as Challenge, options))) throw error
            hasSteppedUp = true
            await mayReplay('stepUp')
          }
        } else {
          if (onEnded === 'reject') throw new SessionError('ERR_SESSION_ENDED')
          begins()
          await comesBack(options)
          hasEnded = false
          if (subject === undefined || seen().context.subject === subject) await mayReplay('ended')
        }
        await until(() => true, options)
      }
    } finally {
      begins()
    }
  }
}

interface Outcome<T> {
  readonly value?: T
  readonly error?: unknown
  readonly failed: boolean
}

/** What comes of an operation, without throwing. */
async function settle<T>(operation: () => T | PromiseLike<T>): Promise<Outcome<T>> {
  try {
    return { value: await operation(), failed: false }
  } catch (error) {
    return { error, failed: true }
  }
}

/** Waits no longer than it is wanted. */
const unless = <T>(signal: AbortSignal | undefined, promise: Promise<T>) =>
  new Promise<T>((resolve, reject) => {
    const leave = () => reject(new SessionError('ERR_SESSION_ABORTED'))
    if (signal?.aborted) leave()
    signal?.addEventListener('abort', leave)
    void promise.then(resolve, reject).finally(() => signal?.removeEventListener('abort', leave))
  })
