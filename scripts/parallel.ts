import { execFile } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'

/** Runs a job of so many after the other, as many at once as the machine has cores. */
export async function inParallel<Job>(jobs: Iterable<Job>, run: (job: Job) => Promise<unknown>): Promise<void> {
  const queue = jobs[Symbol.iterator]()
  async function work(): Promise<void> {
    for (let next = queue.next(); !next.done; next = queue.next()) await run(next.value)
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
}

/** What another run of a program prints, as JSON; whether or not that run calls itself a failure. */
export async function printedBy<Printed>(program: string, args: readonly string[]): Promise<Printed> {
  const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, program, ...args], { maxBuffer: 2 ** 28 }).catch((error: { readonly stdout?: string }) => {
    if (!error.stdout) throw error
    return { stdout: error.stdout }
  })
  return JSON.parse(stdout) as Printed
}
