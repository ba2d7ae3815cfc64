import { liveOut } from '../../src/testing/world/life'
import { drawnChoices, recordedChoices } from '../../src/testing/world/choices'
const ask = async (fetch: any, path: string, method: string, signal: AbortSignal) => {
  const r = await fetch(path, { method, signal })
  if (r.status === 401) return false
  const type = r.headers.get('content-type') ?? ''
  if (!r.ok || !type.includes('json')) throw Object.assign(new Error('x'), { retryAfterMs: Number(r.headers.get('retry-after')) * 1000 || undefined })
  const text = await r.text()
  const json = JSON.parse(text)
  const date = r.headers.get('date')
  return { status: 'alive', ...json, ...(date && json.expiresAt && { serverNow: Date.parse(date) + 999 }) }
}
const makers = { plain: (tab: any, signIn: any) => ({
  check: ({ signal }: any) => ask(tab.fetch, '/session', 'GET', signal),
  extend: ({ signal }: any) => ask(tab.fetch, '/session/extend', 'POST', signal),
  revoke: ({ signal }: any) => ask(tab.fetch, '/session/revoke', 'POST', signal),
  signIn,
}) }
const from = Number(process.argv[2] ?? 1), to = Number(process.argv[3] ?? 30)
let decisions = 0, steps = 0; const t = performance.now()
for (let seed = from; seed <= to; seed++) {
  const c = drawnChoices(seed)
  const r = await liveOut(c, makers as any, 1e9, process.argv[4] === 'log')
  decisions += c.decisions; steps += r.steps
  if (r.violation) console.log(seed, r.violation, c.decisions)
  if (process.argv[4] === 'log') { console.log((r.log as any).slice(-(process.argv[5] ?? 30)).join('\n')); console.log(r.violation) }
}
console.log({ decisions, steps, ms: performance.now() - t })
