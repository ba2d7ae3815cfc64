import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createWorld } from '../../../src/testing/world/createWorld'
import type { Primitives } from '../../../src/testing/world/primitives'
import type { TabEvent } from '../../../src/testing/world/tab'
import { MINUTE, SECOND } from './visit'

const HOUR = 60 * MINUTE

/** A tab of its own, and what its timers did in true time. */
function open(seed?: number) {
  const world = createWorld({ seed })
  const browser = world.openBrowser()
  const tab = browser.openTab()
  const startedAt = world.now()
  const diary: string[] = []
  const elapsed = () => world.now() - startedAt
  const note = (name: string) => () => void diary.push(`${name}@${elapsed()}`)
  const late: number[] = []
  tab.on((event) => {
    if (event.type === 'timer.fires') late.push(event.lateMs)
  })
  return { ...world, browser, machine: browser.machine, tab, elapsed, diary, note, late, setTimeout: tab.platform.setTimeout }
}

describe('a timer', () => {
  it('fires once, when it is due', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(100), { maxLength: 20 }), fc.integer(), async (delays, seed) => {
        const { advance, setTimeout, diary, note, late } = open(seed)
        delays.forEach((delayMs, nth) => setTimeout(note(`${nth}`), delayMs))
        await advance(SECOND)
        expect(diary.sort()).toEqual(delays.map((delayMs, nth) => `${nth}@${Math.max(1, delayMs)}`).sort())
        expect(late.every((ms) => ms === 0)).toBe(true)
      }),
    )
  })

  it.each([0, -1, NaN, 0.5, 2 ** 31, Infinity])('of %d fires at once, as on real platforms', async (delayMs) => {
    const { advance, setTimeout, diary, note } = open()
    setTimeout(note('at once'), delayMs)
    expect(diary).toEqual([])
    await advance(1)
    expect(diary.length).toBe(1)
  })

  it('can be as long as on real platforms', async () => {
    const { advance, setTimeout, diary, note } = open()
    setTimeout(note('late'), 2 ** 31 - 1)
    await advance(2 ** 31 - 2)
    expect(diary).toEqual([])
    await advance(1)
    expect(diary).toEqual([`late@${2 ** 31 - 1}`])
  })

  it('that was cleared never fires; the others do, and are counted until then', async () => {
    const { advance, tab, setTimeout, diary, note } = open()
    const cleared = setTimeout(note('cleared'), 10)
    setTimeout(note('other'), 20)
    expect(tab.pendingTimers()).toBe(2)
    tab.platform.clearTimeout(cleared)
    tab.platform.clearTimeout(undefined)
    expect(tab.pendingTimers()).toBe(1)
    await advance(SECOND)
    expect([diary, tab.pendingTimers()]).toEqual([['other@20'], 0])
  })

  it('stands still while the machine sleeps', async () => {
    const { advance, machine, setTimeout, diary, note, late } = open()
    setTimeout(note('late'), 10 * SECOND)
    await advance(4 * SECOND)
    machine.sleep(HOUR)
    await advance(HOUR + 10 * SECOND)
    expect([diary, late]).toEqual([[`late@${HOUR + 10 * SECOND}`], [0]])
  })

  it('that falls due in a sleep waits for what was left of it', async () => {
    const { advance, machine, setTimeout, diary, note } = open()
    setTimeout(note('b'), 10)
    machine.sleep(10)
    await advance(19)
    expect(diary).toEqual([])
    await advance(1)
    expect(diary).toEqual(['b@20'])
  })

  it('of a frozen tab fires when it resumes, each in a task of its own', async () => {
    const { advance, tab, setTimeout, diary, note, late } = open()
    for (const name of ['first', 'second']) setTimeout(() => void (note(name)(), tab.freeze()), SECOND)
    tab.freeze()
    for (const minute of [1, 2, 3]) {
      await advance(MINUTE)
      tab.resume()
      expect(diary.length).toBe(minute - 1)
      await advance(0)
    }
    expect([diary, late]).toEqual([[`first@${MINUTE}`, `second@${2 * MINUTE}`], [MINUTE - SECOND, 2 * MINUTE - SECOND]])
  })

  it('of a tab that is gone never fires', async () => {
    const { advance, tab, setTimeout, diary, note } = open()
    setTimeout(note('never'), SECOND)
    tab.vanish()
    tab.resume()
    tab.show()
    await advance(HOUR)
    expect([diary, tab.isGone]).toEqual([[], true])
  })

  it('never fires early, twice, nor while it cannot; and fires once all is well', async () => {
    const act = fc.record({
      afterMs: fc.nat(400_000),
      act: fc.constantFrom('hide' as const, 'show' as const, 'freeze' as const, 'resume' as const, 'sleep' as const, 'timer' as const, 'timer' as const, 'clear' as const),
      ms: fc.nat(600_000),
    })
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.array(act, { maxLength: 25 }), fc.boolean(), async (seed, acts, vanishes) => {
        const { advance, tab, machine } = open(seed)
        const { monotonicNow, setTimeout, clearTimeout } = tab.platform
        const timers: { readonly id: unknown; fired: number; isCleared: boolean }[] = []
        for (const { afterMs, act, ms } of acts) {
          await advance(afterMs)
          if (act === 'sleep') machine.sleep(ms)
          else if (act === 'clear') {
            const timer = timers.at(-1)
            clearTimeout(timer?.id)
            if (timer && timer.fired === 0) timer.isCleared = true
          } else if (act === 'timer') {
            const due = monotonicNow() + ms
            const timer = {
              id: setTimeout(() => {
                timer.fired++
                expect([monotonicNow() >= due, tab.isFrozen, tab.isGone, machine.asleep]).toEqual([true, false, false, false])
              }, ms),
              fired: 0,
              isCleared: false,
            }
            timers.push(timer)
          } else tab[act]()
        }
        if (vanishes) tab.vanish()
        const before = timers.map(({ fired }) => fired)
        tab.show()
        tab.resume()
        await advance(HOUR)
        const wanted = timers.map(({ isCleared }, nth) => (vanishes ? before[nth] : Number(!isCleared)))
        expect(timers.map(({ fired }) => fired)).toEqual(wanted)
      }),
    )
  })
})

