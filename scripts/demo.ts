import { createParaControl, uniqueApiKey } from '../examples/para-api/client'
import { type ParaApi, startParaApi } from '../examples/para-api/server'

// `npm run demo`: a page on Para's web SDK, whose server you may break. `npm run demo -- --headless`: the same story on
// Para's server SDK, told in the terminal; it ends by itself, with 0 only if all of it was observed.

const PAGE_PORT = 5173
const SESSION_MS = 60_000

/** Only what is used is loaded: each of Para's SDKs takes a while. */
async function headless(): Promise<boolean> {
  const [{ runHeadless }, { createTimeline, withoutConsoleLog }] = await Promise.all([
    import('../examples/demo/headless'),
    import('../examples/demo/terminal'),
  ])
  const timeline = createTimeline("Outlast on Para's server SDK, against a stand-in of Para's API. A session lives 20 s.")
  return withoutConsoleLog(() => runHeadless(timeline))
}

async function page(api: ParaApi): Promise<void> {
  const { serveDemo } = await import('../examples/demo/serve')
  const control = createParaControl(uniqueApiKey())
  await control.configure({ sessionLengthMs: SESSION_MS })
  const served = await serveDemo(PAGE_PORT)
  console.log(`\n  Break the server, keep the session:\n\n    ${served.urlFor(control.apiKey)}\n`)
  console.log(`  The API is a stand-in of Para's, on ${api.apiUrl}. Stop with Ctrl+C.\n`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void Promise.all([served.close(), api.close()]).finally(() => process.exit(0)))
  }
}

let api: ParaApi | undefined
try {
  api = await startParaApi({ shared: true })
  if (process.argv.includes('--headless')) {
    process.exitCode = (await headless()) ? 0 : 1
    await api.close()
  } else {
    await page(api)
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  await api?.close()
  process.exitCode = 1
}
