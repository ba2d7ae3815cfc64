import { afterEach, describe, expect, it, vi } from 'vitest'
import { createPopup, finishPopup, type PopupOptions, type PopupUrl } from '../../src/popup/createPopup'
import { createSession, SessionError } from '../../src/core'
import { createFakeBackend, createVirtualTime } from '../../src/testing'

const MINUTE = 60_000
const QUARTER_HOUR = 15 * MINUTE

afterEach(() => void vi.unstubAllGlobals())

/** A window that a page opened. */
function fakeWindow(closed = false) {
  const visited: string[] = []
  const window = {
    closed,
    visited,
    focused: 0,
    location: { replace: (url: string | URL) => void visited.push(String(url)) },
    focus: () => void window.focused++,
    close: () => void (window.closed = true),
  }
  return window
}
type FakeWindow = ReturnType<typeof fakeWindow>
/** The one that was opened last. */
let shown = fakeWindow()

const refuse = () => {
  throw new DOMException('access is denied', 'SecurityError')
}

/** A page, what it opens, and the channels of its origin. */
function openPage({ channels = 'work', ...options }: PopupOptions & { channels?: 'work' | 'missing' | 'throw' } = {}) {
  const time = createVirtualTime()
  const opened: { window: FakeWindow; args: unknown[] }[] = []
  const open = new Set<FakeChannel>()
  const target = new EventTarget()
  const listening: string[] = []
  const page = {
    blocked: false as boolean | 'throws' | 'closed',
    closed: 0,
    close: () => void page.closed++,
    open(...args: unknown[]) {
      if (page.blocked === 'throws') refuse()
      if (page.blocked === true) return null
      shown = fakeWindow(page.blocked === 'closed')
      opened.push({ window: shown, args })
      return shown
    },
    addEventListener(type: string, listener: EventListener) {
      listening.push(type)
      target.addEventListener(type, listener)
    },
    removeEventListener(type: string, listener: EventListener) {
      listening.splice(listening.indexOf(type), 1)
      target.removeEventListener(type, listener)
    },
  }
  class FakeChannel extends EventTarget {
    constructor(readonly name: string) {
      super()
      if (channels === 'throw') refuse()
      open.add(this)
    }
    postMessage(data: unknown) {
      for (const channel of [...open]) if (channel !== this && channel.name === this.name) channel.dispatchEvent(new MessageEvent('message', { data }))
    }
    close() {
      open.delete(this)
    }
  }
  vi.stubGlobal('window', page)
  vi.stubGlobal('BroadcastChannel', channels === 'missing' ? undefined : FakeChannel)
  const popup = createPopup({ clock: time.clock, ...options })
  const abort = new AbortController()
  const visit = (url: PopupUrl = '/login', signal = abort.signal) => {
    const visited = { outcome: 'pending' as unknown }
    popup.visit(url, { signal }).then(
      () => (visited.outcome = 'over'),
      (error: unknown) => (visited.outcome = error instanceof SessionError ? error.code : error),
    )
    return visited
  }
  const say = (data: unknown, name = 'outlast:popup:session') => {
    const channel = new FakeChannel(name)
    channel.postMessage(data)
    channel.close()
  }
  /** What is held: timers, channels, listeners. */
  const held = () => [time.pending(), open.size, listening.length]
  return { time, page, popup, opened, visit, abort, say, held, happens: (type: string) => target.dispatchEvent(new Event(type)) }
}
const FINISHED = 'outlast: finished'
const FREE = [0, 0, 0]

