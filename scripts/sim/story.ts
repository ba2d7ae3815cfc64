import type { FoundViolation } from '../../src/testing'

/** A law that was broken, as people are told. */
export const storyOf = ({ law, what, seed, step, trace }: FoundViolation) =>
  [`\nLaw ${law}: ${what}`, `in the world of seed ${seed}, at step ${step}. The smallest story that was found:\n`, ...trace.map((line) => `  ${line}`)].join('\n')
