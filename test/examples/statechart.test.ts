import { describe, expect, it } from 'vitest'
import { pathOf } from '../../examples/demo/view/path'
import picture from '../../machines/session.svg?raw'
import { liveAtRandom } from '../inspect/randomLife'

const drawn = new Set([...picture.matchAll(/data-transition="([^"]+)"/g)].map(([, id]) => id))

describe("the path that the demo's statechart shows", () => {
  it.each([1, 2, 3, 5, 8, 13])('is drawn in the picture, whatever happens in a life (seed %i)', async (seed) => {
    const { start, transitions } = (await liveAtRandom(seed)).record
    const moves = transitions.map(({ event, state }, i) => ({ from: transitions[i - 1]?.state ?? start.state, event: event.type, to: state }))
    const led = moves.filter(({ from, event, to }) => from !== to && event !== 'xstate.init')
    expect(led.length).toBeGreaterThan(50)
    const missing = led.flatMap((move) => pathOf(move.from, move.event, move.to).filter((id) => !drawn.has(id)).map((id) => ({ ...move, id })))
    expect(missing).toEqual([])
  })

  it.each([
    ['unknown.checking', 'xstate.done.actor.check', 'active.scheduled', ['session.unknown:session.active', 'session.active.deciding:session.active.scheduled']],
    ['active.scheduled', 'xstate.after.untilKeepAlive.session.active.scheduled', 'extending.calling', ['session.active.scheduled:session.extending']],
    ['active.scheduled', 'session.signOut', 'expired.revoking', ['session:session.expired', 'session.expired.deciding:session.expired.revoking']],
    ['active.scheduled', 'backend.signedOut', 'unknown.checking', ['session:session.unknown']],
    ['extending.waiting', 'platform.woke', 'unknown.checking', ['session:session.unknown']],
    ['expired.ended', 'tabs.changed', 'unknown.checking', ['session.expired:session.unknown']],
  ] as const)('from %s by %s to %s', (from, event, to, path) => {
    expect(pathOf(from, event, to)).toEqual(path)
  })
})
