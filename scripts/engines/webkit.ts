import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { installedProgram } from '../programs'
import type { Engine } from './engine'

const browsers = ['4.1', '4.0'].map(version => `/usr/lib/x86_64-linux-gnu/webkit2gtk-${version}/MiniBrowser`)

/** WebKitGTK's MiniBrowser over WebDriver, on a display of its own; or undefined where it is not installed. */
export async function launchWebKit(): Promise<Engine | undefined> {
  const [driver, display, binary] = [installedProgram('WebKitWebDriver'), installedProgram('Xvfb'), installedProgram(...browsers)]
  if (driver === undefined || display === undefined || binary === undefined) return undefined
  const home = await mkdtemp(join(tmpdir(), 'outlast-webkit-'))
  const screen = await startDisplay(display)
  const port = await freePort()
  const server = spawn(driver, [`--port=${String(port)}`], {
    stdio: 'ignore',
    env: { ...process.env, DISPLAY: screen.name, HOME: home, XDG_DATA_HOME: home, XDG_CACHE_HOME: home },
  })

  async function call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`http://127.0.0.1:${String(port)}${path}`, { method, ...(body && { body: JSON.stringify(body) }) })
    const { value } = (await response.json()) as { value: T & { error?: string; message?: string } }
    if (!response.ok) throw new Error(`${method} ${path}: ${String(value.message)}`)
    return value
  }

  async function end() {
    await Promise.all([server, screen.process].map(stop))
    await rm(home, { recursive: true, force: true, maxRetries: 5 })
  }

  try {
    await eventually(() => call('GET', '/status'))
    type Started = { sessionId: string; capabilities: { browserVersion: string } }
    const { sessionId, capabilities } = await call<Started>('POST', '/session', {
      capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': { binary, args: ['--automation'] } } },
    })
    const at = `/session/${sessionId}`
    // A command goes to the window that was switched to last, so one is sent after the other.
    let last: Promise<unknown> = Promise.resolve()
    const inWindow = <T>(handle: string, method: string, path: string, body?: object): Promise<T> => {
      const turn = last.then(async () => {
        await call('POST', `${at}/window`, { handle })
        return call<T>(method, `${at}${path}`, body)
      })
      last = turn.catch(() => undefined)
      return turn
    }
    return {
      version: `WebKitGTK ${capabilities.browserVersion}`,
      async open(url) {
        const { handle } = await call<{ handle: string }>('POST', `${at}/window/new`, { type: 'tab' })
        const go = (to: string) => inWindow<void>(handle, 'POST', '/url', { url: to })
        await go(url)
        return {
          go,
          async evaluate<T>(expression: string) {
            const script = `const done = arguments[0]; Promise.resolve(${expression}).then(value => done(JSON.stringify(value) ?? 'null'), error => done(JSON.stringify({ thrown: String(error) })))`
            return JSON.parse(await inWindow<string>(handle, 'POST', '/execute/async', { script, args: [] })) as T
          },
          close: () => inWindow<void>(handle, 'DELETE', '/window'),
        }
      },
      async close() {
        await call('DELETE', at).catch(() => undefined)
        await end()
      },
    }
  } catch (error) {
    await end()
    throw error
  }
}

/** It chooses a number that is free, and writes it down. */
async function startDisplay(program: string): Promise<{ name: string; process: ChildProcess }> {
  const child = spawn(program, ['-displayfd', '3', '-screen', '0', '1280x800x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
  const number = await new Promise<string>((resolve, reject) => {
    child.once('exit', code => reject(new Error(`Xvfb ended with ${String(code)}`)))
    child.stdio[3]?.once('data', (text: Buffer) => resolve(text.toString().trim()))
  })
  return { name: `:${number}`, process: child }
}

const stop = (child: ChildProcess): Promise<void> =>
  new Promise(resolve => {
    if (child.exitCode !== null) resolve()
    child.once('exit', () => resolve())
    child.kill()
  })

const freePort = (): Promise<number> =>
  new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = 100; ; left -= 1) {
    try {
      return await attempt()
    } catch (error) {
      if (left === 0) throw error
      await wait(100)
    }
  }
}
