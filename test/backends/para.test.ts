import { afterEach, describe, expect, it, vi } from 'vitest'
import { type BackendCall, readReply, type SessionBackend } from '../../src/backend'
import { paraBackend, type ParaSession, refreshSignIn } from '../../src/backends/para'
import { createSession } from '../../src/core'
import { createVirtualTime } from '../../src/testing/virtualTime'

const END = Date.UTC(2026, 0, 1, 14)
const cookie = (id: string, end = END) => `capsule.sid=s%3A${id}.signed; Path=/; Expires=${new Date(end).toUTCString()}; HttpOnly`

/** A client of Para's as far as Outlast sees it; a live session of Ada's unless told otherwise. */
function makePara(overrides: Partial<Record<keyof ParaSession, unknown>> = {}) {
  return {
    isSessionActive: vi.fn(async () => true),
    keepSessionAlive: vi.fn(async () => true),
    retrieveSessionCookie: vi.fn((): string | undefined => cookie('one')),
    logout: vi.fn(async () => {}),
    getUserId: vi.fn((): string | undefined => 'ada'),
    touchSession: vi.fn(async () => ({ isAuthenticated: true })),
    isGuestMode: false,
    externalWalletConnectionType: 'NONE',
    pregenIds: {},
    ...overrides,
  } as ParaSession
}

const call = () => ({ signal: new AbortController().signal, timeoutMs: 1_000 })

/** What the core makes of a call: a verdict, or `unanswered` when it throws. */
async function ask(backend: SessionBackend, kind: 'check' | 'extend') {
  try {
    return readReply(kind satisfies BackendCall, await backend[kind]?.(call()))
  } catch {
    return { status: 'unanswered' as const }
  }
}
const statusOf = async (backend: SessionBackend, kind: 'check' | 'extend') => (await ask(backend, kind)).status

const throwing = (error: unknown) => () => {
  throw error
}
const rejecting = (error: unknown) => async () => {
  throw error
}
const nobody = (): undefined => undefined
const apiError = (status?: number) => Object.assign(new Error('ParaApiError'), status && { status })

describe('check', () => {
  it('says alive, until when, and who it is', async () => {
    expect(await ask(paraBackend(makePara()), 'check')).toMatchObject({ status: 'alive', expiresAt: END, subject: 'ada', flaw: undefined, permanent: false })
  })

  it('says ended when Para says that nobody is signed in', async () => {
    expect(await statusOf(paraBackend(makePara({ isSessionActive: async () => false })), 'check')).toBe('ended')
  })

  it('says ended on a 401', async () => {
    expect(await statusOf(paraBackend(makePara({ isSessionActive: rejecting(apiError(401)) })), 'check')).toBe('ended')
  })

  it.each([
    ['a 403', apiError(403)],
    ['a 429', apiError(429)],
    ['a 500', apiError(500)],
    ['a 503', apiError(503)],
    ['a dead network', Object.assign(apiError(), { code: 'ERR_NETWORK' })],
    ['an unknown API key, or HTML', new Error('Invalid API Key.')],
    ['a status that is text', Object.assign(new Error(), { status: '401' })],
    ['nothing', undefined],
    ['null', null],
    ['text', '401'],
  ])('passes on %s, which is no verdict', async (_, error) => {
    const backend = paraBackend(makePara({ isSessionActive: rejecting(error) }))
    await expect(backend.check(call())).rejects.toBe(error)
  })

  it.each([undefined, null])('takes %s for no verdict', async (answer) => {
    const backend = paraBackend(makePara({ isSessionActive: async () => answer, keepSessionAlive: async () => answer }))
    expect(await statusOf(backend, 'check')).toBe('unanswered')
    expect(await statusOf(backend, 'extend')).toBe('unanswered')
  })

  it.each(['isSessionActive', 'retrieveSessionCookie', 'getUserId'] as const)('takes a %s that throws for no verdict', async (name) => {
    expect(await statusOf(paraBackend(makePara({ [name]: throwing(new Error()) })), 'check')).toBe('unanswered')
  })

  it('takes a client that is not there yet for no verdict', async () => {
    const present: { para?: ParaSession } = {}
    const backend = paraBackend(() => present.para as ParaSession)
    expect(await statusOf(backend, 'check')).toBe('unanswered')
    expect(await statusOf(backend, 'extend')).toBe('unanswered')
    present.para = makePara()
    expect(await statusOf(backend, 'check')).toBe('alive')
  })

  it.each([
    ['is missing', undefined],
    ['is empty', ''],
    ['has no end', 'capsule.sid=s%3Aone; Path=/'],
    ['has an end that is no date', 'capsule.sid=s%3Aone; Expires=soon; Path=/'],
    ['has an empty end', 'capsule.sid=s%3Aone; Expires=; Path=/'],
    ['has the word in its value only', 'capsule.sid=expires=1'],
  ])('knows no end when the cookie %s', async (_, value) => {
    const backend = paraBackend(makePara({ retrieveSessionCookie: () => value }))
    expect(await ask(backend, 'check')).toMatchObject({ status: 'alive', expiresAt: undefined, flaw: undefined })
  })

  it('reads the end however the attribute is written', async () => {
    const backend = paraBackend(makePara({ retrieveSessionCookie: () => `a=b;expires=${new Date(END).toUTCString()}` }))
    expect(await ask(backend, 'check')).toMatchObject({ expiresAt: END })
  })

  it('knows no person where the client tells none', async () => {
    const { isSessionActive, keepSessionAlive, retrieveSessionCookie, logout } = makePara()
    const backend = paraBackend({ isSessionActive, keepSessionAlive, retrieveSessionCookie, logout })
    expect(await ask(backend, 'check')).toMatchObject({ status: 'alive', subject: undefined, expiresAt: END })
  })
})

