import type { Lease } from '../../../machines/session.machine'
import { type Call, readReply, type Reply, type SessionBackend } from '../../backend'
import type { Session } from '../../createSession'
import type { SessionView } from '../../sessionView'
import type { Tab, TabEvent } from './tab'
import type { RequestKind, Server, ServerSession } from './server'

/** A law of Outlast, and how it was broken. */
export interface Violation {
  readonly law: number
  readonly what: string
}

export interface Witnessed {
  readonly tab: Tab
  readonly server: Server
  readonly now: () => number
  /** Sign-ins that the server made for this browser so far. */
  readonly signIns: () => number
  /** By how much the machine's clock is ahead of the server's, milliseconds. */
  readonly skewMs: () => number
  /** The machine's clock runs at a pace of its own. */
  readonly drifts: () => boolean
  /** It waits for the turn of another tab before it calls. */
  readonly takesTurns: boolean
  /** Whoever signs in, all tabs know by now. */
  readonly isToldOfPeople: () => boolean
  /** Those of the app, if it has any. */
  readonly limits?: Limited | undefined
  /** What must never be seen. */
  readonly secret: string
  readonly fail: (violation: Violation) => void
}

/** Limits of an app, milliseconds, and what there is to know about them. */
export interface Limited {
  readonly idleMs?: number
  readonly absoluteMs?: number
  /** When somebody last did something in a page, true time. */
  readonly usedAt: () => number
  /** Somebody did so within so many milliseconds by the machine's clock, which may have been set back since. */
  readonly isUsedByClockSince: (ms: number) => boolean
  /** A machine or a page stood still within so many milliseconds, or a clock was set. */
  readonly timeLostSince: (ms: number) => boolean
  /** What is done in one tab, all tabs know. */
  readonly isTold: () => boolean
  /** One of them has ended the session, for all. */
  readonly reached: () => void
}

export interface Witness {
  /** The backend, seen through. */
  wrap(backend: SessionBackend): SessionBackend
  /** From now on every view and event is looked at. */
  attach(session: Session): void
  /** A person asked for something. */
  commanded(name: 'check' | 'extend' | 'run' | 'reauthenticate' | 'signOut'): void
  /** Another tab has learned something. */
  stirred(): void
  /** It looks at its clock. */
  pokes(): void
  /** Somebody signs out, in whichever tab. */
  signsOut(): void
  /** Time was lost, or the machine's clock was set: what was known is not certain any more. */
  disturbed(clockSet?: boolean): void
  /** An operation runs. */
  ran(): void
  /** Whether the session can know what time it is at the server. */
  readonly knowsTime: (withinMs: number) => boolean
  /** The session was told that it woke from a sleep. */
  woken(): void
  /** Looks at everything that can be judged between two steps. */
  look(): void
}

const HOUR_MS = 3_600_000
const LONGEST_TIMER_MS = 2 ** 31 - 1
const CALLS_PER_HOUR = 600
/** Sooner than the clock of a session takes a timer for late, or a wall clock for set, milliseconds. */
const LATE_MS = 60_000
const APART_MS = 1_000
/** By how much a drifting clock may be wrong about an hour, milliseconds. */
const TOLERANCE_MS = 5_000
/** A call may outlast the deadline by its own time, and a hidden page by a minute; twice, where a call waits for a turn. */
const PAST_DEADLINE_MS = 95_000
const NEAR_END_MS = 60_000
const ROUNDING_MS = 2_500
/** Halving what is left of the longest life takes no more steps than this. */
const MOST_UNMOVED = 24

