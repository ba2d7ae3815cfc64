import { afterEach, describe, expect, it, vi } from 'vitest'
import { importedParaBackend, type ImportedParaOptions } from '../../src/backends/paraServer'
import { createSession } from '../../src/core'
import { createVirtualTime } from '../../src/testing/virtualTime'

const HOUR = 3_600_000
/** The longest backoff of a question, and of a sign-in that needs no person, with dice that say a half. */
const LONGEST_WAIT = 2_500 + 0.5 * 250_000

/** Para as one server sees it: which exports are good, and until when. */
function open(options: Partial<ImportedParaOptions> = {}) {
  const time = createVirtualTime()
  const ends = new Map<string, number>()
  const clients: string[] = []
  let outage = false
  const grant = (exported: string) => void ends.set(exported, time.now() + HOUR)
  const newClient = vi.fn(() => {
    let exported: string | undefined
    const live = () => {
      if (outage) throw new Error('Unknown error')
      return (ends.get(exported ?? '') ?? 0) > time.now()
    }
    return {
      async importSession(serialized: string) {
        if (outage) throw new Error('Unknown error')
        if (exported !== undefined) throw new Error('Cannot import a session into a Para instance that already has an active session.')
        if (!ends.has(serialized)) throw new TypeError("Cannot read properties of undefined (reading 'authInfo')")
        clients.push((exported = serialized))
      },
      isSessionActive: async () => live(),
      async keepSessionAlive() {
        if (exported !== undefined && live()) grant(exported)
        return live()
      },
      retrieveSessionCookie: () => (exported === undefined ? undefined : `sid=${exported}; Expires=${new Date(ends.get(exported) ?? 0).toUTCString()}`),
      getUserId: () => 'ada',
      logout: vi.fn(async () => void (live() && ends.delete(exported ?? ''))),
    }
  })
  let exports = 0
  const requestExport = vi.fn(async (): Promise<string> => {
    const exported = `export-${++exports}`
    grant(exported)
    return exported
  })
  const backend = importedParaBackend({ newClient, requestExport, ...options })
  const session = createSession(backend, {}, { clock: time.clock, random: () => 0.5 })
  const release = session.start()
  afterEachRelease.push(release)
  return { time, session, backend, clients, newClient, requestExport, grant, ends, outage: (on: boolean) => void (outage = on) }
}
const afterEachRelease: (() => void)[] = []
afterEach(() => afterEachRelease.splice(0).forEach((release) => release()))

const call = (signal = new AbortController().signal) => ({ signal, timeoutMs: 1_000 })

describe('an imported session', () => {
  it('is asked for at the start', async () => {
    const { time, session, clients, requestExport } = open()
    await time.advance(1)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    expect(requestExport).toHaveBeenCalledTimes(1)
    expect(clients).toEqual(['export-1'])
  })

  it('is imported with the first check when the export is at hand', async () => {
    const world = open({ exportedSession: 'at hand' })
    world.grant('at hand')
    await world.time.settle()
    expect(await world.session.ready()).toMatchObject({ signedIn: true, reason: undefined })
    await world.time.advance(10 * HOUR)
    expect(world.session.get().signedIn).toBe(true)
    expect(world.clients).toEqual(['at hand'])
    expect(world.requestExport).not.toHaveBeenCalled()
  })

  it('goes on in a new client, from a new export, when it has ended', async () => {
    const { time, session, clients, requestExport, newClient, ends } = open()
    await time.advance(HOUR)
    const expired = vi.fn()
    session.on('session.expired', expired)
    ends.set('export-1', 0)
    await time.advance(HOUR)
    expect(expired).toHaveBeenCalledTimes(1)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    expect(clients).toEqual(['export-1', 'export-2'])
    expect(requestExport).toHaveBeenCalledTimes(2)
    expect(newClient).toHaveBeenCalledTimes(2)
  })

  it('asks again, ever less often, while nobody exports', async () => {
    const requestExport = vi.fn(async (): Promise<string> => Promise.reject(new Error('closed')))
    const { time, session, newClient, grant } = open({ requestExport })
    await time.advance(60_000)
    const early = requestExport.mock.calls.length
    await time.advance(HOUR - 60_000)
    expect(session.get()).toMatchObject({ signedIn: false, problem: { code: 'ERR_SESSION_SIGN_IN_FAILED' } })
    expect(early).toBeGreaterThan(2)
    expect(requestExport.mock.calls.length).toBeLessThanOrEqual(60)
    expect(newClient).not.toHaveBeenCalled()
    grant('late')
    requestExport.mockResolvedValue('late')
    await time.advance(LONGEST_WAIT)
    expect(session.get()).toMatchObject({ signedIn: true, problem: undefined })
  })

  it('keeps the export through an outage of Para, and imports it afterwards', async () => {
    const { time, session, clients, requestExport, newClient, grant, outage } = open({ exportedSession: 'at hand' })
    grant('at hand')
    outage(true)
    await time.advance(600_000)
    expect(session.get()).toMatchObject({ signedIn: undefined, certain: false, problem: { code: 'ERR_SESSION_UNREACHABLE' } })
    expect(newClient.mock.calls.length).toBeGreaterThan(2)
    outage(false)
    await time.advance(LONGEST_WAIT)
    expect(session.get().signedIn).toBe(true)
    expect(clients).toEqual(['at hand'])
    expect(requestExport).not.toHaveBeenCalled()
  })

  it('asks for another export when one cannot be read', async () => {
    const { time, session, clients, requestExport } = open({ exportedSession: 'garbage' })
    await time.advance(60_000)
    expect(session.get().signedIn).toBe(true)
    expect(clients).toEqual(['export-1'])
    expect(requestExport).toHaveBeenCalledTimes(1)
  })

  it('is not ended by an outage', async () => {
    const { time, session, requestExport, outage } = open()
    await time.advance(20 * 60_000)
    outage(true)
    await time.advance(20 * 60_000)
    expect(session.get().signedIn).toBe(true)
    outage(false)
    await time.advance(HOUR)
    expect(session.get().signedIn).toBe(true)
    expect(requestExport).toHaveBeenCalledTimes(1)
  })

  it('stays signed out: no export is asked for any more', async () => {
    const { time, session, requestExport, newClient, ends } = open()
    await time.advance(1)
    await session.signOut()
    expect(ends.size).toBe(0)
    await time.advance(10 * HOUR)
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'signedOut', state: 'expired.ended' })
    expect(requestExport).toHaveBeenCalledTimes(1)
    expect(newClient).toHaveBeenCalledTimes(1)
  })
})