describe('a client without a session to keep', () => {
  it.each([
    ['a guest', { isGuestMode: true, getUserId: nobody }],
    ['a guest about to sign up', { isGuestMode: true, isSessionActive: async () => false }],
    ['a connected wallet', { externalWalletConnectionType: 'CONNECTION_ONLY' }],
    ['pregenerated wallets without a user', { pregenIds: { EMAIL: ['ada@example.com'] }, getUserId: nobody }],
    ['guest wallets before the partner is known', { pregenIds: { GUEST_ID: ['g'] }, getUserId: nobody }],
  ])('%s: is signed in for good, and no call is made', async (_, state) => {
    const para = makePara(state)
    const backend = paraBackend(para)
    for (const kind of ['check', 'extend'] as const) {
      expect(await ask(backend, kind)).toMatchObject({ status: 'alive', permanent: true, expiresAt: undefined })
    }
    expect(para.keepSessionAlive).not.toHaveBeenCalled()
    if (vi.isMockFunction(para.isSessionActive)) expect(para.isSessionActive).not.toHaveBeenCalled()
  })

  it.each([
    ['a user with wallets to claim', { pregenIds: { EMAIL: ['ada@example.com'] } }],
    // The SDK's listing of a user's own wallets, in the moment in which another tab signs out.
    ['wallets that were not pregenerated', { pregenIds: { undefined: [undefined] }, getUserId: nobody }],
    ['an empty list', { pregenIds: { EMAIL: [] }, getUserId: nobody }],
    ['no list', { pregenIds: undefined, getUserId: nobody }],
    ['a wallet that signs in', { externalWalletConnectionType: 'AUTHENTICATED' }],
  ])('is not one with %s', async (_, state) => {
    const backend = paraBackend(makePara({ ...state, isSessionActive: async () => false }))
    expect(await statusOf(backend, 'check')).toBe('ended')
  })
})

describe('a wallet that is verified', () => {
  const wallet = (overrides: Parameters<typeof makePara>[0]) => makePara({ externalWalletConnectionType: 'VERIFICATION', ...overrides })

  it('is alive without another question when all its addresses are', async () => {
    const para = wallet({})
    expect(await ask(paraBackend(para), 'check')).toMatchObject({ status: 'alive', expiresAt: END, permanent: false })
    expect(para.touchSession).not.toHaveBeenCalled()
  })

  it.each([
    ['the session is authenticated', { isAuthenticated: true }],
    ['another address is verified', { isAuthenticated: false, verifiedExternalWalletAddresses: ['0xa'] }],
  ])('is not ended by an address that is not verified yet while %s', async (_, session) => {
    const backend = paraBackend(wallet({ isSessionActive: async () => false, touchSession: async () => session }))
    expect(await statusOf(backend, 'check')).toBe('alive')
  })

  it.each([{}, { isAuthenticated: false }, { verifiedExternalWalletAddresses: [] }])('is ended when the session is nobody’s: %o', async (session) => {
    const backend = paraBackend(wallet({ isSessionActive: async () => false, touchSession: async () => session }))
    expect(await statusOf(backend, 'check')).toBe('ended')
  })

  it.each([
    ['cannot be asked', undefined],
    ['does not answer', rejecting(apiError(503))],
  ])('is not ended when the session %s', async (_, touchSession) => {
    const backend = paraBackend(wallet({ isSessionActive: async () => false, touchSession }))
    expect(await statusOf(backend, 'check')).toBe('unanswered')
  })
})

