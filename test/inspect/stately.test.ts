import { createServer, type AddressInfo, type ListenOptions, Server, type Socket } from 'node:net'
import { createInspector, createWebSocketInspector, createWebSocketReceiver, type StatelyInspectionEvent } from '@statelyai/inspect'
import { createInspectorServer } from '@statelyai/inspect/server'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { InspectionEvent } from 'xstate'
import { inspectWith } from '../../src/inspect'
import { liveWhole, openWhole } from './wholeLife'

/** The protocol of the Stately inspector, spoken by their package as it is. */

const sockets = new Set<Socket>()
const stops: (() => void)[] = []
afterEach(() => {
  stops.splice(0).forEach((stop) => stop())
  sockets.forEach((socket) => socket.destroy())
})

/** Their server listens on all interfaces unless it is kept from it. */
async function openServer(): Promise<string> {
  const probe = createServer()
  const port = await new Promise<number>((resolve) => probe.listen(0, '127.0.0.1', () => resolve((probe.address() as AddressInfo).port)))
  await new Promise((resolve) => probe.close(resolve))
  const listen = Server.prototype.listen as (options: ListenOptions, callback?: () => void) => Server
  const listening = new Promise<void>((resolve) => {
    const kept = vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server, given: unknown, callback: unknown) {
      kept.mockRestore()
      this.on('connection', (socket: Socket) => sockets.add(socket))
      return listen.call(this, { port: given as number, host: '127.0.0.1' }, () => {
        ;(callback as () => void)()
        resolve()
      })
    } as never)
  })
  const server = createInspectorServer({ port, autoOpen: false })
  stops.push(() => server.stop())
  await listening
  return `ws://127.0.0.1:${port}`
}

interface Told {
  readonly type: string
  readonly name?: string
  readonly definition?: string
  readonly parentId?: string
  readonly sessionId: string
  readonly event?: { readonly type: string }
  readonly snapshot?: { readonly value?: unknown; readonly context?: object; readonly status?: string }
}

/** A life that is seen by the inspector, and beside it raw, as XState tells it. */
async function liveSeen(show: (event: InspectionEvent) => void): Promise<InspectionEvent[]> {
  const raw: InspectionEvent[] = []
  await liveWhole(
    openWhole((event) => {
      raw.push(event)
      show(event)
    }),
  )
  return raw
}

const countOf = (raw: readonly InspectionEvent[]) => raw.filter(({ type }) => ['@xstate.actor', '@xstate.event', '@xstate.snapshot'].includes(type)).length

/** Actor, definition, and every event and snapshot of it, in their order. */
function expectWhole(told: readonly Told[], raw: readonly InspectionEvent[]) {
  const actors = told.filter(({ type }) => type === '@xstate.actor')
  const named = (name: string) => actors.filter((actor) => actor.name === name)
  // The second one is that of the next start.
  const [session] = named('session')
  expect(JSON.parse(session?.definition ?? '')).toMatchObject({
    id: 'session',
    description: 'Keeps somebody signed in.',
    initial: 'unknown',
    states: { unknown: {}, active: { states: { scheduled: { description: 'An extension is planned.' } } }, extending: {}, expired: {}, reauthenticating: {} },
  })
  expect(session?.parentId).toBeUndefined()
  const [limits] = named('limits')
  expect(JSON.parse(limits?.definition ?? '')).toMatchObject({ id: 'limits', states: { counting: { after: { untilWarning: {} } }, warning: {} } })
  expect(limits?.parentId).toBe(session?.sessionId)
  for (const name of ['stepUp', 'check', 'extend', 'reauthenticate', 'revoke']) expect(named(name)[0]?.parentId).toBe(session?.sessionId)
  expect(named('times')[0]?.parentId).toBe(limits?.sessionId)

  for (const [name, actor] of [['session', session], ['limits', limits]] as const) {
    const ours = told.filter(({ sessionId }) => sessionId === actor?.sessionId)
    const theirs = raw.filter(({ actorRef, rootId }) => actorRef.sessionId === actor?.sessionId.split('.')[1] && rootId)
    const events = theirs.flatMap((seen) => (seen.type === '@xstate.event' ? [seen.event.type] : []))
    const snapshots = theirs.flatMap((seen) => (seen.type === '@xstate.snapshot' ? [(seen.snapshot as { value?: unknown }).value] : []))
    expect(ours.flatMap(({ type, event }) => (type === '@xstate.event' ? [event?.type] : [])), name).toEqual(events)
    expect(ours.flatMap(({ type, snapshot }) => (type === '@xstate.snapshot' ? [snapshot?.value] : [])), name).toEqual(snapshots)
    expect(events.length).toBeGreaterThan(name === 'session' ? 20 : 5)
  }
  const values = told.flatMap(({ snapshot }) => (snapshot?.value ? [JSON.stringify(snapshot.value)] : []))
  for (const value of [{ active: 'scheduled' }, { extending: 'waiting' }, { reauthenticating: 'confirming' }, { expired: 'revoking' }, { warning: 'waiting' }]) expect(values).toContain(JSON.stringify(value))
  expect(told.filter(({ type }) => type === '@xstate.snapshot').at(-1)).toMatchObject({ snapshot: { status: 'stopped' } })
}

describe('the Stately inspector is told the whole life of a session', () => {
  it('through a WebSocket, their server and their receiver', async () => {
    const url = await openServer()
    const told: Told[] = []
    const receiver = createWebSocketReceiver({ server: url })
    receiver.subscribe((event) => void told.push(event as Told))
    const inspector = createWebSocketInspector({ url, maxDeferredEvents: 10_000 })
    stops.push(() => inspector.stop())
    inspector.event('here', { type: 'ready' })
    await vi.waitFor(() => expect(told).toHaveLength(1), { timeout: 10_000, interval: 5 })

    const raw = await liveSeen(inspectWith(inspector))
    await vi.waitFor(() => expect(told).toHaveLength(1 + countOf(raw)), { timeout: 20_000, interval: 5 })
    expectWhole(told.slice(1), raw)
  })

  it('by any adapter of theirs', async () => {
    const told: Told[] = []
    const inspector = createInspector({ send: (event: StatelyInspectionEvent) => void told.push(JSON.parse(JSON.stringify(event)) as Told) })
    const raw = await liveSeen(inspectWith(inspector))
    await vi.waitFor(() => expect(told).toHaveLength(countOf(raw)), { timeout: 10_000, interval: 5 })
    expectWhole(told, raw)
  })
})
