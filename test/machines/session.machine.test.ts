import { describe, expect, it } from 'vitest'
import { type AnyStateNode, type EventFromLogic, type SnapshotFrom, transition } from 'xstate'
import { getShortestPaths } from 'xstate/graph'
import { type Answer, type CallInput, type SessionContext, type SessionEvent, sessionMachine } from '../../machines/session.machine'

type Snapshot = SnapshotFrom<typeof sessionMachine>
type Event = EventFromLogic<typeof sessionMachine>
type Row = Readonly<Record<string, string>>

/** A written table: the first line names the columns, the first column the row. */
function table(text: string): { columns: string[]; rows: Map<string, Row> } {
  const [head = [], ...body] = text
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
  const columns = head.slice(1)
  const rows = new Map(body.map(([name = '', ...cells]) => [name, Object.fromEntries(columns.map((column, i) => [column, cells[i] ?? '']))]))
  return { columns, rows }
}

// `·` nothing happens: nothing is left, entered, started or stopped. `↻` the same state begins again.
// A row `state: story` is for sessions with that past; without a story it is for all that have none of their own.
const onEvents = table(`
                                        | session.check    | session.extend    | session.reauthenticate     | session.cancel   | session.signOut  | platform.woke    | backend.signedIn | backend.signedOut
unknown.checking                        | ·                | ·                 | reauthenticating.signingIn | ·                | expired.revoking | ·                | ↻                | ↻
unknown.waiting                         | unknown.checking | unknown.checking  | reauthenticating.signingIn | ·                | expired.revoking | unknown.checking | unknown.checking | unknown.checking
active.scheduled                        | active.checking  | extending.calling | reauthenticating.signingIn | ·                | expired.revoking | unknown.checking | unknown.checking | unknown.checking
active.unattended                       | active.checking  | extending.calling | reauthenticating.signingIn | ·                | expired.revoking | unknown.checking | unknown.checking | unknown.checking
active.resting                          | active.checking  | extending.calling | reauthenticating.signingIn | ·                | expired.revoking | unknown.checking | unknown.checking | unknown.checking
active.checking                         | ·                | extending.calling | reauthenticating.signingIn | ·                | expired.revoking | unknown.checking | unknown.checking | unknown.checking
extending.calling                       | ·                | ·                 | reauthenticating.signingIn | ·                | expired.revoking | unknown.checking | unknown.checking | unknown.checking
extending.asking                        | ·                | ·                 | reauthenticating.signingIn | ·                | expired.revoking | unknown.checking | unknown.checking | unknown.checking
extending.waiting                       | active.checking  | extending.calling | reauthenticating.signingIn | ·                | expired.revoking | unknown.checking | unknown.checking | unknown.checking
expired.ended                           | unknown.checking | unknown.checking  | reauthenticating.signingIn | ·                | expired.revoking | ·                | unknown.checking | ·
expired.ended: signed out               | ·                | ·                 | reauthenticating.signingIn | ·                | expired.revoking | ·                | unknown.checking | ·
expired.renewing                        | unknown.checking | unknown.checking  | reauthenticating.signingIn | ·                | expired.revoking | ·                | unknown.checking | ·
expired.revoking                        | ·                | ·                 | reauthenticating.revoking  | ·                | ·                | ·                | ·                | ·
expired.unrevoked                       | ·                | ·                 | reauthenticating.revoking  | ·                | expired.revoking | ·                | ·                | ·
reauthenticating.revoking               | ·                | ·                 | ·                          | expired.revoking | expired.revoking | ·                | ·                | ·
reauthenticating.signingIn: never asked | ·                | ·                 | ·                          | unknown.checking | expired.revoking | ·                | ·                | ·
reauthenticating.signingIn: live        | ·                | ·                 | ·                          | unknown.checking | expired.revoking | ·                | ·                | ·
reauthenticating.signingIn: ended       | ·                | ·                 | ·                          | expired.ended    | expired.revoking | ·                | ·                | ·
reauthenticating.signingIn: renewable   | ·                | ·                 | ·                          | expired.renewing | expired.revoking | ·                | ·                | ·
reauthenticating.signingIn: signed out  | ·                | ·                 | ·                          | expired.ended    | expired.revoking | ·                | ·                | ·
reauthenticating.confirming             | ·                | ·                 | ·                          | ·                | expired.revoking | ·                | ↻                | ·
reauthenticating.elsewhere: never asked | ·                | ·                 | ·                          | unknown.checking | expired.revoking | ·                | ·                | ·
reauthenticating.elsewhere: live        | ·                | ·                 | ·                          | unknown.checking | expired.revoking | ·                | ·                | ·
reauthenticating.elsewhere: ended       | ·                | ·                 | ·                          | expired.ended    | expired.revoking | ·                | ·                | ·
reauthenticating.elsewhere: renewable   | ·                | ·                 | ·                          | expired.renewing | expired.revoking | ·                | ·                | ·
reauthenticating.elsewhere: signed out  | ·                | ·                 | ·                          | expired.ended    | expired.revoking | ·                | ·                | ·
`)

