import type { BackendEvent, Call, SessionBackend, Verdict } from '../backend'
import type { Clock } from '../clock'

type Kind = 'check' | 'extend' | 'signIn' | 'revoke'

/** What a scripted call does instead: answers this, throws this error, never settles, or runs. */
export type Step = 'hang' | Error | { readonly answer: unknown } | ((call: Call) => unknown)

export interface FakeBackendOptions {
  /** Milliseconds of life that a sign-in and a rolling extension give. Default: 7,200,000. */
  readonly lifeMs?: number
  /** `rolling` moves the end at each extension, `fixed` never. Default: `rolling`. */
  readonly extension?: 'rolling' | 'fixed'
  /** Who is signed in at the start; null for nobody. Default: `ada`. */
  readonly subject?: string | null
}

/** A backend with a small server inside, that does what it is told. */
export interface FakeBackend {
  readonly backend: SessionBackend
  /** Every call that was made, in order. */
  readonly calls: readonly { readonly kind: Kind; readonly at: number }[]
  /** Calls that have not settled. */
  unsettled(kind: Kind): number
  count(kind: Kind): number
  /** The end of the session at the server, epoch milliseconds; undefined when nobody is signed in. */
  readonly expiresAt: number | undefined
  /** What the next calls of a kind do; after that, the server answers again. */
  script(kind: Kind, ...steps: Step[]): void
  /** What every call does until told `undefined`. */
  always(step: Step | undefined): void
  /** The server ends the session. */
  end(): void
  signInAs(subject: string): void
  /** Tells the listeners of `events`. */
  tell(event: BackendEvent): void
  /** How many listen. */
  listening(): number
}

export function createFakeBackend(clock: Pick<Clock, 'now'>, options: FakeBackendOptions = {}): FakeBackend {
  const { lifeMs = 7_200_000, extension = 'rolling' } = options
  const calls: { kind: Kind; at: number }[] = []
  const scripts: Record<Kind, Step[]> = { check: [], extend: [], signIn: [], revoke: [] }
  const pending: Record<Kind, number> = { check: 0, extend: 0, signIn: 0, revoke: 0 }
  const listeners = new Set<(event: BackendEvent) => void>()
  let standing: Step | undefined
  let session: { subject: string; expiresAt: number } | undefined
  const signInAs = (subject: string) => void (session = { subject, expiresAt: clock.now() + lifeMs })
  if (options.subject !== null) signInAs(options.subject ?? 'ada')

  const current = () => (session !== undefined && session.expiresAt > clock.now() ? session : undefined)
  const verdict = (): Verdict => {
    const found = current()
    return found ? { status: 'alive', expiresAt: found.expiresAt, subject: found.subject } : { status: 'ended', reason: 'expired' }
  }
  const server: Record<Kind, () => unknown> = {
    check: verdict,
    extend() {
      const found = current()
      if (found && extension === 'rolling') found.expiresAt = clock.now() + lifeMs
      return verdict()
    },
    signIn: () => signInAs(session?.subject ?? 'ada'),
    revoke: () => void (session = undefined),
  }

  async function perform(kind: Kind, call: Call): Promise<unknown> {
    calls.push({ kind, at: clock.now() })
    const step = scripts[kind].shift() ?? standing
    pending[kind]++
    try {
      await Promise.resolve()
      if (step === 'hang') return await new Promise(() => {})
      if (step instanceof Error) throw step
      if (typeof step === 'function') return await step(call)
      return step ? step.answer : server[kind]()
    } finally {
      pending[kind]--
    }
  }

  return {
    backend: {
      check: (call) => perform('check', call) as Promise<Verdict>,
      extend: (call) => perform('extend', call) as Promise<Verdict>,
      signIn: (call) => perform('signIn', call),
      revoke: (call) => perform('revoke', call),
      events(listener) {
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
    },
    calls,
    unsettled: (kind) => pending[kind],
    count: (kind) => calls.filter((call) => call.kind === kind).length,
    get expiresAt() {
      return current()?.expiresAt
    },
    script: (kind, ...steps) => void scripts[kind].push(...steps),
    always: (step) => void (standing = step),
    end: () => void (session = undefined),
    signInAs,
    tell: (event) => [...listeners].forEach((listener) => listener(event)),
    listening: () => listeners.size,
  }
}
