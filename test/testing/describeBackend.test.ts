import { describe, expect, it } from 'vitest'
import type { SessionBackend } from '../../src/backend'
import { type BackendUnderTest, describeBackend } from '../../src/testing/describeBackend'
import { createFakeBackend, type FakeBackend, type FakeBackendOptions } from '../../src/testing/fakeBackend'

type Overrides = { [Key in keyof SessionBackend]?: unknown }

/** A fake whose time moves by a second whenever it is looked at, so that nothing hides in one instant. */
function makeFake(options?: FakeBackendOptions) {
  let now = Date.UTC(2026, 0, 1)
  const clock = { now: () => (now += 1_000) }
  return { fake: createFakeBackend(clock, options), clock }
}

interface Made extends BackendUnderTest {
  readonly fake: FakeBackend
}

function sound({ fake } = makeFake()): Made {
  return {
    fake,
    backend: fake.backend,
    end: () => fake.end(),
    cutOff: () => fake.always(new Error('cut off')),
    restore: () => fake.always(undefined),
  }
}

/** A sound backend, with some of its functions replaced. */
function broken(replace: (made: Made) => Overrides) {
  return () => {
    const made = sound()
    return { ...made, backend: { ...made.backend, ...replace(made) } as SessionBackend }
  }
}

/** Runs the suite with a runner that collects, and says which laws failed. */
async function failures(makeBackend: () => BackendUnderTest | Promise<BackendUnderTest>) {
  const laws: { name: string; body: () => Promise<void> }[] = []
  const groups: string[] = []
  describeBackend('mine', makeBackend, {
    describe: (name, body) => (groups.push(name), body()),
    it: (name, body) => laws.push({ name, body }),
  })
  expect(groups).toEqual(['mine is a session backend'])
  expect(laws.length).toBeGreaterThanOrEqual(11)
  const failed: string[] = []
  for (const { name, body } of laws) await body().catch(() => failed.push(name))
  return failed
}

const ALIVE = 'says alive of a live session, in a sound verdict'
const ENDED = 'says ended, and throws nothing, once the server ended it'
const CUT_OFF = 'never says ended when nobody answers'
const EXTENDS = 'extends a live session and leaves it alive'
const REVIVES = 'does not say alive when it extends what has ended'
const ROLLS = 'does not move the expiry by checking'
const PEEKS = 'peeks without a call, and says what check says'
const SUBJECT = 'knows the same person by the same subject'
const REVOKES = 'is signed out at the server after revoke'
const REVOKED_TWICE = 'has nothing left to revoke once it ended'
const SIGNS_IN = 'is alive again after its sign-in'
const LISTENS = 'listens without side effects, and stops when told'

const call = { signal: new AbortController().signal, timeoutMs: 1_000 }

describeBackend('the fake backend', sound, { describe, it })
describeBackend('a fixed fake backend', () => sound(makeFake({ extension: 'fixed' })), { describe, it })

