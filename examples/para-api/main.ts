import { startParaApi } from './server'

const api = await startParaApi({ shared: true })
console.log(`Stand-in of Para's API (not Para) on ${api.apiUrl}, its portal on ${api.portalUrl}. Stop with Ctrl+C.`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void api.close().then(() => process.exit(0)))
}
