import { describe, it } from 'vitest'
import { describeBackend } from '../../../src/testing/describeBackend'
import { type Fault, openClient, startAuthServer } from './authServer'

const refuseConnections: Fault = (response) => void response.socket?.destroy()

for (const [how, cutOff] of [
  ['better-auth', refuseConnections],
] satisfies [string, Fault][]) {
  describeBackend(
    how,
    async () => {
      const server = await startAuthServer()
      const { backend } = await openClient(server)
      return { backend, end: () => server.sqlite.run('delete from session'), cutOff: () => server.fault(cutOff), restore: () => server.fault(undefined), close: server.close }
    },
    { describe, it },
  )
}
