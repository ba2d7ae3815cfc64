import type { Signals } from '../ports'

interface Process {
  on?(signal: string, listener: () => void): unknown
  off?(signal: string, listener: () => void): unknown
}

const ears = new Set<() => void>()
const wakeAll = () => [...ears].forEach((wake) => wake())
const thisProcess = () => (globalThis as { process?: Process }).process

/**
 * What a process hears of its life: that it runs again after it was stopped. Everything else a late timer tells. Does
 * not keep the process alive; where there is none, or one without signals, nothing is heard.
 */
export const nodeSignals: Signals = {
  isHidden: () => false,
  listen(listener) {
    const wake = () => listener('woke')
    // All have one listener of the process: from the eleventh on, Node warns of a leak.
    if (ears.add(wake).size === 1) thisProcess()?.on?.('SIGCONT', wakeAll)
    return () => {
      if (ears.delete(wake) && ears.size === 0) thisProcess()?.off?.('SIGCONT', wakeAll)
    }
  },
}