describe('open', () => {
  it('opens a blank window before it returns, with a name and features that keep the opener', () => {
    const { popup, opened } = openPage()
    expect(popup.open()).toBe(true)
    expect(opened.map(({ args }) => args)).toEqual([['about:blank', 'outlast:popup:session', 'popup,width=480,height=720']])
  })

  it('takes a name and features', () => {
    const { popup, opened } = openPage({ name: 'staging', features: 'popup' })
    popup.open()
    expect(opened[0]?.args).toEqual(['about:blank', 'outlast:popup:staging', 'popup'])
  })

  it.each(['noopener', 'popup,noopener', 'NoOpener=1', 'popup,noreferrer'])('refuses the features %s, with which there is no window to hold', (features) => {
    expect(() => createPopup({ features })).toThrow(expect.objectContaining({ name: 'SessionError', code: 'ERR_SESSION_BAD_OPTION' }) as Error)
  })

  it.each([true, 'throws', 'closed'] as const)('says that there is none when it is blocked: %s', async (blocked) => {
    const { popup, page, held, time } = openPage()
    page.blocked = blocked
    expect(popup.open()).toBe(false)
    expect(held()).toEqual(FREE)
    page.blocked = false
    expect(popup.open()).toBe(true)
    await time.settle()
  })

  it('focuses the one that is open, before a visit and during it', async () => {
    const { popup, opened, visit, time } = openPage()
    popup.open()
    expect(popup.open()).toBe(true)
    visit()
    await time.settle()
    expect(popup.open()).toBe(true)
    expect(opened.map(({ window: { focused, visited } }) => ({ focused, visited }))).toEqual([{ focused: 2, visited: ['/login'] }])
  })

  it('opens another when that one was closed', () => {
    const { popup, opened } = openPage()
    popup.open()
    shown.close()
    expect(popup.open()).toBe(true)
    expect(opened.length).toBe(2)
  })

  it('holds a window that nobody visits for a minute', async () => {
    const { popup, held, time } = openPage()
    popup.open()
    await time.advance(MINUTE - 1)
    expect(shown.closed).toBe(false)
    await time.advance(1)
    expect(shown.closed).toBe(true)
    expect(held()).toEqual(FREE)
  })

  it('counts that minute anew for another window', async () => {
    const { popup, time } = openPage()
    popup.open()
    shown.close()
    await time.advance(MINUTE / 2)
    popup.open()
    await time.advance(MINUTE - 1)
    expect(shown.closed).toBe(false)
    await time.advance(1)
    expect(shown.closed).toBe(true)
  })
})