describe('extend', () => {
  it('says alive, with the end as the cookie has it now', async () => {
    const para = makePara()
    vi.mocked(para.keepSessionAlive).mockImplementation(async () => {
      vi.mocked(para.retrieveSessionCookie).mockReturnValue(cookie('one', END + 1_000))
      return true
    })
    expect(await ask(paraBackend(para), 'extend')).toMatchObject({ status: 'alive', expiresAt: END + 1_000, subject: 'ada' })
  })

  it('takes false for a question', async () => {
    expect(await statusOf(paraBackend(makePara({ keepSessionAlive: async () => false })), 'extend')).toBe('refused')
  })

  it('takes whatever is thrown for no answer, a 401 as well', async () => {
    expect(await statusOf(paraBackend(makePara({ keepSessionAlive: rejecting(apiError(401)) })), 'extend')).toBe('unanswered')
    expect(await statusOf(paraBackend(makePara({ keepSessionAlive: throwing(new Error()) })), 'extend')).toBe('unanswered')
  })
})

describe('peek', () => {
  it('reads the cookie of the session that was alive, without a call', async () => {
    const para = makePara()
    const backend = paraBackend(() => para)
    expect(backend.peek?.()).toBeUndefined()
    await backend.check(call())
    vi.mocked(para.isSessionActive).mockClear()
    vi.mocked(para.retrieveSessionCookie).mockReturnValue(cookie('one', END + 60_000))
    expect(backend.peek?.()).toMatchObject({ status: 'alive', expiresAt: END + 60_000, subject: 'ada' })
    expect(para.isSessionActive).not.toHaveBeenCalled()
  })

  it('reads nothing from the anonymous session that follows an ended one', async () => {
    const para = makePara()
    const backend = paraBackend(para)
    await backend.check(call())
    vi.mocked(para.retrieveSessionCookie).mockReturnValue(cookie('anonymous', END + 60_000))
    expect(backend.peek?.()).toBeUndefined()
    expect(backend.peek?.()).toBeUndefined()
    vi.mocked(para.retrieveSessionCookie).mockReturnValue(undefined)
    expect(backend.peek?.()).toBeUndefined()
  })
})

describe('revoke', () => {
  it('is done when Para is, and fails when Para does', async () => {
    const para = makePara()
    const backend = paraBackend(para)
    await backend.revoke?.(call())
    expect(para.logout).toHaveBeenCalledExactlyOnceWith()
    const offline = apiError()
    vi.mocked(para.logout).mockRejectedValueOnce(offline)
    await expect(backend.revoke?.(call())).rejects.toBe(offline)
  })
})

describe('signIn', () => {
  it('is the flow of the app, and nothing where there is none', () => {
    const signIn = () => {}
    expect(paraBackend(makePara(), { signIn }).signIn).toBe(signIn)
    expect(paraBackend(makePara())).not.toHaveProperty('signIn')
    expect(paraBackend(makePara(), {})).not.toHaveProperty('signIn')
  })

  it('shows the page of the portal and waits for the user', async () => {
    const para = { ...makePara(), refreshSession: async () => 'https://portal.example/login' }
    const open = vi.fn(async () => {})
    const asked = call()
    await refreshSignIn(() => para, open)(asked)
    expect(open).toHaveBeenCalledExactlyOnceWith('https://portal.example/login', asked)
    await expect(refreshSignIn(para, rejecting('closed'))(call())).rejects.toBe('closed')
    await expect(refreshSignIn({ ...para, refreshSession: rejecting('offline') }, open)(call())).rejects.toBe('offline')
    expect(open).toHaveBeenCalledTimes(1)
  })

  it('shows no page to a user who has given up', async () => {
    const gaveUp = new AbortController()
    const refreshSession = async () => (gaveUp.abort(), 'https://portal.example/login')
    const open = vi.fn()
    await refreshSignIn({ ...makePara(), refreshSession }, open)({ signal: gaveUp.signal, timeoutMs: 1_000 })
    expect(open).not.toHaveBeenCalled()
  })
})

