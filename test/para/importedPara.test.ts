import type { Para } from '@getpara/server-sdk'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createParaControl, type ParaControl, uniqueApiKey } from '../../examples/para-api/client'
import type { Faults } from '../../examples/para-api/contract'
import { importedParaBackend, type ImportedParaOptions } from '../../src/backends/paraServer'
import { describeBackend } from '../../src/testing'
import { closeAll, HOUR, LIFE, MINUTE, newPara, openWorld } from './paraWorld'

beforeEach(() => {
  // In DEV the SDK prints each of its state changes.
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
})
afterEach(async () => {
  await closeAll()
  vi.restoreAllMocks()
})

const exported = async (control: ParaControl) => (await control.signIn()).exported

/** A server that holds the session of one user, whose client exports when asked. */
async function open(options: Partial<ImportedParaOptions> & { atHand?: boolean; faults?: Faults } = {}) {
  const clients: Para[] = []
  let requests = 0
  let closed = false
  const { atHand, faults, ...others } = options
  const world = await openWorld(
    async (control) =>
      importedParaBackend({
        newClient: () => {
          clients.push(newPara(control))
          return clients.at(-1) as Para
        },
        requestExport: async () => {
          requests++
          if (closed) throw new Error('the client is gone')
          return exported(control)
        },
        ...(atHand && { exportedSession: await exported(control) }),
        ...others,
      }),
    { ...(faults && { faults }) },
  )
  const untilSignedIn = async () => {
    while (!world.session.get().signedIn) await world.pass(1_000)
  }
  return { ...world, clients, requests: () => requests, untilSignedIn, close: (is: boolean) => void (closed = is) }
}

describeBackend(
  'an imported Para session',
  async () => {
    const control = createParaControl(uniqueApiKey())
    const backend = importedParaBackend({
      newClient: () => newPara(control),
      exportedSession: await exported(control),
      requestExport: () => exported(control),
    })
    await backend.check({ signal: new AbortController().signal, timeoutMs: MINUTE })
    return {
      backend,
      end: () => control.revoke(),
      cutOff: () => control.setFaults({ all: { refuse: true } }),
      restore: () => control.clearFaults(),
      close: () => control.forget(),
    }
  },
  { describe, it },
)

describe('an imported session', () => {
  it('is alive with the first verdict when an export is at hand, and is extended before it expires', async () => {
    const { session, told, clients, requests, count, pass } = await open({ atHand: true })
    expect(await session.ready()).toMatchObject({ signedIn: true, certain: true, reason: undefined })
    await pass(5 * LIFE)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
    expect(new Set(told)).toEqual(new Set(['session.extended']))
    expect(await count('keepAlive')).toBe(told.length)
    expect([clients.length, requests()]).toEqual([1, 0])
  })

  it('is asked for at the start when none is at hand', async () => {
    const { session, clients, requests, untilSignedIn, pass } = await open()
    await untilSignedIn()
    await pass(2 * LIFE)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    expect([clients.length, requests()]).toEqual([1, 1])
  })

  it.each(['revoke', 'expire'] as const)('goes on in a new client, from a new export, after %s', async (how) => {
    const { control, session, told, clients, requests, pass } = await open({ atHand: true })
    await pass(LIFE)
    await control[how]()
    await pass(LIFE)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
    expect(told.filter((type) => type !== 'session.extended')).toEqual(['session.expired', 'session.reauthenticated'])
    expect([clients.length, requests()]).toEqual([2, 1])
    // The first client holds on to what it had; the second one is kept alive.
    expect(await Promise.all(clients.map((client) => client.isSessionActive()))).toEqual([false, true])
    await pass(2 * LIFE)
    expect(session.get().signedIn).toBe(true)
    expect(clients).toHaveLength(2)
  })

  it('is asked for again, with backoff, while the user’s client rejects', async () => {
    const { control, session, requests, close, untilSignedIn, pass } = await open({ atHand: true })
    close(true)
    await control.revoke()
    await pass(LIFE / 2)
    expect(session.get()).toMatchObject({ signedIn: false, problem: { code: 'ERR_SESSION_SIGN_IN_FAILED' } })
    const early = requests()
    expect(early).toBeGreaterThan(1)
    await pass(HOUR)
    expect(requests()).toBeGreaterThan(early)
    expect(requests() - early).toBeLessThan(300)
    close(false)
    await untilSignedIn()
    expect(session.get()).toMatchObject({ signedIn: true, problem: undefined })
  })

  it.each([
    ['at 503', { all: { status: 503 } }],
    ['offline', { all: { refuse: true } }],
    ['when requests hang', { all: { hang: true } }],
  ] satisfies [string, Faults][])('waits for Para with the export that is at hand: %s', async (_, faults) => {
    const { session, told, clients, requests, fault, pass } = await open({ atHand: true, faults })
    await pass(10 * MINUTE)
    expect(session.get()).toMatchObject({ signedIn: undefined, certain: false })
    expect(clients.length).toBeGreaterThan(2)
    expect(clients.length).toBeLessThan(60)
    await fault()
    await pass(10 * MINUTE)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
    expect([told, requests()]).toEqual([[], 0])
  })

  it('is asked for when what is at hand cannot be read', async () => {
    const { session, requests, untilSignedIn } = await open({ exportedSession: 'no export' })
    await untilSignedIn()
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    expect(requests()).toBe(1)
  })

  it('is not ended by an outage of a third of its life', async () => {
    const { session, told, requests, fault, pass } = await open({ atHand: true })
    await pass(20 * MINUTE)
    await fault({ all: { refuse: true } })
    await pass(LIFE / 3)
    expect(session.get().signedIn).toBe(true)
    await fault()
    await pass(LIFE)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
    expect(told).not.toContain('session.expired')
    expect(requests()).toBe(0)
  })

  it('is signed out for good: at Para, too, and nothing is asked for any more', async () => {
    const { control, session, clients, requests, pass } = await open({ atHand: true })
    expect(await session.signOut()).toMatchObject({ signedIn: false, reason: 'signedOut', state: 'expired.ended' })
    expect((await control.sessions()).filter(({ state }) => state === 'live')).toEqual([])
    await pass(3 * LIFE)
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'signedOut' })
    expect([clients.length, requests()]).toEqual([1, 0])
  })
})
