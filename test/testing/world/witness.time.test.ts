import { describe, expect, it } from 'vitest'
import { MINUTE, SECOND } from './visit'
import { watch, watchLive } from './watch'

const HOUR = 60 * MINUTE
const LIFE = 2 * HOUR

type Watched = Awaited<ReturnType<typeof watchLive>>

const broken = (law: number, what: string) => [{ law, what: `tab 1: ${what}` }]

async function repeat(times: number, run: () => unknown) {
  for (let i = 0; i < times; i++) await run()
}

const timer = ({ tab }: Watched, ms: number) => void tab.platform.setTimeout(() => {}, ms)

async function late(watched: Watched) {
  timer(watched, SECOND)
  watched.tab.freeze()
  await watched.advance(MINUTE + 2 * SECOND)
  watched.tab.resume()
  await watched.advance(SECOND)
}

describe('law 4', () => {
  it('is broken by a session that asks without a reason', async () => {
    const { asks, violations, advance } = await watchLive()
    await advance(MINUTE)
    await asks()
    expect(violations).toEqual(broken(4, 'asks without a reason'))
  })

  it.each<[string, number, (watched: Watched) => unknown]>([
    ['a failure', 1, ({ witness, fails }) => (witness.commanded('check'), repeat(2, () => fails('check')))],
    ['a refusal', 1, ({ call }) => call('extend', false)],
    ['a command, or two that meet,', 2, ({ witness }) => witness.commanded('check')],
    ['something that disturbed it', 1, ({ witness }) => witness.disturbed()],
    ['a step of waiting', 1, ({ show }) => (show({ state: 'unknown.waiting' }), show({ busy: true }))],
    ['the deadline', 1, ({ show, now }) => show({ expiresAt: now() })],
    ['a timer that is late', 1, late],
    ['a sleep', 1, (watched) => (timer(watched, MINUTE), watched.machine.sleep(2 * SECOND), watched.advance(2 * MINUTE))],
    ['a clock that was set', 1, (watched) => (timer(watched, MINUTE), watched.machine.setClockBy(2 * SECOND), watched.advance(2 * MINUTE))],
  ])('allows to ask after %s %d times', async (_, times, befall) => {
    const watched = await watchLive()
    await befall(watched)
    await repeat(times, watched.asks)
    expect(watched.violations).toEqual([])
    await watched.asks()
    expect(watched.laws()).toEqual([4])
  })

  it('is broken by a session that asks again and again where there is none', async () => {
    const { browser, call, laws } = await watchLive()
    browser.token = undefined
    await call('check', true)
    expect(laws()).toEqual([4])
  })

  it('is broken by a session that asks after a timer on time', async () => {
    const watched = await watchLive()
    timer(watched, MINUTE)
    await watched.advance(2 * MINUTE)
    await watched.asks()
    expect(watched.laws()).toEqual([4])
  })

  it.each([LIFE - 90 * SECOND, LIFE - 30 * SECOND])('allows any number of questions within a minute of the end, before and after: %d', async (ms) => {
    const watched = await watchLive()
    watched.witness.commanded('check')
    await watched.advance(ms)
    await repeat(20, watched.asks)
    expect(watched.violations).toEqual([])
  })

  it.each<[string, (watched: Watched) => unknown]>([
    ['a clock that drifts', ({ is }) => (is.drifts = true)],
    ['a wrong clock, and a server that does not tell the time', async ({ machine, call, now }) => (machine.setClockBy(-MINUTE), await call('extend', { status: 'alive', expiresAt: now() + LIFE }))],
    ['a clock that somebody sets again and again', ({ witness }) => witness.disturbed(true)],
  ])('does not judge the questions of a session with %s', async (_, befall) => {
    const watched = await watchLive()
    await repeat(5, async () => {
      await befall(watched)
      await watched.call('check', { status: 'alive', expiresAt: watched.now() + LIFE })
    })
    expect(watched.violations).toEqual([])
  })
})

describe('law 9', () => {
  const busy = (retryAfterMs?: number) => Object.assign(new Error('busy'), { retryAfterMs })

  it('is broken by a call before the server wants to be asked again', async () => {
    const { fails, violations, advance } = await watchLive()
    await fails('extend', busy(MINUTE))
    await advance(50 * SECOND)
    await fails('extend')
    expect(violations).toEqual(broken(9, `calls extend ${5 * SECOND} ms before the server wants to be asked again`))
  })

  it.each<[string, (watched: Watched) => unknown, number?]>([
    ['after the wait', ({ advance }) => advance(MINUTE)],
    ['an hour later, however long the server wants', ({ advance }) => advance(HOUR), 24 * HOUR],
    ['where the server said nothing', () => {}, 0],
    ['after a sleep', ({ witness }) => witness.disturbed()],
    ['by a person', ({ witness, show, look }) => (witness.commanded('reauthenticate'), show({ busy: true }), look())],
  ])('allows a call %s', async (_, befall, ms = MINUTE) => {
    const watched = await watchLive()
    await watched.fails('extend', busy(ms))
    await befall(watched)
    await watched.fails('extend')
    expect(watched.violations).toEqual([])
  })

  it('allows a person to sign in and out at any time, and nothing more than that', async () => {
    const { fails, witness, look, laws, show } = await watchLive()
    await fails('extend', busy(MINUTE))
    await fails('signIn')
    await fails('revoke')
    witness.commanded('reauthenticate')
    show({ busy: true })
    await fails('extend')
    show({ busy: false })
    look()
    expect(laws()).toEqual([])
    await fails('extend')
    expect(laws()).toEqual([9])
  })

  it('does not hear a wish that comes too late', async () => {
    const { fails, violations } = await watchLive()
    await fails('extend', busy(MINUTE), AbortSignal.abort())
    await fails('extend')
    expect(violations).toEqual([])
  })

  it('is broken by more than 600 calls in an hour', async () => {
    // It asked once to begin with.
    const { fails, violations, advance } = await watchLive()
    await repeat(599, () => fails('extend'))
    await advance(HOUR - 1)
    expect(violations).toEqual([])
    await fails('extend')
    expect(violations).toEqual(broken(9, 'makes more than 600 calls in an hour'))
  })

  it('allows 600 calls in an hour, hour after hour', async () => {
    const { fails, violations, advance } = await watchLive()
    await repeat(1_300, async () => {
      await advance(6 * SECOND)
      await fails('extend')
    })
    expect(violations).toEqual([])
    await repeat(2, () => fails('extend'))
    expect(violations.length).toBeGreaterThan(0)
  })

  it('begins to count anew after a sleep', async () => {
    const { fails, violations, witness } = await watchLive()
    await repeat(599, () => fails('extend'))
    witness.disturbed()
    await repeat(599, () => fails('extend'))
    expect(violations).toEqual([])
  })
})

