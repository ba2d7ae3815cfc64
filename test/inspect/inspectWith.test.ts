import { afterEach, describe, expect, it, vi } from 'vitest'
import { assign, createActor, createMachine, fromCallback, fromPromise, type InspectionEvent, setup, SimulatedClock, spawnChild } from 'xstate'
import { type Answer, sessionMachine } from '../../machines/session.machine'
import { createSession, SessionError } from '../../src/core'
import { createRecorder, inspectWith, type SafeInspectionEvent } from '../../src/inspect'
import { createVirtualTime } from '../../src/testing/virtualTime'
import { texts } from '../texts'
import { liveWhole, openWhole } from './wholeLife'

const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
afterEach(() => void printed.mockClear())

type Seen = SafeInspectionEvent & { readonly actorRef: { readonly id: string; readonly sessionId: string; readonly logic?: { readonly config: object } } }
const collect = () => {
  const seen: Seen[] = []
  return { seen, next: (event: SafeInspectionEvent) => void seen.push(event as Seen) }
}

describe('an inspector sees', () => {
  it('each actor, event and snapshot of a whole life, at its time', async () => {
    const raw: InspectionEvent[] = []
    const times: number[] = []
    const { seen, next } = collect()
    const show = inspectWith(next)
    const time = createVirtualTime()
    const note = (event: InspectionEvent) => {
      raw.push(event)
      if (['@xstate.actor', '@xstate.event', '@xstate.snapshot'].includes(event.type)) times.push(time.now())
      show(event)
    }
    await liveWhole(openWhole(note, time))
    const told = raw.filter(({ type }) => ['@xstate.actor', '@xstate.event', '@xstate.snapshot'].includes(type))
    expect(seen.map(({ type }) => type)).toEqual(told.map(({ type }) => type))
    expect(seen.map(({ at }) => at)).toEqual(times)
    const typesOf = (events: readonly InspectionEvent[]) => events.flatMap((event) => ('event' in event ? [event.event.type] : []))
    expect(typesOf(seen)).toEqual(typesOf(told))
    const names = new Set(seen.map(({ actorRef }) => actorRef.id.replace(/^.*x:\d+$/, 'root')))
    expect([...names].sort()).toEqual(['backendEvents', 'check', 'extend', 'limits', 'platformSignals', 'reauthenticate', 'revoke', 'root', 'stepUp', 'tabs', 'times'])
    const valuesOf = (events: readonly InspectionEvent[]) => events.flatMap((event) => (event.type === '@xstate.snapshot' ? [(event.snapshot as { value?: unknown }).value] : []))
    expect(valuesOf(seen)).toEqual(valuesOf(told))
  })

  it('times, states and reasons of the context, and the machine with its descriptions', async () => {
    const { seen, next } = collect()
    const world = openWhole(inspectWith(next))
    const release = world.session.start()
    await world.time.advance(1)
    release()
    const last = seen.filter((event) => event.type === '@xstate.snapshot' && event.actorRef.id.includes('x:')).at(-1) as { snapshot?: object } | undefined
    const { context } = world.session.actor.getSnapshot()
    expect(last?.snapshot).toEqual({ status: 'active', value: { active: 'scheduled' }, tags: ['certain'], context: JSON.parse(JSON.stringify(context)) as unknown })
    expect(seen[0]?.actorRef.logic?.config).toMatchObject({ id: 'session', initial: 'unknown', states: { active: { states: { scheduled: { description: 'An extension is planned.', after: { untilKeepAlive: { target: '#session.extending' } } } } } } })
    expect(JSON.stringify(seen[0]?.actorRef.logic?.config)).not.toContain('params')
  })

  it('nothing that leads to the actors themselves', async () => {
    const { seen, next } = collect()
    const world = openWhole(inspectWith(next))
    await liveWhole(world)
    const own = new Set(['id', 'sessionId', '_parent', 'logic', 'getSnapshot'])
    for (const { actorRef } of seen) expect(Object.keys(actorRef).filter((key) => !own.has(key))).toEqual([])
    expect((seen.at(-1)?.actorRef as unknown as { getSnapshot(): object } | undefined)?.getSnapshot()).toEqual({ status: 'stopped', value: { expired: 'ended' }, tags: ['certain'], context: expect.objectContaining({ signedIn: false }) as unknown })
  })

  it('a reference of its own for each actor, that no other page has', async () => {
    const both = [collect(), collect()] as const
    for (const { next } of both) await liveWhole(openWhole(inspectWith(next)))
    const [ours, theirs] = both.map(({ seen }) => new Set(seen.map(({ actorRef }) => actorRef.sessionId))) as [Set<string>, Set<string>]
    expect(ours.size).toBeGreaterThan(10)
    expect([...ours].filter((reference) => theirs.has(reference))).toEqual([])
    expect(new Set([...ours].map((reference) => reference.split('.')[0])).size).toBe(1)
    expect(both[0].seen.every(({ rootId }) => ours.has(rootId))).toBe(true)
  })

  it('of actors that it does not know their states, not their context, their events or what is in them', () => {
    const { seen, next } = collect()
    const child = createMachine({ id: 'mine', context: { token: 'canary' }, initial: 'idle', states: { idle: { description: 'Waits.', on: { 'canary.event': 'busy' } }, busy: {} } })
    const actor = createActor(child, { inspect: inspectWith(next) }).start()
    actor.send({ type: 'canary.event', token: 'canary' } as never)
    actor.send({ type: 'session.check', token: 'canary' } as never)
    actor.send({ type: 'tabs.claimed', retryMs: 'canary' } as never)
    expect(seen.flatMap((event) => ('event' in event && event.type === '@xstate.event' ? [event.event] : []))).toEqual([{ type: 'xstate.init' }, { type: 'unlisted' }, { type: 'session.check' }, { type: 'tabs.claimed' }])
    expect(seen.filter(({ type }) => type === '@xstate.snapshot').at(-1)).toMatchObject({ snapshot: { value: 'busy', context: {} } })
    // What a program is called is in its text; what it remembers is not.
    expect(texts(seen).filter((text) => text.includes('canary') && text !== 'canary.event')).toEqual([])
  })

  it.each<[string, unknown, unknown]>([
    ['a foreign reason', { reason: 'canary' }, {}],
    ['a reason by inheritance', { reason: 'toString' }, {}],
    ['a foreign code', { problem: { code: 'canary', detail: 'canary' } }, { problem: {} }],
    ['a detail that is not ours', { problem: { code: 'ERR_SESSION_TIMEOUT', detail: 'token=canary' } }, { problem: { code: 'ERR_SESSION_TIMEOUT' } }],
    ['a person by name', { subject: 'canary' }, {}],
    ['a person by a number of the server\'s', { subject: '491701234567' }, {}],
    ['more than there is', { token: 'canary', lease: { expiresAt: 5, token: 'canary' } }, { lease: { expiresAt: 5 } }],
    ['a time that is none', { lease: { expiresAt: 'canary', lifeMs: NaN }, plan: 'canary' }, { lease: {} }],
    ['a list', { lease: ['canary'], signedIn: ['canary'] }, { lease: {} }],
  ])('of a session\'s context with %s only what is sound', (_, context, seen) => {
    const { seen: told, next } = collect()
    const machine = setup({ actions: { take: assign(({ event }) => event['context'] as object) } }).createMachine({ id: 'session', context: {}, on: { '*': { actions: 'take' } } })
    const actor = createActor(machine, { inspect: inspectWith(next) }).start()
    actor.send({ type: 'anything', context })
    expect(told.at(-1)).toMatchObject({ type: '@xstate.snapshot' })
    expect((told.at(-1) as unknown as { snapshot: { context: unknown } }).snapshot.context).toEqual(seen)
  })

  it('of what a machine does the name, and nothing of how', () => {
    const { seen, next } = collect()
    const ring = () => {}
    const machine = createMachine({ id: 'mine', context: { token: 'canary' }, entry: [ring, { type: 'note', params: { token: 'canary' } }], on: { bell: { guard: function isLoud() { return true }, actions: ring } } })
    createActor(machine, { inspect: inspectWith(next) }).start()
    expect(seen[0]?.actorRef.logic?.config).toEqual({ id: 'mine', entry: [{ type: 'ring' }, { type: 'note' }], on: { bell: { guard: { type: 'isLoud' }, actions: { type: 'ring' } } } })
  })

  it('no name of an actor that is not a session\'s, and no status but XState\'s', () => {
    const { seen, next } = collect()
    const logic = { transition: (snapshot: object) => snapshot, getInitialSnapshot: () => ({ status: 'canary' }), getPersistedSnapshot: (snapshot: object) => snapshot }
    const mine = createMachine({ id: 'mine', entry: [spawnChild(fromCallback(() => {}) as never, { id: 'canary' }), spawnChild(logic as never, { id: 'tabs' })] })
    const actor = createActor(mine, { id: 'canary', inspect: inspectWith(next) }).start()
    actor.subscribe({ error: () => {} })
    for (const type of ['xstate.after.canary.session.active', 'xstate.after.untilRetry.canary', 'xstate.done.actor.canary', 'xstate.error.actor.canary']) actor.send({ type } as never)
    expect(new Set(seen.map(({ actorRef }) => actorRef.id.replace(/^\w+\.x:\d+$/, 'reference')))).toEqual(new Set(['reference', 'tabs']))
    expect(texts(seen).filter((text) => text.includes('canary'))).toEqual([])
  })

  it('a machine that invokes one without a name, each by itself', () => {
    const { seen, next } = collect()
    // In a machine, as it was made, the states lead to each other.
    const never = { guard: () => false } as const
    const inner = createMachine({ id: 'inner', initial: 'one', states: { one: { always: { ...never, target: 'other' } }, other: { always: { ...never, target: 'one' } } } })
    createActor(createMachine({ id: 'outer', invoke: { src: inner as never } }), { inspect: inspectWith(next) }).start()
    const configs = seen.filter(({ type }) => type === '@xstate.actor').map(({ actorRef }) => JSON.parse(JSON.stringify(actorRef.logic?.config)) as object)
    expect(configs).toEqual([{ id: 'outer', invoke: {} }, expect.objectContaining({ id: 'inner', initial: 'one' })])
  })

  it('of an answer only what is sound', () => {
    const { seen, next } = collect()
    const actor = createActor(createMachine({}), { inspect: inspectWith(next) }).start()
    const output = { status: 'alive', subject: '1', extended: true, failures: 2, token: 'canary', user: { name: 'canary' }, reason: 'canary', lease: { aliveAt: 1, cookie: 'canary' } }
    actor.send({ type: 'xstate.done.actor.check', output, token: 'canary' } as never)
    actor.send({ type: 'xstate.done.actor.can ary' } as never)
    expect(seen.slice(-4).flatMap((event) => (event.type === '@xstate.event' ? [event.event] : []))).toEqual([
      { type: 'xstate.done.actor.check', output: { status: 'alive', subject: '1', extended: true, failures: 2, lease: { aliveAt: 1 } } },
      { type: 'unlisted' },
    ])
  })
})

