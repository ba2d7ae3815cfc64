/** A file that is mutated, and the tests that are tried on each mutant: those that know it best come first. */
export interface Row {
  readonly file: string
  readonly tests: readonly string[]
}

const row = (file: string, ...tests: string[]): Row => ({ file, tests: tests.map((test) => `test/${test}.test.ts`) })

// Fast tests only: a mutant costs about a second and its tests. Left out are those that spend seconds on random lives or
// on every ladder of failing primitives (tabs/{interleavings,lives,degrade.ladder,signIn.ladder,hostile}, session.graph,
// throughput, sim, field): what only they notice counts as survived.
export const rows: readonly Row[] = [
  row('machines/limits.machine.ts', 'machines/limits.machine', 'session.limits'),
  row('machines/session.machine.ts', 'machines/session.machine', 'session.signIn', 'session.laws', 'session.finalWord', 'session.limits', 'session.operations', 'session.signals'),
  row('src/activity.ts', 'activity', 'session.limits', 'session.signals', 'tabs/limits'),
  row('src/backend.ts', 'backend', 'session.badInput'),
  row('src/calls.ts', 'session.laws', 'session.load', 'session.badInput', 'session.rolling', 'session.commands', 'session.signIn', 'session.operations', 'session.signals', 'timing', 'createSession'),
  row('src/clock.ts', 'clock'),
  row('src/createSession.ts', 'createSession', 'session.commands', 'session.events', 'session.view', 'session.signIn', 'session.limits', 'session.laws', 'session.signals', 'session.operations', 'tabs/limits'),
  row('src/errors.ts', 'session.badInput', 'createSession', 'session.commands'),
  row('src/lifecycle.ts', 'session.signals', 'session.rolling', 'session.limits'),
  row('src/operations.ts', 'session.operations', 'session.operations.unattended', 'session.commands'),
  row('src/policy.ts', 'policy', 'session.badInput'),
  row('src/ports.ts', 'createSession'),
  row('src/sessionView.ts', 'session.view', 'createSession'),
  row('src/sharedMachine.ts', 'createSession', 'session.laws', 'session.limits', 'session.operations'),
  row('src/timing.ts', 'timing', 'session.laws', 'session.rolling', 'session.signals', 'session.load'),
  row('src/tabs/createTabs.ts', 'tabs/together', 'tabs/signOut', 'tabs/limits', 'tabs/signIn', 'tabs/degrade', 'tabs/page'),
  row('src/tabs/hints.ts', 'tabs/hints', 'tabs/degrade'),
  row('src/tabs/member.ts', 'tabs/member', 'tabs/limits', 'tabs/degrade'),
  row('src/tabs/notes.ts', 'tabs/notes'),
  row('src/tabs/record.ts', 'tabs/record.fields', 'tabs/record', 'tabs/member', 'tabs/signOut'),
  row('src/tabs/signIns.ts', 'tabs/signIns', 'tabs/signIn'),
  row('src/tabs/storage.ts', 'tabs/storage'),
  row('src/tabs/turns.ts', 'tabs/turns'),
]

/** Lists of names and types, in which there is nothing to mutate; and what only a page can try (test/browser/tabs). */
export const leftOut = ['src/core.ts', 'src/flightRecord.ts', 'src/index.ts', 'src/tabs/primitives.ts']
