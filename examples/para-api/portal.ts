import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { escapeHtml, page, readBody, sendHtml } from './reply'
import type { Worlds } from './world'

/**
 * The SDK downloads its signing worker from the portal on its first call, in browsers and in Node.
 * This one acknowledges every message and signs nothing.
 */
const BROWSER_WORKER = 'self.onmessage = ({ data }) => self.postMessage({ workId: data.workId });'
const SERVER_WORKER =
  "const { parentPort } = require('node:worker_threads');" +
  "parentPort.on('message', ({ workId }) => parentPort.postMessage({ workId }));"

/** In browsers `refreshSession()` also asks the portal for the worker of node-forge, the library it makes its keys with. */
async function primeWorker(): Promise<string> {
  const fromSdk = createRequire(createRequire(import.meta.url).resolve('@getpara/web-sdk'))
  return readFile(fromSdk.resolve('node-forge/dist/prime.worker.min.js'), 'utf8')
}

async function workerFor(path: string): Promise<string> {
  if (path.includes('prime.worker')) return primeWorker()
  return path.includes('Server') ? SERVER_WORKER : BROWSER_WORKER
}

/** Para's portal: here only the page that `refreshSession()` links to, and the workers. */
export async function answerPortal(worlds: Worlds, req: IncomingMessage, res: ServerResponse, url: URL): Promise<void> {
  if (url.pathname.startsWith('/static/js/')) {
    const worker = await workerFor(url.pathname)
    res.writeHead(200, { 'content-type': 'text/javascript' }).end(worker)
    return
  }
  if (req.method === 'POST' && url.pathname === '/sign-in') {
    const form = new URLSearchParams(await readBody(req))
    const signedIn = worlds.get(form.get('apiKey') ?? '').signIn({ session: form.get('sessionId') ?? '' })
    if (!signedIn) return sendHtml(res, 404, page('No such session', '<p>Ask the app for a new link.</p>'))
    const done = '<p id="signed-in">You are signed in. You can close this window.</p><script>window.close()</script>'
    return sendHtml(res, 200, page('Signed in', done))
  }
  const apiKey = url.searchParams.get('apiKey')
  const sessionId = url.searchParams.get('sessionId')
  if (apiKey === null || sessionId === null) {
    return sendHtml(
      res,
      200,
      page("Para's portal", '<p>Open this page through a link from <code>refreshSession()</code>.</p>'),
    )
  }
  sendHtml(
    res,
    200,
    page(
      'Sign in',
      `<p>This marks the app's session as signed in. There is no password.</p>
<form method="post" action="/sign-in">
<input type="hidden" name="apiKey" value="${escapeHtml(apiKey)}">
<input type="hidden" name="sessionId" value="${escapeHtml(sessionId)}">
<button id="sign-in">Sign in</button></form>`,
    ),
  )
}