describe('a visit', () => {
  it.each<[string, PopupUrl, string]>([
    ['a path', '/login', '/login'],
    ['a URL', new URL('https://id.example/authorize'), 'https://id.example/authorize'],
    ['a function', () => '/login', '/login'],
    ['a promise of one', async () => new URL('https://id.example/'), 'https://id.example/'],
  ])('goes to %s', async (_, url, gone) => {
    const { popup, opened, visit, time } = openPage()
    popup.open()
    visit(url)
    await time.settle()
    expect(opened.map(({ window }) => window.visited)).toEqual([[gone]])
  })

  it('hands its call to whoever gives the URL', async () => {
    const { visit, abort, time } = openPage()
    const signals: unknown[] = []
    visit(({ signal }) => (signals.push(signal), '/login'))
    await time.settle()
    expect(signals).toEqual([abort.signal])
  })

  it('opens the window itself when nobody did', async () => {
    const { opened, visit, time } = openPage()
    visit()
    await time.settle()
    expect(opened.map(({ window }) => window.visited)).toEqual([['/login']])
  })

  it('tells that it was blocked, asks for no URL and holds nothing', async () => {
    const { popup, page, visit, held, time } = openPage()
    const url = vi.fn(() => '/login')
    page.blocked = true
    popup.open()
    const visited = visit(url)
    await time.settle()
    expect(visited.outcome).toBe('ERR_SESSION_POPUP_BLOCKED')
    expect(url).not.toHaveBeenCalled()
    expect(held()).toEqual(FREE)
  })

  it('lasts while the window is open, for as long as it is not given up', async () => {
    const { visit, time } = openPage()
    const visited = visit()
    await time.advance(QUARTER_HOUR)
    expect(visited.outcome).toBe('pending')
    expect(shown.closed).toBe(false)
  })

  it('is over when the window looks closed, and holds nothing', async () => {
    const { visit, held, time } = openPage()
    const visited = visit()
    await time.advance(1_000)
    shown.closed = true
    await time.advance(250)
    expect(visited.outcome).toBe('over')
    expect(held()).toEqual(FREE)
  })

  it('is over at once when the window was closed before it, and asks for no URL', async () => {
    const { popup, opened, visit, held, time } = openPage()
    const url = vi.fn(() => '/login')
    popup.open()
    shown.close()
    const visited = visit(url)
    await time.settle()
    expect(visited.outcome).toBe('over')
    expect(url).not.toHaveBeenCalled()
    expect(opened.map(({ window }) => window.visited)).toEqual([[]])
    expect(held()).toEqual(FREE)
  })

  it('is over when a callback page says so, which closes the window itself', async () => {
    const { visit, held, page, time } = openPage()
    const visited = visit()
    await time.settle()
    finishPopup()
    await time.settle()
    expect(visited.outcome).toBe('over')
    expect(page.closed).toBe(1)
    expect(shown.closed).toBe(false)
    expect(held()).toEqual(FREE)
  })

  it('may be followed by another in a window of its own', async () => {
    const { opened, visit, time } = openPage()
    visit()
    await time.settle()
    finishPopup()
    await time.settle()
    const visited = visit()
    await time.settle()
    expect(opened.length).toBe(2)
    finishPopup()
    await time.settle()
    expect(visited.outcome).toBe('over')
  })

  it.each(['before', 'while the URL is made', 'in the window'] as const)('that is given up %s closes the window and holds nothing', async (when) => {
    const { popup, visit, abort, held, time } = openPage()
    popup.open()
    if (when === 'before') abort.abort()
    let give: (url: string) => void = () => {}
    const visited = visit(when === 'while the URL is made' ? () => new Promise<string>((resolve) => (give = resolve)) : '/login')
    await time.settle()
    abort.abort()
    await time.settle()
    expect(visited.outcome).toBe('ERR_SESSION_ABORTED')
    expect(shown.closed).toBe(true)
    expect(held()).toEqual(FREE)
    give('/late')
    await time.settle()
    expect(shown.visited).toEqual(when === 'in the window' ? ['/login'] : [])
  })

  it('that is given up before it began opens nothing', async () => {
    const { opened, visit, time } = openPage()
    const visited = visit('/login', AbortSignal.abort())
    await time.settle()
    expect([visited.outcome, opened]).toEqual(['ERR_SESSION_ABORTED', []])
  })

  it.each<[string, (error: Error) => PopupUrl]>([
    ['throws', (error) => () => { throw error }],
    ['rejects', (error) => () => Promise.reject(error)],
  ])('fails when the function of the URL %s, closes the window and holds nothing', async (_, url) => {
    const { visit, held, time } = openPage()
    const error = new Error('no link')
    const visited = visit(url(error))
    await time.settle()
    expect(visited.outcome).toBe(error)
    expect(shown.closed).toBe(true)
    expect(held()).toEqual(FREE)
  })

  it('fails when there is no going there', async () => {
    const { popup, visit, held, time } = openPage()
    popup.open()
    shown.location.replace = refuse
    const visited = visit('https://')
    await time.settle()
    expect(visited.outcome).toMatchObject({ name: 'SecurityError' })
    expect([shown.closed, held()]).toEqual([true, FREE])
  })

  it('does not fail any more when it is over before the URL does', async () => {
    const { visit, held, time } = openPage()
    let fail: (error: Error) => void = () => {}
    const visited = visit(() => new Promise<string>((_, reject) => (fail = reject)))
    await time.settle()
    finishPopup()
    await time.settle()
    fail(new Error('late'))
    await time.settle()
    expect([visited.outcome, held()]).toEqual(['over', FREE])
  })

  it('leaves alone what was opened after it', async () => {
    const { popup, opened, visit, abort, time } = openPage()
    visit()
    await time.settle()
    // As by an opener policy: out of reach.
    opened[0]!.window.closed = true
    popup.open()
    abort.abort()
    await time.settle()
    expect(opened[1]?.window.closed).toBe(false)
    expect(popup.open()).toBe(true)
    expect(opened.length).toBe(2)
  })
})

