import type { Signals } from '../ports'

interface Process {
  on?(signal: string, listener: () => void): unknown
  off?(signal: string, listener: () => void): unknown
}

/** What a process hears of its life: that it runs again after it was stopped. Everything else a late timer tells. */
export const nodeSignals: Signals = {
  isHidden: () => false,
  listen(listener) {
    const { process } = globalThis as { process?: Process }
    const wake = () => listener('woke')
    process?.on?.('SIGCONT', wake)
    return () => void process?.off?.('SIGCONT', wake)
  },
}
