import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { begunAt, isSamePerson, newRecord, personIn, readRecord } from '../../src/tabs/record'

const lease = { startedAt: 0, aliveAt: 1, expiresAt: 2, latestExpiresAt: 2, grantedAt: 1, lifeMs: 1, maxExpiresAt: undefined, extendedAt: undefined, permanent: false }
const report = { lease, plan: { keepAliveMs: 1, deadlineMs: undefined, retryMs: 0 }, failures: 0, problem: { code: 'ERR_SESSION_UNMOVED' as const } }
const sound = { ...newRecord('a', 3, 5, report, 'ada'), end: 'told' as const, claim: { by: 'b', until: 1 } }

/** Every way to spoil one value somewhere in it. */
function spoiled(value: object, path: readonly string[] = []): [string, unknown][] {
  return Object.entries(value).flatMap(([name, part]: [string, unknown]) => {
    const at = [...path, name]
    const put = (bad: unknown) => [`${at.join('.')} = ${String(bad)}`, { ...value, [name]: bad }] as [string, unknown]
    const deeper = part !== null && typeof part === 'object' ? spoiled(part, at).map(([what, bad]) => [what, { ...value, [name]: bad }] as [string, unknown]) : []
    return [...[NaN, null, {}, () => 1].map(put), ...(typeof part === 'number' ? [put(Infinity), put('1')] : []), ...deeper]
  })
}

describe('a stored record', () => {
  it('is read as it was written', () => {
    expect(readRecord(structuredClone(sound))).toEqual(sound)
    expect(readRecord(structuredClone({ ...sound, report: { ...report, lease: undefined, problem: undefined }, end: undefined, claim: undefined }))).toBeDefined()
  })

  it.each(spoiled(sound).filter(([, bad]) => bad))('is as good as none with %s', (_, bad) => {
    expect(readRecord(bad)).toBeUndefined()
  })

  it.each([undefined, null, 0, '', 'record', [], {}, { ...sound, version: 2 }, { ...sound, version: 0 }, { ...sound, report: { ...report, plan: { ...report.plan, retryMs: 1e13 } } }])('is as good as none: %o', (bad) => {
    expect(readRecord(bad)).toBeUndefined()
  })

  it('may be anything', () => {
    fc.assert(fc.property(fc.anything(), (value) => readRecord(value) === undefined))
  })
})

describe('a person in a record', () => {
  it('is a number of 32 bits, the same for the same person, another in another record', () => {
    const people = Array.from({ length: 300 }, (_, i) => `person-${String(i)}`)
    const numbers = people.map((person) => personIn('a', person) as number)
    expect(new Set(numbers).size).toBe(people.length)
    expect(numbers.every((number) => Number.isInteger(number) && Math.abs(number) <= 2 ** 32)).toBe(true)
    expect(people.map((person) => personIn('a', person))).toEqual(numbers)
    expect(people.some((person, i) => personIn('b', person) === numbers[i])).toBe(false)
    expect(personIn('a', undefined)).toBeUndefined()
  })

  it('is taken for the same where one of the two is not known', () => {
    expect([isSamePerson(sound, 'ada'), isSamePerson(sound, 'bob'), isSamePerson(sound, undefined), isSamePerson({ ...sound, person: undefined }, 'bob')]).toEqual([true, false, true, true])
  })
})

describe('when a session began', () => {
  it('is as another tab saw it, where that is known', () => {
    expect(begunAt(report, 7)).toEqual({ ...report, lease: { ...lease, startedAt: 7 } })
    expect(begunAt(report, 0).lease?.startedAt).toBe(0)
    for (const [found, startedAt] of [[report, undefined], [{ ...report, lease: undefined }, 7]] as const) expect(begunAt(found, startedAt)).toBe(found)
  })
})
