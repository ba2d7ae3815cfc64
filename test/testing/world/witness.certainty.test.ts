import { describe, expect, it } from 'vitest'
import { MINUTE, SECOND } from './visit'
import { broken, repeat, watch, type Watched, watchLive } from './watch'

const HOUR = 60 * MINUTE
const LIFE = 2 * HOUR

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
