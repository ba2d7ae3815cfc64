import type { Choices } from './choices'
import type { Timeline } from './timeline'

/** How a primitive behaves from now on; what was asked of it before is not touched, unless said otherwise. */
export type Behaviour =
  | 'works'
  /** It is not there. Who took it before has it still. */
  | 'missing'
  /** Every use throws or rejects, as where storage is blocked. */
  | 'throws'
  /** Nothing ever comes back, and nothing is done. A signal still gives up the wait for a lock. */
  | 'hangs'
  /**
   * What it was given may be lost: a message; a write that was acknowledged, or all that is stored, also when it was
   * written before; the exclusion of a lock, which is then held by two at once.
   */
  | 'loses'
  /** Messages arrive in another order, those on their way too. */
  | 'reorders'

export interface Behaviours {
  locks: Exclude<Behaviour, 'reorders'>
  store: Exclude<Behaviour, 'reorders'>
  channel: Behaviour
  /** Of the browser and of a tab. What is asked at once cannot hang. */
  notes: Exclude<Behaviour, 'reorders' | 'hangs'>
}

/** Values under keys, in the shape of `idb-keyval`: each call is one transaction of IndexedDB. */
export interface Store {
  get<T>(key: string): Promise<T | undefined>
  set(key: string, value: unknown): Promise<void>
  del(key: string): Promise<void>
  /** Reads, changes and writes as one. When `updater` throws, nothing changes. */
  update<T>(key: string, updater: (oldValue: T | undefined) => T): Promise<void>
}

export type Channel = Pick<BroadcastChannel, 'name' | 'postMessage' | 'close' | 'addEventListener' | 'removeEventListener'>

/** What a page has to agree with the other pages of its browser. */
export interface Primitives {
  /** As `navigator.locks`; exclusive locks only. */
  readonly locks: Pick<LockManager, 'request'> | undefined
  readonly store: Store | undefined
  readonly BroadcastChannel: (new (name: string) => Channel) | undefined
  /** As `localStorage`. */
  readonly notes: Notes | undefined
  /** As `sessionStorage`. */
  readonly ownNotes: Notes | undefined
}

type Notes = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/** What the primitives need of the tab that uses them. */
export interface Owner {
  /** Runs it as soon as scripts can run: not in a frozen tab, never in one that is gone. */
  whenRunning(run: () => void): void
  /** Runs it when the tab is gone. */
  onceGone(run: () => void): void
}

/** The primitives of one browser. */
export interface SharedPrimitives {
  readonly behaviours: Behaviours
  /** @param own what the pages of this tab noted for themselves */
  forTab(owner: Owner, own: Map<string, string>): Primitives
}

/** How long a word between a page and its browser takes, milliseconds. */
const FASTEST_MS = 1
const SLOWEST_MS = 4
/** How often something is lost by a primitive that loses. */
const LOSS = 0.3

/**
 * Web Locks, IndexedDB, BroadcastChannel and localStorage in memory and in virtual time, shared by the tabs of a browser;
 * and the sessionStorage of each.
 *
 * A frozen tab keeps what it has: it may even be granted a lock that it waited for, or leave a transaction open, and
 * the others wait. One that is gone gives everything back, and what it had not committed never happened.
 */
