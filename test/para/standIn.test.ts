import type { Para } from '@getpara/server-sdk'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createParaControl, uniqueApiKey, type ParaControl } from '../../examples/para-api/client'
import type { Fault, Faults } from '../../examples/para-api/contract'
import { importedPara as importedBy, signInAtPortal } from './paraWorld'

/**
 * The stand-in is only worth something while Para's own code reads its answers the way it reads Para's.
 * So nearly every law here is seen through the real server SDK.
 */

const MINUTE = 60_000

let control: ParaControl

beforeEach(() => {
  // In DEV the SDK prints each of its state changes.
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
  control = createParaControl(uniqueApiKey())
})

afterEach(async () => {
  vi.restoreAllMocks()
  await control.forget()
})

const importedPara = (by = control): Promise<Para> => importedBy(by)

/** The way Para's own React provider reads the deadline. */
function expiryOf(para: Para): number | null {
  const match = para.retrieveSessionCookie()?.match(/Expires=([^;]+)/)
  return match?.[1] === undefined ? null : new Date(match[1]).getTime()
}

const problemOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no problem',
    (error: unknown) => error,
  )

describe('a session in the real server SDK', () => {
  it('is active and can be kept alive', async () => {
    const para = await importedPara()
    expect(await para.isSessionActive()).toBe(true)
    expect(await para.keepSessionAlive()).toBe(true)
    expect(para.getUserId()).toBe('standin-user')
  })

  it.each(['expire', 'revoke'] as const)('is not active after %s, and cannot be kept alive', async how => {
    const para = await importedPara()
    expect(await control[how]()).toBeGreaterThan(0)
    expect(await para.keepSessionAlive()).toBe(false)
    expect(await para.isSessionActive()).toBe(false)
    expect((await control.requests()).find(({ kind }) => kind === 'keepAlive')?.status).toBe(401)
  })

  it('is no longer known to the SDK or to the server after logout', async () => {
    const para = await importedPara()
    await para.logout()
    expect(para.getUserId()).toBeUndefined()
    expect(para.retrieveSessionCookie()).toBeUndefined()
    expect((await control.sessions()).some(({ state }) => state === 'live')).toBe(false)
  })

  it('keeps its user under a new id when regenerated', async () => {
    const para = await importedPara()
    const before = para.retrieveSessionCookie()
    expect(await para.touchSession(true)).toMatchObject({ isAuthenticated: true, userId: 'standin-user' })
    expect(para.retrieveSessionCookie()).not.toBe(before)
    expect(await para.isSessionActive()).toBe(true)
  })

  // The SDK makes an RSA key pair for the link, which takes from half a second to several.
  it(
    'is signed in again, on the same instance, through the page refreshSession links to',
    { timeout: 60_000 },
    async () => {
      const para = await importedPara()
      await control.expire()
      const link = new URL(await para.refreshSession())
      const signInPage = await (await fetch(link)).text()
      expect(signInPage).toContain('Stand-in, not Para')
      expect(await para.isSessionActive()).toBe(false)

      await signInAtPortal(link.href)
      expect(await para.isSessionActive()).toBe(true)
      expect(await para.keepSessionAlive()).toBe(true)
    },
  )

  it('belongs to one API key only', async () => {
    const neighbour = createParaControl(uniqueApiKey())
    const [para, other] = [await importedPara(), await importedPara(neighbour)]
    await control.revoke()
    await control.setFaults({ keepAlive: { status: 500 } })
    expect(await para.isSessionActive()).toBe(false)
    expect(await other.isSessionActive()).toBe(true)
    expect(await other.keepSessionAlive()).toBe(true)
    expect((await neighbour.requests()).every(({ status }) => status === 200)).toBe(true)
    await neighbour.forget()
  })
})

describe("the expiry in the SDK's cookie", () => {
  // A session that starts short and is extended by a longer length moves visibly without waiting.
  const lengthen = (): Promise<unknown> => control.configure({ sessionLengthMs: 10 * MINUTE })
  const near = (time: number): [number, number] => [time - 2_000, time + 100]

  async function shortSession(): Promise<Para> {
    await control.configure({ sessionLengthMs: MINUTE })
    const para = await importedPara()
    await para.isSessionActive()
    await lengthen()
    return para
  }

  function expectExpiryNear(para: Para, time: number): void {
    const [from, to] = near(time)
    expect(expiryOf(para)).toBeGreaterThan(from)
    expect(expiryOf(para)).toBeLessThan(to)
  }

  it('is moved by keep-alive', async () => {
    const para = await shortSession()
    expectExpiryNear(para, Date.now() + MINUTE)
    expect(await para.keepSessionAlive()).toBe(true)
    expectExpiryNear(para, Date.now() + 10 * MINUTE)
  })

  it('is not moved by a check, unless asked for', async () => {
    const para = await shortSession()
    await para.isSessionActive()
    expectExpiryNear(para, Date.now() + MINUTE)
    await control.configure({ checkExtends: true })
    await para.isSessionActive()
    expectExpiryNear(para, Date.now() + 10 * MINUTE)
  })

  it('is not moved by a successful keep-alive when fixed or stuck', async () => {
    const para = await shortSession()
    await control.setFaults({ stuckExpiry: true })
    expect(await para.keepSessionAlive()).toBe(true)
    expectExpiryNear(para, Date.now() + MINUTE)
    await control.clearFaults()
    await control.configure({ extension: 'fixed' })
    expect(await para.keepSessionAlive()).toBe(true)
    expectExpiryNear(para, Date.now() + MINUTE)
  })

  it('is shifted by a wrong server clock, while the session lives on', async () => {
    const para = await shortSession()
    await control.setFaults({ clockOffsetMs: -60 * MINUTE })
    expect(await para.isSessionActive()).toBe(true)
    expectExpiryNear(para, Date.now() - 59 * MINUTE)
  })

  it.each(['noExpires', 'garbage'] as const)('cannot be read: %s', async cookie => {
    const para = await shortSession()
    await control.setFaults({ cookie })
    expect(await para.isSessionActive()).toBe(true)
    expect(expiryOf(para) ?? NaN).toBeNaN()
    expect(await para.keepSessionAlive()).toBe(true)
  })

  it('stays as it was when the header is missing', async () => {
    const para = await shortSession()
    const before = para.retrieveSessionCookie()
    await control.setFaults({ cookie: 'missing' })
    expect(await para.keepSessionAlive()).toBe(true)
    expect(para.retrieveSessionCookie()).toBe(before)
  })
})