describe('a timer of a hidden tab', () => {
  it.each([
    ['at most five minutes is aligned to seconds', 0, 5 * MINUTE - 2 * SECOND, SECOND],
    ['longer is aligned to minutes', 5 * MINUTE, HOUR, MINUTE],
  ])('hidden for %s, and late by less than that', async (_, from, to, stepMs) => {
    const spans = fc.record({ beforeMs: fc.nat(2 * MINUTE), hiddenMs: fc.integer({ min: from, max: to }), delayMs: fc.integer({ min: 1, max: HOUR }) })
    await fc.assert(
      fc.asyncProperty(spans, async ({ beforeMs, hiddenMs, delayMs }) => {
        const { advance, tab, elapsed, setTimeout, late } = open()
        await advance(beforeMs)
        tab.hide()
        await advance(from === 0 ? hiddenMs % to : hiddenMs)
        const due = elapsed() + (from === 0 ? Math.min(delayMs, to - (hiddenMs % to)) || 1 : delayMs)
        let firedAt = 0
        setTimeout(() => (firedAt = elapsed()), due - elapsed())
        await advance(2 * HOUR)
        expect(firedAt).toBe(Math.ceil(due / stepMs) * stepMs)
        expect(late).toEqual([firedAt - due])
      }),
    )
  })

  it('that is shown again is on time', async () => {
    const { advance, tab, setTimeout, diary, note } = open()
    tab.hide()
    await advance(10 * MINUTE)
    setTimeout(note('set before'), 1_234)
    tab.show()
    setTimeout(note('set after'), 234)
    await advance(MINUTE)
    expect(diary).toEqual([`set after@${10 * MINUTE + 234}`, `set before@${10 * MINUTE + 1_234}`])
  })

  it('that is overdue when the machine falls asleep fires after it', async () => {
    const { advance, tab, machine, setTimeout, diary, note } = open()
    tab.hide()
    setTimeout(note('late'), 1_200)
    await advance(1_500)
    machine.sleep(MINUTE)
    await advance(HOUR)
    expect(diary).toEqual([`late@${MINUTE + 2 * SECOND}`])
  })

  it('counts from when it was hidden first', async () => {
    const { advance, tab, setTimeout, diary, note } = open()
    tab.hide()
    await advance(6 * MINUTE)
    tab.hide()
    setTimeout(note('late'), SECOND)
    await advance(MINUTE)
    expect(diary).toEqual([`late@${7 * MINUTE}`])
  })
})

