import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import { transformSync } from 'esbuild'
import { beforeEach, describe, expect, it } from 'vitest'
import * as xstate from 'xstate'
import { type AnyStateNode, createActor, fromCallback, fromPromise, SimulatedClock } from 'xstate'
import { type Answer, type CallInput, type SessionEmitted, type SessionEvent, sessionMachine, type TabsCommand } from '../../machines/session.machine'

const source = readFileSync(new URL('../../machines/session.machine.ts', import.meta.url), 'utf8')
const inside = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(inside)]
const nodes = inside(sessionMachine.root as AnyStateNode)
const leaves = nodes.filter(({ type, config }) => type === 'atomic' && config.always === undefined)
const settle = () => new Promise<void>((resolve) => void setImmediate(resolve))

/** Visits every value of the config, with the key that leads to it. */
function visit(value: unknown, see: (key: string, value: unknown, path: string[]) => void, path: string[] = []): void {
  see(path.at(-1) ?? '', value, path)
  if (typeof value === 'object' && value !== null) for (const [key, inner] of Object.entries(value)) visit(inner, see, [...path, key])
}

describe('the machine file', () => {
  it('describes every state', () => {
    expect(nodes.filter(({ config }) => !config.description).map(({ id }) => id)).toEqual([])
  })

  it('implements nothing inline, except what maps inputs and params', () => {
    const inline: string[] = []
    visit(sessionMachine.config, (key, value, path) => {
      if (typeof value === 'function' && !['params', 'input'].includes(key) && path.length > 1) inline.push(path.join('.'))
    })
    expect(inline).toEqual([])
    expect(typeof sessionMachine.config.context).toBe('function')
  })

  it('names every guard, action, actor and delay in its JSON, and implements what it names, neither more nor less', () => {
    const named = { guards: new Set<string>(), actions: new Set<string>(), actors: new Set<string>(), delays: new Set<string>() }
    const nameOf = (value: unknown) => (typeof value === 'string' ? value : (value as { type: string }).type)
    visit(JSON.parse(JSON.stringify(sessionMachine.config)), (key, value) => {
      if (key === 'guard') named.guards.add(nameOf(value))
      if (key === 'actions' || key === 'entry' || key === 'exit') for (const action of [value].flat()) named.actions.add(nameOf(action))
      if (key === 'src') named.actors.add(value as string)
      if (key === 'after') for (const delay of Object.keys(value as object)) named.delays.add(delay)
    })
    // Begun by an action, beside all states.
    named.actors.add('stepUp')
    const { guards, actions, actors, delays } = sessionMachine.implementations
    const given = { guards, actions, actors, delays }
    for (const kind of ['guards', 'actions', 'actors', 'delays'] as const) {
      expect(named[kind], kind).toEqual(new Set(Object.keys(given[kind])))
    }
  })

  it('keeps the table in its documentation true', () => {
    const rows = [...source.matchAll(/^ \* \| `([^`]+)` *\| ([^|]+?) *\| (yes|no) *\| (yes|no) *\|$/gm)].map(([, state, signedIn, certain, busy]) => ({ state, signedIn, certain, busy }))
    const last = (state: string) => (/^(active|extending)/.test(state) ? 'true' : state.startsWith('expired') ? 'false' : 'the last verdict')
    const tagged = (node: AnyStateNode, tag: string): string => (node.tags.includes(tag) ? 'yes' : node.parent ? tagged(node.parent, tag) : 'no')
    expect(rows).toEqual(leaves.map((node) => {
      const state = node.path.join('.')
      return { state, signedIn: last(state), certain: tagged(node, 'certain'), busy: tagged(node, 'busy') }
    }))
  })

  it('names requests noun.verb and facts noun.pastTense', () => {
    const own = sessionMachine.events.filter((type) => !type.startsWith('xstate.'))
    const past = /\.([a-z]+ed([A-Z][a-z]+)?|woke|lost|shown|hidden|went[A-Z][a-z]+)$/
    for (const type of own) {
      expect(type).toMatch(/^[a-z][A-Za-z]*\.([a-z][A-Za-z]*|\*)$/)
      if (!type.endsWith('.*')) expect([type, past.test(type)]).toEqual([type, !type.startsWith('session.')])
    }
    const emitted = [...source.matchAll(/emit\(\{ type: '([^']+)'/g)].map(([, type]) => type)
    expect(new Set(emitted).size).toBe(5)
    // `subjectChanged` is a noun and a participle.
    for (const type of emitted) expect(type).toMatch(/^session\.([a-z]+ed(Up)?|subjectChanged)$/)
  })

  it('stands on xstate alone: it runs where nothing else is in scope', () => {
    expect([...source.matchAll(/from '([^']+)'|import\(/g)].map(([, from]) => from)).toEqual(['xstate'])
    const { code } = transformSync(source, { loader: 'ts', format: 'cjs' })
    const module = { exports: {} as { sessionMachine?: typeof sessionMachine } }
    const require = (name: string) => (name === 'xstate' ? xstate : expect.unreachable(name))
    runInNewContext(code, { module, require })
    expect(JSON.stringify(module.exports.sessionMachine?.config)).toBe(JSON.stringify(sessionMachine.config))
    const empty = runInNewContext(code.replace(/^.*require\("xstate"\).*$/m, 'var import_xstate = xstate;') + '; sessionMachine', { module, xstate }) as typeof sessionMachine
    expect(empty.id).toBe('session')
  })
})

const plan = { keepAliveMs: 1_000, deadlineMs: 4_000, retryMs: 100 }
const report = { lease: undefined, failures: 0, problem: undefined, plan }
const alive: Answer = { ...report, status: 'alive', subject: undefined, extended: false }
const ended: Answer = { ...report, status: 'ended', reason: 'ended' }
const done: Answer = { ...report, status: 'done' }
const says = (answer: Answer) => fromPromise<Answer, CallInput>(async () => answer)
const rejects = fromPromise<Answer, CallInput>(async () => Promise.reject(new Error('of my own')))
const quiet = fromCallback<SessionEvent>(() => {})

/** Actors of one's own; what a test does not change is well. */
const own = () => ({
  check: says(alive),
  extend: says({ ...alive, extended: true }),
  reauthenticate: says(done),
  revoke: says(done),
  platformSignals: quiet,
  backendEvents: quiet,
  tabs: fromCallback<TabsCommand>(() => {}),
  limits: quiet,
  stepUp: quiet,
})
type Command = Extract<SessionEvent['type'], `session.${string}`>
const howToReach: Record<keyof ReturnType<typeof own>, Command | undefined> = {
  check: undefined,
  extend: 'session.extend',
  reauthenticate: 'session.reauthenticate',
  revoke: 'session.signOut',
  platformSignals: undefined,
  backendEvents: undefined,
  tabs: undefined,
  limits: undefined,
  stepUp: 'session.stepUp',
}
const names = Object.keys(howToReach) as (keyof typeof howToReach)[]

let clock: SimulatedClock
beforeEach(() => void (clock = new SimulatedClock()))

async function run(actors: Partial<ReturnType<typeof own>>, ...events: (Command | undefined)[]) {
  const actor = createActor(sessionMachine.provide({ actors: actors as ReturnType<typeof own> }), { clock, input: {} })
  const errors: unknown[] = []
  const emitted: SessionEmitted[] = []
  actor.on('*', (event) => emitted.push(event))
  actor.subscribe({ error: (error) => errors.push(error) })
  actor.start()
  await settle()
  for (const type of events) {
    if (type !== undefined) actor.send({ type })
    await settle()
  }
  return { actor, errors, emitted, value: () => actor.getSnapshot().value, pass: async (ms: number) => (clock.increment(ms), settle()) }
}

describe('an actor that was not provided', () => {
  it.each(names)('fails loudly and says its name: %s', async (name) => {
    const others: Partial<ReturnType<typeof own>> = own()
    delete others[name]
    const { errors, actor } = await run(others, howToReach[name])
    expect(errors).toEqual([new Error(`actor '${name}' was not provided`)])
    expect(actor.getSnapshot().status).toBe('error')
  })
})

describe('an actor of one\'s own that rejects', () => {
  it.each(['check', 'extend', 'reauthenticate'] as const)('is no verdict, and does not kill the machine: %s', async (name) => {
    const { actor, errors } = await run({ ...own(), [name]: rejects }, howToReach[name])
    expect(errors).toEqual([])
    expect(actor.getSnapshot()).toMatchObject({ status: 'active', value: { unknown: 'waiting' } })
  })

  it('does not undo a sign-out, nor end the attempts to tell the backend', async () => {
    let calls = 0
    const revoke = fromPromise<Answer, CallInput>(async () => (++calls < 3 ? Promise.reject(new Error('of my own')) : done))
    const { actor, errors, pass } = await run({ ...own(), revoke }, 'session.signOut')
    expect(errors).toEqual([])
    expect(actor.getSnapshot()).toMatchObject({ status: 'active', value: { expired: 'unrevoked' }, context: { signedIn: false, reason: 'signedOut' } })
    for (let i = 0; i < 3; i++) await pass(600_000)
    expect(actor.getSnapshot()).toMatchObject({ value: { expired: 'ended' }, context: { signedIn: false, reason: 'signedOut', signOut: 'told' } })
  })

  it('is asked again after a wait, not in a circle', async () => {
    let calls = 0
    const check = fromPromise<Answer, CallInput>(async () => (calls++, Promise.reject(new Error('of my own'))))
    const { errors, pass } = await run({ ...own(), check })
    for (let i = 0; i < 5; i++) await pass(0)
    expect(errors).toEqual([])
    expect(calls).toBe(1)
    await pass(600_000)
    expect(calls).toBe(2)
  })
})

describe('actors of one\'s own', () => {
  it('keep a session alive, end it and sign in again, on any clock of XState', async () => {
    let left = 3
    const extend = fromPromise<Answer, CallInput>(async () => (left-- > 0 ? { ...alive, extended: true } : ended))
    const { value, pass, emitted, actor } = await run({ ...own(), extend })
    expect(value()).toEqual({ active: 'scheduled' })
    for (let i = 0; i < 3; i++) await pass(plan.keepAliveMs)
    expect(emitted.map(({ type }) => type)).toEqual(Array(3).fill('session.extended'))
    await pass(plan.keepAliveMs)
    expect(value()).toEqual({ expired: 'ended' })
    actor.send({ type: 'session.reauthenticate' })
    await settle()
    expect(value()).toEqual({ active: 'scheduled' })
    expect(emitted.slice(3).map(({ type }) => type)).toEqual(['session.expired', 'session.reauthenticated'])
    actor.stop()
  })

  it('are called at once by a plan that is due, in the next turn of the clock and not in a circle', async () => {
    let calls = 0
    const extend = fromPromise<Answer, CallInput>(async () => (calls++, { ...alive, extended: true }))
    const { value, pass } = await run({ ...own(), check: says({ ...alive, plan: { ...plan, keepAliveMs: 0 } }), extend })
    expect([value(), calls]).toEqual([{ active: 'scheduled' }, 0])
    await pass(0)
    expect([value(), calls]).toEqual([{ active: 'scheduled' }, 1])
    await pass(plan.keepAliveMs - 1)
    expect(calls).toBe(1)
  })

  it('that say "unanswered" are asked again after the time of the plan', async () => {
    const answers = [{ ...report, status: 'unanswered' } as const, alive]
    const check = fromPromise<Answer, CallInput>(async () => answers.shift() ?? ended)
    const { value, pass } = await run({ ...own(), check })
    expect(value()).toEqual({ unknown: 'waiting' })
    await pass(plan.retryMs - 1)
    expect(value()).toEqual({ unknown: 'waiting' })
    await pass(1)
    expect(value()).toEqual({ active: 'scheduled' })
  })
})
