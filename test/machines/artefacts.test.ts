import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from 'esbuild'
import { describe, expect, it } from 'vitest'
import * as xstate from 'xstate'
import { type AnyStateMachine, type AnyStateNode, createActor, createMachine } from 'xstate'
import { limitsMachine } from '../../machines/limits.machine'
import { sessionMachine } from '../../machines/session.machine'
import { root } from '../../scripts/entries'
import { artefactsOf, drifted, type LayoutFile } from '../../scripts/machines/artefacts'
import { type Box } from '../../scripts/machines/inner'
import { wellFormed } from './wellFormed'

const folder = join(root, 'machines')
const fileOf = (file: string) => readFileSync(join(folder, file), 'utf8')
const machines: Readonly<Record<string, AnyStateMachine>> = { session: sessionMachine, limits: limitsMachine }
const names = readdirSync(folder).filter((file) => file.endsWith('.machine.ts')).map((file) => file.slice(0, -'.machine.ts'.length))

const inside = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(inside)]
const ancestry = (node: AnyStateNode): string[] => [node.id, ...(node.parent ? ancestry(node.parent) : [])]
const begins = (node: AnyStateNode): string => {
  const [initial] = node.type === 'compound' ? (node.initial.target ?? []) : []
  return initial ? begins(initial) : node.id
}

/** The exports of a machine's file where only what xstate exports is in scope, as in Stately's tools. */
function openAlone(source: string): AnyStateMachine[] {
  const { code } = transformSync(source, { loader: 'ts', format: 'esm' })
  const withoutXState = code.replace(/^import \{[^}]*\} from "xstate";$/m, '')
  if (/^\s*import\b|\bimport\(|\brequire\(/m.test(withoutXState)) throw new Error('it imports something beside xstate')
  const exported = /^export \{([^}]*)\};?$/m.exec(withoutXState)?.[1] ?? ''
  const body = `${withoutXState.replace(/^export \{[^}]*\};?$/m, '')}\nreturn [${exported}]`
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
  return new Function(...Object.keys(xstate), `'use strict';${body}`)(...Object.values(xstate)) as AnyStateMachine[]
}

it('knows every machine', () => {
  expect(names.sort()).toEqual(Object.keys(machines).sort())
})

describe('a machine\'s file opens where only xstate is', () => {
  it.each(names)('%s', (name) => {
    const [machine] = openAlone(fileOf(`${name}.machine.ts`))
    expect(JSON.stringify(machine?.config)).toBe(JSON.stringify(machines[name]?.config))
    const actor = createActor(machine as AnyStateMachine, { input: {} })
    actor.subscribe({ error: () => {} })
    expect(actor.getSnapshot().status).toBe('active')
    expect(actor.getSnapshot().value).toEqual(createActor(machines[name] as AnyStateMachine, { input: {} }).getSnapshot().value)
  })

  it('and does not when it needs anything else', () => {
    expect(() => openAlone(`import { setup } from 'xstate'\nimport { a } from './a'\nexport const machine = setup({}).createMachine(a)`)).toThrow('beside xstate')
    expect(() => openAlone(`import { setup } from 'xstate'\nexport const machine = setup({}).createMachine({ id: nowhere })`)).toThrow('nowhere')
  })
})

describe.each(names)('the JSON of %s', (name) => {
  it('is its config, from which the same states come', () => {
    const config = JSON.parse(fileOf(`${name}.json`)) as Parameters<typeof createMachine>[0]
    const ids = (machine: AnyStateMachine) => inside(machine.root).map(({ id, description }) => [id, description])
    expect(ids(createMachine(config))).toEqual(ids(machines[name] as AnyStateMachine))
  })
})

