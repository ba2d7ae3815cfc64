import { resolve } from 'node:path'
import { describe } from 'vitest'

// Test files as one, in the order given: a mutant then starts one worker, and meets the tests that know it best first.
for (const file of process.env['MUTATION_TESTS']?.split(',') ?? []) {
  describe(file, async () => {
    await import(resolve(file))
  })
}