// What a page and other tabs tell. `later` when nobody can see it; `online` with a wait shorter than the present one.
const onNews = table(`
                                        | later           | shown             | hidden            | online | alive elsewhere  | signed out elsewhere | changed elsewhere | claimed elsewhere          | given up elsewhere
unknown.checking                        | ·               | ·                 | ·                 | ·      | ·                | expired.revoking     | ↻                 | ·                          | ·
unknown.waiting                         | ·               | unknown.checking  | ·                 | ↻      | active.scheduled | expired.revoking     | unknown.checking  | ·                          | ·
active.scheduled                        | unknown.waiting | active.checking   | extending.calling | ·      | ↻                | expired.revoking     | unknown.checking  | ·                          | ·
active.unattended                       | unknown.waiting | active.checking   | ·                 | ·      | active.scheduled | expired.revoking     | unknown.checking  | ·                          | ·
active.resting                          | unknown.waiting | active.checking   | ·                 | ·      | active.scheduled | expired.revoking     | unknown.checking  | ·                          | ·
active.checking                         | unknown.waiting | ·                 | ·                 | ·      | active.scheduled | expired.revoking     | unknown.checking  | ·                          | ·
extending.calling                       | unknown.waiting | ·                 | ·                 | ·      | ·                | expired.revoking     | unknown.checking  | ·                          | ·
extending.asking                        | unknown.waiting | ·                 | ·                 | ·      | ·                | expired.revoking     | unknown.checking  | ·                          | ·
extending.waiting                       | unknown.waiting | extending.calling | ·                 | ↻      | active.scheduled | expired.revoking     | unknown.checking  | ·                          | ·
expired.ended                           | ·               | ·                 | ·                 | ·      | ·                | ·                    | unknown.checking  | reauthenticating.elsewhere | ·
expired.renewing                        | ·               | ·                 | ·                 | ·      | ·                | ·                    | unknown.checking  | reauthenticating.elsewhere | ·
expired.revoking                        | ·               | ·                 | ·                 | ·      | ·                | ·                    | unknown.checking  | ·                          | ·
expired.unrevoked                       | ·               | ·                 | ·                 | ·      | ·                | ·                    | unknown.checking  | ·                          | ·
reauthenticating.revoking               | ·               | ·                 | ·                 | ·      | ·                | ·                    | ·                 | ·                          | ·
reauthenticating.signingIn: never asked | ·               | ·                 | ·                 | ·      | ·                | ·                    | unknown.checking  | reauthenticating.elsewhere | unknown.checking
reauthenticating.signingIn: live        | ·               | ·                 | ·                 | ·      | ·                | ·                    | unknown.checking  | reauthenticating.elsewhere | unknown.checking
reauthenticating.signingIn: ended       | ·               | ·                 | ·                 | ·      | ·                | ·                    | unknown.checking  | reauthenticating.elsewhere | expired.ended
reauthenticating.signingIn: renewable   | ·               | ·                 | ·                 | ·      | ·                | ·                    | unknown.checking  | reauthenticating.elsewhere | expired.renewing
reauthenticating.signingIn: signed out  | ·               | ·                 | ·                 | ·      | ·                | ·                    | unknown.checking  | reauthenticating.elsewhere | expired.ended
reauthenticating.confirming             | ·               | ·                 | ·                 | ·      | ·                | ·                    | ·                 | ·                          | ·
reauthenticating.elsewhere: never asked | ·               | ·                 | ·                 | ·      | ·                | expired.revoking     | unknown.checking  | ↻                          | unknown.checking
reauthenticating.elsewhere: live        | ·               | ·                 | ·                 | ·      | ·                | expired.revoking     | unknown.checking  | ↻                          | unknown.checking
reauthenticating.elsewhere: ended       | ·               | ·                 | ·                 | ·      | ·                | expired.revoking     | unknown.checking  | ↻                          | expired.ended
reauthenticating.elsewhere: renewable   | ·               | ·                 | ·                 | ·      | ·                | expired.revoking     | unknown.checking  | ↻                          | expired.renewing
reauthenticating.elsewhere: signed out  | ·               | ·                 | ·                 | ·      | ·                | expired.revoking     | unknown.checking  | ↻                          | expired.ended
`)

