import { expect, it, vi } from 'vitest'
import { createSession } from '../src/core'
import { createVirtualTime } from '../src/testing/virtualTime'

it('asks before an operation runs again in a session that signed in by itself', async () => {
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
  const replay = vi.fn(() => false)
  const outcome = session.run(operation, { onEnded: 'wait', replay })
  outcome.catch(() => {})
  await time.advance(60_000)
  await expect(outcome).rejects.toMatchObject({ code: 'ERR_SESSION_NOT_REPLAYED' })
  expect([operation.mock.calls.length, replay.mock.calls]).toEqual([1, [['ended']]])
  release()
  await time.advance(1)
})
