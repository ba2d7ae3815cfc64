import { describe, expect, it } from 'vitest'
import { importPatched } from '../../scripts/patched'
import * as rotation from '../../scripts/rotation/entry'
import { race } from '../../scripts/rotation/race'
import { plantedInRotation } from './plantedBugs'

const { races, worlds } = rotation

// A thousand lives of each kind are `npm run sim:rotation`.
describe('the rotation race: two tabs, a slow network, lost answers, and a provider that detects reuse', () => {
  it('revokes no family where no refresh token may be used twice, and signs nobody out but for a token in doubt', async () => {
    const { total, failed } = await races({ runs: 30 }, worlds.strict)
    console.log(total)
    expect(total).toMatchObject({ revoked: 0, repeated: 0 })
    expect(failed).toEqual([])
    // It was hard enough.
    expect(total.lost).toBeGreaterThan(5)
  })

  it('exchanges most tokens safely where the network is only slow or gone', async () => {
    const { total, failed } = await races({ runs: 20 }, worlds.quiet)
    console.log(total)
    expect(failed).toEqual([])
    expect(total.exchanged).toBeGreaterThan(100)
    expect(total.inDoubt / total.exchanged).toBeLessThan(0.1)
  })

  it('revokes none where one may be used again within a minute, and fewer people sign in again', async () => {
    const strict = await races({ runs: 20 }, worlds.strict)
    const { total, failed } = await races({ runs: 20 }, worlds.patient)
    console.log(total)
    expect(failed).toEqual([])
    expect(total.repeated).toBeGreaterThan(0)
    expect(total.ended).toBeLessThan(strict.total.ended)
  })

  it.each(plantedInRotation)('revokes some when $what', async ({ what, file, find, replace }) => {
    const { races, worlds } = await importPatched<typeof rotation>('scripts/rotation/entry.ts', `planted-rotation-${what.replace(/\W+/g, '-')}`, [{ file, find, replace }])
    const { total } = await races({ runs: 20 }, worlds.strict)
    console.log(`${what}: ${total.revoked} of ${total.runs}`)
    expect(total.revoked).toBeGreaterThan(0)
  })

  it('is the same for the same seed', async () => {
    const options = { seed: 7, ...worlds.strict }
    expect(await race(options)).toEqual(await race(options))
  })
})
