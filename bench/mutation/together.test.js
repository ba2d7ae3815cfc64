import { resolve } from 'node:path'
import { describe, it } from 'vitest'

// Test files as one, in the order given: a mutant then starts one worker, and meets the tests that know it best first.
for (const file of process.env['MUTATION_TESTS']?.split(',') ?? []) {
  describe(file, async () => {
    try {
      await import(resolve(file))
    } catch (error) {
      // Stryker counts tests: a mutant that cannot even be loaded would have survived them all.
      it('loads', () => {
        throw error
      })
    }
  })
}