describe.each(names)('the layout of %s', (name) => {
  const machine = machines[name] as AnyStateMachine
  const layout = JSON.parse(fileOf(`${name}.layout.json`)) as LayoutFile
  const nodes = inside(machine.root)
  const leaves = nodes.filter(({ type }) => type === 'atomic' || type === 'final')
  const boxOf = (id: string): Box => layout.states.find((state) => state.id === id) ?? expect.unreachable(id)
  const overlap = (a: Box, b: Box) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
  const within = (a: Box, b: Box) => a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height
  const pairs = <T>(values: readonly T[]) => values.flatMap((a, i) => values.slice(i + 1).map((b) => [a, b] as const))

  it('has every state, inside its parent and beside its siblings', () => {
    expect(layout.states.map(({ id }) => id)).toEqual(nodes.map(({ id }) => id))
    expect(boxOf(layout.id)).toMatchObject({ x: 0, y: 0, width: layout.width, height: layout.height })
    for (const { id, parent } of nodes) if (parent) expect(within(boxOf(id), boxOf(parent.id)), id).toBe(true)
    for (const { states } of nodes) for (const [a, b] of pairs(Object.values(states))) expect(overlap(boxOf(a.id), boxOf(b.id)), `${a.id} ${b.id}`).toBe(false)
  })

  it('draws arrows from border to border', () => {
    const touches = ({ x, y, width, height }: Box, [px, py]: readonly [number, number]) => {
      const [near, apart] = [(a: number, b: number) => Math.abs(a - b) <= 0.5, (v: number, from: number, size: number) => v < from - 0.5 || v > from + size + 0.5]
      return ((near(px, x) || near(px, x + width)) && !apart(py, y, height)) || ((near(py, y) || near(py, y + height)) && !apart(px, x, width))
    }
    for (const { id, source, target, points } of layout.transitions) {
      const [first = [NaN, NaN], last = [NaN, NaN]] = [points[0], points.at(-1)]
      expect([touches(boxOf(source), first), touches(boxOf(target), last)], id).toEqual([true, true])
      for (const [px, py] of points) expect([px >= 0, py >= 0, px <= layout.width, py <= layout.height], id).toEqual([true, true, true, true])
    }
  })

  it('leads no arrow through a card or through the label of another', () => {
    for (const { id, points } of layout.transitions) {
      const lines = points.slice(1).map(([x2, y2], i): Box => {
        const [x1, y1] = points[i] ?? [x2, y2]
        return { x: Math.min(x1, x2), y: Math.min(y1, y2), width: Math.abs(x1 - x2), height: Math.abs(y1 - y2) }
      })
      const others = layout.transitions.filter((other) => other.id !== id).flatMap(({ label }) => label ?? [])
      for (const obstacle of [...leaves.map((leaf) => boxOf(leaf.id)), ...others]) expect(lines.filter((line) => overlap(line, obstacle)), `${id} at ${JSON.stringify(obstacle)}`).toEqual([])
    }
  })

  it('has a clear place for every label', () => {
    const labelled = layout.transitions.map(({ id, label }) => ({ id, label: label ?? expect.unreachable(id) }))
    for (const [a, b] of pairs(labelled)) expect(overlap(a.label, b.label), `${a.id} ${b.id}`).toBe(false)
    for (const { id, label } of labelled) expect(leaves.filter((leaf) => overlap(label, boxOf(leaf.id))).map((leaf) => leaf.id), id).toEqual([])
  })

  const led = nodes
    .flatMap((node) => [...(node.always ?? []), ...[...node.transitions.values()].flat()].flatMap(({ eventType, target = [] }) => target.map((to) => ({ node, event: eventType as string, to }))))
    .filter(({ event }) => !event.startsWith('xstate.error.'))
  const isDrawnBy = ({ node, event, to }: (typeof led)[number]) => ({ source, target, events }: LayoutFile['transitions'][number]) =>
    ancestry(node).includes(source) && events.includes(event) && (target === to.id || (ancestry(node).includes(to.id) && target === begins(to)))

  it('draws every transition once that leads somewhere, except those of the root and the safety net', () => {
    const own = led.filter(({ node }) => node !== machine.root)
    expect(own.length).toBeGreaterThan(0)
    for (const transition of own) expect(layout.transitions.filter(isDrawnBy(transition)), `${transition.node.id} ${transition.event} ${transition.to.id}`).toHaveLength(1)
  })

  it('draws nothing that the machine does not do', () => {
    for (const drawn of layout.transitions) {
      for (const event of drawn.events) expect(led.some((transition) => isDrawnBy(transition)({ ...drawn, events: [event] })), `${drawn.id} ${event}`).toBe(true)
    }
  })
})

describe.each(names)('the picture of %s', (name) => {
  const svg = fileOf(`${name}.svg`)
  const layout = JSON.parse(fileOf(`${name}.layout.json`)) as LayoutFile
  /** All that is written in the group with this attribute, in one line. */
  const writtenIn = (attribute: string) => {
    const group = svg.split(attribute)[1]?.split('</g>')[0] ?? ''
    return [...group.matchAll(/<(?:text|title)[^>]*>([^<]*)</g)].map(([, text]) => text).join(' ')
  }

  it('is well-formed, and brings everything that it needs', () => {
    expect(wellFormed(svg)).toBe(true)
    expect(svg).not.toMatch(/<script|<foreignObject|<image|@import|url\(|javascript:|\son\w+=/i)
    expect(svg.match(/https?:[^"]*/g)).toEqual(['http://www.w3.org/2000/svg'])
    expect(svg).toMatch(/<title id="[^"]+">[^<]+<\/title>\n<desc id="[^"]+">[^<]+<\/desc>/)
    expect(svg).toContain('prefers-color-scheme: dark')
  })

  it('has the size of the layout', () => {
    expect(svg).toContain(`viewBox="0 0 ${String(layout.width)} ${String(layout.height)}"`)
  })

  it('says the name and the description of every state', () => {
    for (const { id, key, description = '' } of inside((machines[name] as AnyStateMachine).root)) {
      expect(writtenIn(`data-state="${id}"`), id).toContain(key)
      expect(writtenIn(`data-state="${id}"`).replace(/^.*?: /, ''), id).toContain(description)
    }
  })

  it('says what every arrow hears', () => {
    for (const { id, events } of layout.transitions) {
      const written = writtenIn(`data-transition="${id}"`)
      expect(written, id).not.toBe('')
      for (const event of events) {
        const own = event.startsWith('xstate.') ? (/^xstate\.done\.actor\.(.+)$/.exec(event)?.[1] ?? '') : event
        expect(written, `${id} ${event}`).toContain(own)
      }
    }
  })
})

describe('drift', () => {
  it('is found when a description has changed, and only then', async () => {
    const written = (file: string) => (file.startsWith('limits.') ? fileOf(file) : undefined)
    expect(drifted(await artefactsOf('limits', limitsMachine), written)).toEqual([])
    const config = JSON.parse(fileOf('limits.json')) as Parameters<typeof createMachine>[0]
    const changed = createMachine({ ...config, states: { ...config.states, off: { ...config.states?.['off'], description: 'Nobody is in.' } } })
    expect(drifted(await artefactsOf('limits', changed), written)).toEqual(expect.arrayContaining(['limits.json', 'limits.mmd', 'limits.svg']))
  })

  it('is found when a file is missing', () => {
    expect(drifted(new Map([['a', '1'], ['b', '2']]), (file) => (file === 'a' ? '1' : undefined))).toEqual(['b'])
  })
})
