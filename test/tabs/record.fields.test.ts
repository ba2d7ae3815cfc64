import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createWorld } from '../../src/testing'
import { isSamePerson, newRecord, personIn, readRecord, type SessionRecord } from '../../src/tabs/record'

const lease = { startedAt: 0, aliveAt: 1, expiresAt: 2, latestExpiresAt: 3, grantedAt: 4, lifeMs: 5, maxExpiresAt: 6, extendedAt: 7, permanent: false }
const report = { lease, plan: { keepAliveMs: 1, deadlineMs: 2, retryMs: 0 }, failures: 0, problem: { code: 'ERR_SESSION_UNMOVED' as const, detail: 'in words' } }
/** Of which nothing is missing. */
const sound: SessionRecord = { ...newRecord('a', 3, 5, report, 'ada'), end: 'told', claim: { by: 'b', until: 1 }, signIn: { by: 'c', until: 2 }, activeAt: 6, reason: 'idle' }

/** What a sound record may lack. */
const OPTIONAL = new Set([
  'person',
  'end',
  'claim',
  'signIn',
  'activeAt',
  'reason',
  'report.lease',
  'report.problem',
  'report.problem.detail',
  'report.plan.keepAliveMs',
  'report.plan.deadlineMs',
  ...['expiresAt', 'latestExpiresAt', 'lifeMs', 'maxExpiresAt', 'extendedAt', 'permanent'].map((name) => `report.lease.${name}`),
])

type Path = readonly string[]
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
const paths = (value: object, at: Path = []): Path[] =>
  Object.entries(value).flatMap(([name, part]: [string, unknown]) => [[...at, name], ...(isObject(part) ? paths(part, [...at, name]) : [])])
const at = (value: unknown, path: Path): unknown => path.reduce<unknown>((part, name) => (part as { [name: string]: unknown })[name], value)
function put(value: object, [name = '', ...rest]: Path, by: unknown): object {
  return { ...value, [name]: rest.length === 0 ? by : put((value as { [name: string]: object })[name] ?? {}, rest, by) }
}
function without(path: Path): object {
  const copy = structuredClone(sound) as object
  Reflect.deleteProperty(at(copy, path.slice(0, -1)) as object, path.at(-1) ?? '')
  return copy
}
const all = paths(sound).map((path) => ({ path, name: path.join('.') }))
const required = all.filter(({ name }) => !OPTIONAL.has(name))
const optional = all.filter(({ name }) => OPTIONAL.has(name))

/** One of each type, and numbers that are none. */
const things: { what: string; thing: unknown }[] = [
  { what: 'null', thing: null },
  { what: 'yes', thing: true },
  { what: 'a number', thing: 7 },
  { what: 'NaN', thing: NaN },
  { what: 'Infinity', thing: Infinity },
  { what: 'minus Infinity', thing: -Infinity },
  { what: 'a string', thing: '7' },
  { what: 'a big number', thing: 7n },
  { what: 'a symbol', thing: Symbol('7') },
  { what: 'a list', thing: [] },
  { what: 'an empty object', thing: {} },
  { what: 'a function', thing: () => 7 },
  { what: 'a number object', thing: new Number(7) },
]
const suits = (value: unknown, thing: unknown) => typeof value === typeof thing && !isObject(value) && (typeof thing !== 'number' || Number.isFinite(thing))

describe('a stored record', () => {
  it('has the fields that are tried here', () => {
    expect(optional).toHaveLength(OPTIONAL.size)
    expect(readRecord(sound)).toBe(sound)
  })

  it.each(required)('without $name is none', ({ path }) => {
    expect([readRecord(without(path)), readRecord(put(sound, path, undefined))]).toEqual([undefined, undefined])
  })

  it.each(optional)('may lack $name', ({ path }) => {
    expect(readRecord(without(path))).toEqual(without(path))
    expect(readRecord(put(sound, path, undefined))).toBeDefined()
  })

  it.each(all)('is none with something else in place of $name', ({ path }) => {
    const misread = things.filter(({ thing }) => !suits(at(sound, path), thing) && readRecord(put(sound, path, thing)))
    expect(misread.map(({ what }) => what)).toEqual([])
  })

  it.each([0, 2, -1, 1.5, 1e9, '1'])('of version %j is none', (version) => {
    expect(readRecord({ ...sound, version })).toBeUndefined()
  })

  it.each(things)('is more than $what', ({ thing }) => {
    expect(readRecord(thing)).toBeUndefined()
  })

  it('may have what a later Outlast adds without another version, and keeps it', () => {
    expect(readRecord({ ...sound, added: { anything: [1] } })).toHaveProperty('added.anything', [1])
  })

  it.each(optional)('comes back from the store as it was put there, also without $name', async ({ path }) => {
    const { advance, openBrowser } = createWorld()
    const { store } = openBrowser().openTab().primitives
    const written = put(sound, path, undefined)
    let read: unknown
    void store?.set('k', written).then(async () => (read = readRecord(await store.get('k'))))
    await advance(100)
    expect(read).toEqual(written)
    expect(readRecord(structuredClone(written))).toEqual(written)
  })

  it('may be any JSON, and nothing comes of it', () => {
    fc.assert(fc.property(fc.json(), (json) => readRecord(JSON.parse(json)) === undefined))
  })

  it('in which any JSON stands in any place is none, or one of which every field suits', () => {
    fc.assert(
      fc.property(fc.constantFrom(...all), fc.jsonValue(), ({ path, name }, value) => {
        const read = readRecord(put(sound, path, value))
        if (read) expect(suits(at(sound, path), at(read, path)) || isObject(at(sound, path)), name).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('the number of a person', () => {
  const people = Array.from({ length: 200 }, (_, i) => (i % 2 ? `person-${i}@example.com` : `0x${i.toString(16).padStart(40, '0')}`))

  it('is the same for the same person', () => {
    const numbers = () => people.map((person) => personIn('a', person))
    expect(numbers()).toEqual(numbers())
  })

  it('tells any two of two hundred apart', () => {
    expect(new Set(people.map((person) => personIn('a', person))).size).toBe(200)
  })

  it('is another one in each sign-in, so that it tells nobody who it was', () => {
    for (const person of people) expect(new Set(people.map((reference) => personIn(reference, person))).size).toBe(200)
  })

  it('is an integer of 32 bits, whoever it is', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (reference, person) => {
      const number = personIn(reference, person) ?? NaN
      expect(number).toBe(number | 0)
    }))
  })

  it('is none for nobody, and one for a person without a name', () => {
    expect([personIn('a', undefined), typeof personIn('a', '')]).toEqual([undefined, 'number'])
  })

  it.each([
    { law: 'is the same', person: 'ada', subject: 'ada', is: true },
    { law: 'is another', person: 'ada', subject: 'bob', is: false },
    { law: 'is not known from the record', person: undefined, subject: 'ada', is: true },
    { law: 'is not known from the answer', person: 'ada', subject: undefined, is: true },
    { law: 'is known from neither', person: undefined, subject: undefined, is: true },
    { law: 'is another, and has no name', person: 'ada', subject: '', is: false },
  ])('speaks against the same person only when both are known: $law', ({ person, subject, is }) => {
    expect(isSamePerson(newRecord('a', 1, 0, report, person), subject)).toBe(is)
  })
})
