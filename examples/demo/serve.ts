import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, preview } from 'vite'
import { nodePolyfills } from 'vite-plugin-node-polyfills'

/** The demo's page, bundled, on a server of its own. */
export interface DemoPage {
  /** The page for one API key, which is a world of its own at the stand-in. */
  urlFor(apiKey: string): string
  close(): Promise<void>
}

const demo = fileURLToPath(new URL('.', import.meta.url))
const cache = fileURLToPath(new URL('../../.cache/', import.meta.url))
const HOST = '127.0.0.1'

/** Keeps the page on this machine: whatever the SDK should try to reach beyond the stand-in, the browser refuses. */
const policy = [
  "default-src 'self'",
  // The statechart puts a style sheet in as <style>, and the SDK brings WebAssembly.
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
  const outDir = join(cache, basename(root))
  const page = { root, configFile: false, logLevel: 'error', build: { outDir, emptyOutDir: true, reportCompressedSize: false } } as const
  // `outlast` and `outlast/para` lead to the source, as tsconfig says.
  await build({ ...page, resolve: { tsconfigPaths: true }, plugins: [nodePolyfills()] })
  const server = await preview({ ...page, preview: { host: HOST, port, strictPort: port !== 0, headers: { 'content-security-policy': policy } } })
  const address = server.httpServer.address()
  const taken = typeof address === 'object' && address !== null ? address.port : port
  return {
    urlFor: apiKey => `http://${HOST}:${String(taken)}/?apiKey=${encodeURIComponent(apiKey)}`,
    close: () => server.close(),
  }
}