describe('an inspector', () => {
  it('that throws is reported, and neither the session nor another inspector is harmed', async () => {
    const { seen, next } = collect()
    const broken = new Error('inspector')
    const world = openWhole(
      inspectWith(() => {
        throw broken
      }, { next }),
    )
    await liveWhole(world)
    expect(world.session.get()).toMatchObject({ signedIn: false, reason: 'signedOut' })
    expect(printed.mock.calls.length).toBe(seen.length)
    expect(printed.mock.calls[0]).toEqual([broken])
  })

  it('that changes the state it is shown changes no session', () => {
    const machine = createMachine({ id: 'mine', initial: 'outer', states: { outer: { initial: 'inner', states: { inner: {} } } } })
    const inspect = inspectWith((event) => {
      if (event.type === '@xstate.snapshot') Object.assign((event.snapshot as unknown as { value: object }).value, { outer: 'broken' })
    })
    expect(createActor(machine, { inspect }).start().getSnapshot().value).toEqual({ outer: 'inner' })
  })

  it('is not told of what cannot be read, and that is reported; the actor goes on', () => {
    const { seen, next } = collect()
    const broken = new Error('unreadable')
    const unreadable = { type: 'limits.warned', get warning() { throw broken } }
    const actor = createActor(createMachine({ id: 'mine', initial: 'one', states: { one: { on: { 'limits.warned': 'other' } }, other: {} } }), { inspect: inspectWith(next) }).start()
    const before = seen.length
    actor.send(unreadable)
    expect(actor.getSnapshot().value).toBe('other')
    expect(seen).toHaveLength(before)
    expect(printed.mock.calls).toEqual([[broken], [broken]])
  })

  it('may be a function, an observer, or one of Stately\'s', async () => {
    const [plain, observer, stately] = [collect(), collect(), collect()]
    await liveWhole(openWhole(inspectWith(plain.next, observer, { inspect: { next: (event) => stately.next(event as SafeInspectionEvent) } })))
    expect(plain.seen.length).toBeGreaterThan(50)
    expect(observer.seen).toEqual(plain.seen)
    expect(stately.seen).toEqual(plain.seen)
  })

  it('that cannot see on a server is none', async () => {
    const { seen, next } = collect()
    await liveWhole(openWhole(inspectWith({ start() {} }, next)))
    expect(seen.length).toBeGreaterThan(50)
  })

  it.each([undefined, null, 0, '', 'inspector', {}, [], { next: true }, { inspect: {} }])('is refused when it is %j', (observer) => {
    expect(() => inspectWith(observer as never)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_BAD_OPTION' }))
    expect(() => inspectWith(observer as never)).toThrow(SessionError)
  })

  it('sees a machine that somebody runs by themselves, by the time of the machine\'s clock or else its own', () => {
    const quiet = fromCallback<never>(() => {})
    const never = fromPromise<Answer>(() => new Promise(() => {}))
    const actors = { check: never, extend: never, reauthenticate: never, revoke: never, platformSignals: quiet, backendEvents: quiet, tabs: quiet, limits: quiet, stepUp: quiet }
    const machine = sessionMachine.provide({ actors: actors as never })
    const [own, simulated] = [collect(), collect()]
    const before = Date.now()
    createActor(machine, { input: {}, inspect: inspectWith(own.next) }).start().stop()
    expect(own.seen.length).toBeGreaterThan(5)
    expect(own.seen.filter(({ at }) => at < before || at > Date.now())).toEqual([])
    const clock = new SimulatedClock()
    clock.set(5)
    createActor(machine, { input: {}, inspect: inspectWith(simulated.next), clock }).start().stop()
    expect(new Set(simulated.seen.map(({ at }) => at))).toEqual(new Set([5]))
  })

  it('costs nothing where there is none: XState is told of nobody', () => {
    const time = createVirtualTime()
    const session = createSession({ check: () => true }, {}, { clock: time.clock, random: () => 0.5 })
    expect((session.actor.options as { inspect?: unknown }).inspect).toBeUndefined()
  })
})

describe('a recorder', () => {
  it('has nothing to tell before anything has happened, then the whole life as JSON', async () => {
    const recorder = createRecorder()
    expect(recorder.record()).toBeUndefined()
    const world = openWhole(inspectWith(recorder))
    expect(recorder.record()).toBeUndefined()
    await liveWhole(world)
    const record = recorder.record()
    expect(record).toMatchObject({ version: 1, start: { state: 'unknown.checking', at: createVirtualTime().now() } })
    const states = [...new Set(record?.transitions.map(({ state }) => state))]
    for (const state of ['active.scheduled', 'extending.calling', 'extending.waiting', 'expired.ended', 'reauthenticating.signingIn', 'expired.revoking']) expect(states).toContain(state)
    const types = new Set(record?.transitions.map(({ event }) => event.type))
    for (const type of ['limits.warned', 'limits.lifted', 'session.stepUp', 'stepUp.settled', 'session.signOut']) expect(types).toContain(type)
    expect(JSON.parse(JSON.stringify(record))).toEqual(JSON.parse(JSON.stringify(recorder.record())))
    expect(JSON.stringify(record).length).toBeLessThan(200 * 500)
  })

  it('keeps the last transitions only, and begins where the one before led', async () => {
    const [all, few] = [createRecorder(), createRecorder({ limit: 3 })]
    await liveWhole(openWhole(inspectWith(all, few)))
    const whole = all.record()?.transitions ?? []
    expect(few.record()?.transitions).toEqual(whole.slice(-3))
    expect(few.record()?.start).toMatchObject({ at: whole.at(-4)?.at, state: whole.at(-4)?.state })
  })

  it('is not changed by what happens after it was read', async () => {
    const recorder = createRecorder()
    const world = openWhole(inspectWith(recorder))
    const release = world.session.start()
    const before = recorder.record()
    const copy = structuredClone(before)
    release()
    await liveWhole(world)
    expect(before).toEqual(copy)
  })

  it.each([0, -1, 1.5, NaN, Infinity, 10_001, '5', null])('takes no limit of %j', (limit) => {
    expect(() => createRecorder({ limit: limit as number })).toThrow(expect.objectContaining({ code: 'ERR_SESSION_BAD_OPTION' }))
  })

  it('records sessions, and no other machine', () => {
    const recorder = createRecorder()
    createActor(createMachine({ id: 'other' }), { inspect: inspectWith(recorder) }).start()
    expect(recorder.record()).toBeUndefined()
  })
})