export function createPrimitives(timeline: Timeline, choices: Choices): SharedPrimitives {
  const behaviours: Behaviours = { locks: 'works', store: 'works', channel: 'works', notes: 'works' }
  const lockLines = new Map<string, Line>()
  const transactions = createLine()
  const data = new Map<string, unknown>()
  const written = new Map<string, string>()
  const ears = new Set<Ear>()

  const loses = (what: keyof Behaviours) => behaviours[what] === 'loses' && choices.chance(LOSS)

  function lineFor(name: string): Line {
    // A lock that excludes nobody is one that only its holder knows of.
    if (loses('locks')) return createLine()
    const line = lockLines.get(name) ?? createLine()
    lockLines.set(name, line)
    return line
  }

  function forTab(owner: Owner, own: Map<string, string>): Primitives {
    let gone = false
    owner.onceGone(() => {
      gone = true
      for (const line of [transactions, ...lockLines.values()]) line.dismiss(owner)
    })

    const later = (run: () => void) => void timeline.after(choices.between(FASTEST_MS, SLOWEST_MS), () => owner.whenRunning(run))
    const pause = () => new Promise<void>(later)

    /** Whether a use of it has any effect. */
    function reaches(what: keyof Behaviours): boolean {
      if (behaviours[what] === 'throws') throw new DOMException(`${what}: access is denied`, 'SecurityError')
      return !gone && behaviours[what] !== 'hangs'
    }

    async function request<T>(name: string, ...rest: [LockGrantedCallback<T>] | [LockOptions, LockGrantedCallback<T>]): Promise<T> {
      const [options, callback] = rest.length === 1 ? [{}, rest[0]] : rest
      const { mode = 'exclusive', ifAvailable = false, steal = false, signal } = options
      if (name.startsWith('-')) throw notSupported('the name of a lock must not begin with "-"')
      if (mode !== 'exclusive') throw notSupported('shared locks are not simulated')
      if (steal && ifAvailable) throw notSupported('steal and ifAvailable exclude each other')
      if (signal && (steal || ifAvailable)) throw notSupported('a signal is of no use with steal or ifAvailable')
      signal?.throwIfAborted()
      const aborted = deferred()
      signal?.addEventListener('abort', () => aborted.reject(signal.reason), { once: true })
      if (!reaches('locks')) return aborted.promise

      const line = lineFor(name)
      if (ifAvailable && !line.isFree()) {
        await pause()
        return callback(null)
      }
      const turn = line.join(owner, steal)
      try {
        await Promise.race([turn.begun.promise.then(pause), aborted.promise])
        // Who was robbed before it began begins all the same, as in browsers.
        return await Promise.race([callback({ name, mode }), turn.stolen.promise])
      } finally {
        // A frozen tab hears of a theft, and gives back what it has, when it resumes.
        await new Promise<void>(owner.whenRunning)
        line.leave(turn)
      }
    }

    /** @param prepare reads, and gives what is to be written */
    async function transact(prepare: () => unknown, commit?: (prepared: unknown) => void): Promise<unknown> {
      if (!reaches('store')) return deferred().promise
      const turn = transactions.join(owner, false)
      await turn.begun.promise.then(pause)
      try {
        const prepared = prepare()
        await pause()
        if (!loses('store')) commit?.(prepared)
        else if (choices.chance(0.5)) data.clear()
        return prepared
      } finally {
        transactions.leave(turn)
        // It is written by now, whether or not the tab will hear of it.
        await pause()
      }
    }

    const read = (key: string) => structuredClone(data.get(key))
    const put = (key: string) => (value: unknown) => void data.set(key, value)
    const store: Store = {
      get: async <T>(key: string) => (await transact(() => read(key))) as T | undefined,
      async set(key, value) {
        const copy = structuredClone(value)
        await transact(() => copy, put(key))
      },
      async del(key) {
        await transact(() => undefined, () => data.delete(key))
      },
      async update<T>(key: string, updater: (oldValue: T | undefined) => T) {
        await transact(() => structuredClone(updater(read(key) as T | undefined)), put(key))
      },
    }

    /** Called with `new`, as the real one. */
    function openChannel(name: string): Channel {
      reaches('channel')
      const target = new EventTarget()
      const inbox: unknown[] = []
      const ear: Ear = {
        name,
        hear(message) {
          if (gone || loses('channel')) return
          inbox.push(message)
          // Whichever delivery is the first takes the oldest message, so that order does not depend on haste.
          later(() => {
            const [data] = inbox.splice(behaviours.channel === 'reorders' ? choices.choose(inbox.length) : 0, 1)
            if (ears.has(ear)) target.dispatchEvent(new MessageEvent('message', { data }))
          })
        },
      }
      ears.add(ear)
      return Object.assign(target, {
        name,
        close: () => void ears.delete(ear),
        postMessage(message: unknown) {
          if (!ears.has(ear)) throw new DOMException('the channel is closed', 'InvalidStateError')
          const sent = structuredClone(message)
          if (!reaches('channel')) return
          for (const other of ears) if (other !== ear && other.name === name) other.hear(structuredClone(sent))
        },
      })
    }

    /** Written at once, also when the page is gone in the next moment. */
    function notesIn(written: Map<string, string>): Notes {
      function note(write: () => void) {
        if (!reaches('notes')) return
        if (!loses('notes')) write()
        else if (choices.chance(0.5)) written.clear()
      }
      return {
        getItem: (key) => (reaches('notes') ? (written.get(key) ?? null) : null),
        setItem: (key, value) => note(() => written.set(key, value)),
        removeItem: (key) => note(() => written.delete(key)),
      }
    }
    const [notes, ownNotes] = [notesIn(written), notesIn(own)]

    const there = <T>(what: keyof Behaviours, primitive: T) => (behaviours[what] === 'missing' ? undefined : primitive)
    const locks = { request }
    return {
      get locks() {
        return there('locks', locks)
      },
      get store() {
        return there('store', store)
      },
      get BroadcastChannel() {
        return there('channel', openChannel as unknown as new (name: string) => Channel)
      },
      get notes() {
        return there('notes', notes)
      },
      get ownNotes() {
        return there('notes', ownNotes)
      },
    }
  }

  return { behaviours, forTab }
}

/** An open channel, as seen by the others. */
interface Ear {
  readonly name: string
  hear(message: unknown): void
}

interface Turn {
  readonly owner: Owner
  readonly begun: Deferred<void>
  readonly stolen: Deferred
}

type Line = ReturnType<typeof createLine>

/** First come, first served, one at a time. */
function createLine() {
  /** The first has its turn. */
  let turns: readonly Turn[] = []
  function change(next: readonly Turn[]) {
    turns = next
    turns[0]?.begun.resolve()
  }
  return {
    isFree: () => turns.length === 0,
    join(owner: Owner, steal: boolean): Turn {
      const turn: Turn = { owner, begun: deferred(), stolen: deferred() }
      if (steal) turns[0]?.stolen.reject(new DOMException('the lock was stolen', 'AbortError'))
      change(steal ? [turn, ...turns.slice(1)] : [...turns, turn])
      return turn
    },
    leave: (turn: Turn) => change(turns.filter((other) => other !== turn)),
    dismiss: (owner: Owner) => change(turns.filter((turn) => turn.owner !== owner)),
  }
}

const notSupported = (why: string) => new DOMException(why, 'NotSupportedError')

interface Deferred<T = never> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(reason: unknown): void
}

/** A promise that is settled from outside. Nobody needs to listen to it. */
function deferred<T = never>(): Deferred<T> {
  let resolve!: (value: T) => void
  let reject!: (reason: unknown) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  promise.catch(() => undefined)
  return { promise, resolve, reject }
}