/** Watches one session in one tab, and says when a law is broken. It sees more than the session does: the server, and every reply. */
export function createWitness({ tab, server, now, signIns, skewMs, drifts, takesTurns, isToldOfPeople, limits, secret, fail }: Witnessed): Witness {
  let view: SessionView | undefined
  let session: Session | undefined
  /** The server's answers tell what time it is there, or how long is left. */
  let toldTime = true
  /** The machine's clock was set since the last of them. */
  let clockSet = false
  /** Law 1: the server said no since it last said yes. */
  let noHeard = false
  let signingOut = false
  /** Law 2: an extension was refused, and nobody has asked yet. */
  let refused = false
  /** Law 3: the server's session, and how often its end had moved, when the last and the present call were made. */
  let seenBefore: Seen | undefined
  let lastHeard: 'yes' | 'no' | 'failed' | undefined
  let seen: Seen | undefined
  let vain: { readonly session: ServerSession; readonly times: number } | undefined
  /** Law 4: reasons to ask that have not been used up. */
  let reasons = 1
  let lastCallAnswered = true
  let deadlineUsed: number | undefined
  const distanceNow = () => tab.platform.wallNow() - tab.platform.monotonicNow()
  let lastDistance = distanceNow()
  /** Law 6: the sign-ins whose cookie has come, and how many there were when something was sent or said. */
  let signInsArrived = 0
  let signInsWhenOut = 0
  let signInsWhenSent = 0
  let signInsWhenSigningOut = 0
  /** Whom this tab was told of, in the order in which it numbers them. */
  const people: string[] = []
  /** Law 9 */
  let calls: number[] = []
  let leaveAloneUntil = 0
  let byPerson = false
  /** Law 1: the last that it knew of the session. */
  let leaseSeen: Lease | undefined
  /** Law 10 */
  let suspect = false
  let pastSince: number | undefined

  const current = (): Seen | undefined => {
    const found = server.find(tab.browser.token)
    return found && { session: found, moves: found.moves, at: now() }
  }
  const breaks = (law: number, what: string) => fail({ law, what: `tab ${tab.number}: ${what}` })

  const knowsTime = (withinMs: number) => !clockSet && (toldTime || Math.abs(skewMs()) < withinMs)
  const clocksAgree = () => !drifts() && knowsTime(APART_MS)
  /** How far the two clocks have come apart since the session looked at them last. */
  function apartMs() {
    const apart = Math.abs(distanceNow() - lastDistance)
    lastDistance = distanceNow()
    return apart
  }
  function signsOut() {
    signingOut = true
    signInsWhenSigningOut = signIns()
  }
  const isRunning = () => !tab.isFrozen && !tab.browser.machine.asleep

  function called(kind: RequestKind) {
    if (refused && kind === 'extend') breaks(2, 'extends again after a refusal, without asking')
    refused = false
    if (kind === 'check') {
      const due = view?.expiresAt
      const deadlinePassed = due !== undefined && due !== deadlineUsed && tab.platform.wallNow() >= due
      // Around its end nobody knows how the clocks stand to the second.
      const nearEnd = [seen, current()].some((known) => known && Math.abs(known.session.expiresAt - now()) < NEAR_END_MS)
      if (deadlinePassed) deadlineUsed = due
      else if (nearEnd) reasons = Math.max(0, reasons - 1)
      else if (reasons > 0) reasons--
      else if (lastCallAnswered && clocksAgree()) breaks(4, 'asks without a reason')
    }
    lastCallAnswered = false
    // What is answered is not about a sign-in whose cookie is still on its way.
    signInsWhenSent = current()?.session.number ?? signInsArrived
    bounded(kind)
  }

  function bounded(kind: RequestKind) {
    const at = now()
    const free = kind === 'signIn' || kind === 'revoke' || byPerson
    if (free) return
    if (at < leaveAloneUntil) breaks(9, `calls ${kind} ${leaveAloneUntil - at} ms before the server wants to be asked again`)
    calls.push(at)
    if (calls.length > 2 * CALLS_PER_HOUR) calls = calls.slice(-CALLS_PER_HOUR - 1)
    const anHourAgo = calls[calls.length - 1 - CALLS_PER_HOUR]
    if (anHourAgo !== undefined && at - anHourAgo < HOUR_MS) breaks(9, `makes more than ${CALLS_PER_HOUR} calls in an hour`)
  }

  function answered(kind: RequestKind, reply: unknown, before: Seen | undefined) {
    const read = readReply(kind, reply)
    const { status } = read
    if (status === 'refused') {
      refused = true
      reasons++
    }
    if (read.status !== 'alive') return
    if (read.subject && !people.includes(read.subject)) people.push(read.subject)
    clockSet = false
    toldTime = read.expiresAt === undefined || read.serverNow !== undefined
    lastCallAnswered = true
    suspect = false
    const after = current()
    if (kind === 'extend' && before && clocksAgree() && view?.expiresAt !== undefined) {
      const moved = after?.session !== before.session || after.moves > before.moves
      vain = { session: before.session, times: moved || vain?.session !== before.session ? 0 : vain.times + 1 }
      if (vain.times > MOST_UNMOVED) breaks(3, `extends for the ${vain.times}th time what does not move`)
    }
    // Para's client takes for a yes what is none, a page of a captive portal or that another tab was first, and knows no more than before.
    const isNews = !after || read.expiresAt === undefined || Math.abs(read.expiresAt - server.options.clockOffsetMs - after.session.expiresAt) < ROUNDING_MS
    if (lastHeard === 'failed' || !isNews) return
    seenBefore = seen
    seen = before
  }

  function heard(event: TabEvent) {
    if (event.type === 'timer.set' && !(event.delayMs <= LONGEST_TIMER_MS)) breaks(8, `sets a timer of ${event.delayMs} ms`)
    if (event.type === 'timer.fires') {
      if (event.lateMs > LATE_MS || apartMs() > APART_MS) reasons++
    }
    // It hears of that, and looks at its clock.
    if (takesTurns && ['tab.resumed', 'tab.shown', 'tab.hidden'].includes(event.type)) lastDistance = distanceNow()
    if (event.type === 'reply.heard') {
      lastHeard = event.what
      noHeard ||= event.what === 'no'
    }
  }

  /** A limit of the app has ended the session; it may, if its time has come. */
  function limited(reason: 'idle' | 'limit') {
    const ms = reason === 'idle' ? limits?.idleMs : limits?.absoluteMs
    if (!limits || ms === undefined) {
      breaks(1, `signed out (${reason}), and there is no such limit`)
      return
    }
    const { usedAt, timeLostSince, isTold, reached } = limits
    const isSure = isTold() && !timeLostSince(ms)
    // What is done in the very moment in which the limit falls due comes too late.
    const isUsed = usedAt() > now() - ms + TOLERANCE_MS && usedAt() < now()
    if (reason === 'idle' && isUsed && isSure) breaks(1, 'signed out as idle, and somebody is active')
    const startedAt = leaseSeen?.startedAt
    const isEarly = startedAt !== undefined && tab.platform.wallNow() - startedAt < ms - TOLERANCE_MS
    if (reason === 'limit' && isEarly && isSure) breaks(1, 'signed out by a limit before its time')
    reached()
    signsOut()
  }

  /** Signed in for longer than the app allows. */
  function outlivesLimits(): boolean {
    const startedAt = leaseSeen?.startedAt
    if (!limits || startedAt === undefined) return false
    const { idleMs = Infinity, absoluteMs = Infinity, usedAt, isUsedByClockSince, timeLostSince, isTold } = limits
    // A sleep of which nobody tells is noticed with the next timer, or as soon as somebody does something.
    if (timeLostSince(Math.min(idleMs, absoluteMs) + 2 * PAST_DEADLINE_MS) || !isTold()) return false
    const lastedMs = tab.platform.wallNow() - startedAt - 2 * PAST_DEADLINE_MS
    const graceMs = idleMs + 2 * PAST_DEADLINE_MS
    return lastedMs > absoluteMs || (lastedMs > idleMs && usedAt() <= now() - graceMs && !isUsedByClockSince(graceMs))
  }

  function changed(next: SessionView) {
    leaseSeen = session?.actor.getSnapshot().context.lease ?? leaseSeen
    const last = view
    view = next
    // Also when it was in vain, because an earlier question is lost and nobody knows it yet.
    if (next.state === 'extending.asking' || next.problem?.code === 'ERR_SESSION_TIMEOUT') refused = false
    if (next.state.endsWith('waiting') && next.state !== last?.state) reasons++
    // Where no end is known, what nobody extends is asked about after two periods.
    if (last?.state === 'active.unattended' && next.state === 'unknown.checking' && next.expiresAt === undefined) reasons++
    if (next.signedIn === false && last?.signedIn !== false) {
      if (next.reason === 'idle' || next.reason === 'limit') limited(next.reason)
      if (!noHeard && !signingOut) breaks(1, `signed out (${next.reason}), and nobody said so`)
      signInsWhenOut = signingOut ? signInsWhenSigningOut : signInsWhenSent
    }
    if (next.signedIn === undefined && last?.signedIn !== undefined) breaks(10, 'forgot its verdict')
    if (next.signedIn === true) {
      if (last?.signedIn === false && signIns() <= signInsWhenOut) breaks(6, 'signed in again, and nobody signed in')
      noHeard = false
      // Another tab may not have heard of it yet.
      if (last?.signedIn === false) signingOut = false
    }
    if (`${JSON.stringify(next)}${JSON.stringify(session?.actor.getSnapshot().context)}`.includes(secret)) breaks(7, 'shows a secret')
  }

  return {
    wrap(backend) {
      const through =
        <T>(kind: RequestKind, run: ((call: Call) => T | PromiseLike<T>) | undefined) =>
        async (call: Call) => {
          called(kind)
          const before = current()
          try {
            const reply = await run?.(call)
            // What comes too late is not heard.
            if (!call.signal.aborted) answered(kind, reply, before)
            return reply as T
          } catch (error) {
            const { retryAfterMs } = error as { retryAfterMs?: number }
            if (retryAfterMs && !call.signal.aborted) leaveAloneUntil = now() + Math.min(retryAfterMs, HOUR_MS) - TOLERANCE_MS
            throw error
          }
        }
      return {
        ...backend,
        check: through<Reply>('check', backend.check),
        ...(backend.extend && { extend: through<Reply>('extend', backend.extend) }),
        ...(backend.signIn && { signIn: through('signIn', backend.signIn) }),
        ...(backend.revoke && { revoke: through('revoke', backend.revoke) }),
      }
    },
    attach(attached) {
      session = attached
      view = attached.get()
      tab.on(heard)
      attached.subscribe(changed)
      attached.on('session.extended', (event) => {
        if (JSON.stringify(event).includes(secret)) breaks(7, 'tells a secret')
        const moved = current()
        // Where ends and dates come in whole seconds, nobody can tell within one.
        if (seenBefore && now() - seenBefore.at < ROUNDING_MS) return
        if (event.expiresAt !== undefined && clocksAgree() && moved && seenBefore && moved.session === seenBefore.session && moved.moves <= seenBefore.moves) breaks(3, 'tells of an extension that moved nothing')
      })
    },
    stirred() {
      reasons++
    },
    pokes: () => void (lastDistance = distanceNow()),
    signsOut,
    commanded(name) {
      if (name === 'signOut') signsOut()
      // It looks whether it slept.
      if (name === 'run') lastDistance = distanceNow()
      if (name === 'extend') vain = undefined
      if (name === 'reauthenticate') byPerson = true
      reasons += 2
    },
    disturbed(bySetting = false) {
      reasons++
      clockSet ||= bySetting
      suspect = true
      seen = undefined
      calls = []
      leaveAloneUntil = 0
    },
    ran() {
      const { signedIn, certain } = session?.get() ?? {}
      if (!signedIn || !certain) breaks(10, 'runs an operation in a session that is not alive')
    },
    knowsTime,
    look() {
      const seenView = session?.get()
      if (!seenView || tab.isGone) return
      if (byPerson && !seenView.busy) byPerson = false
      const { signedIn, certain, expiresAt } = seenView
      const present = current()?.session
      signInsArrived = Math.max(signInsArrived, present?.number ?? 0)
      const person = people[Number(session?.actor.getSnapshot().context.subject) - 1]
      const isOther = person !== undefined && present && !present.ended && present.subject !== person
      if (signedIn && isRunning() && outlivesLimits()) breaks(10, 'is signed in for longer than a limit allows')
      if (isOther && isToldOfPeople() && isRunning() && signedIn && certain) breaks(6, `takes ${present.subject} for ${person}`)
      const watching = isRunning() && clocksAgree() && !suspect && signedIn && certain && expiresAt !== undefined
      if (!watching || tab.platform.wallNow() <= expiresAt + PAST_DEADLINE_MS * (takesTurns ? 2 : 1)) pastSince = undefined
      else if (now() > (pastSince ??= now()) + APART_MS) breaks(10, 'is certain of what has passed')
    },
    woken() {
      const { signedIn, certain } = session?.get() ?? {}
      if (apartMs() > 3 * APART_MS && signedIn && certain) breaks(10, 'is certain right after a sleep')
    },
  }
}

interface Seen {
  readonly session: ServerSession
  readonly moves: number
  readonly at: number
}
