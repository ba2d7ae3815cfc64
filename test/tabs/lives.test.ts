import { describe, expect, it } from 'vitest'
import { backends } from '../../scripts/sim/backends'
import { limits, ports } from '../../scripts/sim/ports'
import { simulate } from '../../src/testing'

describe('random lives of tabs that share a session', () => {
  it.each([1, 2])('break no law, whatever befalls them: seed %i', async (seed) => {
    const { violations, acts } = await simulate({ seed, decisions: 150_000, backends, ports, limits })
    expect(violations).toEqual([])
    expect(acts['primitive']).toBeGreaterThan(0)
    expect(acts['use']).toBeGreaterThan(0)
  })
})
