import type { Patch } from '../../scripts/patched'

/** What protects from a failure of the field, and what the code is like without it. */
export interface Removal {
  readonly row: string
  /** What protects, in a few words. */
  readonly protects: string
  /** Nothing is there to remove: the protection is that something is not done, so the fault of the others is put in. */
  readonly adds?: boolean
  /** Where two lines protect from the same, both are removed. */
  readonly patches: readonly Patch[]
  /** The test that shows the same in a real browser. */
  readonly browser?: { readonly file: string; readonly test: string }
}

const patch = (file: string, find: string, replace: string): Patch => ({ file, find, replace })
const errorEnds = patch('src/calls.ts', 'settle(readError(kind, error))', "settle({ status: 'ended', reason: 'ended', sentAt: clock.now() })")
const nobodyAdopts = patch('src/tabs/createTabs.ts', 'if (entry.answer) return entry.answer()', 'if (entry.answer && !entry.answer) return entry.answer()')
const nobodyWaits = patch('src/tabs/turns.ts', 'await locks()?.request(name, { signal: impatient.signal }, () => {', "await (async (_, __, take) => take())(name, {}, () => {")
const supersededEnds = patch('src/backend.ts', "return { status: extending ? 'refused' : 'unanswered' }", "return { status: 'ended', reason: 'ended' }")
const nobodyClaims = patch('src/tabs/member.ts', 'if (isShared && claim &&', 'if (!isShared && !record && claim &&')

