import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fromCallback } from 'xstate'
import { sessionMachine } from '../../machines/session.machine'
import type { TabPrimitives } from '../../src/tabs/primitives'
import type { SessionRecord } from '../../src/tabs/record'
import { type Leak, live } from './life'
import { createSecrets, PLACES, type Secrets } from './secrets'
import { SessionError } from '../../src/core'
import { isOurs } from './vocabulary'
import { createSinks, EMITTED, INSPECTED, type Sink, SINKS, watchProcess } from './sinks'

const STEPS = 250
const LIVES = 40

// All but those that are passed through.
const STATES = Object.entries(sessionMachine.states).flatMap(([status, { states }]) => Object.keys(states).filter((step) => step !== 'deciding').map((step) => `${status}.${step}`))

let secrets: ReturnType<typeof createSecrets>
let sinks: ReturnType<typeof createSinks>
let restore = () => {}
beforeEach(() => {
  secrets = createSecrets()
  sinks = createSinks(secrets)
  restore = watchProcess(sinks)
})
afterEach(() => {
  restore()
  vi.unstubAllGlobals()
})

/** Node has no `reportError`; then it is the console that is told. */
async function livesOn(seed: number, steps: number, leak?: Leak) {
  vi.stubGlobal('reportError', seed % 2 === 0 ? (error: unknown) => sinks.look('reportError', error) : undefined)
  await live({ seed, steps, secrets, sinks, ...(leak && { leak }) })
}
async function expectSilence(seed: number) {
  await livesOn(seed, STEPS)
  expect([...sinks.leaked], `in the life of seed ${String(seed)}`).toEqual([])
}

describe('no secret is seen (law 7)', () => {
  it(`in ${String(LIVES * STEPS)} random steps of ${String(LIVES)} lives in several tabs`, async () => {
    for (let seed = 1; seed <= LIVES; seed++) await expectSilence(seed)
    // Few are refused an extension and have to ask whether it was the end.
    for (let seed = LIVES + 1; !sinks.states.has('extending.asking') && seed < 10 * LIVES; seed++) await expectSilence(seed)
    // What was watched was there to be seen, and what was planted was taken in.
    expect({
      unplanted: PLACES.filter((place) => !secrets.planted.has(place)),
      unseen: SINKS.filter((sink) => !sinks.looks.has(sink)),
      states: STATES.filter((state) => !sinks.states.has(state)),
      events: EMITTED.filter((type) => !sinks.heard.has(type)),
    }).toEqual({ unplanted: [], unseen: ['unhandled'], states: [], events: [] })
  })

  it('in a life that nobody has lived before', async () => {
    await expectSilence(1 + Math.floor(Math.random() * 1e9))
  })
})

