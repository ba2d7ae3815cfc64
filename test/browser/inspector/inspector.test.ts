import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Frame, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../../../scripts/browser'
import { texts } from '../../texts'
import { bundle } from '../site/server'
import type { InspectedPage } from './page'

declare global {
  var page: InspectedPage
  var messages: readonly Message[]
}

interface Message {
  readonly type: string
  readonly name?: string
  readonly sessionId?: string
  readonly definition?: string
  readonly event?: { readonly type: string }
  readonly snapshot?: { readonly value?: unknown }
}

const scripts = ['page', 'window'] as const
let browser: Browser
let origin: string
const server = createServer()

beforeAll(async () => {
  const [page, window] = await Promise.all(scripts.map((name) => bundle(`test/browser/inspector/${name}.ts`)))
  server.on('request', ({ url }, response) => {
    const script = { '/page.js': page, '/window.js': window }[url ?? '']
    if (script !== undefined) response.setHeader('content-type', 'text/javascript').end(script)
    else response.setHeader('content-type', 'text/html').end(`<!doctype html><title>Outlast</title><link rel="icon" href="data:,"><body><script src="/${url === '/inspector' ? 'window' : 'page'}.js"></script>`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  browser = await launchBrowser()
})

afterAll(async () => {
  await browser?.close()
  server.close()
  server.closeAllConnections()
})

/** Where the inspector opens. */
const opened = {
  window: (page: Page): Promise<Page | Frame> => page.context().waitForEvent('page'),
  frame: (page: Page): Promise<Page | Frame> => page.waitForEvent('frameattached'),
}

describe.each(['window', 'frame'] as const)('an inspector in a %s, as the Stately inspector is opened', (where) => {
  it('is told each actor, event and snapshot of a whole life, those from before it was there too, and nothing else', async () => {
    const page = await browser.newPage()
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(error.message))
    await page.goto(origin)
    const [inspector, told] = await Promise.all([opened[where](page), page.evaluate((how) => globalThis.page.live(how), where)])
    const read = () => inspector.evaluate(() => globalThis.messages)
    await expect.poll(async () => (await read()).length, { timeout: 30_000, interval: 50 }).toBe(told.length)
    const messages = await read()

    // What came is what XState told, in order; each actor under one reference.
    const names = new Map(messages.flatMap(({ type, sessionId, name }) => (type === '@xstate.actor' ? [[sessionId, name] as const] : [])))
    const came = messages.map(({ type, sessionId, event, snapshot }) => [type, names.get(sessionId), type === '@xstate.event' ? event?.type : snapshot?.value])
    const stateOrEvent = (type: string, what: unknown) => (type === '@xstate.actor' ? undefined : what)
    expect(came.map(([type, name, what]) => [type, name, stateOrEvent(String(type), what ?? undefined)])).toEqual(told.map(([type, name, what]) => [type, name, stateOrEvent(type, what ?? undefined)]))

    const definitions = messages.flatMap(({ definition }) => (definition === undefined ? [] : [JSON.parse(definition) as { id: string; states?: object }]))
    expect(Object.keys(definitions.find(({ id }) => id === 'session')?.states ?? {}).sort()).toEqual(['active', 'expired', 'extending', 'reauthenticating', 'unknown'])
    expect(Object.keys(definitions.find(({ id }) => id === 'limits')?.states ?? {}).sort()).toEqual(['counting', 'off', 'reached', 'warning'])
    for (const name of ['session', 'limits', 'stepUp', 'check', 'extend', 'reauthenticate', 'revoke']) expect([...names.values()]).toContain(name)
    // Who is signed in is a number that counts persons.
    expect(texts(messages).filter((text) => text.includes('ada'))).toEqual([])
    expect(errors).toEqual([])
    await page.context().close()
  })
})