/** The protections from F01 to F33, to be taken away one after the other. */
export const removals: readonly Removal[] = [
  { row: 'F01', protects: 'an error is not a verdict', patches: [errorEnds] },
  {
    row: 'F02',
    protects: 'clocks are compared when the page is seen, and an old verdict is asked about',
    patches: [
      patch('src/lifecycle.ts', 'clock.poke()\n', '\n'),
      patch('src/lifecycle.ts', "if (isNews) sendBack({ type: 'platform.shown' })", ''),
    ],
    browser: { file: 'test/browser/tabs/page.test.ts', test: 'makes all tabs uncertain until somebody has asked, and ends nothing' },
  },
  {
    row: 'F03',
    protects: 'three quarters of the life are left for whatever is late',
    patches: [patch('src/timing.ts', 'const EXTEND_AFTER = 0.25', 'const EXTEND_AFTER = 0.98')],
    browser: { file: 'test/browser/tabs/page.test.ts', test: 'keeps its session alive' },
  },
  { row: 'F04', protects: 'a refused extension is a question', patches: [patch('src/backend.ts', "extending ? 'superseded' : 'ended'", "'ended'")] },
  {
    row: 'F05',
    protects: 'one at a time, and who gets its turn takes what another tab was answered',
    patches: [nobodyAdopts, nobodyWaits, nobodyClaims],
    browser: { file: 'test/browser/tabs/periods.test.ts', test: 'make one extension a period, and lose nothing when the tab that extends is killed or frozen' },
  },
  {
    row: 'F06',
    protects: '"superseded" is a question; and who was not answered asks before it uses credentials again',
    patches: [
      supersededEnds,
      patch('src/calls.ts', "if (kind === 'extend' && backend.rotates &&", "if (kind === 'extend' && !backend &&"),
    ],
  },
  {
    row: 'F07',
    protects: 'an answer about an earlier sign-in is not written',
    patches: [
      patch('src/tabs/member.ts', "if (status === 'ended' && better)", "if (status !== 'ended' && better)"),
      patch('src/tabs/member.ts', 'if (!isMine(record) || record.end) return [record, {}]', 'if (!record || record.end) return [record, {}]'),
    ],
  },
  {
    row: 'F08',
    protects: 'an operation is for whom it was begun',
    patches: [patch('src/operations.ts', "if (isOther) throw new SessionError('ERR_SESSION_SUBJECT_CHANGED')", '')],
    browser: { file: 'test/browser/tabs/page.test.ts', test: 'is told in the other tabs, and nothing of the session before is adopted' },
  },
  {
    row: 'F09',
    protects: 'a lock is waited for as long as a call may take',
    patches: [patch('src/tabs/turns.ts', 'clock.setTimeout(() => impatient.abort(), waitMs)', 'clock.setTimeout(() => {}, waitMs)')],
    browser: { file: 'test/browser/tabs/periods.test.ts', test: 'make one extension a period, and lose nothing when the tab that extends is killed or frozen' },
  },
  {
    row: 'F10',
    protects: 'nothing waits for what listens',
    adds: true,
    patches: [
      patch('src/createSession.ts', 'if (type === event.type) safely(() => listener(event as never))', 'if (type === event.type) globalThis.heard = safely(() => listener(event as never))'),
      patch('src/calls.ts', "if (kind !== 'extend' || mayProlong(input)) return shared", "await globalThis.heard\n      if (kind !== 'extend' || mayProlong(input)) return shared"),
    ],
  },
  {
    row: 'F11',
    protects: 'the record says which tab is at it; and where two are, "superseded" is a question',
    patches: [nobodyClaims, supersededEnds],
    browser: { file: 'test/browser/tabs/page.test.ts', test: 'no session is lost: ' },
  },
  { row: 'F12', protects: 'a budget of calls', patches: [patch('src/timing.ts', 'return left < 1 ?', 'return left < -1 ?')] },
  { row: 'F13', protects: 'what a person asks for is always tried', patches: [patch('src/calls.ts', 'if (retryAfterMs > 0 && !byPerson)', 'if (retryAfterMs > 0)')] },
  {
    row: 'F14',
    protects: '`Retry-After` is obeyed',
    patches: [
      patch('src/calls.ts', 'blockedUntil = clock.now() + outcome.retryAfterMs', 'blockedUntil = 0'),
      patch('src/timing.ts', 'return retryAfterMs + least', 'return least'),
    ],
  },
  {
    row: 'F15',
    protects: 'what is alive and expired, or as good as, is a wrong clock',
    patches: [patch('src/timing.ts', 'expiresAt <= aliveAt + (extendedAt === aliveAt && grantedAt === aliveAt ? 1_000 : 0)', 'false')],
  },
  { row: 'F16', protects: 'the sign of the skew', patches: [patch('src/timing.ts', 'return sentAt + (said.expiresAt - said.serverNow)', 'return said.expiresAt + (said.serverNow - sentAt)')] },
  {
    row: 'F17',
    protects: 'an error is not a verdict',
    patches: [errorEnds],
    browser: { file: 'test/browser/tabs/page.test.ts', test: 'that goes and comes back is no end, and is asked again soon after it is back' },
  },
  {
    row: 'F18',
    protects: 'what is no verdict ends nothing, and what is empty is no "no"',
    patches: [
      patch('src/backends/http.ts', "if (text === '') return undefined", "if (text === '') return false"),
      patch('src/backends/http.ts', 'if (json === undefined) return true', 'if (json === false) return false'),
      patch('src/backend.ts', "return { status: 'unanswered', code: 'ERR_SESSION_BAD_VERDICT', detail: 'not a verdict' }", "return { status: 'ended', reason: 'ended' }"),
    ],
  },
  {
    row: 'F19',
    protects: 'who was not answered keeps what is known',
    patches: [patch('src/calls.ts', "if (status === 'unanswered') return { ...report(input.lease,", "if (status === 'unanswered') return { ...report(undefined,")],
  },
  { row: 'F20', protects: 'two statuses end a session, and no other', patches: [patch('src/backends/http.ts', 'const ended = endedBy.includes(status)', 'const ended = endedBy.includes(status) || status >= 500')] },
  {
    row: 'F21',
    protects: 'nothing asks whether the platform is online',
    adds: true,
    patches: [patch('src/calls.ts', 'const outcome = await call(kind,', "if (!navigator.onLine) return { status: 'unanswered' }\n    const outcome = await call(kind,")],
  },
  {
    row: 'F22',
    protects: 'answers are told, and who asks takes what another tab was answered',
    patches: [nobodyAdopts, patch('src/tabs/createTabs.ts', 'say(member.hears(record, underWay > 0))', '')],
    browser: { file: 'test/browser/tabs/periods.test.ts', test: 'make one extension a period, and lose nothing when the tab that extends is killed or frozen' },
  },
  { row: 'F23', protects: 'a question joins the one that is under way', patches: [patch('machines/session.machine.ts', "on: { 'session.check': {}, 'platform.shown': {} },", "on: { 'platform.shown': {} },")] },
  { row: 'F24', protects: 'the last one leaving stops nothing at once', patches: [patch('src/createSession.ts', 'stopping = clock.setTimeout(end, 0)', 'end()')] },
  {
    row: 'F25',
    protects: 'what an app does by itself is no activity',
    adds: true,
    patches: [patch('src/createSession.ts', 'run: (operation, options) => quietly(run(operation, options))', 'run: (operation, options) => (touch(), quietly(run(operation, options)))')],
    browser: { file: 'test/browser/tabs/limits.test.ts', test: 'that nobody lifts ends the session in all tabs at once, and is told to the server once, however much a tab in the background polls' },
  },
  { row: 'F26', protects: 'a long delay is waited for in pieces', patches: [patch('src/clock.ts', 'Math.min(Math.ceil(leftMs), LONGEST_MS)', 'Math.ceil(leftMs)')] },
  {
    row: 'F27',
    protects: "timers are the platform's own",
    adds: true,
    patches: [patch('src/clock.ts', 'const listeners = new Set<() => void>()', "const listeners = new Set<() => void>()\n  new Worker(URL.createObjectURL(new Blob(['onmessage = ...'])))")],
    browser: { file: 'test/browser/tabs/periods.test.ts', test: 'make one extension a period, and lose nothing when the tab that extends is killed or frozen' },
  },
  {
    row: 'F28',
    protects: 'every means is tried and caught',
    patches: [
      patch('src/tabs/hints.ts', '// Privacy settings; then nobody is heard.', "throw new Error('access is denied')"),
      patch('src/tabs/hints.ts', '// The others find out when they look.', "throw new Error('access is denied')"),
      patch('src/tabs/turns.ts', '// No locks, none in time, or one that was stolen.', "throw new Error('access is denied')"),
      patch('src/tabs/storage.ts', 'storage.failed = true\n', "throw new Error('access is denied')\n"),
      patch('src/tabs/notes.ts', '} catch {\n      return undefined', "} catch {\n      throw new Error('access is denied')"),
    ],
    browser: { file: 'test/browser/tabs/page.test.ts', test: 'no session is lost: ' },
  },
  {
    row: 'F29',
    protects: 'a note is read before anything else',
    patches: [patch('src/tabs/createTabs.ts', 'not even until the record is read.\n        if (member.isNoted())', 'not even until the record is read.\n        if (!member.isNoted())')],
    browser: { file: 'test/browser/tabs/page.test.ts', test: 'does not bring back who has signed out on another page' },
  },
  {
    row: 'F30',
    protects: 'a sign-in elsewhere is waited for until its time is out',
    patches: [
      patch('src/tabs/signIns.ts', 'signIn: { by: id, until: now + CLAIM_MS }', 'signIn: { by: id, until: now + 10 * CLAIM_MS }'),
      patch('src/tabs/signIns.ts', 'leftMs > 0 && leftMs <= CLAIM_MS', 'leftMs > 0'),
    ],
    browser: { file: 'test/browser/tabs/signIn.test.ts', test: 'holds the others up until one of them gives it up, and then that one signs in: $what' },
  },
  { row: 'F31', protects: 'an extension counts when it is seen', patches: [patch('src/calls.ts', 'const extended = hasMoved(before, seen) ?? extending', 'const extended = extending || hasMoved(before, seen) === true')] },
  { row: 'F32', protects: 'the server is asked, not the wallet', patches: [patch('src/backends/para.ts', "if (active || para.externalWalletConnectionType !== 'VERIFICATION') return active", 'if (para.externalWalletConnectionType) return true')] },
  {
    row: 'F33',
    protects: 'an operation begins when its session is alive, with what there is then',
    patches: [
      patch('src/operations.ts', 'const outcome = settle(operation)', 'const outcome = begun'),
      patch('src/operations.ts', 'let hasSteppedUp = false', 'const begun = settle(operation)\n    let hasSteppedUp = false'),
    ],
  },
]