describe('close', () => {
  it('closes the window, and ends the visit', async () => {
    const { popup, visit, held, time } = openPage()
    popup.open()
    popup.close()
    expect([shown.closed, held()]).toEqual([true, FREE])
    const visited = visit()
    await time.settle()
    popup.close()
    await time.advance(250)
    expect([shown.closed, visited.outcome, held()]).toEqual([true, 'over', FREE])
  })

  it('does nothing where there is none', () => {
    const popup = createPopup()
    expect(() => popup.close()).not.toThrow()
  })
})

describe('the events', () => {
  it('tell a sign-in that is finished, to all who listen, until they stop', () => {
    const { popup, held } = openPage()
    const heard: string[] = []
    const stops = ['a', 'b'].map((who) => popup.events((event) => void heard.push(`${who} ${event}`)))
    expect(held()).toEqual([0, 1, 0])
    finishPopup()
    expect(heard).toEqual(['a signedIn', 'b signedIn'])
    stops[0]?.()
    stops[0]?.()
    finishPopup()
    expect(heard.slice(2)).toEqual(['b signedIn'])
    stops[1]?.()
    expect(held()).toEqual(FREE)
    finishPopup()
    expect(heard.length).toBe(3)
    popup.events((event) => void heard.push(`c ${event}`))
    finishPopup()
    expect(heard.slice(3)).toEqual(['c signedIn'])
  })

  it('are of one name', () => {
    const { popup } = openPage({ name: 'staging' })
    const heard: string[] = []
    popup.events((event) => heard.push(event))
    finishPopup()
    expect(heard).toEqual([])
    finishPopup({ name: 'staging' })
    expect(heard).toEqual(['signedIn'])
  })

  it.each<unknown>([undefined, null, '', 'signedIn', `${FINISHED} `, { type: FINISHED }, new String(FINISHED), { token: 'stolen' }])('hear nothing else: %j', async (message) => {
    const { popup, visit, say, time } = openPage()
    const heard: string[] = []
    popup.events((event) => heard.push(event))
    const visited = visit()
    await time.settle()
    say(message)
    await time.settle()
    expect([heard, visited.outcome]).toEqual([[], 'pending'])
  })

  it.each(['missing', 'throw'] as const)('tell of a focus after a window looked closed, where channels are %s', async (channels) => {
    const { popup, visit, happens, held, time } = openPage({ channels })
    const heard: string[] = []
    const stop = popup.events((event) => heard.push(event))
    happens('focus')
    const visited = visit()
    await time.settle()
    happens('focus')
    expect([heard, visited.outcome]).toEqual([[], 'pending'])
    shown.closed = true
    await time.advance(250)
    expect([heard, visited.outcome]).toEqual([[], 'over'])
    happens('focus')
    happens('focus')
    expect(heard).toEqual(['signedIn'])
    stop()
    expect(held()).toEqual(FREE)
    expect(() => finishPopup()).not.toThrow()
  })

  it('take no focus for the end of the next visit', async () => {
    const { popup, visit, happens, time } = openPage({ channels: 'missing' })
    popup.events(() => {})
    visit()
    shown.closed = true
    await time.advance(250)
    const next = visit()
    await time.settle()
    happens('focus')
    await time.settle()
    expect(next.outcome).toBe('pending')
  })
})

describe('on a server', () => {
  it('nothing is touched before it is used, and nothing is held', () => {
    vi.stubGlobal('BroadcastChannel', refuse)
    vi.stubGlobal('window', undefined)
    const stop = createPopup().events(() => {})
    stop()
  })
})

