import { describe, expect, it } from 'vitest'
import { MINUTE, SECOND } from './visit'
import { broken, repeat, type Watched, watchLive } from './watch'

const HOUR = 60 * MINUTE
const LIFE = 2 * HOUR

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

  it('counts on, however many calls were made before', async () => {
    const { fails, violations, advance } = await watchLive()
    await repeat(599, () => fails('extend'))
    await advance(HOUR)
    await repeat(600, () => fails('extend'))
    expect(violations).toEqual([])
    await fails('extend')
    expect(violations).toMatchObject([{ law: 9 }])
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
