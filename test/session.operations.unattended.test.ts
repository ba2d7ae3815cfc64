import { describe, expect, it, vi } from 'vitest'
import { createSession, type RunOptions } from '../src/core'
import { createVirtualTime } from '../src/testing/virtualTime'

async function failing(options: RunOptions) {
  const time = createVirtualTime(Date.UTC(2026, 0, 1))
  let live = true
  const backend = {
    unattended: true,
    check: async () => live && ({ status: 'alive', subject: 'ada', ttlMs: 3_600_000 } as const),
    signIn: async () => void (live = true),
    classify: () => 'unauthenticated' as const,
  }
  const session = createSession(backend, {}, { clock: time.clock, random: () => 0.5 })
  const release = session.start()
  await time.advance(1_000)
  const operation = vi.fn(async () => 'signed').mockImplementationOnce(async () => {
    live = false
    throw new Error('401')
  })
  const outcome = session.run(operation, options)
  outcome.catch(() => {})
  await time.advance(60_000)
  release()
  await time.advance(1)
  return { outcome, operation }
}

describe('an operation that failed in a session which then signed in by itself', () => {
  it('is asked about before it runs again', async () => {
    const replay = vi.fn(() => false)
    const { outcome, operation } = await failing({ onEnded: 'wait', replay })
    await expect(outcome).rejects.toMatchObject({ code: 'ERR_SESSION_NOT_REPLAYED' })
    expect([operation.mock.calls.length, replay.mock.calls]).toEqual([1, [['ended']]])
  })

  it('is not run again where it may not wait', async () => {
    const { outcome, operation } = await failing({})
    await expect(outcome).rejects.toMatchObject({ code: 'ERR_SESSION_ENDED' })
    expect(operation).toHaveBeenCalledTimes(1)
  })
})