// What follows an answer, where the plan holds an extension. `alive` did not move the end, `extended` did.
const onAnswers = table(`
                                       | alive             | extended         | ended            | refused           | unanswered        | done
unknown.checking                       | active.scheduled  | active.scheduled | expired.ended    | unknown.waiting   | unknown.waiting   | unknown.waiting
unknown.checking: renewable            | active.scheduled  | active.scheduled | expired.renewing | unknown.waiting   | unknown.waiting   | unknown.waiting
active.checking                        | active.scheduled  | active.scheduled | expired.ended    | active.scheduled  | active.scheduled  | active.scheduled
extending.calling                      | active.scheduled  | active.scheduled | expired.ended    | extending.asking  | extending.waiting | extending.waiting
extending.asking                       | extending.waiting | active.scheduled | expired.ended    | extending.waiting | extending.waiting | extending.waiting
expired.revoking                       | expired.unrevoked | expired.unrevoked | expired.unrevoked | expired.unrevoked | expired.unrevoked | expired.ended
reauthenticating.revoking              | expired.unrevoked | expired.unrevoked | expired.unrevoked | expired.unrevoked | expired.unrevoked | reauthenticating.signingIn
reauthenticating.signingIn: never asked | unknown.checking | unknown.checking | unknown.checking | unknown.checking  | unknown.checking  | reauthenticating.confirming
reauthenticating.signingIn: live       | unknown.checking  | unknown.checking | unknown.checking | unknown.checking  | unknown.checking  | reauthenticating.confirming
reauthenticating.signingIn: ended      | expired.ended     | expired.ended    | expired.ended    | expired.ended     | expired.ended     | reauthenticating.confirming
reauthenticating.signingIn: renewable  | expired.renewing  | expired.renewing | expired.renewing | expired.renewing  | expired.renewing  | reauthenticating.confirming
reauthenticating.signingIn: signed out | expired.ended     | expired.ended    | expired.ended    | expired.ended     | expired.ended     | reauthenticating.confirming
reauthenticating.confirming            | active.scheduled  | active.scheduled | expired.ended    | unknown.waiting   | unknown.waiting   | unknown.waiting
reauthenticating.confirming: renewable | active.scheduled  | active.scheduled | expired.renewing | unknown.waiting   | unknown.waiting   | unknown.waiting
`)

const onTime = table(`
                  | untilKeepAlive    | untilDeadline    | untilRetry
unknown.waiting   |                   |                  | unknown.checking
active.scheduled  | extending.calling |                  |
active.unattended |                   | unknown.checking |
extending.waiting |                   | unknown.checking | extending.calling
expired.renewing  |                   |                  | reauthenticating.signingIn
expired.unrevoked |                   |                  | expired.revoking
reauthenticating.elsewhere |                   |                  | unknown.checking
`)


