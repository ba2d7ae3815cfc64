import { describe, expect, it } from 'vitest'
import type { SessionBackend, SessionOptions } from '../src/core'
import type { Caller } from '../src/ports'
import { fakeSignals, hold, HOUR, kindsOf, LIFE, live, MINUTE, outage, SECOND } from './liveSession'

/** In a page, with a backend that declares what it does. */
async function declared(what: Pick<SessionBackend, 'checkExtends' | 'rotates'>, policy?: SessionOptions) {
  const page = fakeSignals()
  const made = await live({
    policy: policy ?? {},
    ports: { signals: page.signals },
    change: (backend) => ({
      ...backend,
      ...what,
      // As a server does that rolls the session with every request.
      ...(what.checkExtends && { check: async (call) => ((await backend.extend?.(call)) !== false ? backend.check(call) : false) }),
    }),
  })
  /** Questions; each of which extends as well, and is counted once. */
  const questions = () => made.fake.count('check')
  return { ...made, page, questions }
}

describe('a backend whose check extends', () => {
  it('is not asked for an idle person: not on a return, not after a sleep, until somebody is there (F25)', async () => {
    const { time, session, page, questions, fake } = await declared({ checkExtends: true }, { keepAlive: 'whileActive' })
    const first = questions()
    const expiresAt = fake.expiresAt
    await time.advance(45 * MINUTE)
    page.give('hidden')
    page.give('shown')
    await time.advance(MINUTE)
    time.sleep(20 * MINUTE)
    page.give('woke')
    await time.advance(MINUTE)
    expect([questions() - first, fake.expiresAt]).toEqual([0, expiresAt])
    expect(session.get()).toMatchObject({ signedIn: true, certain: false, problem: undefined })
    page.give('active')
    await time.settle()
    expect(session.get().certain).toBe(true)
    expect(fake.expiresAt).toBeGreaterThan(Number(expiresAt))
  })

  it('is asked once its time is over, when it can prolong nothing any more', async () => {
    const { time, session, questions } = await declared({ checkExtends: true }, { keepAlive: 'whileActive' })
    const first = questions()
    await time.advance(LIFE + MINUTE)
    expect([questions() - first, session.get()]).toMatchObject([1, { signedIn: false, reason: 'expired' }])
  })

  it('is asked by whoever asks: a command and an operation are wanted', async () => {
    const { time, session, questions } = await declared({ checkExtends: true }, { keepAlive: 'off' })
    await time.advance(MINUTE)
    const first = questions()
    await session.check()
    expect(questions() - first).toBe(1)
    time.sleep(10 * MINUTE)
    await session.run(() => {})
    expect(questions() - first).toBe(2)
  })

  it('is asked as ever where the session is kept alive anyway, and a moved end is recorded', async () => {
    const { time, session, page, questions } = await declared({ checkExtends: true })
    const first = questions()
    const { expiresAt } = session.get()
    time.sleep(20 * MINUTE)
    page.give('woke')
    await time.advance(SECOND)
    expect(questions() - first).toBe(1)
    expect(session.get().expiresAt).toBeGreaterThan(Number(expiresAt))
  })

  it('is not asked from a page that nobody sees, with whileVisible', async () => {
    const { time, session, page, questions } = await declared({ checkExtends: true }, { keepAlive: 'whileVisible' })
    page.give('hidden')
    const first = questions()
    await time.advance(10 * MINUTE)
    time.sleep(10 * MINUTE)
    page.give('woke')
    await time.advance(10 * MINUTE)
    expect([questions() - first, session.get().certain]).toEqual([0, false])
    page.give('shown')
    await time.settle()
    expect(session.get().certain).toBe(true)
  })
})

describe('a backend that rotates its credentials', () => {
  it('is asked before the next extension when the reply to the last was lost, and nothing is extended twice (F06)', async () => {
    const { time, fake } = await declared({ rotates: true })
    const before = fake.calls.length
    // The server makes it, and nobody hears.
    fake.script('extend', async () => {
      fake.signInAs('ada')
      throw outage
    })
    await time.advance(45 * MINUTE)
    expect(kindsOf(fake).slice(before, before + 2)).toEqual(['extend', 'check'])
    // What the check found is the extension, and the next one has time.
    expect(fake.count('extend')).toBe(1)
  })

  it('is extended after that question, when the lost one was not made', async () => {
    const { time, fake, session } = await declared({ rotates: true })
    const before = fake.calls.length
    const first = fake.expiresAt
    fake.script('extend', outage)
    await time.advance(LIFE / 2)
    expect(kindsOf(fake).slice(before, before + 3)).toEqual(['extend', 'check', 'extend'])
    expect(session.get().expiresAt).toBeGreaterThan(Number(first))
  })

  it('is not extended while nobody can say what became of the last one', async () => {
    const { time, fake } = await declared({ rotates: true })
    await time.advance(20 * MINUTE)
    const before = fake.calls.length
    fake.always(outage)
    await time.advance(HOUR)
    const [first, ...others] = kindsOf(fake).slice(before)
    expect([first, new Set(others)]).toEqual(['extend', new Set(['check'])])
  })

  it('hears an end in that question', async () => {
    const { time, fake, session } = await declared({ rotates: true })
    fake.script('extend', outage)
    await time.advance(20 * MINUTE)
    fake.end()
    await time.advance(HOUR)
    expect(session.get()).toMatchObject({ signedIn: false })
  })

  it('is asked first, too, by a tab that takes over from one that died in the middle', async () => {
    const repeating = { share: (call: Caller): Caller => (kind, input, left) => call(kind, { ...input, repeats: true }, left), listen: () => () => {}, activeAt: () => undefined, giveUp() {} }
    const { time, fake } = await live({ ports: { tabs: () => repeating }, change: (backend) => ({ ...backend, rotates: true }) })
    const before = fake.calls.length
    await time.advance(LIFE / 3)
    expect(kindsOf(fake).slice(before)).toEqual(['check', 'extend'])
  })

  it('is not extended by a page that is left: it might not hear of the new credentials', async () => {
    const { time, page, fake } = await declared({ rotates: true })
    await time.advance(20 * MINUTE)
    page.give('hidden')
    await time.settle()
    expect(fake.count('extend')).toBe(0)
    const others = await declared({})
    await others.time.advance(20 * MINUTE)
    others.page.give('hidden')
    await others.time.settle()
    expect(others.fake.count('extend')).toBe(1)
  })

  it('that says "superseded" is asked, and nobody is signed out (F06)', async () => {
    const { time, fake, session, views } = await declared({ rotates: true })
    const give = hold(fake, 'extend')
    void session.extend()
    await time.settle()
    give({ status: 'superseded' })
    await time.advance(MINUTE)
    expect(kindsOf(fake)).toContain('extend')
    expect(views.every(({ signedIn }) => signedIn === true)).toBe(true)
  })
})
