import type { Clock } from '../clock'
import { newRecord, type SessionRecord } from './record'

/** How long a sign-in in another tab is believed in after it was last heard of, milliseconds. A hidden tab may be heard of once a minute. */
const CLAIM_MS = 90_000
/** How often a tab says that somebody signs in in it, milliseconds. */
export const SIGN_IN_NEWS_MS = 30_000

type Found = SessionRecord | undefined
type Change<T = undefined> = readonly [Found, T]

/**
 * In which tab somebody signs in, as the record has it: one at a time in the whole browser. Decides; neither reads nor writes.
 *
 * @param isLive whether this tab has a session; then a record that is missing comes back with its next answer
 * @param left the one that a page before this one left in this tab, if any
 */
export function createSignIns(clock: Clock, self: string, isLive: () => boolean, left: string | undefined) {
  /** The one that is known of: in this tab or in another. */
  let known: string | undefined
  let count = 0

  const isMine = (id: string | undefined) => !!id && (id === left || id.startsWith(self))
  /** How long one in another tab may take, milliseconds. */
  function elsewhereMs(record: Found): number | undefined {
    const { by, until = 0 } = record?.signIn ?? {}
    const leftMs = until - clock.now()
    return !isMine(by) && leftMs > 0 && leftMs <= CLAIM_MS ? leftMs : undefined
  }
  const without = (record: Found): Found => (record && isMine(record.signIn?.by) ? { ...record, signIn: undefined } : record)
  /** Where nothing is known: there is no session, and somebody is about to begin one. */
  const noSession = (now: number): SessionRecord => ({
    ...newRecord(`${self} ${now}`, 1, now),
    end: 'ended',
  })

  return {
    without,
    /** Another one each time it is asked for. */
    newId: () => `${self} ${String(++count)}`,
    /** Begins one or goes on with it, unless somebody signs in in another tab: then how long that may take, milliseconds. */
    claims(record: Found, id: string): Change<number | undefined> {
      const now = clock.now()
      const { signIn } = record ?? {}
      // Whoever goes on and finds another claim was told to give up; one that is gone was lost with its record.
      const leftMs = elsewhereMs(record) ?? (known === id && signIn && signIn.by !== id ? 0 : undefined)
      known = leftMs === undefined ? id : signIn?.by
      const begun = record ?? (isLive() ? undefined : noSession(now))
      return leftMs === undefined ? [begun && { ...begun, signIn: { by: id, until: now + CLAIM_MS } }, undefined] : [record, leftMs]
    },
    /** It has come to its end; `lasting` while it is not known to which. */
    ends(record: Found, id: string, lasting: boolean): Change {
      if (known === id) known = undefined
      return [record?.signIn?.by === id && !lasting ? { ...record, signIn: undefined } : record, undefined]
    },
    /** Nobody signs in any more, in whichever tab. */
    givesUp: (record: Found): Change => [record && { ...record, signIn: { by: '', until: 0 } }, undefined],
    /** How long the one of which the record tells may take, milliseconds; 0 when it is given up; undefined when it is no news. */
    hears(record: SessionRecord): number | undefined {
      const leftMs = elsewhereMs(record)
      const by = record.signIn?.by
      const isGivenUp = known !== undefined && by !== known && !(isMine(known) && by === undefined)
      if (leftMs === undefined && !isGivenUp) return undefined
      known = leftMs === undefined ? undefined : by
      return leftMs ?? 0
    },
  }
}
