import { expect, it } from 'vitest'
import { type Choices, drawnChoices } from '../../../src/testing/world/choices'
import { createSecrets, type Secrets } from '../../canary/secrets'
import { createSinks, type Sink, type Sinks } from '../../canary/sinks'
import type { ChromiumTab } from '../site/chromium'
import { browser, site } from '../site/opened'
import type { Spill } from '../site/server'
import { isLive, stateOf, until } from '../site/visitor'

const LIVES = 6
const STEPS = 60
const SINKS: readonly Sink[] = ['record', 'note', 'channel', 'console', 'document', 'view', 'resolved', 'rejected', 'flight record', 'snapshot as JSON']
const PLACES = ['cookie', 'body', 'response header', 'page', 'url', 'person', 'operation', 'signal'] as const

/** Runs before the page: keeps what is printed, what nobody catches and what commands come to, and shows the view in the document. */
const LISTEN = `
  globalThis.kept = { console: [], resolved: [], rejected: [] }
  const textOf = (error) => error instanceof Error ? [error.name, error.message, error.code, String(error.stack), textOf(error.cause)] : JSON.stringify(error) ?? String(error)
  for (const name of Object.keys(console)) if (typeof console[name] === 'function') console[name] = (...printed) => kept.console.push(printed.map(textOf))
  console.info('listening')
  addEventListener('error', ({ message, error }) => kept.console.push([message, textOf(error)]))
  addEventListener('unhandledrejection', ({ reason }) => kept.console.push([textOf(reason)]))
  globalThis.follow = (command) => void command.then((value) => kept.resolved.push(JSON.parse(JSON.stringify(value))), (error) => error.theirs || kept.rejected.push(textOf(error)))
  addEventListener('load', () => page.session.subscribe((view) => (document.documentElement.dataset.view = JSON.stringify(view))))
`
/** What is kept in a page, once. */
const TAKE = `({
  console: kept.console.splice(0), resolved: kept.resolved.splice(0), rejected: kept.rejected.splice(0),
  document: document.documentElement.outerHTML, view: page.session.get(),
  'flight record': page.recorder.record() ?? null, 'snapshot as JSON': JSON.parse(JSON.stringify(page.session.actor.getSnapshot())),
})`

/** In a page without a session: hears the messages of a world. */
const hear = (name: string) => `globalThis.heard = []; globalThis.channel = new BroadcastChannel('outlast:${name}'); channel.onmessage = ({ data }) => heard.push(['outlast:${name}', data]); undefined`
/** What all pages of an origin can read of a world. A database that nobody has made is not to be made here. */
const read = (name: string) => `(async () => {
  const note = Object.entries(localStorage).filter(([key]) => key.startsWith('outlast:${name}:') || key === 'outlast:${name}')
  if (!(await indexedDB.databases()).some(({ name }) => name === 'outlast')) return { note, record: [], channel: heard.splice(0) }
  const result = (request) => new Promise((resolve, reject) => Object.assign(request, { onsuccess: () => resolve(request.result), onerror: () => reject(request.error) }))
  const database = await result(indexedDB.open('outlast'))
  const store = database.transaction('sessions').objectStore('sessions')
  const record = [await result(store.getAllKeys()), await result(store.getAll())]
  database.close()
  return { note, record: record[0].map((key, i) => [key, record[1][i]]).filter(([key]) => key === 'outlast:${name}'), channel: heard.splice(0) }
})()`

interface LifeParts {
  readonly seed: number
  readonly secrets: Secrets
  readonly sinks: Sinks
  /** What every page does once, so that something leaks. */
  readonly leak?: string
}

async function live({ seed, secrets, sinks, leak }: LifeParts) {
  const dice = drawnChoices(seed)
  let instead: Spill['instead']
  const spill: Spill = {
    text: (place) => secrets.text(place),
    get instead() {
      return instead
    },
  }
  const world = site.world(dice.pick([600_000, 4_000]), spill)
  const name = new URL(world.url(0)).pathname.split('/')[1] ?? ''
  const urlOf = (tab: number) => world.url(tab, `secret=${secrets.text('url')}`)
  const listener = await browser.open(new URL('news', world.url(0)).href)
  await listener.evaluate(hear(name))
  const tabs: ChromiumTab[] = []
  const open = async () => {
    const tab = await browser.open(urlOf(tabs.length + 1), LISTEN)
    tabs.push(tab)
    await isThere(tab)
  }

  async function look() {
    for (const [sink, seen] of Object.entries(await listener.evaluate<{ [sink in Sink]?: unknown[] }>(read(name)))) seen.forEach((one) => sinks.look(sink as Sink, one))
    for (const tab of tabs) {
      const { view, document, 'flight record': flight, 'snapshot as JSON': snapshot, ...kept } = await tab.evaluate<{ [sink in Sink]: unknown }>(TAKE)
      sinks.look('view', view)
      sinks.look('document', document)
      sinks.look('snapshot as JSON', snapshot)
      if (flight) sinks.look('flight record', flight)
      for (const [sink, seen] of Object.entries(kept)) (seen as unknown[]).forEach((one) => sinks.look(sink as Sink, one))
    }
  }

  await open()
  await tabs[0]?.evaluate(`page.signIn('${secrets.text('person')}')`)
  await isLive(tabs[0] as ChromiumTab)
  await open()
  for (let step = 0; step < STEPS; step++) {
    const tab = dice.pick(tabs)
    await act({ dice, secrets, tab, world, open: async () => void (tabs.length < 3 && (await open())), again: () => tab.go(urlOf(tabs.indexOf(tab) + 1)), say: (what) => void (instead = what) })
    if (leak !== undefined) await tab.evaluate(leak)
    await look()
  }
  // What is still under way comes to its end.
  instead = undefined
  world.refuse(false)
  for (const tab of tabs) await until(() => stateOf(tab), (state) => expect(state).toBeDefined())
  await look()
  for (const tab of [...tabs, listener]) await tab.close()
}

