import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Choices, type DecisionRecord, drawnChoices, recordedChoices } from '../../../src/testing/world/choices'
import { shrink } from '../../../src/testing/world/shrink'

const record = fc.array(fc.array(fc.nat(3), { maxLength: 4 }), { maxLength: 30 })

/** Where a record has decisions that are not harmless. */
const places = (record: DecisionRecord) => record.flatMap((step, at) => step.flatMap((decision, nth) => (decision === 0 ? [] : [[at, nth] as const])))

/** Shrinks, and notes every candidate that was tried, and whether it failed. */
async function observe(record: DecisionRecord, fails: (candidate: DecisionRecord) => boolean) {
  const tried: { candidate: DecisionRecord; failed: boolean }[] = []
  const smallest = await shrink(record, async (candidate) => {
    tried.push({ candidate, failed: fails(candidate) })
    return tried.at(-1)?.failed ?? false
  })
  return { smallest, tried }
}

describe('shrinking', () => {
  it('leaves of a story exactly what it takes to fail', async () => {
    await fc.assert(
      fc.asyncProperty(record, fc.array(fc.nat(), { maxLength: 3 }), async (record, picks) => {
        const all = places(record)
        const needed = all.filter((_, nth) => picks.some((pick) => pick % all.length === nth))
        const { smallest } = await observe(record, (candidate) => needed.every(([at, nth]) => candidate[at]?.[nth] === record[at]?.[nth]))
        expect(places(smallest)).toEqual(needed)
      }),
    )
  })

  it('returns what failed, or the story as it was, whatever it takes to fail', async () => {
    await fc.assert(
      fc.asyncProperty(record, fc.func(fc.boolean()), async (record, fails) => {
        const { smallest, tried } = await observe(record, (candidate) => fails(places(candidate)))
        expect(smallest).toBe(tried.filter(({ failed }) => failed).at(-1)?.candidate ?? record)
      }),
    )
  })

  it('makes decisions harmless and adds none', async () => {
    await fc.assert(
      fc.asyncProperty(record, fc.func(fc.boolean()), async (record, fails) => {
        const { tried } = await observe(record, (candidate) => fails(candidate.flat().length))
        for (const { candidate } of tried) {
          candidate.forEach((step, at) => step.forEach((decision, nth) => expect([0, record[at]?.[nth]]).toContain(decision)))
        }
      }),
    )
  })

  it('never tries what is harmless already', async () => {
    const harmless = [[0, 0], [], [0]]
    expect(await observe(harmless, () => true)).toEqual({ smallest: harmless, tried: [] })
    expect(await observe([], () => true)).toEqual({ smallest: [], tried: [] })
  })

  it('tries everything at once first, so that a story that fails anyway takes one run', async () => {
    const { smallest, tried } = await observe([[3, 1], [2], [0, 1]], () => true)
    expect([places(smallest), tried.length]).toEqual([[], 1])
  })

  it.each([
    ['always', () => true],
    ['never', () => false],
    ['only with all of it', (candidate: DecisionRecord) => places(candidate).length === 6_000],
    ['with half of it', (candidate: DecisionRecord) => places(candidate).length >= 3_000],
  ])('takes at most 400 runs, however long the story, when it fails %s', async (_, fails) => {
    const record = Array.from({ length: 2_000 }, () => [1, 2, 3])
    const { tried } = await observe(record, fails)
    expect(tried.length).toBeLessThanOrEqual(400)
  })

  it('finds the two things that matter in a life of five hundred steps', async () => {
    /** It breaks when it storms after somebody left a window open. */
    const live = ({ chance, pick, nextStep }: Choices) => {
      const diary: string[] = []
      for (let step = 0; step < 500; step++) {
        if (chance(0.3)) diary.push(`${step}: ${pick(['rain', 'window', 'storm', 'snow'])}`)
        nextStep()
      }
      const opened = diary.findIndex((line) => line.endsWith('window'))
      return { diary, breaks: opened >= 0 && diary.slice(opened).some((line) => line.endsWith('storm')) }
    }
    for (let seed = 0; seed < 10; seed++) {
      const drawn = drawnChoices(seed)
      expect(live(drawn).breaks).toBe(true)
      const smallest = await shrink(drawn.record, async (candidate) => live(recordedChoices(candidate)).breaks)
      const { diary, breaks } = live(recordedChoices(smallest))
      expect([breaks, diary.map((line) => line.split(' ')[1])]).toEqual([true, ['window', 'storm']])
    }
  })

  it('passes on what a run throws', async () => {
    await expect(shrink([[1]], () => Promise.reject(new RangeError('mine')))).rejects.toThrow('mine')
  })
})
