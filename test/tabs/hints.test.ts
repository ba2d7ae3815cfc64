import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createWorld } from '../../src/testing'
import { createHints } from '../../src/tabs/hints'
import type { TabPrimitives } from '../../src/tabs/primitives'

type Constructor = NonNullable<TabPrimitives['BroadcastChannel']>

const KEY = 'outlast:session'
const LOOK = 'outlast: look'
const SECOND = 1_000

const refuse = () => {
  throw new DOMException('access is denied', 'SecurityError')
}

/** Two tabs, and how often each was told to look. */
function openTabs() {
  const world = createWorld()
  const browser = world.openBrowser()
  const tabs = [browser.openTab(), browser.openTab()] as const
  const looks = [0, 0]
  const [one, other] = tabs.map((tab, i) => createHints(KEY, () => tab.primitives.BroadcastChannel, () => looks[i]!++)) as [ReturnType<typeof createHints>, ReturnType<typeof createHints>]
  return { ...world, browser, tabs, looks, one, other }
}

/** A channel of ours, and what was made of it. */
function fakeChannel(broken: Partial<InstanceType<Constructor>> = {}) {
  const sent: unknown[] = []
  const opened: string[] = []
  let closed = 0
  let hear: (event: { data: unknown }) => void = () => {}
  const Channel = function (name: string) {
    opened.push(name)
    return {
      postMessage: (message: unknown) => sent.push(message),
      close: () => closed++,
      addEventListener: (_: string, listener: typeof hear) => (hear = listener),
      ...broken,
    }
  } as unknown as Constructor
  return { Channel, sent, opened, closed: () => closed, say: (data: unknown) => hear({ data }) }
}

describe('a hint', () => {
  it('makes every other tab look, and not the one that gave it', async () => {
    const { one, other, looks, advance } = openTabs()
    one.open()
    other.open()
    one.post()
    await advance(SECOND)
    expect(looks).toEqual([0, 1])
    other.post()
    other.post()
    await advance(SECOND)
    expect(looks).toEqual([2, 1])
  })

  it('is not heard under another name', async () => {
    const { tabs: [tab], other, looks, advance } = openTabs()
    const stranger = createHints('outlast:other', () => tab.primitives.BroadcastChannel, refuse)
    stranger.open()
    other.open()
    stranger.post()
    other.post()
    await advance(SECOND)
    expect(looks).toEqual([0, 0])
  })

  it('says "look", and nothing else', () => {
    const { Channel, sent, opened } = fakeChannel()
    const hints = createHints(KEY, () => Channel, refuse)
    hints.open()
    hints.post()
    expect([opened, sent]).toEqual([[KEY], [LOOK]])
  })
})

describe('a channel', () => {
  it('hears nothing before it is opened, nor after it is closed; what is over there is told all the same', async () => {
    const { one, other, looks, advance } = openTabs()
    other.open()
    one.post()
    one.open()
    one.close()
    one.post()
    other.post()
    await advance(SECOND)
    expect(looks).toEqual([0, 2])
  })

  it('that is opened again hears again', async () => {
    const { one, other, looks, advance } = openTabs()
    one.open()
    one.close()
    one.open()
    other.open()
    other.post()
    one.post()
    await advance(SECOND)
    expect(looks).toEqual([1, 1])
  })

  it('is opened once, and closed once', () => {
    const { Channel, opened, closed } = fakeChannel()
    const hints = createHints(KEY, () => Channel, refuse)
    hints.open()
    hints.open()
    hints.close()
    hints.close()
    expect([opened, closed()]).toEqual([[KEY], 1])
  })

  it('that is opened for one word only is closed behind it', () => {
    const { Channel, opened, closed } = fakeChannel()
    createHints(KEY, () => Channel, refuse).post()
    expect([opened, closed()]).toEqual([[KEY], 1])
  })

  it('that could not be opened is tried again', () => {
    const { Channel, sent } = fakeChannel()
    let there = false
    const hints = createHints(KEY, () => (there ? Channel : refuse()), refuse)
    hints.open()
    hints.post()
    there = true
    hints.open()
    hints.post()
    expect(sent).toEqual([LOOK])
  })
})

