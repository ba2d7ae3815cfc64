import { createActor } from 'xstate'
import { limitsMachine } from '../../machines/limits.machine'
import { sessionMachine } from '../../machines/session.machine'
import { texts } from '../texts'

/** Of machines that nobody has told anything: states, events, actions, guards, delays, and what XState calls its own parts. */
const ofMachines = [sessionMachine, limitsMachine].flatMap((machine) => texts(createActor(machine)))

/** What is said about them, and about a session. */
const words = `
  type rootId actorRef event action snapshot sourceRef targetId actorId params _transitions sendId to resolve retryResolve execute assignment collect #_parent state status value error output input children context
  @xstate.event @xstate.snapshot @xstate.action @xstate.microstep @xstate.actor
  xstate.init xstate.stop xstate.promise.resolve xstate.promise.reject xstate$$type *
  xstate.assign xstate.raise xstate.cancel xstate.spawnChild xstate.stopChild xstate.emit xstate.sendTo xstate.enqueueActions limits.look
  backend.signedIn backend.signedOut tabs.giveUp
  active stopped done data kind send self next complete x
  alive ended refused unanswered expired revoked absent signedOut idle limit ask extend confirm told untold
  signedIn certain busy expiresAt reason problem warning endsAt code detail subject unattended steppingUp signOut
  lease plan failures startedAt aliveAt latestExpiresAt grantedAt lifeMs maxExpiresAt extendedAt permanent
  keepAliveMs deadlineMs retryMs endMs warningMs extended purpose commanded repeats
  session.extended session.expired session.reauthenticated session.subjectChanged session.warned session.steppedUp
  version reference generation person report answeredAt end claim signIn activeAt budget by until calls at
  get subscribe now poke onLate start ready check reauthenticate cancel stepUp run touch on actor @@observable
  ERR_SESSION_UNREACHABLE ERR_SESSION_TIMEOUT ERR_SESSION_RATE_LIMITED ERR_SESSION_BAD_VERDICT ERR_SESSION_REFUSED
  ERR_SESSION_UNMOVED ERR_SESSION_CLOCK_SKEW ERR_SESSION_SIGN_IN_FAILED ERR_SESSION_POPUP_BLOCKED ERR_SESSION_STORAGE
  _version 0.7.2 name definition createdAt parentId sourceId sessionId unlisted transitions
`
const known = new Set(['', 'outlast: look', 'not a verdict', 'subject must be a string', ...ofMachines, ...words.split(/\s+/)])

/** When, and twice by chance. */
const id = String.raw`[0-9a-z]{8,9}(\.(0\.)?[0-9a-z]{1,9}){2}`
const state = String.raw`(session|limits)(\.[a-z]+){0,2}`
const patterns = new RegExp(
  `^(${[
    // Persons are numbered. When somebody was last active.
    String.raw`\d{1,4}|\d{13}`,
    String.raw`([0-9a-z]{1,6}\.)?x:\d+`,
    // Whose sign-in it is and which of them; how it ended.
    String.raw`(told )?((idle|limit) )?(${id}( \d{1,13})?)?`,
    // By the name of the session, and of the worlds of a site.
    String.raw`outlast:(session|w\d+)(:(active|extend|revoke))?`,
    String.raw`(ttlMs|expiresAt|serverNow|maxExpiresAt) must be milliseconds(, not seconds)?`,
    String.raw`(x:\d+\.)?xstate\.after\.until[A-Z]\w+\.${state}\.\w+`,
    String.raw`xstate\.(done|error)\.actor\.[a-zA-Z]+`,
    String.raw`(unknown|active|extending|expired|reauthenticating)\.[a-zA-Z]+`,
  ].join('|')})$`,
)

/** Whether a session may show this text to anybody: whatever is not known here came from outside. */
export const isOurs = (text: string): boolean => known.has(text) || patterns.test(text)
