import { describe, expect, it } from 'vitest'
import { createWitness } from '../../../src/testing/world/witness'
import { MINUTE, SECOND, visit } from './visit'
import { broken, repeat, SECRET, watch, type Watched, watchLive } from './watch'

const HOUR = 60 * MINUTE
const LIFE = 2 * HOUR

async function lives(told: (watched: Watched) => unknown, server?: Parameters<typeof watchLive>[0]) {
  const watched = await watchLive(server)
  await told(watched)
  return watched.violations
}

/** The server says no, and the tab hears it. */
async function hearsNo({ server, browser, tab, advance }: Watched) {
  server.revoke(browser.token)
  void tab.fetch('/session')
  await advance(SECOND)
}

describe('law 1', () => {
  it('is broken by a session that signs out, and nobody said so', async () => {
    expect(await lives(({ show }) => show({ signedIn: false, reason: 'ended' }))).toEqual(broken(1, 'signed out (ended), and nobody said so'))
  })

  it('is broken where only the network failed', async () => {
    const violations = await lives(async ({ network, tab, advance, show }) => {
      network.conditions = () => ({ fault: { status: 503 }, thereMs: 1, backMs: 1 })
      void tab.fetch('/session')
      await advance(SECOND)
      show({ signedIn: false })
    })
    expect(violations).toMatchObject([{ law: 1 }])
  })

  it('is broken by a no from before the last yes', async () => {
    const violations = await lives(async (watched) => {
      await hearsNo(watched)
      watched.show({ signedIn: true })
      watched.show({ signedIn: false })
    })
    expect(violations).toMatchObject([{ law: 1 }])
  })

  it('allows a person to sign out, once', async () => {
    const watched = await watchLive()
    watched.witness.commanded('signOut')
    watched.show({ signedIn: false, reason: 'signedOut' })
    watched.show({ reason: 'ended' })
    expect(watched.laws()).toEqual([])
    watched.is.signIns++
    watched.show({ signedIn: true })
    watched.show({ signedIn: false })
    expect(watched.laws()).toEqual([1])
  })

  it("allows what the server's own no says", async () => {
    expect(
      await lives(async (watched) => {
        await hearsNo(watched)
        watched.show({ signedIn: false, reason: 'revoked' })
      }),
    ).toEqual([])
  })
})

describe('law 2', () => {
  const REFUSED = false

  it('is broken by a session that extends again after a refusal', async () => {
    const violations = await lives(async ({ call }) => {
      await call('extend', REFUSED)
      await call('extend', REFUSED)
    })
    expect(violations).toEqual(broken(2, 'extends again after a refusal, without asking'))
  })

  it.each<[string, (watched: Watched) => unknown]>([
    ['asked', ({ asks }) => asks()],
    ['tried to ask, and its earlier question is lost', ({ show }) => show({ state: 'extending.asking' })],
    ['waits too long for an answer', ({ show }) => show({ problem: { code: 'ERR_SESSION_TIMEOUT' } as never })],
  ])('allows to extend again after it %s', async (_, ask) => {
    const violations = await lives(async (watched) => {
      await watched.call('extend', REFUSED)
      await ask(watched)
      await watched.call('extend', REFUSED)
    })
    expect(violations).toEqual([])
  })

  it('does not count a refusal that comes too late to be heard', async () => {
    const violations = await lives(async ({ call }) => {
      await call('extend', REFUSED, AbortSignal.abort())
      await call('extend', REFUSED)
    })
    expect(violations).toEqual([])
  })

  it('allows to extend again what was not refused but not answered', async () => {
    const violations = await lives(async ({ fails }) => {
      await fails('extend')
      await fails('extend')
    })
    expect(violations).toEqual([])
  })
})