describe('a tab', () => {
  it('has the shipping clock on its machine, and random numbers', async () => {
    const { tab, machine, advance, diary, note } = open(1)
    const { clock, random } = tab.ports
    machine.setClockBy(HOUR)
    expect([clock.now(), tab.platform.wallNow()]).toEqual([machine.wallNow(), machine.wallNow()])
    clock.setTimeout(note('long'), 2 ** 32)
    await advance(2 ** 32 - 1)
    expect(diary).toEqual([])
    await advance(1)
    expect(diary).toEqual([`long@${2 ** 32}`])
    const drawn = Array.from({ length: 10 }, random)
    expect(drawn.every((ratio) => ratio >= 0 && ratio < 1) && new Set(drawn).size > 5).toBe(true)
    expect(open().tab.ports.random()).toBe(0.5)
  })

  it('tells what happens in it, and when it is gone nothing more', async () => {
    const { tab, advance, setTimeout } = open()
    const told: TabEvent[] = []
    tab.on((event) => told.push(event))
    setTimeout(() => undefined, 10)
    void tab.fetch('/session')
    await advance(SECOND)
    expect(told.splice(0)).toEqual([
      { type: 'timer.set', delayMs: 10 },
      { type: 'request.sent', kind: 'check' },
      { type: 'timer.fires', lateMs: 0 },
      { type: 'reply.heard', kind: 'check', what: 'no', status: 401 },
    ])
    const seen = (['hide', 'freeze', 'show', 'resume', 'vanish', 'hide', 'freeze', 'vanish'] as const).map((act) => {
      tab[act]()
      return [tab.isHidden, tab.isFrozen, tab.isGone].map(Number).join('')
    })
    expect(seen).toEqual(['100', '110', '010', '000', '001', '001', '001', '001'])
    expect(told.map(({ type }) => type)).toEqual(['tab.hidden', 'tab.frozen', 'tab.shown', 'tab.resumed', 'tab.gone'])
  })

  it('that is gone gives back the locks that it held', async () => {
    const { tab, browser, advance, diary, note } = open()
    const hold = (holder: typeof tab, name: string) => void holder.primitives.locks?.request('a', () => (note(name)(), new Promise<never>(() => undefined)))
    hold(tab, 'one')
    await advance(SECOND)
    hold(browser.openTab(), 'other')
    tab.hide()
    await advance(SECOND)
    expect(diary).toEqual(['one@1'])
    tab.vanish()
    await advance(SECOND)
    expect(diary).toEqual(['one@1', `other@${2 * SECOND + 1}`])
  })
})