describe('a channel that is broken harms nobody', () => {
  const broken: { what: string; BroadcastChannel: () => TabPrimitives['BroadcastChannel'] }[] = [
    { what: 'missing', BroadcastChannel: () => undefined },
    { what: 'null', BroadcastChannel: () => null as unknown as undefined },
    { what: 'throwing when it is looked at', BroadcastChannel: refuse },
    { what: 'throwing when it is made', BroadcastChannel: () => refuse as unknown as Constructor },
    { what: 'no constructor', BroadcastChannel: () => (() => {}) as unknown as Constructor },
    { what: 'throwing at every use', BroadcastChannel: () => fakeChannel({ postMessage: refuse, close: refuse, addEventListener: refuse }).Channel },
    { what: 'empty', BroadcastChannel: () => Object as unknown as Constructor },
  ]
  it.each(broken)('$what', ({ BroadcastChannel }) => {
    const hints = createHints(KEY, BroadcastChannel, refuse)
    for (let round = 0; round < 3; round++) {
      hints.open()
      hints.post()
      hints.close()
    }
    hints.post()
  })

  it('also when it cannot be closed: then it is opened anew', () => {
    const { Channel, opened, sent } = fakeChannel({ close: refuse })
    const hints = createHints(KEY, () => Channel, refuse)
    hints.open()
    hints.close()
    hints.post()
    hints.open()
    hints.post()
    expect([opened, sent]).toEqual([[KEY, KEY, KEY], [LOOK, LOOK]])
  })

  it('also when it breaks in between, and works again', async () => {
    const { one, other, looks, browser, advance } = openTabs()
    one.open()
    other.open()
    browser.behaviours.channel = 'throws'
    one.post()
    browser.behaviours.channel = 'works'
    one.post()
    await advance(SECOND)
    expect(looks).toEqual([0, 1])
  })
})

describe('whatever else is said', () => {
  const words: { what: string; message: unknown }[] = [
    { what: 'nothing', message: undefined },
    { what: 'null', message: null },
    { what: 'a number', message: 0 },
    { what: 'no number', message: NaN },
    { what: 'yes', message: true },
    { what: 'an empty word', message: '' },
    { what: 'another word', message: 'ended' },
    { what: 'more than the word', message: `${LOOK}s` },
    { what: 'the word with a blank', message: `${LOOK} ` },
    { what: 'the word in capitals', message: LOOK.toUpperCase() },
    { what: 'the word as an object', message: new String(LOOK) },
    { what: 'the word in a list', message: [LOOK] },
    { what: 'what turns into the word', message: { toString: () => LOOK, valueOf: () => LOOK } },
    { what: 'another version', message: { version: 2, type: LOOK } },
    { what: '"extended until 2099"', message: { type: 'extended', expiresAt: Date.UTC(2099, 0, 1) } },
  ]
  it.each(words)('is no reason to look: $what', ({ message }) => {
    const { Channel, say } = fakeChannel()
    createHints(KEY, () => Channel, refuse).open()
    expect(() => say(message)).not.toThrow()
  })

  it('is not even touched', () => {
    const { Channel, say } = fakeChannel()
    createHints(KEY, () => Channel, refuse).open()
    // Throws whatever is done to it.
    const untouchable: unknown = new Proxy({}, new Proxy({}, { get: () => refuse }))
    expect(() => say(untouchable)).not.toThrow()
    expect(() => say({ get type() { return refuse() } })).not.toThrow()
  })

  it('may be anything', () => {
    const { Channel, say } = fakeChannel()
    createHints(KEY, () => Channel, refuse).open()
    fc.assert(fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withTypedArray: true }), (message) => void say(message)))
  })

  it('in a flood is no reason to look either, and the word in a flood is heard', async () => {
    const { one, tabs: [, tab], looks, advance } = openTabs()
    one.open()
    const channel = new (tab.primitives.BroadcastChannel as Constructor)(KEY)
    const flood = async (message: unknown) => {
      for (let n = 0; n < 2_000; n++) {
        channel.postMessage(message)
        if (n % 100 === 0) await advance(10)
      }
      await advance(SECOND)
    }
    await flood({ type: LOOK })
    expect(looks).toEqual([0, 0])
    await flood(LOOK)
    expect(looks).toEqual([2_000, 0])
  })
})