describe('law 3', () => {
  const FIXED = { limit: 'fixed' } as const

  it('is broken by a session that tells of an extension that moved nothing', async () => {
    const violations = await lives(async (watched) => {
      await repeat(2, watched.extends)
      await watched.advance(MINUTE)
      watched.tell({ expiresAt: watched.session()?.expiresAt as number })
    }, FIXED)
    expect(violations).toEqual(broken(3, 'tells of an extension that moved nothing'))
  })

  it('is not judged within the second that dates are rounded to', async () => {
    const watched = await watchLive(FIXED)
    await repeat(2, watched.extends)
    watched.tell({ expiresAt: watched.session()?.expiresAt as number })
    expect(watched.violations).toEqual([])
  })

  it.each<[string, (watched: Watched) => unknown, ('rolling' | 'fixed')?]>([
    ['an extension that moved something', ({ advance, extends: extend }) => advance(MINUTE).then(extend), 'rolling'],
    ['one after something disturbed it', ({ witness, extends: extend }) => (witness.disturbed(), extend())],
    ['one whose end a drifting clock makes out', ({ is }) => (is.drifts = true)],
    ['another session', ({ browser, server }) => (browser.token = server.signIn('bob'))],
    ['a session that nobody knows any more', ({ browser }) => (browser.token = undefined)],
  ])('allows to tell of %s', async (_, befall, limit = 'fixed') => {
    const watched = await watchLive({ limit })
    await repeat(2, watched.extends)
    await watched.advance(MINUTE)
    await befall(watched)
    watched.tell({ expiresAt: watched.now() + LIFE })
    expect(watched.violations).toEqual([])
  })

  it('allows to tell of an extension where no end is known', async () => {
    const { extends: extend, tell, violations } = await watchLive(FIXED)
    await repeat(2, extend)
    tell({})
    expect(violations).toEqual([])
  })

  it('is broken by the 25th extension that moves no more than the first', async () => {
    const watched = await watchLive(FIXED)
    await repeat(25, watched.extends)
    expect(watched.violations).toEqual([])
    await watched.extends()
    expect(watched.violations).toEqual(broken(3, 'extends for the 25th time what does not move'))
  })

  it.each<[string, (watched: Watched) => unknown, ('rolling' | 'fixed')?]>([
    ['that moves', ({ advance }) => advance(1), 'rolling'],
    ['that a person asks for', ({ witness }) => witness.commanded('extend')],
    ['of ever new sessions', (watched) => ((watched.browser.token = watched.server.signIn('ada')), watched.live())],
    ['of a session that cannot be seen', ({ browser }) => (browser.token = undefined)],
    ['whose end is not known', ({ show }) => show({ expiresAt: undefined })],
    ['by a clock that drifts', ({ is }) => (is.drifts = true)],
  ])('allows any number of extensions %s', async (_, between, limit = 'fixed') => {
    const violations = await lives(
      (watched) =>
        repeat(40, async () => {
          await between(watched)
          await watched.extends()
        }),
      { limit },
    )
    expect(violations).toEqual([])
  })
})

describe('law 6', () => {
  async function signedOut() {
    const watched = await watchLive()
    watched.witness.commanded('signOut')
    watched.show({ signedIn: false })
    return watched
  }

  it('is broken by a session that is signed in again, and nobody signed in', async () => {
    const { show, violations } = await signedOut()
    show({ signedIn: true })
    expect(violations).toEqual(broken(6, 'signed in again, and nobody signed in'))
  })

  it('allows to be signed in again after a sign-in', async () => {
    const { show, violations, is } = await signedOut()
    is.signIns++
    show({ signedIn: true })
    expect(violations).toEqual([])
  })

  it('allows a sign-in that was made while an older no was on its way', async () => {
    const violations = await lives(async (watched) => {
      await hearsNo(watched)
      await watched.call('extend', () => void watched.is.signIns++)
      watched.show({ signedIn: false })
      watched.show({ signedIn: true })
    })
    expect(violations).toEqual([])
  })
})

describe('law 7', () => {
  it.each<[string, string, (watched: Watched) => unknown]>([
    ['shows a secret', 'in its view', ({ show }) => show({ reason: `${SECRET}-1` as never })],
    ['shows a secret', 'in its context', ({ show, is }) => ((is.context = { people: [`${SECRET}-ada`] }), show({ busy: true }))],
    ['tells a secret', 'in an event', ({ tell }) => tell({ who: `${SECRET}-ada` })],
  ])('is broken by a session that %s %s', async (what, _, leak) => {
    expect(await lives(leak)).toEqual(broken(7, what))
  })

  it('allows a backend to know it', async () => {
    expect(await lives(({ call }) => call('extend', { status: 'alive', subject: `${SECRET}-ada` }))).toEqual([])
  })
})

describe('law 8', () => {
  it.each([2 ** 31, Infinity, NaN])('is broken by a timer of %d ms', async (ms) => {
    expect(await lives(({ tab }) => tab.platform.setTimeout(() => {}, ms))).toEqual(broken(8, `sets a timer of ${ms} ms`))
  })

  it('allows the longest timer that a platform can carry', async () => {
    expect(await lives(({ tab }) => tab.platform.setTimeout(() => {}, 2 ** 31 - 1))).toEqual([])
  })
})

describe('a witness', () => {
  it('sees through a backend, and leaves the rest of it as it is', async () => {
    const { witness } = await watch()
    const peek = () => undefined
    const check = () => true
    expect(witness.wrap({ check, peek, unattended: true })).toEqual({ check: expect.any(Function) as unknown, peek, unattended: true })
    const failure = new Error('offline')
    const backend = witness.wrap({ check, extend: () => ({ status: 'alive', ttlMs: 5 }), signIn: () => 'done', revoke: () => Promise.reject(failure) })
    const call = { signal: new AbortController().signal, timeoutMs: 1 }
    expect(await Promise.all([backend.check(call), backend.extend?.(call), backend.signIn?.(call)])).toEqual([true, { status: 'alive', ttlMs: 5 }, 'done'])
    await expect(backend.revoke?.(call)).rejects.toBe(failure)
  })

  it('says in which tab it is', async () => {
    const { browser, server, now } = await visit()
    const told: string[] = []
    const witness = createWitness({ tab: browser.openTab(), server, now, signIns: () => 0, skewMs: () => 0, drifts: () => false, takesTurns: false, isToldOfPeople: () => false, secret: SECRET, fail: ({ what }) => told.push(what) })
    witness.ran()
    expect(told).toEqual(['tab 2: runs an operation in a session that is not alive'])
  })
})
