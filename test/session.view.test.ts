import { createAtom } from '@xstate/store'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Session, type SessionView } from '../src/core'
import { MINUTE, HOUR, outage, open, live } from './liveSession'

afterEach(() => void vi.unstubAllGlobals())

describe('the view', () => {
  it('is the same object until something in it changes', async () => {
    const { time, fake, session } = await live()
    const seen = session.get()
    expect(session.get()).toBe(seen)
    await time.advance(10 * MINUTE)
    session.cancel()
    await session.run(() => {})
    await session.ready()
    expect(session.get()).toBe(seen)
    await session.check()
    expect(session.get()).toEqual(seen)
    await session.extend()
    expect(session.get().expiresAt).toBe(fake.expiresAt)
  })

  it('is the same object, and not told, when the machine changed in what nobody sees', async () => {
    const { session } = await live()
    const [seen, before, told] = [session.get(), session.actor.getSnapshot(), vi.fn()]
    session.subscribe(told)
    session.actor.send({ type: 'limits.lifted' })
    expect(session.actor.getSnapshot()).not.toBe(before)
    expect(session.get()).toBe(seen)
    expect(told).not.toHaveBeenCalled()
  })

  it('is not told at once, nor when nothing in it changed, nor twice', async () => {
    const { time, session } = await live()
    const views: SessionView[] = [session.get()]
    session.subscribe((view) => views.push(view))
    expect(views).toHaveLength(1)
    session.cancel()
    session.actor.send({ type: 'session.cancel' })
    await time.advance(10 * MINUTE)
    expect(views).toHaveLength(1)
    await time.advance(2 * HOUR)
    await session.check()
    expect(views.length).toBeGreaterThan(5)
    for (const [i, view] of views.slice(1).entries()) expect(view).not.toEqual(views[i])
  })

  it('is not told to those who unsubscribed', async () => {
    const { session } = await live()
    const [gone, stays] = [vi.fn(), vi.fn()]
    session.subscribe(gone).unsubscribe()
    session.subscribe(stays)
    await session.check()
    expect(gone).not.toHaveBeenCalled()
    expect(stays).toHaveBeenCalledTimes(2)
  })

  it('is told to observers, with their own `this`, and to partial ones', async () => {
    const { session } = await live()
    const observer = { seen: [] as boolean[], next(view: SessionView) { this.seen.push(view.busy) } }
    session.subscribe(observer)
    session.subscribe({})
    await session.check()
    expect(observer.seen).toEqual([true, false])
  })

  it('makes atoms, which change when their part of it does', async () => {
    const { time, fake, session, release } = await live()
    const signedIn = createAtom(() => session.get().signedIn)
    const seen: unknown[] = [signedIn.get()]
    signedIn.subscribe((value) => seen.push(value))
    await time.advance(3 * HOUR)
    fake.end()
    await session.check()
    await session.reauthenticate()
    release()
    await time.advance(1)
    session.start()
    await time.settle()
    await session.signOut()
    expect(seen).toEqual([true, false, true, false])
    expect(createAtom(() => session.get().reason).get()).toBe('signedOut')
  })

  it.each([['@@observable', undefined], ['Symbol.observable', Symbol('observable')]] as const)('is an observable, by %s', async (_, symbol) => {
    const key = symbol ?? '@@observable'
    if (symbol) vi.stubGlobal('Symbol', Object.assign((name: string) => Symbol(name), { observable: symbol, dispose: Symbol.dispose, iterator: Symbol.iterator }))
    const { session } = open()
    vi.unstubAllGlobals()
    // What `from` of RxJS does.
    const { subscribe } = (session as unknown as Record<PropertyKey, () => Session>)[key]?.() as Session
    const views: SessionView[] = []
    const subscription = subscribe({ next: (view) => void views.push(view), error: () => {}, complete: () => {} })
    session.start()
    await session.ready()
    expect(views.at(-1)).toBe(session.get())
    subscription.unsubscribe()
    await session.check()
    expect(views.at(-1)).not.toBe(session.get())
  })
})

describe('an error of a listener', () => {
  it.each(['reportError', 'the console'])('goes to %s, and to nobody else', async (where) => {
    const [heard, printed] = [vi.fn(), vi.spyOn(console, 'error').mockImplementation(() => {})]
    vi.stubGlobal('reportError', where === 'reportError' ? heard : undefined)
    const { session } = await live()
    const mine = new Error('mine')
    session.subscribe(() => {
      throw mine
    })
    await session.check()
    expect(new Set([...heard.mock.calls, ...printed.mock.calls].flat())).toEqual(new Set([mine]))
    expect([heard.mock.calls.length > 0, printed.mock.calls.length > 0]).toEqual([where === 'reportError', where !== 'reportError'])
    printed.mockRestore()
  })
})

describe('ready', () => {
  it.each([['alive', 'ada', true], ['ended', null, false]] as const)('waits for the first verdict: %s', async (_, subject, signedIn) => {
    const { session } = open({ subject })
    session.start()
    expect(session.get().signedIn).toBeUndefined()
    const view = await session.ready()
    expect(view).toMatchObject({ signedIn, certain: true, busy: false })
    expect(view).toBe(session.get())
    expect(await session.ready()).toBe(view)
  })

  it('waits through an outage', async () => {
    const { time, fake, session } = open()
    fake.always(outage)
    session.start()
    const verdict = vi.fn()
    void session.ready().then(verdict)
    await time.advance(HOUR)
    expect(verdict).not.toHaveBeenCalled()
    fake.always(undefined)
    await time.advance(10 * MINUTE)
    expect(verdict).toHaveBeenCalledExactlyOnceWith(session.get())
    expect(session.get()).toMatchObject({ signedIn: true })
  })

  it('is one promise for all who wait, so that a rendering may ask again and again, and a fresh one afterwards', async () => {
    const { fake, session } = open()
    const early = session.ready()
    expect(session.ready()).toBe(early)
    await expect(early).rejects.toMatchObject({ code: 'ERR_SESSION_NOT_STARTED' })

    session.start()
    const ready = session.ready()
    expect(session.ready()).toBe(ready)
    expect(session.ready({})).not.toBe(ready)
    await ready
    fake.end()
    await session.check()
    expect(await session.ready()).toMatchObject({ signedIn: false })
  })

  it('is answered by a sign-out', async () => {
    const { fake, session } = open()
    fake.script('check', 'hang')
    session.start()
    const ready = session.ready()
    void session.signOut()
    expect(await ready).toMatchObject({ signedIn: false, reason: 'signedOut' })
  })
})
