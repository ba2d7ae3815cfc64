import { createBrowserInspector, createInspector, createWebSocketInspector } from '@statelyai/inspect'
import { expectTypeOf } from 'vitest'
import { createActor, createMachine, type InspectionEvent } from 'xstate'
import { createSession } from '../../src/index'
import { createRecorder, type FlightRecord, inspectWith, type SafeInspectionEvent } from '../../src/inspect'
import { type Replay, replay } from '../../src/testing'

const backend = { check: () => true }
const recorder = createRecorder()

// Whatever somebody inspects with.
createSession(backend, { inspect: inspectWith(createBrowserInspector(), createWebSocketInspector({ url: 'ws://localhost' }), createInspector({ send() {} }), recorder) })
createSession(backend, { inspect: inspectWith((event) => expectTypeOf(event).toEqualTypeOf<SafeInspectionEvent>(), { next: (event: InspectionEvent) => void event }) })
createSession(backend, { inspect: (event) => expectTypeOf(event).toEqualTypeOf<InspectionEvent>() })
createActor(createMachine({}), { inspect: inspectWith() })

// @ts-expect-error a recorder sees only what the allow-list lets pass
createSession(backend, { inspect: recorder.next })
// @ts-expect-error so it is with an inspector of Stately's
createSession(backend, { inspect: createBrowserInspector().inspect })
// @ts-expect-error nothing to tell
inspectWith({ next: true })

expectTypeOf(recorder.record()).toEqualTypeOf<FlightRecord | undefined>()
expectTypeOf(replay({})).toEqualTypeOf<Replay>()
