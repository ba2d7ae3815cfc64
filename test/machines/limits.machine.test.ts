import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type AnyStateNode, createActor, createMachine, fromCallback, SimulatedClock } from 'xstate'
import { type LimitsEvent, limitsMachine, type LimitsPlan } from '../../machines/limits.machine'

const source = readFileSync(new URL('../../machines/limits.machine.ts', import.meta.url), 'utf8')
const inside = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(inside)]
const nodes = inside(limitsMachine.root as AnyStateNode)

/** Limits in a parent that writes down what it is told. */
function run(provided = true) {
  const clock = new SimulatedClock()
  const told: unknown[] = []
  const looks: number[] = []
  let plan: (event: LimitsEvent) => void = () => {}
  const times = fromCallback<{ type: 'limits.look' }>(({ sendBack, receive }) => {
    plan = sendBack
    receive(({ type }) => type === 'limits.look' && looks.push(clock.now()))
  })
  const parent = createActor(
    createMachine({
      invoke: { id: 'limits', src: provided ? limitsMachine.provide({ actors: { times } }) : limitsMachine, onError: { actions: ({ event }) => told.push(String(event.error)) } },
      on: { '*': { actions: ({ event }) => told.push(event) } },
    }),
    { clock },
  )
  parent.start()
  const state = () => (parent.getSnapshot().children['limits']?.getSnapshot() as { value?: unknown } | undefined)?.value
  return { clock, told, looks, state, plan: (changed?: Partial<LimitsPlan>) => plan(changed ? { type: 'limits.planned', plan: { reason: 'idle', warningMs: 1_000, endMs: 21_000, endsAt: 21_000, ...changed } } : { type: 'limits.dropped' }) }
}
const warned = (endsAt: number) => ({ type: 'limits.warned', warning: { reason: 'idle', endsAt } })
const lifted = { type: 'limits.lifted' }

describe('the limits machine', () => {
  it('describes every state, and stands on xstate alone', () => {
    expect(nodes.filter(({ config }) => !config.description).map(({ id }) => id)).toEqual([])
    expect([...source.matchAll(/from '([^']+)'|import\(/g)].map(([, from]) => from)).toEqual(['xstate'])
  })

  it('fails loudly without its actor, and says its name', () => {
    expect(run(false).told).toEqual(["Error: actor 'times' was not provided"])
  })

  it('looks when a warning falls due, and warns of what it then finds', () => {
    const { clock, told, looks, state, plan } = run()
    expect(state()).toBe('off')
    plan({})
    clock.increment(999)
    expect([state(), looks]).toEqual(['counting', []])
    clock.increment(1)
    expect([state(), looks, told]).toEqual(['counting', [1_000], []])
    plan({ warningMs: 0, endMs: 20_000 })
    expect([state(), told]).toEqual([{ warning: 'waiting' }, [warned(21_000)]])
  })

  it('looks once a second while it warns, and says nothing new of the same limit', () => {
    const { clock, told, looks, state, plan } = run()
    plan({ warningMs: 0, endMs: 20_000 })
    for (let left = 19_000; left > 500; left -= 1_000) {
      clock.increment(1_000)
      plan({ warningMs: left - 20_000, endMs: left })
    }
    expect([looks.length, told, state()]).toEqual([19, [warned(21_000)], { warning: 'waiting' }])
    plan({ warningMs: -19_500, endMs: 500 })
    clock.increment(500)
    expect(looks).toHaveLength(20)
    plan({ warningMs: -20_000, endMs: 0 })
    expect([state(), told]).toEqual(['reached', [warned(21_000), lifted, { type: 'limits.reached', reason: 'idle' }]])
  })

  it('lifts a warning when there is time again, tells of another, and of none when nobody is signed in', () => {
    const { told, state, plan } = run()
    plan({ warningMs: 0, endMs: 20_000 })
    plan({ endsAt: 50_000 })
    expect([state(), told]).toEqual(['counting', [warned(21_000), lifted]])
    plan({ warningMs: 0, endMs: 20_000, endsAt: 60_000 })
    plan({ warningMs: 0, endMs: 20_000, endsAt: 70_000 })
    expect(told.slice(2)).toEqual([warned(60_000), lifted, warned(70_000)])
    plan()
    expect([state(), told.slice(5)]).toEqual(['off', [lifted]])
  })

  it('tells of the other limit, even where both end in the same moment', () => {
    const { told, plan } = run()
    plan({ warningMs: 0 })
    plan({ warningMs: 0, reason: 'limit' })
    expect(told).toEqual([warned(21_000), lifted, { type: 'limits.warned', warning: { reason: 'limit', endsAt: 21_000 } }])
  })

  it('ends at once what is over when it is first heard of, and begins anew afterwards', () => {
    const { told, state, plan } = run()
    plan({ reason: 'limit', warningMs: -90_000, endMs: -70_000 })
    expect([state(), told]).toEqual(['reached', [{ type: 'limits.reached', reason: 'limit' }]])
    plan()
    plan({})
    expect(state()).toBe('counting')
  })
})
