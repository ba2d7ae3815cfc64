import type { IncomingMessage, ServerResponse } from 'node:http'
import { STAND_IN_HEADER, STAND_IN_VERSION } from './contract'

/** CORS as the SDK needs it: cookies allowed, and the session header readable by the page. */
export function announce(req: IncomingMessage, res: ServerResponse): void {
  res.setHeader(STAND_IN_HEADER, STAND_IN_VERSION)
  res.setHeader('access-control-allow-origin', req.headers.origin ?? '*')
  res.setHeader('access-control-allow-credentials', 'true')
  res.setHeader('access-control-expose-headers', `x-capsule-sid, ${STAND_IN_HEADER}`)
  res.setHeader('vary', 'origin')
  res.setHeader('cache-control', 'no-store')
}

export function answerPreflight(req: IncomingMessage, res: ServerResponse): void {
  res.setHeader('access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE')
  res.setHeader('access-control-allow-headers', req.headers['access-control-request-headers'] ?? '*')
  res.setHeader('access-control-max-age', '600')
  res.writeHead(204).end()
}

export function sendJson(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

export function sendHtml(res: ServerResponse, status: number, html: string): void {
  res.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(html)
}

export async function readBody(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, char => `&#${char.charCodeAt(0)};`)
}

export function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 12vh auto; padding: 0 1.5rem; color: #1c1c28; background: #f7f7fb }
  .badge { display: inline-block; padding: .15rem .6rem; border-radius: 1rem; background: #ffe9a8; font-size: .8rem; font-weight: 600 }
  button { font: inherit; font-weight: 600; padding: .6rem 1.2rem; border: 0; border-radius: .5rem; color: #fff; background: #4b45e5; cursor: pointer }
</style>
<span class="badge">Stand-in, not Para</span><h1>${escapeHtml(title)}</h1>${body}</html>`
}