describe('law 10', () => {
  /** Looks twice, a little more than a second apart. */
  async function looks({ look, advance }: Watched) {
    look()
    await advance(SECOND + 1)
    look()
  }
  const PAST = LIFE + 95 * SECOND

  it('is broken by a session that forgets its verdict', async () => {
    const { show, violations } = await watchLive()
    show({ signedIn: undefined })
    show({ certain: false })
    expect(violations).toEqual(broken(10, 'forgot its verdict'))
  })

  it('is broken by a session that is certain of what has passed', async () => {
    const watched = await watchLive()
    await watched.advance(PAST)
    await looks(watched)
    expect(watched.violations).toEqual(broken(10, 'is certain of what has passed'))
  })

  it.each<[string, (watched: Watched) => unknown]>([
    ['is not certain', ({ show }) => show({ certain: false })],
    ['is signed out', ({ show, witness }) => (witness.commanded('signOut'), show({ signedIn: false }))],
    ['knows no end', ({ show }) => show({ expiresAt: undefined })],
    ['has a call under way', ({ show, now }) => show({ expiresAt: now() - 90 * SECOND })],
    ['is frozen', ({ tab }) => tab.freeze()],
    ['sleeps', ({ machine }) => machine.sleep(HOUR)],
    ['is gone', ({ tab }) => tab.vanish()],
    ['was disturbed, and has not heard anything since,', ({ witness }) => witness.disturbed()],
    ['has a clock that drifts', ({ is }) => (is.drifts = true)],
  ])('allows a session that %s not to know it', async (_, befall) => {
    const watched = await watchLive()
    await watched.advance(PAST)
    await befall(watched)
    await looks(watched)
    expect(watched.violations).toEqual([])
  })

  it('gives a session a second to see what has passed', async () => {
    const { advance, look, show, violations } = await watchLive()
    await advance(PAST)
    await repeat(5, async () => {
      show({ certain: true })
      look()
      await advance(SECOND)
      look()
      show({ certain: false })
      look()
      await advance(HOUR)
    })
    expect(violations).toEqual([])
  })

  it('is broken by a session that is certain right after a sleep', async () => {
    const { machine, advance, witness, violations } = await watchLive()
    machine.sleep(MINUTE)
    await advance(MINUTE)
    witness.woken()
    expect(violations).toEqual(broken(10, 'is certain right after a sleep'))
  })

  it.each<[string, (watched: Watched) => unknown, number?]>([
    ['that is certain no longer', ({ show }) => show({ certain: false })],
    ['after a nap that no clock notices', () => {}, 3 * SECOND],
    ['that an operation made look before', ({ witness }) => witness.commanded('run')],
    ['that is signed out', ({ show, witness }) => (witness.commanded('signOut'), show({ signedIn: false }))],
  ])('allows a wake of a session %s', async (_, befall, ms = MINUTE) => {
    const watched = await watchLive()
    watched.machine.sleep(ms)
    await watched.advance(MINUTE)
    await befall(watched)
    watched.witness.woken()
    expect(watched.violations).toEqual([])
  })

  it.each([{ certain: false }, { signedIn: undefined, certain: true }])('is broken by an operation that runs in a dead session: %j', async (view) => {
    const watched = await watch()
    watched.attach()
    watched.show(view)
    watched.witness.ran()
    expect(watched.violations).toEqual(broken(10, 'runs an operation in a session that is not alive'))
  })

  it('allows an operation to run in a session that is alive for certain', async () => {
    const { witness, violations } = await watchLive()
    witness.ran()
    expect(violations).toEqual([])
  })
})

describe('a witness', () => {
  it('judges nothing before there is a session', async () => {
    const { witness, violations, look } = await watch()
    witness.woken()
    look()
    expect(violations).toEqual([])
  })

  it('says whether a session can know the time of the server', async () => {
    const { witness, call, now, machine } = await watch()
    const known = () => [witness.knowsTime(SECOND), witness.knowsTime(HOUR)]
    const end = () => ({ status: 'alive', expiresAt: now() + LIFE })
    expect(known()).toEqual([true, true])
    machine.setClockBy(MINUTE)
    witness.disturbed(true)
    expect(known()).toEqual([false, false])
    await call('check', end())
    expect(known()).toEqual([false, true])
    await call('check', { ...end(), serverNow: now() })
    expect(known()).toEqual([true, true])
    witness.disturbed()
    expect(known()).toEqual([true, true])
  })
})