describe('a session', () => {
  /** Nobody is signed in; the identity provider signs in Ada when it is told to. */
  function openSession(options?: Parameters<typeof openPage>[0]) {
    const made = openPage(options)
    const { time, popup } = made
    const fake = createFakeBackend(time.clock, { subject: null })
    const signIn = (call: { signal: AbortSignal }) => popup.visit('/login', call)
    const session = createSession({ ...fake.backend, signIn, events: popup.events }, {}, { clock: time.clock, random: () => 0.5 })
    const release = session.start()
    const finish = () => {
      fake.signInAs('ada')
      finishPopup()
    }
    return { ...made, fake, session, release, finish }
  }

  it('is signed in when the sign-in is finished, by one question', async () => {
    const { popup, session, fake, finish, time } = openSession()
    await session.ready()
    popup.open()
    const view = session.reauthenticate()
    await time.settle()
    finish()
    expect(await view).toMatchObject({ signedIn: true, certain: true, problem: undefined })
    expect(fake.count('check')).toBe(2)
  })

  it('is signed in by a window that looked closed long before, and asks twice', async () => {
    const { popup, session, fake, finish, time } = openSession()
    await session.ready()
    popup.open()
    const view = session.reauthenticate()
    await time.settle()
    shown.closed = true
    await time.advance(250)
    expect(await view).toMatchObject({ signedIn: false, certain: true, busy: false, problem: undefined })
    await time.advance(MINUTE)
    finish()
    await time.settle()
    expect(session.get()).toMatchObject({ signedIn: true, certain: true })
    expect(fake.count('check')).toBe(3)
  })

  it('is signed in by a window that finishes while the server is asked', async () => {
    const { popup, session, fake, finish, time } = openSession()
    await session.ready()
    popup.open()
    const view = session.reauthenticate()
    await time.settle()
    let answer: (reply: boolean) => void = () => {}
    fake.script('check', () => new Promise((resolve) => (answer = resolve)))
    shown.closed = true
    await time.advance(250)
    expect(session.get().state).toBe('reauthenticating.confirming')
    finish()
    answer(false)
    expect(await view).toMatchObject({ signedIn: true, certain: true })
  })

  it('says that the window was blocked, and asks nobody', async () => {
    const { page, popup, session, fake } = openSession()
    await session.ready()
    page.blocked = true
    popup.open()
    expect(await session.reauthenticate()).toMatchObject({ signedIn: false, certain: true, problem: { code: 'ERR_SESSION_POPUP_BLOCKED' } })
    expect(fake.count('check')).toBe(1)
    page.blocked = false
    popup.open()
    void session.reauthenticate()
    expect(session.get().busy).toBe(true)
  })

  it('that gives the sign-in up closes the window', async () => {
    const { popup, session, fake, time } = openSession()
    await session.ready()
    popup.open()
    const view = session.reauthenticate()
    await time.settle()
    session.cancel()
    expect(await view).toMatchObject({ signedIn: false, busy: false, problem: undefined })
    expect([shown.closed, fake.count('check')]).toEqual([true, 1])
  })

  it('gives up a window that is left open after a quarter of an hour', async () => {
    const { popup, session, time } = openSession()
    await session.ready()
    popup.open()
    void session.reauthenticate()
    await time.advance(QUARTER_HOUR)
    expect(session.get()).toMatchObject({ signedIn: false, busy: false, problem: { code: 'ERR_SESSION_TIMEOUT' } })
    expect(shown.closed).toBe(true)
  })

  it('asks one question for each lie, and believes none', async () => {
    const { session, fake, say, visit, time } = openSession()
    await session.ready()
    for (let lie = 1; lie <= 3; lie++) {
      say(FINISHED)
      await time.settle()
      expect(session.get()).toMatchObject({ signedIn: false, certain: true })
      expect(fake.count('check')).toBe(1 + lie)
    }
    // The window of a sign-in under way is left alone.
    visit()
    await time.settle()
    say(FINISHED)
    await time.settle()
    expect(shown.closed).toBe(false)
  })

  it('holds nothing after its release', async () => {
    const { popup, session, release, held, time } = openSession()
    await session.ready()
    popup.open()
    void session.reauthenticate()
    await time.settle()
    release()
    await time.advance(1)
    expect([shown.closed, held()]).toEqual([true, FREE])
  })
})
