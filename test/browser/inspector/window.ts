import { createBrowserReceiver } from '@statelyai/inspect'

// Stands in for the Stately inspector: says that it is there, as theirs does, and keeps every message, whoever sent it.

const messages: unknown[] = []
addEventListener('message', ({ data }) => messages.push(data))
// Their sender knows a frame only once it is loaded, and what is sent before is lost.
addEventListener('load', () => setTimeout(createBrowserReceiver))
Object.assign(globalThis, { messages })
