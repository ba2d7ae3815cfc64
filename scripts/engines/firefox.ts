import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installedProgram } from '../programs'
import type { Engine } from './engine'

interface Reply {
  readonly id?: number
  readonly type: string
  readonly message?: string
  readonly result?: unknown
}

/** Firefox over WebDriver BiDi, or undefined where it is not installed. */
export async function launchFirefox(): Promise<Engine | undefined> {
  const program = installedProgram('firefox-esr', 'firefox')
  if (program === undefined) return undefined
  const profile = await mkdtemp(join(tmpdir(), 'outlast-firefox-'))
  // It must not look at the settings of whoever runs this.
  const child = spawn(program, ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0', 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HOME: profile },
  })
  const gone = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const address = await new Promise<string>((resolve, reject) => {
    child.once('exit', code => reject(new Error(`Firefox ended with ${String(code)}`)))
    child.stderr.on('data', (text: Buffer) => {
      const found = /WebDriver BiDi listening on (ws:\S+)/.exec(text.toString())?.[1]
      if (found !== undefined) resolve(found)
    })
  })

  const socket = new WebSocket(`${address}/session`)
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve()
    socket.onerror = () => reject(new Error('Firefox does not answer'))
  })
  const waiting = new Map<number, (reply: Reply) => void>()
  socket.onmessage = ({ data }) => {
    const reply = JSON.parse(String(data)) as Reply
    waiting.get(reply.id ?? 0)?.(reply)
  }
  let lastId = 0
  const send = <T>(method: string, params: object = {}): Promise<T> =>
    new Promise((resolve, reject) => {
      const id = ++lastId
      waiting.set(id, ({ type, message, result }) => {
        waiting.delete(id)
        if (type === 'success') resolve(result as T)
        else reject(new Error(`${method}: ${String(message)}`))
      })
      socket.send(JSON.stringify({ id, method, params }))
    })

  const { capabilities } = await send<{ capabilities: { browserVersion: string } }>('session.new', { capabilities: {} })
  return {
    version: `Firefox ${capabilities.browserVersion}`,
    async open(url) {
      const { context } = await send<{ context: string }>('browsingContext.create', { type: 'tab', background: true })
      const go = async (to: string) => void (await send('browsingContext.navigate', { context, url: to, wait: 'complete' }))
      await go(url)
      return {
        go,
        async evaluate<T>(expression: string) {
          type Evaluated = { type: string; result: { value: string } }
          const { type, result } = await send<Evaluated>('script.evaluate', {
            expression: `Promise.resolve(${expression}).then(value => JSON.stringify(value) ?? 'null')`,
            target: { context },
            awaitPromise: true,
          })
          if (type !== 'success') throw new Error(`failed in Firefox: ${expression}`)
          return JSON.parse(result.value) as T
        },
        close: async () => void (await send('browsingContext.close', { context })),
      }
    },
    async close() {
      await send('browser.close').catch(() => undefined)
      await gone
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
