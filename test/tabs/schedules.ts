import type { Choices } from '../../src/testing/world/choices'

/** Decision number, and what is taken instead of the plain one. */
export type Schedule = ReadonlyMap<number, number>

/** Choices as plain as can be, but for the given ones, and no chance in anything else. Counts how many there are to each decision. */
export function scheduled(schedule: Schedule): Choices & { armed: boolean; readonly counts: readonly number[] } {
  const counts: number[] = []
  const take = (count: number) => {
    if (!choices.armed) return 0
    counts.push(count)
    return Math.min(schedule.get(counts.length - 1) ?? 0, count - 1)
  }
  const choices: ReturnType<typeof scheduled> = {
    /** What comes before is the same in all schedules. */
    armed: false,
    counts,
    choose: take,
    pick: <T>(options: readonly T[]) => options[take(options.length)] as T,
    chance: () => false,
    // The fastest or the slowest.
    between: (from, to) => (take(2) === 0 ? from : to),
    // Everybody is due in the same moment.
    random: () => 0,
    nextStep() {},
    decisions: 0,
    record: [],
  }
  return choices
}

/** Every schedule that differs from the plain one in so many decisions at most, each lived through once. Returns how many there were. */
export async function everySchedule(most: number, live: (schedule: Schedule) => Promise<readonly number[]>): Promise<number> {
  let lived = 0
  async function from(schedule: Schedule, first: number) {
    const counts = await live(schedule)
    lived++
    if (schedule.size === most) return
    for (let decision = first; decision < counts.length; decision++) {
      for (let taken = 1; taken < (counts[decision] ?? 0); taken++) await from(new Map([...schedule, [decision, taken]]), decision + 1)
    }
  }
  await from(new Map(), 0)
  return lived
}
