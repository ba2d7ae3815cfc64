type Who = 'server' | 'app' | 'demo'

/** Tells what happens in the order in which it happened, though word of the server comes a little later. */
export interface Timeline {
  /** @param at epoch milliseconds; now, when left out */
  say(who: Who, what: string, at?: number): void
  /** Prints what was said since the last time. */
  print(): void
  elapsedMs(): number
}

export interface Finding {
  readonly what: string
  readonly detail: string
}

export interface Totals {
  readonly extensions: number
  readonly calls: number
  readonly failed: number
  readonly durationMs: number
}

const colours = process.stdout.isTTY && process.stdout.hasColors()
const paint = (code: number, text: string): string => (colours ? `\u001b[${String(code)}m${text}\u001b[0m` : text)
const tones = { app: 32, server: 2, demo: 33 } as const

// The SDK prints each change of its state through console.log, so nothing here does.
const print = (line = ''): void => void process.stdout.write(`${line}\n`)

export function createTimeline(title: string): Timeline {
  const startedAt = Date.now()
  let said: { who: Who; what: string; at: number }[] = []
  print(`${title}\n`)
  return {
    elapsedMs: () => Date.now() - startedAt,
    say: (who, what, at = Date.now()) => void said.push({ who, what, at }),
    print() {
      // In the same millisecond the call comes before what the app makes of it.
      said.sort((a, b) => a.at - b.at || Number(b.who === 'server') - Number(a.who === 'server'))
      for (const { who, what, at } of said) {
        const time = `${((at - startedAt) / 1000).toFixed(1)} s`
        print(`${paint(2, time.padStart(8))}  ${paint(tones[who], who.padEnd(6))}  ${what}`)
      }
      said = []
    },
  }
}

export function printSummary(findings: readonly Finding[], missing: string | undefined, totals: Totals): void {
  const rows = findings.map(({ what, detail }) => ['ok', what, detail])
  if (missing !== undefined) rows.push(['MISSING', missing, ''])
  const width = (column: number): number => Math.max(...rows.map(row => row[column]?.length ?? 0))
  const widths = [width(0), width(1)]
  print()
  for (const [verdict = '', what = '', detail = ''] of rows) {
    const tone = verdict === 'ok' ? 32 : 31
    print(`  ${paint(tone, verdict.padEnd(widths[0] ?? 0))}  ${what.padEnd(widths[1] ?? 0)}  ${detail}`.trimEnd())
  }
  const { extensions, calls, failed, durationMs } = totals
  print()
  print(`  ${String(extensions)} extensions, ${String(calls)} calls, ${String(failed)} of them failed, ${(durationMs / 1000).toFixed(1)} s in all`)
  print()
  print(missing === undefined ? 'All observed.' : `Not observed: ${missing}.`)
}

/** Runs with nothing printed through `console.log`, and gives it back. */
export async function withoutConsoleLog<T>(run: () => Promise<T>): Promise<T> {
  const { log } = console
  console.log = () => {}
  try {
    return await run()
  } finally {
    console.log = log
  }
}
