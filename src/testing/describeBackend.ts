import { readReply, type SessionBackend } from '../backend'

/** A backend and the strings that move its server. */
export interface BackendUnderTest {
  /** With a live session. */
  readonly backend: SessionBackend
  /** The server ends the session. */
  end(): unknown
  /** From now on nobody answers: refused connections or 5xx. */
  cutOff(): unknown
  /** The server answers again. */
  restore(): unknown
  close?(): unknown
}

/** The parts of a test runner; vitest, jest and `node:test` all have them. */
export interface TestRunner {
  describe(name: string, body: () => void): unknown
  it(name: string, body: () => Promise<void>): unknown
}

const CALL_MS = 10_000

/**
 * The laws that every backend obeys, as tests. Runs each on a backend of its own.
 *
 * @example
 * import { describe, it } from 'vitest'
 * describeBackend('mine', () => makeMine(), { describe, it })
 */
export function describeBackend(
  name: string,
  makeBackend: () => BackendUnderTest | Promise<BackendUnderTest>,
  { describe, it }: TestRunner,
): void {
  const law = (text: string, body: (made: BackendUnderTest) => Promise<void>) =>
    it(text, async () => {
      const made = await makeBackend()
      try {
        await body(made)
      } finally {
        await made.close?.()
      }
    })

  describe(`${name} is a session backend`, () => {
    law('says alive of a live session, in a sound verdict', async ({ backend }) => {
      const reply = await read(backend, 'check')
      same(reply.status, 'alive')
      same('flaw' in reply ? reply.flaw : undefined, undefined)
    })

    law('says ended, and throws nothing, once the server ended it', async ({ backend, end }) => {
      await end()
      same((await read(backend, 'check')).status, 'ended')
    })

    law('never says ended when nobody answers', async ({ backend, cutOff, restore }) => {
      await cutOff()
      same((await read(backend, 'check')).status, 'unanswered')
      const extended = (await read(backend, 'extend')).status
      if (extended !== 'refused') same(extended, 'unanswered')
      await restore()
      same((await read(backend, 'check')).status, 'alive')
    })

    law('extends a live session and leaves it alive', async ({ backend }) => {
      if (!backend.extend) return
      same((await read(backend, 'extend')).status, 'alive')
      same((await read(backend, 'check')).status, 'alive')
    })

    law('does not say alive when it extends what has ended', async ({ backend, end }) => {
      if (!backend.extend) return
      await end()
      const { status } = await read(backend, 'extend')
      if (status !== 'refused') same(status, 'ended')
    })

    law('does not move the expiry by checking', async ({ backend }) => {
      const first = await read(backend, 'check')
      const second = await read(backend, 'check')
      // That it does is what `checkExtends` says.
      if (!backend.checkExtends && 'expiresAt' in first && 'expiresAt' in second) same(second.expiresAt, first.expiresAt)
    })

    law('peeks without a call, and says what check says', async ({ backend }) => {
      const checked = await read(backend, 'check')
      const peeked = backend.peek?.()
      if (peeked && 'expiresAt' in checked) same(peeked.expiresAt, checked.expiresAt)
    })

    law('knows the same person by the same subject', async ({ backend }) => {
      const first = await read(backend, 'check')
      const second = await read(backend, 'check')
      if ('subject' in first && 'subject' in second) same(second.subject, first.subject)
    })

    law('is signed out at the server after revoke', async ({ backend }) => {
      if (!backend.revoke) return
      await backend.revoke(call())
      same((await read(backend, 'check')).status, 'ended')
    })

    law('has nothing left to revoke once it ended', async ({ backend, end }) => {
      if (!backend.revoke) return
      await end()
      await backend.revoke(call())
      same((await read(backend, 'check')).status, 'ended')
    })

    law('is alive again after its sign-in', async ({ backend, end }) => {
      if (!backend.signIn) return
      await end()
      await read(backend, 'check')
      await backend.signIn(call())
      same((await read(backend, 'check')).status, 'alive')
    })

    law('listens without side effects, and stops when told', async ({ backend }) => {
      if (backend.events) backend.events(() => {})()
      same((await read(backend, 'check')).status, 'alive')
    })
  })
}

const call = () => ({ signal: new AbortController().signal, timeoutMs: CALL_MS })

async function read(backend: SessionBackend, kind: 'check' | 'extend') {
  try {
    return readReply(kind, await backend[kind]?.(call()))
  } catch {
    return { status: 'unanswered' } as const
  }
}

function same(actual: unknown, expected: unknown) {
  if (actual !== expected) throw new Error(`expected ${String(expected)}, got ${String(actual)}`)
}
