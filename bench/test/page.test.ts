import { createHook } from 'node:async_hooks'
import { describe, expect, it } from 'vitest'
import { createWorld, type Tab } from '../../src/testing'
import { openPage } from '../survival/page'

const openTab = () => {
  const world = createWorld()
  const browser = world.openBrowser()
  return { world, browser, tab: browser.openTab() }
}
const told = (tab: Tab, script = '') => openPage(tab, `const told = []; const tell = (what) => () => told.push(what + ' ' + performance.now()); ${script}`)

describe('A page', () => {
  it('has the timers and clocks of its tab', async () => {
    const { world, browser, tab } = openTab()
    const page = told(tab, `setTimeout(tell('once'), 1500); setInterval(tell('again'), 1000); const dead = setInterval(tell('never'), 10); clearInterval(dead)`)
    await world.advance(2_000)
    expect(page.run('told.join()')).toBe('again 1000,once 1500,again 2000')
    browser.machine.setClockBy(5_000)
    expect(page.run('[Date.now(), new Date().getTime(), +new Date(7), typeof Date(), new Date() instanceof Date].join()')).toBe(`${world.now() + 5_000},${world.now() + 5_000},7,string,true`)
    browser.machine.sleep(60_000)
    await world.advance(60_500)
    // Its clock of milliseconds stood still, and its timers with it.
    expect(page.run('performance.now()')).toBe(2_500)
    page.close()
    await world.advance(10_000)
    expect(page.run('told.length')).toBe(3)
  })

  it('is slowed down by its tab while hidden, but not in its tasks without delay', async () => {
    const { world, tab } = openTab()
    const page = told(tab, `const { port1, port2 } = new MessageChannel(); port1.onmessage = tell('task'); document.addEventListener('visibilitychange', tell('hidden'))`)
    await world.advance(500)
    tab.hide()
    page.run(`setTimeout(tell('timer'), 100); port2.postMessage(null)`)
    await world.advance(2_000)
    expect(page.run('told.join()')).toBe('hidden 500,task 500,timer 1000')
    expect(page.run('document.visibilityState')).toBe('hidden')
  })

  it('hears in its document and in its window when it is looked at', async () => {
    const { world, tab } = openTab()
    const page = told(tab, `document.addEventListener('visibilitychange', tell('document')); for (const type of ['visibilitychange', 'focus', 'blur']) addEventListener(type, tell(type))`)
    tab.hide()
    await world.advance(5)
    tab.show()
    await world.advance(5)
    expect(page.run('told.join()')).toBe('document 0,visibilitychange 0,blur 0,document 5,visibilitychange 5,focus 5')
  })

  it('hears that its network goes and comes, as soon as it runs, unless it goes without a word', async () => {
    const { world, browser, tab } = openTab()
    const page = told(tab, `addEventListener('offline', tell('offline')); addEventListener('online', tell('online'))`)
    await world.advance(10)
    browser.network.cut()
    expect(page.run('navigator.onLine')).toBe(false)
    await world.advance(10)
    browser.network.restore()
    expect(page.run('told.join()')).toBe('offline 10,online 20')
    browser.network.cut('lostRequest')
    expect(page.run('navigator.onLine')).toBe(true)
    browser.machine.sleep(100)
    browser.network.cut()
    await world.advance(50)
    expect(page.run('told.length')).toBe(2)
    await world.advance(100)
    expect(page.run('told[2]')).toMatch('offline')
  })

  it('shares what it stores with the others of its browser, and tells them', async () => {
    const { world, browser, tab } = openTab()
    const page = told(tab, `addEventListener('storage', ({ key, newValue }) => told.push(key + '=' + newValue))`)
    const other = told(browser.openTab())
    other.run(`localStorage.setItem('a', 1); localStorage.setItem('a', 1); sessionStorage.setItem('b', 2)`)
    await world.advance(100)
    expect(page.run('told.join()')).toBe('a=1')
    expect(page.run(`[localStorage.getItem('a'), localStorage.length, sessionStorage.getItem('b')].join()`)).toBe('1,1,')
    expect(other.run('told.length')).toBe(0)
  })

  it('asks the server of its world, in words of its own realm', async () => {
    const { world, browser, tab } = openTab()
    browser.token = world.server.signIn('ada')
    const page = told(tab, `
      const ask = () => fetch('/session').then((response) => response.json())
      const isPlain = (value) => Object.getPrototypeOf(value) === Object.prototype
      ask().then((json) => told.push(json.subject, isPlain(json)))`)
    await world.advance(1_000)
    browser.network.cut()
    page.run(`ask().catch((error) => told.push(error instanceof TypeError, error.message))`)
    await world.advance(1_000)
    expect(page.run('told.join()')).toBe('ada,true,true,Failed to fetch')
  })

  it('gives up on a request that nobody answers, as browsers do', async () => {
    const { world, browser, tab } = openTab()
    browser.network.cut('lostRequest')
    const page = told(tab, `fetch('/session').catch((error) => told.push(error.message))`)
    await world.advance(299_000)
    expect(page.run('told.length')).toBe(0)
    await world.advance(2_000)
    expect(page.run('told.join()')).toBe('Failed to fetch')
    expect(tab.pendingTimers()).toBe(0)
  })

  it('keeps what nobody caught, and goes on', async () => {
    const { world, browser, tab } = openTab()
    const page = told(tab, `
      setTimeout(() => { throw 'a timer' }, 10)
      addEventListener('blur', () => { throw 'a listener' })
      Promise.reject('a promise')
      setTimeout(tell('on'), 20)`)
    tab.hide()
    await world.advance(2_000)
    expect([...page.errors].sort()).toEqual(['a listener', 'a promise', 'a timer'])
    expect(page.run('told.length')).toBe(1)
    // Also what comes after its end.
    browser.network.cut()
    page.run(`void fetch('/session')`)
    page.close()
    await world.advance(2_000)
    expect(String(page.errors[3])).toBe('TypeError: Failed to fetch')
  })

  it('is another realm than the next one, with other numbers at random, the same in the same world', () => {
    const draw = () => {
      const { browser, tab } = openTab()
      return [tab, browser.openTab()].map((one) => openPage(one, 'globalThis.drawn = Math.random() + crypto.randomUUID()').window['drawn'])
    }
    const [first, second] = draw()
    expect(first).not.toBe(second)
    expect(draw()).toEqual([first, second])
  })

  it('uses no timer and no task of Node', async () => {
    const { world, tab } = openTab()
    const made = new Set<string>()
    const hook = createHook({ init: (_, type) => void made.add(type) })
    hook.enable()
    const page = told(tab, `
      setInterval(tell('interval'), 1000)
      AbortSignal.timeout(500).addEventListener('abort', tell('timeout'))
      const channel = new BroadcastChannel('a')
      navigator.locks.request('a', async () => tell('lock')())
      crypto.subtle.digest('SHA-256', new Uint8Array(8)).then(tell('digest'))`)
    await world.advance(3_000)
    hook.disable()
    expect(page.run('told.length')).toBe(6)
    // The world waits for what follows from each thing that happens, by an immediate.
    expect([...made].filter((type) => !['PROMISE', 'Microtask', 'TickObject', 'Immediate'].includes(type))).toEqual([])
    expect(page.run('[typeof setImmediate, typeof process, typeof require].join()')).toBe('undefined,undefined,undefined')
  })
})