describe('an export that is on its way', () => {
  it('is not imported after a sign-out', async () => {
    let arrive: (exported: string) => void = () => {}
    let asked: AbortSignal | undefined
    const { time, session, newClient, grant } = open({
      requestExport: ({ signal }) => {
        asked = signal
        return new Promise((resolve) => (arrive = resolve))
      },
    })
    await time.advance(1)
    expect(session.get()).toMatchObject({ status: 'reauthenticating', busy: true })
    const signedOut = session.signOut()
    expect(asked?.aborted).toBe(true)
    grant('late')
    arrive('late')
    await signedOut
    await time.advance(HOUR)
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'signedOut', state: 'expired.ended' })
    expect(newClient).not.toHaveBeenCalled()
  })
})

describe('the backend of an imported session', () => {
  it('forgets the export at sign-out, imported or not', async () => {
    const { backend, newClient } = open({ exportedSession: 'never imported', requestExport: () => new Promise(() => {}) })
    await backend.revoke?.(call())
    newClient.mockClear()
    expect(await backend.check(call())).toBe(false)
    expect(newClient).not.toHaveBeenCalled()
  })

  it('signs out an export that could not be imported yet, as soon as Para can be reached', async () => {
    const { time, session, outage, grant, ends } = open({ exportedSession: 'waiting' })
    grant('waiting')
    outage(true)
    await time.advance(1)
    const signedOut = session.signOut()
    await time.advance(1)
    expect(await signedOut).toMatchObject({ signedIn: false, reason: 'signedOut', state: 'expired.unrevoked' })
    outage(false)
    await time.advance(LONGEST_WAIT)
    expect(ends.size).toBe(0)
    expect(session.get()).toMatchObject({ signedIn: false, reason: 'signedOut', state: 'expired.ended' })
  })

  it('keeps the client until the sign-out has reached Para', async () => {
    const { time, backend, outage, ends } = open()
    await time.advance(1)
    outage(true)
    await expect(backend.revoke?.(call())).rejects.toThrow('Unknown error')
    outage(false)
    await backend.revoke?.(call())
    expect(ends.size).toBe(0)
    expect(await backend.check(call())).toBe(false)
  })

  it('keeps the client that was imported while an earlier sign-out took its time', async () => {
    const { time, backend, newClient, grant } = open()
    await time.advance(1)
    let loggedOut: () => void = () => {}
    const first = newClient.mock.results[0]?.value as ReturnType<typeof newClient> | undefined
    first?.logout.mockReturnValueOnce(new Promise((resolve) => (loggedOut = () => resolve(undefined))))
    const revoked = backend.revoke?.(call())
    await backend.signIn?.(call())
    grant('export-2')
    expect(await backend.check(call())).toMatchObject({ status: 'alive' })
    loggedOut()
    await revoked
    expect(await backend.check(call())).toMatchObject({ status: 'alive' })
  })

  it('drops what arrives when nobody waits for it any more', async () => {
    const { time, backend, newClient, grant } = open({ requestExport: () => new Promise(() => {}) })
    await time.advance(1)
    const late = importedParaBackend({ newClient, requestExport: () => 'late' })
    await late.signIn?.(call(AbortSignal.abort()))
    expect(await late.check(call())).toBe(false)
    expect(newClient).not.toHaveBeenCalled()

    grant('late')
    await late.signIn?.(call())
    await late.check(call(AbortSignal.abort()))
    expect(newClient).toHaveBeenCalledTimes(1)
    expect(await late.check(call())).toMatchObject({ status: 'alive' })
    expect(newClient).toHaveBeenCalledTimes(2)
    expect(backend.unattended).toBe(true)
  })
})
