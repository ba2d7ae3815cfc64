import { describe, expect, it } from 'vitest'
import { defaultTexts, digits, spoken, textsFrom } from '../../src/element/texts'

describe('texts', () => {
  it('are English where none are given', () => {
    expect(textsFrom(undefined)).toEqual(defaultTexts)
    expect(textsFrom(null)).toEqual(defaultTexts)
    expect(textsFrom({ stay: 'Bleiben' })).toEqual({ ...defaultTexts, stay: 'Bleiben' })
    expect(textsFrom({ stay: undefined } as never)).toEqual(defaultTexts)
    expect(textsFrom({ stay: '' }).stay).toBe('')
  })

  it.each([[{ stay: 1 }], [{ stay: null }], [{ leave: 'Go' }], [{ toString: 'x' }], ['stay'], [1]] as [unknown][])('refuse nonsense: %o', (nonsense) => {
    expect(() => textsFrom(nonsense as never)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_BAD_OPTION' }))
  })
})

describe('a time', () => {
  it.each([
    [0, '0:00', '0 seconds'],
    [1, '0:01', '1 second'],
    [59, '0:59', '59 seconds'],
    [60, '1:00', '1 minute'],
    [119, '1:59', '1 minute 59 seconds'],
    [3_600, '60:00', '60 minutes'],
  ])('of %d seconds is one for the eye and one for the ear', (seconds, seen, heard) => {
    expect([digits(seconds), spoken(seconds, '')]).toEqual([seen, heard])
  })

  it('is told in the language of the page, as far as it is one', () => {
    expect(spoken(61, 'de')).toBe('1 Minute 1 Sekunde')
    expect(spoken(61, 'no_such language')).toBe('1 minute 1 second')
  })
})
