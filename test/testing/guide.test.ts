import { createSession } from 'outlast/core'
import { createFakeBackend, createVirtualTime } from 'outlast/testing'
import { expect, it } from 'vitest'

const HOUR = 3_600_000

/** A session as your components get it, with a server and a clock that do as they are told. */
async function open() {
  const time = createVirtualTime()
  const server = createFakeBackend(time, { lifeMs: 2 * HOUR, subject: 'ada' })
  const session = createSession(server.backend, {}, { clock: time.clock, random: () => 0.5 })
  session.start()
  await time.settle()
  return { time, server, session }
}

it('goes on while the network is cut', async () => {
  const { time, server, session } = await open()
  server.always(new Error('offline'))
  await time.advance(HOUR)
  expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: { code: 'ERR_SESSION_UNREACHABLE' } })
  server.always(undefined)
  await time.advance(0.5 * HOUR)
  expect(session.get()).toMatchObject({ signedIn: true, problem: undefined })
})

it('ends after a sleep that was too long, because the server says so', async () => {
  const { time, session } = await open()
  time.sleep(2 * HOUR)
  await time.advance(0.5 * HOUR) // browsers do not tell of a sleep; the next timer does
  expect(session.get()).toMatchObject({ signedIn: false, reason: 'expired' })
})

it('sends nothing for somebody whom the server has signed out', async () => {
  const { time, server, session } = await open()
  server.end()
  await time.advance(60_000)
  await expect(session.run(() => 'sent', { maxAgeMs: 10_000 })).rejects.toMatchObject({ code: 'ERR_SESSION_ENDED' })
})