const report = { lease: undefined, failures: 0, problem: undefined, plan: { keepAliveMs: 1_000, deadlineMs: 2_000, retryMs: 100 } }
const answers: Record<string, Answer> = {
  alive: { ...report, status: 'alive', subject: 'a token', extended: false },
  extended: { ...report, status: 'alive', subject: 'a token', extended: true },
  ended: { ...report, status: 'ended', reason: 'expired' },
  refused: { ...report, status: 'refused' },
  unanswered: { ...report, status: 'unanswered' },
  done: { ...report, status: 'done' },
}
// Compiles only while it names every event.
const sessionEvents = {
  'session.check': { type: 'session.check' },
  'session.extend': { type: 'session.extend' },
  'session.reauthenticate': { type: 'session.reauthenticate' },
  'session.cancel': { type: 'session.cancel' },
  'session.signOut': { type: 'session.signOut' },
  'platform.woke': { type: 'platform.woke' },
  'backend.signedIn': { type: 'backend.signedIn' },
  'backend.signedOut': { type: 'backend.signedOut' },
} as const satisfies { [Type in SessionEvent['type'] as Exclude<Type, `tabs.${string}` | 'session.stepUp' | `limits.${string}` | 'stepUp.settled' | 'platform.shown' | 'platform.hidden' | 'platform.wentOnline'>]: { type: Type } }
const news: Readonly<Record<string, SessionEvent>> = {
  later: { type: 'platform.woke', retryMs: 50 },
  shown: { type: 'platform.shown' },
  hidden: { type: 'platform.hidden' },
  online: { type: 'platform.wentOnline', retryMs: 50 },
  'alive elsewhere': { type: 'tabs.answered', output: answers['alive'] as Answer },
  'signed out elsewhere': { type: 'tabs.answered', output: { ...(answers['ended'] as Answer), status: 'ended', reason: 'signedOut' } },
  'changed elsewhere': { type: 'tabs.changed' },
  'claimed elsewhere': { type: 'tabs.claimed', retryMs: 50 },
  'given up elsewhere': { type: 'tabs.claimed', retryMs: 0 },
}
/** What limits and a step-up tell; a table of its own has no need of stories. */
const beside = {
  near: { type: 'limits.warned', warning: { reason: 'idle', endsAt: 1 } },
  'not near': { type: 'limits.lifted' },
  idle: { type: 'limits.reached', reason: 'idle' },
  over: { type: 'limits.reached', reason: 'limit' },
  'step up': { type: 'session.stepUp' },
  'stepped up': { type: 'stepUp.settled', done: true },
  'not stepped up': { type: 'stepUp.settled', done: false },
} as const satisfies Record<string, SessionEvent>
const everyEvent: readonly SessionEvent[] = [...Object.values(sessionEvents), ...Object.values(news), ...Object.values(beside)]
const planned = (plan: Partial<Answer['plan']>): Answer => ({ ...(answers['alive'] as Answer), plan: { keepAliveMs: undefined, deadlineMs: undefined, retryMs: 100, ...plan } })
const doneEvent = (actor: string, output: Answer) => ({ type: `xstate.done.actor.${actor}`, output }) as unknown as Event

const inside = (node: AnyStateNode): AnyStateNode[] => [node, ...Object.values(node.states).flatMap(inside)]
const leaves = inside(sessionMachine.root as AnyStateNode).filter(({ type, config }) => type === 'atomic' && config.always === undefined)
const nameOf = (node: { path: string[] }) => node.path.join('.')
const stateOf = ({ value }: Snapshot) => Object.entries(value)[0]?.join('.') ?? ''
const timers = leaves.flatMap((node) =>
  (node.after as unknown as { eventType: string }[]).map(({ eventType }) => ({ state: nameOf(node), delay: eventType.split('.')[2] ?? '', event: { type: eventType } as unknown as Event })),
)
const invokedBy = new Map(leaves.flatMap((node) => (node.invoke as { id: string }[]).map(({ id }) => [nameOf(node), id] as const)))

const own: readonly unknown[] = ['signedOut', 'idle', 'limit']

function storyOf({ signedIn, reason, signOut, unattended }: SessionContext): string {
  if (signedIn === undefined) return 'never asked'
  if (signedIn) return 'live'
  if (signOut !== undefined) return signOut === 'told' ? 'signed out' : 'unrevoked'
  return unattended && !own.includes(reason) ? 'renewable' : 'ended'
}
const rowOf = ({ rows }: typeof onEvents, seen: Snapshot) => {
  const specific = `${stateOf(seen)}: ${storyOf(seen.context)}`
  return rows.has(specific) ? specific : stateOf(seen)
}

