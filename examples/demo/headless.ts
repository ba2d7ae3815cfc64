import { setTimeout as wait } from 'node:timers/promises'
import { Environment, Para } from '@getpara/server-sdk'
import { createSession, type EndReason, type SessionView } from 'outlast'
import { importedParaBackend } from 'outlast/para/server'
import { createParaControl, uniqueApiKey } from '../para-api/client'
import type { RequestReport } from '../para-api/contract'
import { signMessage } from '../para-api/sign'
import { printSummary, type Finding, type Timeline } from './terminal'

const SESSION_MS = 20_000
const OUTAGE_MS = 5_000
/** Enough for a slow machine; a run takes half of it. */
const PATIENCE_MS = 85_000

class Missing extends Error {}

/**
 * The life of a session on a server, told as it happens: it is extended, outlives an outage, ends when it is
 * revoked, and is imported again; and a message that it ends in the middle of is sent in the next. Needs the stand-in of Para's API.
 *
 * @returns whether everything was observed
 */
export async function runHeadless({ say, print, elapsedMs }: Timeline): Promise<boolean> {
  const control = createParaControl(uniqueApiKey())
  await control.configure({ sessionLengthMs: SESSION_MS })

  // --- This is all that a server needs. In production the user's client is asked for an export.

  const exported = async (): Promise<string> => (await control.signIn()).exported
  let para: Para | undefined
  const newClient = () => (para = new Para(Environment.DEV, control.apiKey, { disableWebSockets: true }))
  const session = createSession(
    importedParaBackend({
      newClient,
      exportedSession: await exported(),
      requestExport: exported,
    }),
  )

  // --- From here on it is only watched.

  const views: SessionView[] = []
  const extendedAt: number[] = []
  let expired: { at: number; reason: EndReason } | undefined
  let signedInAgainAt: number | undefined

  let told: SessionView | undefined
  const watching = session.subscribe(view => {
    views.push(view)
    // Calls under way are told by the server; a mere new end by `session.extended`.
    const isNews = view.state !== told?.state || view.problem?.code !== told.problem?.code
    if (view.busy || !isNews) return
    told = view
    say('app', describe(view))
  })
  session.on('session.extended', ({ expiresAt = 0 }) => {
    const ends = views.map(view => view.expiresAt).filter(end => end !== undefined && end !== expiresAt)
    const movedMs = expiresAt - (ends.at(-1) ?? Infinity)
    if (movedMs <= 0) return
    extendedAt.push(elapsedMs())
    say('app', `extended           the end moved by ${seconds(movedMs)}, ${seconds(expiresAt - Date.now())} left`)
  })
  session.on('session.expired', ({ reason }) => {
    expired = { at: elapsedMs(), reason }
    say('app', `expired            ${reason}`)
  })
  session.on('session.reauthenticated', () => {
    signedInAgainAt = elapsedMs()
    say('app', 'reauthenticated    with a new export')
  })

  let log: readonly RequestReport[] = []
  /** Waits for what must be seen, and tells meanwhile what reaches the server. */
  async function until(what: string, seen: () => boolean): Promise<void> {
    for (;;) {
      const before = log.length
      log = await control.requests()
      for (const { at, kind, status } of log.slice(before)) say('server', `${kind.padEnd(18)} ${String(status)}`, at)
      print()
      if (seen()) return
      if (elapsedMs() > PATIENCE_MS) throw new Missing(what)
      await wait(50)
    }
  }
  const keptAlive = () => log.filter(({ kind, status }) => kind === 'keepAlive' && status === 200).length
  const failed = () => log.filter(({ status }) => status === 503)

  const findings: Finding[] = []
  const observed = (what: string, detail: string) => findings.push({ what, detail })
  const release = session.start()
  let missing: string | undefined
  try {
    await until('the session is active', () => session.get().signedIn === true)
    await until('three extensions', () => extendedAt.length >= 3 && keptAlive() >= 3)
    observed('extended three times', `at ${extendedAt.map(seconds).join(', ')}`)

    say('demo', 'breaks the server: every call is answered with 503')
    const brokenAt = elapsedMs()
    const viewsBefore = views.length
    await control.setFaults({ all: { status: 503 } })
    await until('an extension that fails', () => failed().some(({ kind }) => kind === 'keepAlive'))
    const firstFailureAt = elapsedMs()
    await until('the problem in the view', () => session.get().problem !== undefined)
    await until('the outage', () => elapsedMs() > firstFailureAt + OUTAGE_MS)
    await control.clearFaults()
    const repairedAt = elapsedMs()
    say('demo', 'repairs the server')
    const extensions = extendedAt.length
    await until('an extension after the outage', () => extendedAt.length > extensions)
    const during = views.slice(viewsBefore)
    if (!during.every(({ signedIn }) => signedIn === true)) throw new Missing('signed in throughout the outage')
    observed(
      `an outage of ${seconds(repairedAt - brokenAt)} survived`,
      `${String(failed().length)} calls failed, signed in throughout, extended ${seconds(elapsedMs() - repairedAt)} after`,
    )

    const revoked = await control.revoke()
    const revokedAt = elapsedMs()
    say('demo', `revokes at the server: ${String(revoked)} session`)
    await until('the end of a revoked session', () => expired !== undefined)
    observed('a real end reported', `reason "${expired?.reason ?? ''}", ${seconds((expired?.at ?? 0) - revokedAt)} after it was revoked`)

    await until('the session is active again', () => signedInAgainAt !== undefined && isActive(session.get()))
    observed('signed in again', `${seconds((signedInAgainAt ?? 0) - (expired?.at ?? 0))} after the end`)

    await control.setFaults({ sign: { revoke: true, times: 1 } })
    say('demo', 'signs a message; the session ends at the server before that is answered')
    expired = signedInAgainAt = undefined
    let isAsked = false
    let signature: string | undefined
    const sign = async () => para && signMessage(para, 'Dear train tunnel')
    // On a server it is the app's own rule that answers; in a page it is a person.
    const ask = () => {
      isAsked = true
      const isBack = signedInAgainAt !== undefined
      say('app', `asked              "Signed in again as ${para?.getUserId() ?? ''}. Send it now?" ${isBack ? 'Yes' : 'No'}`)
      return isBack
    }
    session.run(sign, { onEnded: 'wait', replay: ask }).then(
      answer => {
        signature = answer
        say('app', `signed             ${answer?.slice(0, 12) ?? ''} (a hash of the stand-in's, not a signature)`)
      },
      (error: unknown) => say('app', `not signed         ${String(error)}`),
    )
    await until('the end in the middle of a signature', () => expired !== undefined)
    await until('the question whether to send it', () => isAsked)
    await until('the message signed', () => signature !== undefined)
    const signed = log.filter(({ kind }) => kind === 'sign').map(({ status }) => String(status))
    if (signed.join() !== '401,200') throw new Missing('one refused request to sign, and one that was answered')
    observed('a message outlived its session', `the server answered ${signed.join(', then ')}; asked in between, and sent once`)
  } catch (error) {
    if (!(error instanceof Missing)) throw error
    missing = error.message
  } finally {
    watching.unsubscribe()
    release()
    await control.forget()
  }
  const outcome = { extensions: extendedAt.length, calls: log.length, failed: failed().length, durationMs: elapsedMs() }
  printSummary(findings, missing, outcome)
  return missing === undefined
}

const isActive = ({ status, signedIn, certain }: SessionView): boolean => status === 'active' && signedIn === true && certain

const seconds = (ms: number): string => (ms < 100 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`)

function describe({ state, signedIn, expiresAt, reason, problem }: SessionView): string {
  const verdict = signedIn === undefined ? 'not known' : signedIn ? 'signed in' : `signed out (${reason ?? 'no reason'})`
  const left = expiresAt === undefined ? '' : `, ${seconds(expiresAt - Date.now())} left`
  return `${state.padEnd(18)} ${verdict}${left}${problem === undefined ? '' : `, ${problem.code}`}`
}
