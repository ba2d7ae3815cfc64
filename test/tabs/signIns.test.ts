import { describe, expect, it } from 'vitest'
import { newRecord, type SessionRecord } from '../../src/tabs/record'
import { createSignIns } from '../../src/tabs/signIns'
import { createVirtualTime } from '../../src/testing'
import { CLAIM } from './signingIn'

const MINE = 'me 1'

/** The sign-ins of a tab called `me`, in which a page before this one left `left`. */
function openTab({ isLive = false, left }: { isLive?: boolean; left?: string } = {}) {
  const { clock } = createVirtualTime()
  const signIns = createSignIns(clock, 'me', () => isLive, left)
  const record = (by?: string, forMs = CLAIM): SessionRecord => ({ ...newRecord('a', 3, clock.now()), ...(by !== undefined && { signIn: { by, until: clock.now() + forMs } }) })
  return { signIns, record, now: clock.now() }
}

describe('whoever begins a sign-in', () => {
  it('says so, and until when, and leaves the rest of the record', () => {
    const { signIns, record, now } = openTab()
    expect(signIns.claims(record(), MINE)).toEqual([{ ...record(), signIn: { by: MINE, until: now + CLAIM } }, undefined])
  })

  it('goes on with it', () => {
    const { signIns, record } = openTab()
    signIns.claims(record(), MINE)
    expect(signIns.claims(record(MINE, 1_000), MINE)).toEqual([record(MINE), undefined])
  })

  it('claims it anew when it was lost with the record', () => {
    const { signIns, record } = openTab()
    signIns.claims(record(), MINE)
    expect(signIns.claims(record(), MINE)).toEqual([record(MINE), undefined])
  })

  it.each([
    { whose: 'of another tab', by: 'other 1', forMs: 1, waits: 1 },
    { whose: 'of another tab that was just heard of', by: 'other 1', forMs: CLAIM, waits: CLAIM },
    { whose: 'of another tab whose time has run out', by: 'other 1', forMs: 0, waits: undefined },
    { whose: 'of another tab that no tab would make', by: 'other 1', forMs: CLAIM + 1, waits: undefined },
    { whose: 'of this page', by: 'me 7', forMs: CLAIM, waits: undefined },
    { whose: 'that the page before it left', by: 'left 1', forMs: CLAIM, waits: undefined },
    { whose: 'that was given up', by: '', forMs: 0, waits: undefined },
  ])('finds one $whose', ({ by, forMs, waits }) => {
    const { signIns, record } = openTab({ left: 'left 1' })
    const [next, waitMs] = signIns.claims(record(by, forMs), MINE)
    expect([waitMs, next]).toEqual([waits, waits === undefined ? record(MINE) : record(by, forMs)])
  })

  it.each([{ by: 'other 1' }, { by: '' }])('gives it up when another one took its place, also one that is over ($by)', ({ by }) => {
    const { signIns, record } = openTab()
    signIns.claims(record(), MINE)
    expect(signIns.claims(record(by, 0), MINE)).toEqual([record(by, 0), 0])
  })

  it('where nothing is written writes that there is no session, unless there is one', () => {
    const { signIns, now } = openTab()
    const [next] = signIns.claims(undefined, MINE)
    expect(next).toMatchObject({ reference: `me ${now}`, generation: 1, end: 'ended', signIn: { by: MINE, until: now + CLAIM } })
    expect(openTab({ isLive: true }).signIns.claims(undefined, MINE)).toEqual([undefined, undefined])
  })

  it('takes it back at its end, while it is not known how it ended it stays, and that of another is left alone', () => {
    const { signIns, record } = openTab()
    expect(signIns.ends(record(MINE), MINE, false)).toEqual([{ ...record(), signIn: undefined }, undefined])
    for (const [found, lasting] of [[record(MINE), true], [record('other 1'), false], [record(), false], [undefined, false]] as const) expect(signIns.ends(found, MINE, lasting)).toEqual([found, undefined])
  })

  it('who signs out takes it back, too, and nobody else’s', () => {
    const { signIns, record } = openTab({ left: 'left 1' })
    for (const by of [MINE, 'left 1']) expect(signIns.without(record(by))?.signIn).toBeUndefined()
    for (const found of [record('other 1'), record(), undefined]) expect(signIns.without(found)).toBe(found)
  })
})

describe('a tab', () => {
  it('hears of one elsewhere, each time, and once of its end', () => {
    const { signIns, record } = openTab()
    expect([record('other 1'), record('other 1', 30_000), record(), record()].map(signIns.hears)).toEqual([CLAIM, 30_000, 0, undefined])
  })

  it('hears of one that took the place of another, and not that its time has run out: whoever waits knows', () => {
    const { signIns, record } = openTab()
    expect([record('other 1'), record('third 1', 30_000), record('third 1', 0), record('third 1', CLAIM + 1)].map(signIns.hears)).toEqual([CLAIM, 30_000, undefined, undefined])
  })

  it('hears nothing of its own, nor of what the page before it left', () => {
    const { signIns, record } = openTab({ left: 'left 1' })
    expect([record(), record('left 1'), record('me 7')].map(signIns.hears)).toEqual([undefined, undefined, undefined])
  })

  it('in which somebody signs in hears when it was given up or another one took its place, and not when the record was lost', () => {
    for (const [found, hears] of [['', 0], ['other 1', CLAIM], [undefined, undefined], [MINE, undefined]] as const) {
      const { signIns, record } = openTab()
      signIns.claims(record(), MINE)
      const [given] = found === '' ? signIns.givesUp(record(MINE)) : [record(found)]
      expect([found, signIns.hears(given as SessionRecord)]).toEqual([found, hears])
    }
  })

  it('whose sign-in has come to its end hears of no end any more', () => {
    const { signIns, record } = openTab()
    signIns.claims(record(), MINE)
    signIns.ends(record(MINE), 'me 0', false)
    expect(signIns.hears(record('', 0))).toBe(0)
    signIns.claims(record(), MINE)
    signIns.ends(record(MINE), MINE, false)
    expect(signIns.hears(record('', 0))).toBeUndefined()
  })

  it('gives up whichever there is, and nothing where nothing is written', () => {
    const { signIns, record } = openTab()
    expect(signIns.givesUp(record('other 1'))).toEqual([{ ...record(), signIn: { by: '', until: 0 } }, undefined])
    expect(signIns.givesUp(undefined)).toEqual([undefined, undefined])
  })

  it('never gives two the same name', () => {
    const { signIns } = openTab()
    expect([signIns.newId(), signIns.newId()]).toEqual(['me 1', 'me 2'])
  })
})
