import { afterEach, describe, expect, it, vi } from 'vitest'
import { nodeSignals } from '../../src/signals/node'
import { runInNode } from '../runInNode'

const listeners = () => process.listenerCount('SIGCONT')
const source = JSON.stringify(new URL('../../src/signals/node.ts', import.meta.url).href)

describe('a process', () => {
  it('is never hidden', () => {
    expect(nodeSignals.isHidden()).toBe(false)
  })

  it('that was stopped hears that it woke, until it does not listen any more', () => {
    const heard: unknown[] = []
    const stop = nodeSignals.listen((signal) => heard.push(signal))
    process.emit('SIGCONT')
    process.emit('SIGCONT')
    stop()
    process.emit('SIGCONT')
    expect([heard, listeners()]).toEqual([['woke', 'woke'], 0])
  })

  it('tells everybody who listens, also the same one twice, until each has stopped', () => {
    const listener = vi.fn()
    const [stop, stopAgain] = [nodeSignals.listen(listener), nodeSignals.listen(listener)]
    stop()
    stop()
    process.emit('SIGCONT')
    expect(listener.mock.calls).toEqual([['woke']])
    stopAgain()
    expect(listeners()).toBe(0)
  })

  it('has one listener for however many sessions, so that it warns of no leak', () => {
    const stops = Array.from({ length: 1_000 }, () => nodeSignals.listen(() => {}))
    expect(listeners()).toBe(1)
    for (const stop of stops) stop()
    expect(listeners()).toBe(0)
  })

  it('tells only those who listened when it woke', () => {
    const late = vi.fn()
    const stops: (() => void)[] = []
    stops.push(nodeSignals.listen(() => stops.push(nodeSignals.listen(late))))
    process.emit('SIGCONT')
    for (const stop of stops) stop()
    expect([stops.length, late.mock.calls]).toEqual([2, []])
  })

  it('that is really continued hears it, and then comes to its end', { timeout: 30_000 }, async () => {
    const code = `import { nodeSignals } from ${source}
      const held = setTimeout(() => {}, 3600000)
      nodeSignals.listen((signal) => { console.log(signal); clearTimeout(held) })
      process.kill(process.pid, 'SIGCONT')`
    expect(await runInNode(code)).toEqual({ exitCode: 0, said: 'woke\n' })
  })

  it('that only listens comes to its end', { timeout: 30_000 }, async () => {
    const code = `import { nodeSignals } from ${source}
      nodeSignals.listen(() => {})
      console.log('listens')`
    expect(await runInNode(code)).toEqual({ exitCode: 0, said: 'listens\n' })
  })
})

describe('a platform', () => {
  afterEach(() => void vi.unstubAllGlobals())

  it.each<[string, unknown]>([
    ['without a process', undefined],
    ['with null for a process', null],
    ['whose process has no events', { env: {} }],
    ['whose process takes no listener back', { on() {} }],
  ])('%s tells nothing, and throws nothing', (_, process) => {
    const heard: unknown[] = []
    vi.stubGlobal('process', process)
    try {
      nodeSignals.listen((signal) => heard.push(signal))()
    } finally {
      vi.unstubAllGlobals()
    }
    expect(heard).toEqual([])
  })

  it('is not touched before somebody listens', async () => {
    const on = vi.spyOn(process, 'on')
    vi.resetModules()
    const { nodeSignals: fresh } = await import('../../src/signals/node')
    fresh.isHidden()
    const asked = () => on.mock.calls.filter(([name]) => name === 'SIGCONT').length
    const before = asked()
    fresh.listen(() => {})()
    expect([before, asked()]).toEqual([0, 1])
    on.mockRestore()
  })
})