describe('the conformance suite', () => {
  it('passes a sound backend', async () => {
    expect(await failures(sound)).toEqual([])
  })

  it('passes a backend that peeks', async () => {
    const peeks = broken(({ fake }) => ({ peek: () => ({ status: 'alive', expiresAt: fake.expiresAt }) }))
    expect(await failures(peeks)).toEqual([])
  })

  it('passes three lines of booleans, and an extend that says false when in doubt', async () => {
    const booleans = () => {
      const state = { alive: true, answers: true }
      const answer = () => {
        if (!state.answers) throw new Error('cut off')
        return state.alive
      }
      return {
        backend: { check: answer, extend: () => state.answers && state.alive },
        end: () => void (state.alive = false),
        cutOff: () => void (state.answers = false),
        restore: () => void (state.answers = true),
      }
    }
    expect(await failures(booleans)).toEqual([])
  })

  it('passes a backend that only checks, made in its own time', async () => {
    const onlyChecks = async () => {
      const made = sound()
      return { ...made, backend: { check: made.backend.check } }
    }
    expect(await failures(onlyChecks)).toEqual([])
  })

  it.each<[string, (made: Made) => Overrides, string[]]>([
    [
      'says ended when it is cut off',
      ({ fake }) => ({ check: async () => Promise.resolve(fake.backend.check(call)).catch(() => ({ status: 'ended' })) }),
      [CUT_OFF],
    ],
    [
      'says false from check when it is cut off',
      ({ fake }) => ({ check: async () => Promise.resolve(fake.backend.check(call)).catch(() => false) }),
      [CUT_OFF],
    ],
    [
      'says ended from extend when it is cut off',
      ({ fake }) => ({ extend: async () => Promise.resolve(fake.backend.extend?.(call)).catch(() => ({ status: 'ended' })) }),
      [CUT_OFF],
    ],
    [
      'says alive when it is cut off',
      ({ fake }) => ({ check: async () => Promise.resolve(fake.backend.check(call)).catch(() => true) }),
      [CUT_OFF],
    ],
    ['rolls when it checks', ({ fake }) => ({ check: () => fake.backend.extend?.(call) }), [ROLLS]],
    ['rolls when it checks, and says so', ({ fake }) => ({ check: () => fake.backend.extend?.(call), checkExtends: true }), []],
    [
      'throws when the session has ended',
      ({ fake }) => ({
        check: async () => {
          if (fake.expiresAt === undefined) throw new Error('401')
          return fake.backend.check(call)
        },
      }),
      [ENDED, REVOKES, REVOKED_TWICE],
    ],
    ['always says alive', () => ({ check: () => true }), [ENDED, CUT_OFF, REVOKES, REVOKED_TWICE]],
    ['extends what has ended', ({ fake }) => ({ extend: () => (fake.signInAs('ada'), true) }), [CUT_OFF, REVIVES]],
    ['ends the session by extending it', ({ fake }) => ({ extend: async () => (await fake.backend.revoke?.(call), true) }), [EXTENDS, REVIVES]],
    ['revokes nothing', () => ({ revoke: () => {} }), [REVOKES]],
    ['cannot revoke', () => ({ revoke: () => Promise.reject(new Error('500')) }), [REVOKES, REVOKED_TWICE]],
    [
      'cannot revoke what has ended',
      ({ fake }) => ({
        revoke: async () => {
          if (fake.expiresAt === undefined) throw new Error('401')
          await fake.backend.revoke?.(call)
        },
      }),
      [REVOKED_TWICE],
    ],
    ['signs nobody in', () => ({ signIn: () => {} }), [SIGNS_IN]],
    ['peeks at another end', () => ({ peek: () => ({ status: 'alive', expiresAt: 1 }) }), [PEEKS]],
    ['peeks with a promise', () => ({ peek: async () => undefined }), [PEEKS]],
    [
      'knows nobody twice',
      ({ fake }) => {
        let visits = 0
        return { check: async () => ({ ...((await fake.backend.check(call)) as object), subject: `visitor ${++visits}` }) }
      },
      [SUBJECT],
    ],
    ['signs out when listened to', ({ fake }) => ({ events: () => (fake.end(), () => {}) }), [LISTENS]],
    ['signs out when no longer listened to', ({ fake }) => ({ events: () => () => fake.end() }), [LISTENS]],
    ['returns no way to stop listening', () => ({ events: () => undefined }), [LISTENS]],
  ])('fails a backend that %s', async (_, replace, laws) => {
    expect(await failures(broken(replace))).toEqual(laws)
  })

  it('fails a backend that speaks in seconds', async () => {
    const seconds = broken(({ fake }) => ({ check: async () => ({ status: 'alive', expiresAt: (fake.expiresAt ?? 0) / 1_000 }) }))
    expect(await failures(seconds)).toContain(ALIVE)
  })

  it('gives each law a backend of its own, and closes it whatever happens', async () => {
    let [made, closed] = [0, 0]
    const counted = () => {
      made++
      return { ...broken(() => ({ check: () => 'odd' }))(), close: () => void closed++ }
    }
    const failed = await failures(counted)
    expect(failed.length).toBeGreaterThan(0)
    expect(made).toBeGreaterThanOrEqual(11)
    expect(closed).toBe(made)
  })

  it('says what it expected and what it got', async () => {
    const laws: (() => Promise<void>)[] = []
    describeBackend('mine', broken(() => ({ check: () => false })), { describe: (_, body) => body(), it: (_, body) => laws.push(body) })
    await expect(laws[0]?.()).rejects.toThrow('expected alive, got ended')
  })
})