describe('the signals of a tab', () => {
  /** A tab of its own, and what it heard. */
  function listen(seed?: number) {
    const opened = open(seed)
    const { tab, diary } = opened
    const stop = tab.signals.listen((signal) => void diary.push(`${signal}`))
    /** Everything that a word starts, without more time. */
    const chain = async (links: number, name: string) => {
      for (let link = 0; link < links; link++) await Promise.resolve()
      diary.push(name)
    }
    return { ...opened, stop, chain }
  }

  /** Takes a lock, and keeps it until it is to be let go of. */
  function hold(locks: Primitives['locks'], until: Promise<unknown>, granted: () => void) {
    void locks?.request('a', async () => {
      granted()
      await until
    })
  }

  it('tell what happens to it, each once, and who listens sees it so', () => {
    const { tab } = open()
    const heard: string[] = []
    tab.signals.listen((signal) => heard.push(`${signal} ${tab.signals.isHidden() ? 'unseen' : 'seen'}`))
    for (const act of ['show', 'hide', 'hide', 'freeze', 'freeze', 'resume', 'resume', 'show', 'show'] as const) tab[act]()
    expect(heard).toEqual(['hidden unseen', 'frozen unseen', 'woke unseen', 'shown seen'])
  })

  it('tell everybody who listens, also the same one twice, until each has stopped', () => {
    const { tab, diary, note } = open()
    const listener = note('heard')
    const stops = [tab.signals.listen(listener), tab.signals.listen(listener)]
    tab.hide()
    stops[0]?.()
    stops[0]?.()
    tab.show()
    stops[1]?.()
    tab.hide()
    expect(diary).toEqual(['heard@0', 'heard@0', 'heard@0'])
  })

  it('are not heard by whoever was stopped, or began to listen, in the telling', () => {
    const { tab, diary, note } = open()
    tab.signals.listen(() => stop())
    tab.signals.listen(() => tab.signals.listen(note('too late')))
    const stop = tab.signals.listen(note('never'))
    tab.hide()
    expect(diary).toEqual([])
  })

  it.each(['freeze', 'close'] as const)('let it do what follows at once from hearing of a %s, and nothing after it', async (act) => {
    for (const from of ['outside', 'a timer', 'a promise']) {
      const { tab, advance, diary, chain, setTimeout, note } = listen()
      tab.signals.listen(() => {
        void chain(1_000, 'done')
        setTimeout(note('never'), 0)
      })
      if (from === 'outside') tab[act]()
      else setTimeout(() => (from === 'a timer' ? tab[act]() : void Promise.resolve().then(tab[act])), 1)
      setTimeout(note('never'), 1)
      await advance(MINUTE)
      expect([from, diary]).toEqual([from, ['frozen', 'done']])
    }
  })

  it.each(['freeze', 'close'] as const)('let it give back its lock, and tell the others, when it hears of a %s', async (act) => {
    const { tab, browser, advance, elapsed, diary, note } = open()
    const other = browser.openTab()
    const [mine, theirs] = [tab, other].map(({ primitives }) => new primitives.BroadcastChannel!('news'))
    theirs?.addEventListener('message', ({ data }: MessageEvent<string>) => note(data)())
    hold(tab.primitives.locks, new Promise<void>((letGo) => void tab.signals.listen(() => letGo())), note('granted'))
    tab.signals.listen(() => {
      tab.primitives.notes?.setItem('k', 'written')
      void Promise.resolve().then(() => mine?.postMessage('posted'))
    })
    await advance(SECOND)
    hold(other.primitives.locks, Promise.resolve(), note('granted to the other'))
    await advance(SECOND)
    const at = elapsed()
    tab[act]()
    await advance(SECOND)
    expect(diary.sort()).toEqual(['granted@1', `granted to the other@${at + 1}`, `posted@${at + 1}`].sort())
    expect(other.primitives.notes?.getItem('k')).toBe('written')
  })

  it('tell that it runs again before anything that is overdue does, in whatever order that is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.boolean(), async (seed, sleeps) => {
        const { tab, machine, advance, setTimeout, diary } = listen(seed)
        for (const name of ['a', 'b', 'c']) setTimeout(() => void diary.push(name), SECOND)
        void tab.fetch('/session').then(() => diary.push('d'))
        tab.freeze()
        await advance(MINUTE)
        if (sleeps) machine.sleep(MINUTE)
        tab.resume()
        await advance(HOUR)
        expect([diary.slice(0, 2), diary.slice(2).sort()]).toEqual([['frozen', 'woke'], ['a', 'b', 'c', 'd']])
      }),
      { numRuns: 30 },
    )
  })

  it('tell one that was frozen what it missed when it runs again, as it is by then', async () => {
    const { tab, advance, diary } = listen()
    tab.freeze()
    await advance(SECOND)
    for (const act of ['hide', 'show', 'hide'] as const) tab[act]()
    await advance(SECOND)
    tab.resume()
    await advance(SECOND)
    expect(diary).toEqual(['frozen', 'woke', 'hidden', 'hidden', 'hidden'])
  })

  it('tell nothing of the sleep of its machine, nor while it sleeps', async () => {
    const { tab, machine, advance, diary } = listen()
    machine.sleep(HOUR)
    tab.freeze()
    tab.resume()
    tab.hide()
    expect(diary).toEqual([])
    await advance(2 * HOUR)
    expect(diary.sort()).toEqual(['hidden', 'woke'])
    machine.sleep(HOUR)
    await advance(2 * HOUR)
    tab.show()
    expect(diary.splice(0)).toEqual(['hidden', 'woke', 'shown'])
    machine.sleep(HOUR)
    tab.freeze()
    await advance(2 * HOUR)
    expect(diary).toEqual([])
  })

  it('tell of nothing once it is gone, and of a crash not even before', async () => {
    const { tab, browser, advance, diary } = listen()
    browser.network.cut()
    tab.vanish()
    for (const act of ['hide', 'freeze', 'resume', 'show', 'close', 'vanish'] as const) tab[act]()
    browser.network.restore()
    tab.signals.listen(() => void diary.push('never'))
    await advance(HOUR)
    expect(diary).toEqual([])
  })

  it.each([
    ['frozen', (of: ReturnType<typeof listen>) => of.tab.freeze()],
    ['on a machine that sleeps', (of: ReturnType<typeof listen>) => of.machine.sleep(MINUTE)],
  ])('tell one that is closed while it is %s nothing', async (_, stop) => {
    const opened = listen()
    const { tab, advance, diary } = opened
    stop(opened)
    await advance(SECOND)
    diary.length = 0
    tab.close()
    await advance(HOUR)
    expect([diary, tab.isGone]).toEqual([[], true])
  })

  it('tell every tab of the browser that its network is back, when it is, and if it was cut', async () => {
    const { tab, browser, openBrowser, advance, diary } = listen()
    const other = browser.openTab()
    const answers: string[] = []
    other.signals.listen((signal) => {
      void other.fetch('/session').then(
        ({ status }) => answers.push(`${signal} ${status}`),
        () => answers.push('refused'),
      )
    })
    openBrowser().openTab().signals.listen(() => void diary.push('elsewhere'))
    browser.network.restore()
    expect(diary).toEqual([])
    browser.network.cut()
    browser.network.restore()
    await advance(SECOND)
    expect([diary, answers]).toEqual([['online'], ['online 401']])
    tab.freeze()
    await advance(SECOND)
    browser.network.cut()
    browser.network.restore()
    await advance(SECOND)
    tab.resume()
    await advance(SECOND)
    expect(diary).toEqual(['online', 'frozen', 'woke', 'online'])
  })
})

describe('a tab that is closed', () => {
  it('is gone for whoever looks, and then for its browser, once', async () => {
    const { tab, browser, advance, setTimeout, note, diary } = open()
    const told: string[] = []
    tab.on(({ type }) => told.push(type))
    tab.signals.listen(note('heard'))
    setTimeout(note('never'), SECOND)
    tab.close()
    expect([tab.isGone, browser.tabs]).toEqual([true, []])
    for (const act of ['close', 'vanish', 'hide', 'freeze'] as const) tab[act]()
    await advance(HOUR)
    expect([diary, told, tab.pendingTimers()]).toEqual([['heard@0'], ['timer.set', 'tab.gone'], 0])
  })
})