const isThere = (tab: ChromiumTab) => until(() => stateOf(tab), (state) => expect(state).toBeDefined())

interface Act {
  readonly dice: Choices
  readonly secrets: Secrets
  readonly tab: ChromiumTab
  readonly world: ReturnType<typeof site.world>
  open(): Promise<void>
  again(): Promise<void>
  say(instead: Spill['instead']): void
}

/** One step. What a command comes to is seen whenever that is. */
async function act({ dice, secrets: { text }, tab, world, open, again, say }: Act) {
  const follow = (command: string) => tab.evaluate(`follow(page.session.${command})`)
  const acts: readonly (() => unknown)[] = [
    () => follow('check()'),
    () => follow('check()'),
    () => follow('extend()'),
    () => follow('extend()'),
    () => follow('signOut()'),
    () => tab.evaluate(`follow(page.signIn('${text('person')}'))`),
    () => tab.evaluate(`follow(page.signIn('${text('person')}'))`),
    () => follow(`run(() => Promise.reject(Object.assign(new Error('${text('operation')}'), { theirs: true, status: 401, response: { status: 401 } })))`),
    () => follow(`run(() => Promise.reject({ theirs: true, token: '${text('operation')}' }), { replay: () => true, onEnded: 'wait' })`),
    () => follow(`check({ signal: AbortSignal.abort(new Error('${text('signal')}')) })`),
    () => follow(`stepUp({ acrValues: ['${text('operation')}'] })`),
    () => say(dice.pick(['error', 'busy', 'portal', 'redirect', 'garbage'])),
    () => say(undefined),
    () => say(undefined),
    () => world.refuse(true),
    () => world.refuse(false),
    () => world.refuse(false),
    () => world.end(),
    () => tab.front(),
    () => tab.press(),
    async () => {
      await tab.freeze()
      await tab.resume()
    },
    async () => {
      await again()
      await isThere(tab)
    },
    open,
  ]
  await dice.pick(acts)()
}

it(`no secret is seen in a page, nor in what its pages share, in ${String(LIVES * STEPS)} random steps of ${String(LIVES)} lives (law 7)`, async () => {
  const secrets = createSecrets()
  const all = await Promise.all(
    Array.from({ length: LIVES }, async (_, seed) => {
      const sinks = createSinks(secrets)
      await live({ seed, secrets, sinks })
      expect([...sinks.leaked], `in the life of seed ${String(seed)}`).toEqual([])
      return sinks
    }),
  )
  expect({
    unseen: SINKS.filter((sink) => !all.some(({ looks }) => looks.has(sink))),
    unplanted: PLACES.filter((place) => !secrets.planted.has(place)),
  }).toEqual({ unseen: [], unplanted: [] })
})

it('and one that is there is seen', async () => {
  const secrets = createSecrets()
  const sinks = createSinks(secrets)
  const token = secrets.text('cookie')
  const leak = `(() => {
    const key = 'outlast:' + location.pathname.split('/')[1]
    localStorage.setItem(key, '${token}')
    new BroadcastChannel(key).postMessage('${token}')
    console.dir({ token: '${token}' })
    document.body.title = '${token}'
    follow(Promise.resolve('${token}'))
    follow(Promise.reject(new Error('${token}')))
    return new Promise((resolve, reject) => {
      const opening = indexedDB.open('outlast')
      opening.onsuccess = () => {
        const change = opening.result.transaction('sessions', 'readwrite')
        change.objectStore('sessions').put('${token}', key)
        change.oncomplete = () => (opening.result.close(), resolve())
        change.onerror = reject
      }
    })
  })()`
  await live({ seed: 1, secrets, sinks, leak })
  expect([...sinks.leaking]).toEqual(expect.arrayContaining(['record', 'note', 'channel', 'console', 'document', 'resolved', 'rejected']))
})