describe('stepUp', () => {
  it('is the app’s own, and absent where there is none', () => {
    const stepUp = () => {}
    expect(paraBackend(makePara(), { stepUp }).stepUp).toBe(stepUp)
    expect(paraBackend(makePara(), {})).not.toHaveProperty('stepUp')
  })
})

describe('classify', () => {
  const classify = (error: unknown) => paraBackend(makePara()).classify?.(error)

  it('takes a 401 of an operation for a question whether the session has ended', () => {
    expect(classify(apiError(401))).toBe('unauthenticated')
  })

  it.each([
    ['a 403', apiError(403)],
    ['a 503', apiError(503)],
    ['a dead network', apiError()],
    ['a status that is text', { status: '401' }],
    ['nothing', undefined],
    ['null', null],
    ['text', '401'],
  ])('makes nothing of %s', (_, error) => {
    expect(classify(error)).toBeUndefined()
  })
})

describe('events', () => {
  afterEach(() => void vi.unstubAllGlobals())

  /** A window that Para's SDK tells, in the way of its `dispatchEvent`. */
  function stubWindow() {
    const target = new EventTarget()
    vi.stubGlobal('addEventListener', target.addEventListener.bind(target))
    vi.stubGlobal('removeEventListener', target.removeEventListener.bind(target))
    const tell = (type: string, detail?: unknown) => {
      target.dispatchEvent(Object.assign(new Event(type), { detail }))
    }
    return { tell }
  }

  it('tells of a sign-in, of a new account and of a sign-out', () => {
    const { tell } = stubWindow()
    const heard = vi.fn()
    const stop = paraBackend(makePara()).events?.(heard)
    tell('paraLogin', { data: true })
    tell('paraAccountSetup', { data: true })
    tell('paraLogin', null)
    tell('paraLogout', { data: null })
    tell('paraLogout')
    expect(heard.mock.calls.flat()).toEqual(['signedIn', 'signedIn', 'signedIn', 'signedOut', 'signedOut'])
    stop?.()
    tell('paraLogin', { data: true })
    tell('paraLogout', { data: null })
    expect(heard).toHaveBeenCalledTimes(5)
  })

  it('says nothing of one that failed, nor of anything else', () => {
    const { tell } = stubWindow()
    const heard = vi.fn()
    paraBackend(makePara()).events?.(heard)
    tell('paraLogin', { data: { isComplete: false }, error: new Error('failed to setup user') })
    tell('paraAccountSetup', { data: {}, error: new Error('failed to sign up user') })
    tell('paraSignMessage', { data: {} })
    tell('paraWalletsChange', { data: null })
    expect(heard).not.toHaveBeenCalled()
  })

  it('is silent where there is no window: Node, React Native', () => {
    vi.stubGlobal('addEventListener', undefined)
    vi.stubGlobal('removeEventListener', undefined)
    expect(() => paraBackend(makePara()).events?.(() => {})()).not.toThrow()
  })
})

describe('a session on it', () => {
  it('survives a client that breaks in every way', async () => {
    const time = createVirtualTime(END - 2 * 3_600_000)
    const para = makePara()
    const session = createSession(paraBackend(para), {}, { clock: time.clock, random: () => 0.5 })
    const release = session.start()
    await time.advance(1)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, expiresAt: END })
    const broken = Object.fromEntries(Object.entries(para).flatMap(([name, value]) => (typeof value === 'function' ? [[name, throwing(name)]] : [])))
    const whole = { ...para }
    Object.assign(para, broken)
    await time.advance(3 * 3_600_000)
    expect(session.get()).toMatchObject({ signedIn: true, certain: false, problem: { code: 'ERR_SESSION_UNREACHABLE' } })
    Object.assign(para, whole)
    vi.mocked(para.retrieveSessionCookie).mockReturnValue(cookie('one', END + 3 * 3_600_000))
    await time.advance(600_000)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
    release()
    await time.advance(1)
  })
})
