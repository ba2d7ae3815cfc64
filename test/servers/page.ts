import type { RequestListener } from 'node:http'
import { build } from 'esbuild'
import type { Page } from 'playwright-core'
import { root } from '../../scripts/entries'
import type { SessionView } from '../../src/index'

export const PATIENCE = { timeout: 40_000, interval: 50 }

/** A page with one button and a script, whatever its address. */
export async function servePage(script: string, define: { [name: string]: string } = {}): Promise<RequestListener> {
  const { outputFiles } = await build({ entryPoints: [`test/servers/${script}`], absWorkingDir: root, bundle: true, format: 'esm', write: false, define })
  return (req, res) => {
    if (req.url === '/app.js') res.setHeader('content-type', 'text/javascript').end(outputFiles[0]?.text)
    else res.setHeader('content-type', 'text/html').end('<!doctype html><link rel="icon" href="data:,"><button>Sign in</button><script type="module" src="/app.js"></script>')
  }
}

/** What the session of the page says. */
export const view = (page: Page) => page.evaluate<SessionView | undefined>('globalThis.app?.session.get()')
