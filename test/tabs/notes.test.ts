import { describe, expect, it } from 'vitest'
import { createWorld } from '../../src/testing'
import type { TabPrimitives } from '../../src/tabs/primitives'
import { createNotes, noteOf, readNote } from '../../src/tabs/notes'

const KEY = 'outlast:session'
const openTab = () => createWorld().openBrowser().openTab()
const refuse = () => {
  throw new DOMException('the quota is used up', 'QuotaExceededError')
}

describe('notes', () => {
  it('are read as they were written, an empty one too, until they are cleared', () => {
    const tab = openTab()
    const notes = createNotes(KEY, () => tab.primitives.notes)
    expect(notes.read()).toBeUndefined()
    notes.write('a')
    expect(notes.read()).toBe('a')
    notes.write('')
    expect(notes.read()).toBe('')
    notes.clear()
    expect(notes.read()).toBeUndefined()
  })

  it('under other names are not touched', () => {
    const tab = openTab()
    const [mine, other] = [createNotes(KEY, () => tab.primitives.notes), createNotes('outlast:other', () => tab.primitives.notes)]
    other.write('b')
    mine.write('a')
    mine.clear()
    expect([mine.read(), other.read()]).toEqual([undefined, 'b'])
  })

  const missing: { what: string; notes: () => TabPrimitives['notes'] }[] = [
    { what: 'are missing', notes: () => undefined },
    { what: 'throw when they are looked at', notes: refuse },
    { what: 'are null, as in some WebViews', notes: () => null as unknown as undefined },
    { what: 'throw at every use', notes: () => ({ getItem: refuse, setItem: refuse, removeItem: refuse }) },
  ]
  it.each(missing)('that $what say nothing and harm nobody', ({ notes }) => {
    const { read, write, clear } = createNotes(KEY, notes)
    expect([write('a'), read(), clear(), read()]).toEqual([undefined, undefined, undefined, undefined])
  })

  it('that are full keep what they have', () => {
    const tab = openTab()
    const { getItem, removeItem } = tab.primitives.notes as NonNullable<TabPrimitives['notes']>
    tab.primitives.notes?.setItem(KEY, 'before')
    const notes = createNotes(KEY, () => ({ getItem, removeItem, setItem: refuse }))
    notes.write('a')
    expect(notes.read()).toBe('before')
  })
})

describe('a note of an end', () => {
  const ends = [false, true].flatMap((isTold) => [undefined, 'signedOut', 'idle', 'limit'].flatMap((reason) => ['', 'a.b'].map((reference) => ({ isTold, reason, reference }))))
  it.each(ends)('says whether it was told, by which limit it came, and of which sign-in: %o', ({ isTold, reason, reference }) => {
    expect(readNote(noteOf(isTold, reason, reference))).toEqual({ isTold, reason: reason === 'signedOut' ? undefined : reason, reference })
  })

  it('of a sign-in that is not known is of no other', () => {
    expect(readNote(noteOf(false, 'signedOut'))).toEqual({ isTold: false, reason: undefined, reference: '' })
  })

  it.each(['told', 'untold a', 'a told b', 'limitless', 'idle\nlimit'])('that is none of ours is of a sign-in that nobody knows: %j', (text) => {
    expect(readNote(text)).toEqual({ isTold: false, reason: undefined, reference: text })
  })

  it('that was not made is none', () => {
    expect(readNote(undefined)).toBeUndefined()
  })
})