/** Every state with every past that the given answers can bring about. */
function reach(given: readonly Event[], unattended: boolean): Snapshot[] {
  const paths = getShortestPaths(sessionMachine, {
    input: { unattended },
    events: [...everyEvent, ...given, ...timers.map(({ event }) => event)],
    limit: 100_000,
    serializeState: ({ value, context: { signedIn, reason, signOut } }) => JSON.stringify([value, signedIn, reason, signOut]),
  })
  return paths.map(({ state }) => state)
}
/** What the actors of a handle answer. */
const sound = [
  ...[planned({ keepAliveMs: 1_000 }), planned({ deadlineMs: 2_000 }), planned({})].map((answer) => doneEvent('check', answer)),
  ...['extended', 'ended', 'unanswered'].map((name) => doneEvent('check', answers[name] as Answer)),
  ...['alive', 'extended', 'ended', 'refused', 'unanswered'].map((name) => doneEvent('extend', answers[name] as Answer)),
  ...['done', 'unanswered'].flatMap((name) => ['reauthenticate', 'revoke'].map((actor) => doneEvent(actor, answers[name] as Answer))),
]
/** What actors of one's own might answer. */
const wild = [...new Set(invokedBy.values())].flatMap((actor) => Object.values(answers).map((answer) => doneEvent(actor, answer)))
const attended = reach(sound, false)
const reachable = [...attended, ...reach(sound, true)]

describe('the session machine', () => {
  it('has five top-level states', () => {
    expect(Object.keys(sessionMachine.states)).toEqual(['unknown', 'active', 'extending', 'expired', 'reauthenticating'])
  })

  it('reaches every sub-state', () => {
    expect(new Set(reachable.map(stateOf))).toEqual(new Set(leaves.map(nameOf)))
  })

  it('never stays where it only decides', () => {
    expect(reachable.filter((seen) => stateOf(seen).endsWith('deciding'))).toEqual([])
  })

  it('rests as the plan says: until an extension, until the deadline, or until told', () => {
    const [start] = attended as [Snapshot]
    const after = (plan: Partial<Answer['plan']>) => stateOf(transition(sessionMachine, start, doneEvent('check', planned(plan)))[0])
    // Due at once: by a timer of no time.
    expect(after({ keepAliveMs: 0, deadlineMs: 2_000 })).toBe('active.scheduled')
    expect(after({ keepAliveMs: 1_000 })).toBe('active.scheduled')
    expect(after({ deadlineMs: 2_000 })).toBe('active.unattended')
    expect(after({})).toBe('active.resting')
  })

  it('asks at once where an answer, or that there was none, came after the deadline', () => {
    const past = planned({ keepAliveMs: undefined, deadlineMs: 0 })
    const asked = attended.filter((seen) => ['unknown.checking', 'active.checking', 'extending.asking'].includes(stateOf(seen)))
    expect(new Set(asked.map((seen) => stateOf(transition(sessionMachine, seen, doneEvent('check', past))[0])))).toEqual(new Set(['unknown.checking']))
    const extending = attended.filter((seen) => stateOf(seen) === 'extending.calling')
    expect(extending).not.toEqual([])
    for (const seen of extending) {
      for (const answer of [past, { ...past, ...answers['unanswered'], plan: past.plan } as Answer]) {
        expect(stateOf(transition(sessionMachine, seen, doneEvent('extend', answer))[0])).toBe('unknown.checking')
      }
    }
  })
})

describe('what an actor is told', () => {
  // The question after a refused extension is part of the extension; no part of a sign-in may extend.
  const purposes: Record<string, CallInput['purpose']> = {
    'unknown.checking': 'ask',
    'active.checking': 'ask',
    'extending.calling': 'extend',
    'extending.asking': 'extend',
    'expired.revoking': 'ask',
    'reauthenticating.revoking': 'confirm',
    'reauthenticating.signingIn': 'confirm',
    'reauthenticating.confirming': 'confirm',
  }

  it('is what the call is for, what is known of the session, how often it failed, and whether somebody waits', () => {
    const context = { lease: { aliveAt: 1 }, failures: 3 } as SessionContext
    const inputs = (type: string) =>
      leaves.flatMap((node) => (node.invoke as unknown as { input: (from: { context: SessionContext; event: { type: string } }) => CallInput }[]).map(({ input }) => [nameOf(node), input({ context, event: { type } })]))
    const { lease, failures } = context
    const told = (commanded: boolean) => Object.fromEntries(Object.entries(purposes).map(([state, purpose]) => [state, { lease, failures, purpose, commanded }]))
    expect(Object.fromEntries(inputs('session.check'))).toEqual(told(true))
    for (const type of ['xstate.init', 'xstate.after.untilRetry.session', 'platform.woke', 'tabs.changed']) expect(Object.fromEntries(inputs(type))).toEqual(told(false))
  })
})

