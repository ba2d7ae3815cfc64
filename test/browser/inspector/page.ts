import { createBrowserInspector } from '@statelyai/inspect'
import { inspectWith } from 'outlast/inspect'
import type { InspectionEvent } from 'xstate'
import { liveWhole, openWhole } from '../../inspect/wholeLife'

/** An app that lives through a whole life in virtual time, and shows it to an inspector in a window or a frame. */
export interface InspectedPage {
  /** Lives, and resolves with what XState told of it: `[type, name of the actor, event or state]`. */
  live(where: 'window' | 'frame'): Promise<readonly (readonly [string, string, unknown])[]>
}

const page: InspectedPage = {
  async live(where) {
    const iframe = where === 'frame' ? document.body.appendChild(document.createElement('iframe')) : null
    const show = inspectWith(createBrowserInspector({ url: new URL('/inspector', location.href).href, iframe, maxDeferredEvents: 10_000 }))
    const told: [string, string, unknown][] = []
    const nameOf = (actor: { id?: string; sessionId: string }) => (actor.id === actor.sessionId ? 'session' : String(actor.id))
    const note = (event: InspectionEvent) => {
      const what = event.type === '@xstate.event' ? event.event.type : event.type === '@xstate.snapshot' ? (event.snapshot as { value?: unknown }).value : undefined
      if (['@xstate.actor', '@xstate.event', '@xstate.snapshot'].includes(event.type)) told.push([event.type, nameOf(event.actorRef as never), what])
      show(event)
    }
    await liveWhole(openWhole(note))
    return told
  },
}
Object.assign(globalThis, { page })
