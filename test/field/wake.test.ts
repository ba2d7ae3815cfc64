import { describe, expect, it } from 'vitest'
import { HOUR, LIFE, live, MINUTE, no, SECOND, shown } from '../liveSession'
import { openFamily } from '../tabs/family'

// What users of other libraries suffered after sleep and in the background, each through the public API.

const alone = async () => {
  const family = openFamily({ tabs: 1, seed: 3 })
  await family.settle()
  const [member] = family.members
  if (!member) throw new Error('no tab')
  return { ...family, ...member }
}

describe('F01: renewal is dead after a wake (authts/oidc-client-ts#1343)', () => {
  it('is not: a network that is not back yet is no verdict, and renewal goes on by itself', async () => {
    const { world, browser, session, views } = await alone()
    await world.advance(20 * MINUTE)
    browser.machine.sleep(70 * MINUTE)
    browser.network.cut()
    await world.advance(80 * MINUTE)
    expect(session.get()).toMatchObject({ signedIn: true, certain: false, problem: { code: 'ERR_SESSION_UNREACHABLE' } })
    browser.network.restore()
    await world.advance(5 * MINUTE)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true, problem: undefined })
    await world.advance(24 * HOUR)
    expect(shown(views)).toEqual([undefined, true])
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
  })
})

describe('F02: stale for a minute after a wake (workos/authkit-nextjs#289)', () => {
  it('is not: whoever looks at the page is told at once that nothing is certain, and the server is asked at once', async () => {
    const { world, browser, tab, session, calls } = await alone()
    await world.advance(10 * MINUTE)
    tab.hide()
    // Less than a life, so that no deadline of its own wakes it.
    browser.machine.sleep(100 * MINUTE)
    await world.advance(100 * MINUTE)
    const before = calls.length
    tab.show()
    expect(session.get().certain).toBe(false)
    await world.advance(SECOND)
    expect(calls.length).toBe(before + 1)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
  })
})

describe('F03: throttled timers are late, and the person is signed out (gravitational/teleport#51617, shopware/shopware#3572)', () => {
  it.each([6 * MINUTE, 10 * MINUTE, HOUR])('is not: a hidden page that is woken once a minute keeps a session of %d ms', async (lifeMs) => {
    const { world, members, session } = openFamily({ tabs: 1, seed: 3, server: { lifeMs } })
    await world.advance(SECOND)
    members[0]?.tab.hide()
    await world.advance(12 * HOUR)
    expect(session()?.ended).toBeUndefined()
    expect(shown(members[0]?.views ?? []).slice(1)).toEqual([true])
  })

  it('is not: timers that are six minutes late, again and again, lose nothing of an hour', async () => {
    const { world, members, session } = openFamily({ tabs: 1, seed: 3, server: { lifeMs: HOUR } })
    await world.advance(SECOND)
    const [member] = members
    for (let i = 0; i < 100; i++) {
      member?.tab.freeze()
      await world.advance(6 * MINUTE)
      member?.tab.resume()
      await world.advance(SECOND)
    }
    expect([session()?.ended, member?.session.get().signedIn]).toEqual([undefined, true])
  })

  it('and the first request after it waits for the answer, instead of failing', async () => {
    const { world, browser, session, tab } = await alone()
    tab.hide()
    browser.machine.sleep(LIFE + HOUR)
    await world.advance(LIFE + HOUR)
    tab.show()
    let sent = false
    const request = session.run(() => (sent = true)).catch((error: { code: string }) => error.code)
    await world.advance(MINUTE)
    expect([await request, sent]).toEqual(['ERR_SESSION_ENDED', false])
  })
})

describe('F04: a late timer, a 401, the session is destroyed (clerk/javascript#8303)', () => {
  it('is not: what is late asks, and an extension that is refused is a question, not a verdict', async () => {
    const { time, fake, session, views } = await live()
    await time.advance(10 * MINUTE)
    // Somebody else extended it: the server's session outlives what this page knows of it.
    time.sleep(LIFE)
    fake.signInAs('ada')
    fake.script('extend', no, no)
    const before = fake.count('check')
    time.clock.poke()
    expect(session.get()).toMatchObject({ signedIn: true, certain: false })
    await time.advance(MINUTE)
    expect(fake.count('check')).toBe(before + 1)
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    await time.advance(6 * HOUR)
    expect(shown(views)).toEqual([true])
  })
})
