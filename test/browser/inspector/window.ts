import { createBrowserReceiver } from '@statelyai/inspect'

// Stands in for the Stately inspector: says that it is there, as theirs does, and keeps every message, whoever sent it.

const messages: unknown[] = []
addEventListener('message', ({ data }) => messages.push(data))
createBrowserReceiver()
Object.assign(globalThis, { messages })
