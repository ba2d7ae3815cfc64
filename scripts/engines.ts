import { setTimeout as wait } from 'node:timers/promises'
import { type Engine, type EngineTab } from './engines/engine'
import { launchFirefox } from './engines/firefox'
import { launchWebKit } from './engines/webkit'
import { serveSite, type Site, type SiteWorld } from '../test/browser/site/server'

// `npm run test:engines [-- --json]`: the tabs of one session in Firefox and WebKit, as far as they are installed.
// Nothing is installed by this script. With `--require`, or where `CI` is set, an engine that is missing is a failure.

const LIFE_MS = 6_000
const TABS = 4
const PERIODS = 6

interface Outcome {
  readonly engine: string
  readonly what: string
  readonly ok: boolean
  readonly detail: string
}

const json = process.argv.includes('--json')
const required = process.argv.includes('--require') || Boolean(process.env['CI'])
const outcomes: Outcome[] = []

const viewOf = (tab: EngineTab) => tab.evaluate<{ state: string; signedIn?: boolean; reason?: string } | null>('globalThis.page?.session.get()')

async function until(what: string, isSo: () => Promise<boolean> | boolean, ms = 20_000): Promise<number> {
  const startedAt = Date.now()
  while (!(await isSo())) {
    if (Date.now() - startedAt > ms) throw new Error(`${what}: not within ${String(ms)} ms`)
    await wait(10)
  }
  return Date.now() - startedAt
}

const isLive = (tab: EngineTab) => until('signed in', async () => (await viewOf(tab))?.state === 'active.scheduled')

/** From its first "signed in" on, a tab never showed anything else. */
async function stayed(tab: EngineTab): Promise<boolean> {
  const shown = await tab.evaluate<(boolean | null)[]>('page.views.map(({ signedIn }) => signedIn ?? null)')
  const since = shown.indexOf(true)
  return since >= 0 && shown.slice(since).every(signedIn => signedIn === true)
}

async function openTabs(engine: Engine, world: SiteWorld): Promise<EngineTab[]> {
  const first = await engine.open(world.url(1))
  await until('asked', async () => (await viewOf(first))?.state === 'expired.ended')
  await first.evaluate('page.signIn("ada")')
  await isLive(first)
  const tabs = [first]
  for (let tab = 2; tab <= TABS; tab += 1) tabs.push(await engine.open(world.url(tab)))
  for (const tab of tabs) await isLive(tab)
  return tabs
}

/** What is to be shown, in this order: each goes on where the one before has ended. */
async function show(engine: Engine, site: Site): Promise<void> {
  const check = async (what: string, run: () => Promise<string>) => {
    try {
      outcomes.push({ engine: engine.version, what, ok: true, detail: await run() })
    } catch (error) {
      outcomes.push({ engine: engine.version, what, ok: false, detail: error instanceof Error ? error.message : String(error) })
    }
  }
  const must = (is: boolean, what: string) => {
    if (!is) throw new Error(what)
  }
  const world = site.world(LIFE_MS)
  let tabs: EngineTab[] = []

  await check('one extension a period', async () => {
    tabs = await openTabs(engine, world)
    const before = world.grants.length
    await until('the periods', () => world.grants.length >= before + PERIODS, PERIODS * LIFE_MS)
    const gaps = world.grants.slice(before).map((at, i) => at - (world.grants[before + i - 1] ?? at - LIFE_MS))
    must(Math.min(...gaps) > LIFE_MS / 10, `two extensions within ${String(Math.min(...gaps))} ms`)
    must(world.isAlive, 'the session lapsed')
    for (const tab of tabs) must(await stayed(tab), 'a tab was signed out')
    return `${String(TABS)} tabs, ${String(PERIODS)} extensions, ${gaps.map(gap => (gap / 1000).toFixed(1)).join(' ')} s apart`
  })
  await check('another tab takes over', async () => {
    const held = await world.holdNext('extend')
    const next = world.next('extend')
    const at = Date.now()
    const [closing] = tabs.splice(held.tab - 1, 1)
    await closing?.close()
    const took = (await next).at - at
    held.release()
    must(took < 2_000, `after ${String(took)} ms`)
    for (const tab of tabs) await isLive(tab)
    must(world.isAlive, 'the session lapsed')
    return `${String(took)} ms after the tab that extended was closed`
  })
  await check('a sign-out is final everywhere', async () => {
    const [first, ...others] = tabs as [EngineTab, ...EngineTab[]]
    world.refuse(true)
    await first.evaluate('void page.session.signOut()')
    const took = await until('signed out', async () => (await Promise.all(others.map(viewOf))).every(view => view?.reason === 'signedOut'), 5_000)
    await first.go(world.url(1))
    await until('asked', async () => /^expired/.test((await viewOf(first))?.state ?? ''))
    must((await viewOf(first))?.reason === 'signedOut', 'a reload forgets it')
    const told = world.next('revoke')
    world.refuse(false)
    await told
    return `in ${String(others.length)} other tabs within ${String(took)} ms; after a reload; told when the server was back`
  })
  for (const tab of tabs) await tab.close().catch(() => undefined)
}

const site = await serveSite()
for (const [name, launch] of [['Firefox', launchFirefox], ['WebKit', launchWebKit]] as const) {
  const engine = await launch()
  if (engine === undefined) {
    outcomes.push({ engine: name, what: 'is not installed, so nothing ran', ok: !required, detail: '' })
    continue
  }
  await show(engine, site)
  await engine.close()
}
await site.close()

if (json) console.log(JSON.stringify(outcomes, null, 2))
else for (const { engine, what, ok, detail } of outcomes) console.log(`${ok ? 'ok  ' : 'FAIL'}  ${engine.padEnd(18)} ${what.padEnd(32)} ${detail}`)
const failed = outcomes.filter(({ ok }) => !ok).length
if (!json) console.log(`\n${String(outcomes.length - failed)} passed, ${String(failed)} failed`)
process.exitCode = failed > 0 ? 1 : 0
