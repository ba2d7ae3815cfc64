import { createInspector } from '@statelyai/inspect'
import type { InspectionEvent } from 'xstate'
import { createRecorder, inspectWith } from '../../src/inspect'
import type { Sinks } from './sinks'

export type InspectWith = typeof inspectWith

/** The inspectors of a session, as an app would have them, and what they show to whom. */
export function createInspection({ look }: Pick<Sinks, 'look'>, inspect: InspectWith = inspectWith) {
  const recorder = createRecorder({ limit: 50 })
  const inspector = createInspector({
    // In it is text that is made of something: it is that which is looked at.
    send: (event) => look('inspector', { ...event, ...('definition' in event && { definition: JSON.parse(event.definition ?? 'null') as unknown }) }),
  })
  let last: object | undefined
  return {
    inspect: inspect(inspector, recorder, (event) => look('observer', event)) as (event: InspectionEvent) => void,
    /** The record as it is now; what was in it before was looked at before. */
    lookAtRecord() {
      const record = recorder.record()
      if (!record) return
      const from = record.transitions.findIndex((transition) => transition === last)
      last = record.transitions.at(-1)
      look('flight record', { ...record, transitions: record.transitions.slice(from + 1) })
    },
  }
}

/** The inspector of Stately converts what it is shown a moment later, one after the other. */
export const inspectorIsDone = () => new Promise<void>((resolve) => setTimeout(resolve, 0))