describe('the table of states and events', () => {
  const named = { ...sessionEvents, ...news, ...beside }
  const pairsOf = (of: typeof onEvents, rows: Readonly<Record<string, SessionEvent>>) =>
    reachable.flatMap((seen) => Object.entries(rows).map(([label, event]) => ({ seen, label, event, name: rowOf(of, seen) })))
  const pairs = pairsOf(onEvents, sessionEvents)
  const others = pairsOf(onNews, news)

  it('has a row for every state and a column for every event, and none besides', () => {
    expect(new Set(onEvents.columns)).toEqual(new Set(Object.keys(sessionEvents)))
    expect(new Set(onNews.columns)).toEqual(new Set(Object.keys(news)))
    expect(new Set(onEvents.rows.keys())).toEqual(new Set(pairs.map(({ name }) => name)))
    expect(new Set(onNews.rows.keys())).toEqual(new Set(others.map(({ name }) => name)))
    const types = [...new Set(Object.values(named).map(({ type }) => type))]
    const handled = sessionMachine.events.filter((type) => !type.startsWith('xstate.')).flatMap((type) => (type.endsWith('.*') ? types.filter((event) => event.startsWith(type.slice(0, -1))) : [type]))
    expect(new Set(handled)).toEqual(new Set(types))
  })

  it.each([...[...onEvents.rows].map((row) => [...row, pairs] as const), ...[...onNews.rows].map((row) => [...row, others] as const)])('holds in %s', (row, expected, among) => {
    for (const { seen, label, event } of among.filter(({ name }) => name === row)) {
      const [next, effects] = transition(sessionMachine, seen, event)
      const became = stateOf(next) === stateOf(seen) ? (effects.length === 0 ? '·' : '↻') : stateOf(next)
      expect({ label, story: storyOf(seen.context), became }).toEqual({ label, story: storyOf(seen.context), became: expected[label] })
    }
  })
})

describe('the table of states and answers', () => {
  const asked = reachable.filter((seen) => invokedBy.has(stateOf(seen)))
  const without = (seen: Snapshot) => rowOf(onAnswers, seen)

  it('has a row for every state that asks, and none besides', () => {
    expect(new Set(onAnswers.rows.keys())).toEqual(new Set(asked.map(without)))
    expect(new Set(onAnswers.columns)).toEqual(new Set(Object.keys(answers)))
  })

  it.each([...onAnswers.rows])('holds in %s', (row, expected) => {
    for (const seen of asked.filter((each) => without(each) === row)) {
      for (const [name, answer] of Object.entries(answers)) {
        const next = transition(sessionMachine, seen, doneEvent(invokedBy.get(stateOf(seen)) ?? '', answer))[0]
        const renewing = seen.context.unattended && !own.includes(next.context.reason)
        const state = renewing ? stateOf(next).replace('renewing', expected[name]?.split('.')[1] ?? '') : stateOf(next)
        expect({ name, story: storyOf(seen.context), state }).toEqual({ name, story: storyOf(seen.context), state: expected[name] })
      }
    }
  })
})

describe('the table of delays', () => {
  it('names every delay of every state, and what follows', () => {
    const found = new Map([...onTime.rows].map(([state]) => [state, Object.fromEntries(onTime.columns.map((column) => [column, '']))]))
    for (const { state, delay, event } of timers) {
      const seen = attended.find((each) => stateOf(each) === state) ?? reachable.find((each) => stateOf(each) === state)
      found.set(state, { ...found.get(state), [delay]: stateOf(transition(sessionMachine, seen as Snapshot, event)[0]) })
    }
    expect(found).toEqual(onTime.rows)
  })
})