describe('a fault', () => {
  it.each([401, 403, 429, 500, 503])('of status %i makes a check throw and keep-alive say false', async status => {
    const para = await importedPara()
    await control.setFaults({ all: { status, retryAfter: 7 } })
    expect(await problemOf(para.isSessionActive())).toMatchObject({ name: 'ParaApiError', status })
    expect(await para.keepSessionAlive()).toBe(false)
    await control.clearFaults()
    expect(await para.isSessionActive()).toBe(true)
  })

  it('sends Retry-After over the wire', async () => {
    await control.setFaults({ touch: { status: 503, retryAfter: 7 } })
    const headers = { 'x-external-api-key': control.apiKey }
    const response = await fetch('http://localhost:8080/touch?regenerate=false', { method: 'POST', headers })
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '7'])
  })

  it('of the connection makes a check throw without a status', async () => {
    const para = await importedPara()
    await control.setFaults({ all: { refuse: true } })
    const problem = await problemOf(para.isSessionActive())
    expect(problem).toMatchObject({ name: 'ParaApiError', code: 'ECONNRESET' })
    expect(problem).not.toHaveProperty('status')
    expect(await para.keepSessionAlive()).toBe(false)
  })

  it('that answers HTML looks like success to keep-alive and like a wrong API key to a check', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const para = await importedPara()
    await control.setFaults({ all: { html: true } })
    expect(await para.keepSessionAlive()).toBe(true)
    expect(await problemOf(para.isSessionActive())).toMatchObject({ message: 'Invalid API Key.' })
  })

  it('that hangs answers nobody', async () => {
    const para = await importedPara()
    await control.setFaults({ keepAlive: { hang: true } })
    const kept = para.keepSessionAlive()
    await vi.waitFor(async () => expect((await control.requests()).at(-1)?.status).toBe('hang'))
    expect(await Promise.race([kept, Promise.resolve('nothing yet')])).toBe('nothing yet')
  })

  it('of latency delays the answer and then does the work', async () => {
    const para = await importedPara()
    await control.setFaults({ keepAlive: { latencyMs: 30 } })
    const sentAt = performance.now()
    expect(await para.keepSessionAlive()).toBe(true)
    expect(performance.now() - sentAt).toBeGreaterThan(25)
  })

  it('can be for one kind of call, and for a number of calls', async () => {
    const para = await importedPara()
    const once: Fault = { status: 500, times: 1 }
    const faults: Faults = { keepAlive: once }
    await control.setFaults(faults)
    expect(await para.isSessionActive()).toBe(true)
    expect(await para.keepSessionAlive()).toBe(false)
    expect(await para.keepSessionAlive()).toBe(true)
  })

  it('of an unknown API key is a plain error', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const para = await importedPara()
    await control.configure({ apiKeyKnown: false })
    expect(await problemOf(para.isSessionActive())).toMatchObject({ name: 'Error', message: 'Invalid API Key.' })
  })
})

describe('the control', () => {
  it('logs every call with its kind, time and status', async () => {
    const para = await importedPara()
    await control.clearRequests()
    const before = Date.now()
    await para.isSessionActive()
    await para.keepSessionAlive()
    const log = await control.requests()
    expect(log.map(({ kind, status }) => [kind, status])).toEqual([
      ['touch', 200],
      ['keepAlive', 200],
    ])
    expect(log.every(({ at }) => at >= before && at <= Date.now())).toBe(true)
  })

  it('puts the canary into whatever must not leak', async () => {
    await control.configure({ canary: 'CANARY-7f3a' })
    const { exported, ...signedIn } = await control.signIn()
    for (const secret of [signedIn.cookie, signedIn.userId, signedIn.sessionLookupId])
      expect(secret).toContain('CANARY-7f3a')
    expect(Buffer.from(exported, 'base64').toString()).toContain('CANARY-7f3a')
    const para = await importedPara()
    await control.setFaults({ touch: { status: 401 } })
    expect(JSON.stringify(await problemOf(para.isSessionActive()))).toContain('CANARY-7f3a')
  })

  it('refuses a setting it does not know', async () => {
    const misspelt: object = { sesionLength: 5 }
    await expect(control.configure(misspelt)).rejects.toThrow('unknown settings: sesionLength')
  })

  it('says on every answer that it is a stand-in', async () => {
    for (const url of ['http://localhost:8080/', 'http://localhost:3003/', 'http://localhost:8080/touch']) {
      expect((await fetch(url)).headers.get('x-para-stand-in')).toBe('1')
    }
    expect(await (await fetch('http://localhost:8080/')).text()).toContain('Stand-in, not Para')
  })
})
