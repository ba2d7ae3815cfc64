/** Whoever is measured: does something so many times. */
export interface Contestant {
  readonly name: string
  run(times: number): void | Promise<void>
}

export interface Effort {
  readonly rounds: number
  /** Turns of each contestant in a round: short ones, so that whatever else the machine does slows all alike. */
  readonly turns: number
  /** How long a turn takes, about, milliseconds. */
  readonly turnMs: number
}

const WARM_TURNS = 50

export const thorough: Effort = { rounds: 15, turns: 20, turnMs: 8 }

/** What this process has used of its processors: what others use of them is not counted, milliseconds. */
export function usedMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/** How often a second of processor time each does it, in every round; all in turn, whoever was last in one is first in the next. */
export async function interleave(contestants: readonly Contestant[], { rounds, turns, turnMs }: Effort): Promise<Map<string, number[]>> {
  const timed = async ({ run }: Contestant, times: number) => {
    const before = usedMs()
    await run(times)
    return usedMs() - before
  }
  // Warm, and so many times that they fill a turn.
  const many = new Map<Contestant, number>()
  for (const contestant of contestants) {
    let [times, ms] = [1, 0]
    while (ms < WARM_TURNS * turnMs) ms = await timed(contestant, (times *= 2))
    many.set(contestant, Math.ceil((times * turnMs) / ms))
  }
  const rates = new Map(contestants.map(({ name }): [string, number[]] => [name, []]))
  let order = [...contestants]
  for (let round = 0; round < rounds; round++) {
    const ms = new Map(contestants.map((contestant) => [contestant, 0]))
    for (let turn = 0; turn < turns; turn++) {
      for (const contestant of order) ms.set(contestant, (ms.get(contestant) ?? 0) + (await timed(contestant, many.get(contestant) ?? 1)))
      order = order.reverse()
    }
    for (const contestant of contestants) rates.get(contestant.name)?.push((turns * (many.get(contestant) ?? 1) * 1_000) / (ms.get(contestant) ?? NaN))
  }
  return rates
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2
}