describe('the watch is not blind', () => {
  /** Writes more than it was told to. */
  const spilling = ({ text }: Secrets) => (primitives: TabPrimitives): TabPrimitives => ({
    locks: primitives.locks && ({ request: (name: string, ...rest: [never]) => primitives.locks?.request(`${name} ${text('person')}`, ...rest) } as TabPrimitives['locks']),
    store: primitives.store && {
      get: (key) => primitives.store?.get(key) ?? Promise.resolve(undefined),
      update: async (key, updater) => primitives.store?.update(key, (old) => ({ ...(updater(old) as object), token: text('cookie') })),
    },
    BroadcastChannel:
      primitives.BroadcastChannel &&
      (function (name: string) {
        const channel = new (primitives.BroadcastChannel as NonNullable<TabPrimitives['BroadcastChannel']>)(name)
        const post = channel.postMessage.bind(channel)
        return Object.assign(channel, { postMessage: (message: string) => post({ message, token: text('cookie') }) })
      } as unknown as TabPrimitives['BroadcastChannel']),
    notes: primitives.notes && {
      getItem: (key) => primitives.notes?.getItem(key) ?? null,
      setItem: (key, note) => primitives.notes?.setItem(key, `${note} ${text('person')}`),
      removeItem: (key) => primitives.notes?.removeItem(key),
    },
  })
  type Shown = (event: object) => void
  const showTo = (observer: Shown & { next?: Shown; inspect?: { next: Shown } }, event: object) => (observer.inspect ?? { next: observer.next ?? observer }).next(event)
  const told: Sink[] = ['@xstate.event', '@xstate.microstep', '@xstate.snapshot', '@xstate.action', 'actor', 'snapshot', 'snapshot as JSON', 'persisted', 'persisted as JSON', 'view', 'emitted', 'resolved']

  /** Reads more than was written: what it says in it is anybody's. */
  const poisoned = ({ text }: Secrets) => (primitives: TabPrimitives): TabPrimitives => {
    const poison = (stored: unknown) => {
      const { report, ...record } = stored as SessionRecord
      const problem = { code: 'ERR_SESSION_ADA' as 'ERR_SESSION_STORAGE', detail: `${text('field').replace(/\W/g, '_')} must be a string`, token: text('field') }
      return { ...record, report: { ...report, problem, lease: report.lease && { ...report.lease, token: text('field') } } }
    }
    return {
      locks: primitives.locks,
      BroadcastChannel: primitives.BroadcastChannel,
      notes: primitives.notes,
      store: primitives.store && {
        get: async (key) => primitives.store?.get(key).then((stored) => stored && poison(stored)),
        update: async (key, updater) => primitives.store?.update(key, (old) => updater(old && poison(old))),
      },
    }
  }

  const leaks: { what: string; leak: () => Leak; into: Sink[] }[] = [
    {
      what: 'a limit that says more',
      leak: () => ({
        options: {
          limits: () =>
            fromCallback(({ sendBack }) => {
              sendBack({ type: 'limits.warned', warning: { reason: secrets.text('reason'), endsAt: 0 } })
            }),
        },
      }),
      into: told,
    },
    { what: 'an actor that keeps more', leak: () => ({ options: { limits: () => Object.assign(fromCallback(() => {}), { config: secrets.own({}) }) } }), into: ['@xstate.actor', 'actor'] },
    { what: 'storage that is told more', leak: () => ({ primitives: spilling(secrets) }), into: ['record', 'channel', 'note', 'lock'] },
    { what: 'storage that tells more', leak: () => ({ primitives: poisoned(secrets) }), into: ['@xstate.event', 'snapshot', 'view'] },
    { what: 'a handle that has more', leak: () => ({ step: (session) => Object.assign(session, { token: secrets.text('cookie') }) }), into: ['handle'] },
    { what: 'a command that comes to more', leak: () => ({ disowns: true }), into: ['resolved', 'rejected'] },
    {
      what: 'an error about an option that says more',
      leak: () => ({
        wrong: () => {
          throw new Error(secrets.text('option'))
        },
      }),
      into: ['thrown'],
    },
    {
      what: 'an inspector that is shown everything',
      leak: () => ({ inspectWith: (...observers) => (event) => observers.forEach((observer) => showTo(observer as Parameters<typeof showTo>[0], { ...event, event: { type: 'told', token: secrets.text('cookie') } })) }),
      into: [...INSPECTED],
    },
    { what: 'a print', leak: () => ({ step: () => console.table([{ token: secrets.text('cookie') }]) }), into: ['console'] },
    { what: 'a report', leak: () => ({ step: () => reportError(secrets.error('check')) }), into: ['reportError'] },
    { what: 'a promise that nobody waits for', leak: () => ({ step: () => void Promise.reject(secrets.error('check')) }), into: ['unhandled'] },
  ]

  it.each(leaks)('$what', async ({ leak, into }) => {
    const isFound = () => into.every((sink) => sinks.leaking.has(sink))
    for (let seed = 2; seed <= 20 && !isFound(); seed += 2) await livesOn(seed, STEPS, leak())
    expect([...sinks.leaking]).toEqual(expect.arrayContaining(into))
    // What leaks elsewhere does not get past the allow-list.
    expect(INSPECTED.filter((sink) => sinks.leaking.has(sink) && !into.includes(sink))).toEqual([])
  })

  it('in any sink', () => {
    expect(SINKS.filter((sink) => !leaks.some(({ into }) => into.includes(sink)))).toEqual([])
  })

  it('for anything that a value may hide', () => {
    const { text, error, own } = secrets
    const hidden = [
      { token: text('cookie') },
      { [text('cookie')]: 1 },
      { [Symbol(text('cookie'))]: 1 },
      Object.defineProperty({}, 'token', { value: text('cookie'), enumerable: false }),
      { get token() { return text('cookie') } },
      new Map([[{}, new Set([text('cookie')])]]),
      Object.assign(() => {}, { token: text('cookie') }),
      secrets.number('field'),
      btoa(text('cookie')),
      new SessionError('ERR_SESSION_ENDED', text('check')),
      Object.assign(new SessionError('ERR_SESSION_ENDED'), { cause: error('check') }),
      // What nobody can look into must not be there.
      new Error('whatever'),
      new Headers(),
      new TextEncoder().encode('token'),
      own(new Proxy({}, { get: () => undefined })),
      // And no word that is not one of a session's own.
      { detail: 'Ada' },
    ]
    expect(hidden.filter((value) => sinks.see(value, isOurs).length === 0)).toEqual([])
    expect(sinks.see({ signedIn: true, reason: 'ended' }, isOurs)).toEqual([])
  })
})
