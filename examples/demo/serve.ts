import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createServer } from 'vite'
import { nodePolyfills } from 'vite-plugin-node-polyfills'

/** The demo's page on a dev server of its own. */
export interface DemoPage {
  /** The page for one API key, which is a world of its own at the stand-in. */
  urlFor(apiKey: string): string
  close(): Promise<void>
}

const demo = fileURLToPath(new URL('.', import.meta.url))
const cache = fileURLToPath(new URL('../../.cache/', import.meta.url))
const HOST = '127.0.0.1'
const polyfills = ['buffer', 'global', 'process'].map(name => `vite-plugin-node-polyfills/shims/${name}`)

/** Keeps the page on this machine: whatever the SDK should try to reach beyond the stand-in, the browser refuses. */
const policy = [
  "default-src 'self'",
  // The dev server puts style sheets in as <style>, and the SDK brings WebAssembly.
  "style-src 'self' 'unsafe-inline'",
  "script-src 'self' 'wasm-unsafe-eval'",
  // `refreshSession()` makes its keys in workers of its own.
  'worker-src blob:',
  "img-src 'self' data:",
  "connect-src 'self' http://localhost:8080 http://localhost:3003",
  "object-src 'none'",
  "base-uri 'none'",
].join('; ')

/**
 * Serves the page on the loopback interface alone.
 *
 * @param port 0 for any that is free
 * @param root the folder of another page on Para's SDK, that is to be served in the same way
 * @throws when the port is taken
 */
export async function serveDemo(port: number, root = demo): Promise<DemoPage> {
  const server = await createServer({
    root,
    cacheDir: join(cache, `vite-${basename(root)}`),
    configFile: false,
    logLevel: 'warn',
    clearScreen: false,
    // `outlast` and `outlast/para` lead to the source, as tsconfig says.
    resolve: { tsconfigPaths: true },
    plugins: [nodePolyfills()],
    // All of them are named, and none is looked for: one found late makes Vite start over and reload the page, which it
    // cannot without HMR, so that the first visit of all would stay blank.
    optimizeDeps: { noDiscovery: true, include: ['@getpara/web-sdk', 'xstate', '@xstate/store', 'idb-keyval', '@statelyai/inspect', ...polyfills] },
    // Nothing is watched: an edit must not reload the page in the middle of what it shows.
    server: { host: HOST, port, strictPort: port !== 0, hmr: false, watch: null, headers: { 'content-security-policy': policy } },
  })
  await server.listen()
  const address = server.httpServer?.address()
  const taken = typeof address === 'object' && address !== null ? address.port : port
  return {
    urlFor: apiKey => `http://${HOST}:${String(taken)}/?apiKey=${encodeURIComponent(apiKey)}`,
    close: () => server.close(),
  }
}
