import type { Answer, CallInput } from '../../machines/session.machine'
import type { Caller, Ports, Tabs, TabsEvent } from '../ports'
import { createHints } from './hints'
import { type Attempt, createMember } from './member'
import type { TabPrimitives } from './primitives'
import { createNotes, noteOf, readNote } from './notes'
import { newRecord } from './record'
import { SIGN_IN_NEWS_MS } from './signIns'
import { createStorage } from './storage'
import { createTurns } from './turns'

/**
 * One session in all tabs of a browser: what one of them learns counts for all.
 *
 * An extension is made under a Web Lock that is held for this one call; inside, what another tab was answered meanwhile
 * is adopted instead. What they know is one record in IndexedDB, changed by transactions that look at what is there.
 * Messages say "look", and nothing else. Every wait is bounded; where a primitive fails, the next best way costs more
 * calls and never a session.
 */
export function createTabs(ports: Ports, name: string, primitives: TabPrimitives): Tabs {
  const { clock, signals } = ports
  const key = `outlast:${name}`
  const notes = createNotes(key, () => primitives.notes)
  const activity = createNotes(`${key}:active`, () => primitives.notes)
  const ownSignIn = createNotes(key, () => primitives.ownNotes)
  const noted = () => readNote(notes.read())
  const member = createMember(ports, noted, ownSignIn.read())
  const storage = createStorage(clock, key, () => primitives.store, member.patienceMs)
  const turns = createTurns(clock, () => primitives.locks)
  const hints = createHints(key, () => primitives.BroadcastChannel, () => void look())
  let tell: (event: TabsEvent) => void = () => {}
  let underWay = 0
  let looking = false
  let again = false
  /** When somebody was last active, as was seen, epoch milliseconds. */
  let activeAt = 0
  let isStorageTold = false
  /** The sign-out of this session was seen to be noted. */
  let isNoted = false
  /** Those that are for all already. */
  const shared = new WeakSet<Answer>()

  const say = (news: Answer | 'changed' | undefined) => {
    if (news === 'changed') tell({ type: 'tabs.changed' })
    else if (news) tell({ type: 'tabs.answered', output: news })
  }

  const tellSignIn = (retryMs: number | undefined) => retryMs !== undefined && tell({ type: 'tabs.claimed', retryMs })

  /** Looks what others wrote. However often it is asked to, it looks once at a time. */
  async function look() {
    again = true
    if (looking) return
    looking = true
    while (again) {
      again = false
      const record = await storage.read()
      if (record) {
        activeAt = Math.max(activeAt, record.activeAt ?? 0)
        say(member.hears(record, underWay > 0))
        tellSignIn(member.signIns.hears(record))
      }
      // Without a record a note is all there is.
      else if (member.isNoted()) say(member.signedOut())
    }
    looking = false
  }

  interface Calling {
    readonly call: (input: CallInput) => Promise<Answer>
    readonly left: AbortSignal
    /** Nobody vouches that no other tab makes the same call just now. */
    readonly isShared: boolean
    /** It is made. */
    readonly begins?: () => void
  }

  async function answerFor(attempt: Attempt, personOf: PersonOf, { call, left, isShared, begins }: Calling): Promise<Answer> {
    const { input } = attempt
    const [entry] = (await storage.transact((record) => member.enter(record, attempt, isShared))) ?? [member.enter(undefined, attempt, isShared)[1]]
    if (left.aborted) return member.notNow(input, member.patienceMs())
    if (entry.answer) return entry.answer()
    begins?.()
    const begun = member.begins(attempt.kind, input)
    const answer = await call({ ...input, lease: entry.lease ?? input.lease, ...(entry.repeats && { repeats: true }) })
    // A question may have been answered by an extension, and that is written.
    if (left.aborted || answer.status === 'refused' || shared.has(answer)) return answer
    const person = personOf(answer.status === 'alive' ? answer.subject : undefined)
    const [exit = {}] = (await storage.transact((record) => member.leave(record, begun, entry.generation, answer, person))) ?? []
    hints.post()
    // Nobody hears of it here any more, so it must not count as heard.
    if (left.aborted) return answer
    const settled = member.settle(exit.answer ? member.done() : answer, exit, person)
    if (exit.changed) say('changed')
    if (settled.status === 'alive' && input.purpose === 'confirm') {
      isNoted = false
      notes.clear()
    }
    return exit.answer?.() ?? settled
  }

  async function extend(call: Caller, input: CallInput, left: AbortSignal, personOf: PersonOf): Promise<Answer> {
    const attempt = member.begins('extend', input)
    const extended = await turns.take(`${key}:extend`, member.attemptMs(input), left, ({ left, isShared, claimed }) => {
      async function extending(latest: CallInput): Promise<Answer> {
        const answer = await call('extend', latest, left)
        if (answer.status !== 'refused') return answer
        // The question after a refusal is part of the turn: the others would only be refused, too.
        const asked = await call('check', { ...latest, purpose: 'extend' }, left)
        return asked.status === 'alive' && !asked.extended ? { ...asked, status: 'unanswered' } : asked
      }
      return answerFor(attempt, personOf, { call: extending, left, isShared, begins: claimed })
    })
    return extended ?? member.notNow(input, member.patienceMs())
  }

  async function revoke(call: Caller, input: CallInput, left: AbortSignal): Promise<Answer> {
    const isFirst = !member.isOver
    const { reference } = member
    const wasTold = () => {
      const note = noted()
      return note?.isTold && note.reference === (reference ?? '')
    }
    // At once: the page may be gone in the next moment.
    if (isFirst && !wasTold()) notes.write(noteOf(false, input.reason, reference))
    isNoted ||= noted() !== undefined
    member.ends()
    if (isFirst) {
      await storage.transact((found) => {
        // Also of a session of which nobody has heard anything yet.
        const record = found ?? newRecord(reference ?? member.newId(), 0, clock.now())
        const ended = (record.end ?? 'ended') === 'ended' && ({ end: 'untold', reason: input.reason, generation: record.generation + 1 } as const)
        // Whoever signs out does not sign in.
        return [member.signIns.without({ ...record, ...ended }), undefined]
      })
      hints.post()
    }
    const revoked = await turns.take(`${key}:revoke`, member.attemptMs(input), left, async (turn): Promise<Answer> => {
      const record = await storage.read()
      // Without a record, a note that is gone was told by another tab, and perhaps somebody has signed in since.
      const isGone = isNoted && (noted() === undefined || wasTold())
      const isTold = record ? record.end === 'told' || (reference !== undefined && record.reference !== reference) : isGone
      const failed = record?.end === 'untold' ? member.fails(record, input) : undefined
      const answer = isTold ? member.done() : (failed ?? (await call('revoke', input, turn.left)))
      if (failed || turn.left.aborted) return answer
      const { lease, plan, failures, problem, status } = answer
      const told = status === 'done' ? ({ end: 'told' } as const) : { report: { lease, plan, failures, problem }, answeredAt: clock.now() }
      await storage.transact((latest) => [latest?.end === 'untold' ? { ...latest, ...told, generation: latest.generation + 1 } : latest, undefined])
      if (status === 'done') {
        member.tells()
        // Kept, for a page that comes back from the back/forward cache later: it must not show the session, not even until the record is read.
        const note = noted()
        if (note && note.reference === (reference ?? '')) {
          if (reference === undefined) notes.clear()
          else notes.write(noteOf(true, note.reason, reference))
        }
      }
      hints.post()
      return answer
    })
    return revoked ?? member.notNow(input, member.patienceMs())
  }

  /** One tab signs in, and says so as long as it does. The others follow. */
  async function signIn(call: Caller, input: CallInput, left: AbortSignal): Promise<Answer> {
    let timer: unknown
    let isOver = false
    let lasting = false
    const id = member.signIns.newId()
    // The page that comes after this one knows it for its own.
    ownSignIn.write(id)
    // A sign-out after the end, of which nobody has told this tab.
    if ((await storage.read())?.end === 'untold') {
      const told = await revoke(call, input, left)
      if (told.status !== 'done') return told
    }
    async function claim(): Promise<boolean> {
      const [elsewhereMs] = (await storage.transact((record) => member.signIns.claims(record, id))) ?? []
      if (isOver) return false
      hints.post()
      tellSignIn(elsewhereMs)
      timer = clock.setTimeout(() => void claim(), SIGN_IN_NEWS_MS)
      return elsewhereMs === undefined
    }
    try {
      if (!(await claim()) || left.aborted) return member.notNow(input, 0)
      const answer = await call('signIn', input, left)
      lasting = answer.status === 'done' && !left.aborted
      return answer
    } finally {
      isOver = true
      clock.clearTimeout(timer)
      await storage.transact((record) => member.signIns.ends(record, id, lasting))
      hints.post()
    }
  }

  function make(call: Caller, personOf: PersonOf, ...[kind, input, left]: Parameters<Caller>): Promise<Answer> {
    if (kind === 'extend') return extend(call, input, left, personOf)
    if (kind === 'revoke') return revoke(call, input, left)
    if (kind === 'signIn') return signIn(call, input, left)
    if (input.purpose === 'ask') member.asks()
    return answerFor(member.begins(kind, input), personOf, { call: (latest) => call(kind, latest, left), left, isShared: false })
  }

  return {
    share: (call, personOf) => async (kind, input, left) => {
      underWay++
      try {
        let answer = await make(call, personOf, kind, input, left)
        if (storage.failed && !isStorageTold && !answer.problem) {
          isStorageTold = true
          answer = { ...answer, problem: { code: 'ERR_SESSION_STORAGE' } }
        }
        shared.add(answer)
        return answer
      } finally {
        underWay--
      }
    },
    activeAt(now) {
      if (now !== undefined) activity.write(String(now))
      const written = Number(activity.read())
      // Where nothing can be noted, the record has it.
      if (now !== undefined && written !== now) void storage.transact((record) => [record && { ...record, activeAt: now }, undefined]).then(hints.post)
      activeAt = Math.max(0, ...[activeAt, now ?? 0, written].filter((at) => at <= clock.now()))
      return activeAt || undefined
    },
    giveUp: () => void storage.transact(member.signIns.givesUp).then(hints.post),
    listen(listener) {
      tell = listener
      const open = () => {
        hints.open()
        // A page that comes back must not show what is over, not even until the record is read.
        if (member.isNoted()) say(member.signedOut())
        void look()
      }
      const letGo = () => {
        hints.close()
        turns.letGo()
      }
      hints.open()
      const stops = [
        clock.onLate(member.asks),
        signals?.listen((signal) => {
          if (signal === 'frozen') letGo()
          if (signal === 'woke') member.asks()
          if (signal === 'woke' || signal === 'shown') open()
        }),
      ]
      return () => {
        tell = () => {}
        stops.forEach((stop) => stop?.())
        letGo()
      }
    },
  }
}

type PersonOf = (subject: string | undefined) => string | undefined