describe('what goes on beside it', () => {
  const after = (seen: Snapshot, event: SessionEvent) => {
    const [next, effects] = transition(sessionMachine, seen, event)
    return { next, effects: effects.map(({ type }) => type) }
  }
  const live = reachable.filter(({ context }) => context.signedIn === true)
  const others = reachable.filter(({ context }) => context.signedIn !== true)

  it.each(['idle', 'over'] as const)('a limit that is reached ends a session in every state, finally: %s', (name) => {
    expect(new Set(live.map(stateOf)).size).toBeGreaterThan(10)
    for (const seen of live) {
      const { next } = after(seen, beside[name])
      expect([stateOf(next), next.context]).toMatchObject(['expired.revoking', { signedIn: false, reason: beside[name].reason, signOut: 'untold', lease: undefined }])
    }
  })

  it('a limit has nothing to say where nobody is signed in', () => {
    for (const seen of others) for (const name of ['idle', 'over'] as const) expect(after(seen, beside[name])).toEqual({ next: seen, effects: [] })
  })

  it('a warning changes no state, and is gone when it is lifted', () => {
    for (const seen of reachable) {
      const { next } = after(seen, beside.near)
      expect([stateOf(next), next.context.warning]).toEqual([stateOf(seen), { reason: 'idle', endsAt: 1 }])
      expect(after(next, beside['not near']).next.context).toEqual({ ...seen.context, warning: undefined })
    }
  })

  it('a step-up begins where somebody is signed in, once, and changes no state', () => {
    for (const seen of live.filter(({ context }) => !context.steppingUp)) {
      const { next, effects } = after(seen, beside['step up'])
      expect([stateOf(next), next.context.steppingUp, effects]).toEqual([stateOf(seen), true, ['xstate.spawnChild']])
      expect(after(next, beside['step up']).effects).toEqual([])
      expect(after(next, beside['stepped up']).next.context.steppingUp).toBe(false)
      expect(after(next, beside['stepped up']).effects).toContain('xstate.emit')
      expect(after(next, beside['not stepped up']).effects).not.toContain('xstate.emit')
    }
    for (const seen of others) expect(after(seen, beside['step up']).effects).toEqual([])
  })

  it('a step-up ends with the session, and when somebody signs in anew or gives it up', () => {
    for (const seen of live.filter((each) => !each.matches('reauthenticating'))) {
      const { next } = after(seen, beside['step up'])
      for (const type of ['session.signOut', 'session.reauthenticate', 'session.cancel'] as const) expect(after(next, { type }).next.context.steppingUp).toBe(false)
    }
  })
})

describe('the final word (law 6)', () => {
  const over = ['expired.revoking', 'expired.unrevoked', 'expired.ended']
  const undoes = ({ type }: SessionEvent) => ['session.reauthenticate', 'backend.signedIn', 'tabs.changed'].includes(type)

  it.each([['sound', sound], ['wild', wild]] as const)('is not undone by any sequence of events and %s answers, except a new sign-in', (_, given) => {
    const events: Event[] = [...everyEvent.filter((event) => !undoes(event)), ...given, ...timers.map(({ event }) => event)]
    const signedOut = attended.filter(({ context }) => context.signOut !== undefined).filter((seen) => over.includes(stateOf(seen)))
    expect(new Set(signedOut.map(stateOf))).toEqual(new Set(over))
    for (const fromState of signedOut) {
      const seen = getShortestPaths(sessionMachine, { events, fromState, serializeState: ({ value, context }) => JSON.stringify([value, context.signedIn, context.reason]) })
      expect(seen.filter(({ state: { context } }) => context.signedIn !== false || !own.includes(context.reason))).toEqual([])
    }
  })

  it.each([['sound', sound], ['wild', wild]] as const)('is undone by check alone: never signed in where it has expired, whatever the %s answers', (_, given) => {
    const all = [...reach(given, false), ...reach(given, true)]
    expect(all.filter((seen) => seen.matches('expired') && seen.context.signedIn !== false).map((seen) => `${stateOf(seen)}: ${storyOf(seen.context)}`)).toEqual([])
    expect(all.filter((seen) => (seen.matches('active') || seen.matches('extending')) && seen.context.signedIn !== true)).toEqual([])
  })
})
