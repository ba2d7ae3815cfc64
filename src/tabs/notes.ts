import type { Notes } from './primitives'

/** What a page writes down at once: it may be gone, or come back, before a transaction is through. Where that fails, nothing comes of it. */
export function createNotes(key: string, notes: () => Notes | undefined) {
  const quietly = <T>(use: (notes: Notes | undefined) => T): T | undefined => {
    try {
      return use(notes())
    } catch {
      return undefined
    }
  }
  return {
    read: () => quietly((page) => page?.getItem(key)) ?? undefined,
    write: (text: string) => quietly((page) => page?.setItem(key, text)),
    clear: () => quietly((page) => page?.removeItem(key)),
  }
}

/** Not by a person: a limit of the app has ended it. */
export const isLimit = (reason: string | undefined): reason is 'idle' | 'limit' => reason === 'idle' || reason === 'limit'

/** A session that was ended here, by a person or by a limit. Only that is noted, so that nothing is lost when two tabs write. */
export interface EndNote {
  readonly isTold: boolean
  /** Undefined for a sign-out. */
  readonly reason: string | undefined
  /** The sign-in that it ended; empty when that was not known. */
  readonly reference: string
}

export function readNote(text: string | undefined): EndNote | undefined {
  const [, told, reason, reference = ''] = /^(told )?(?:(idle|limit) )?(.*)$/s.exec(text ?? '') ?? []
  return text === undefined ? undefined : { isTold: !!told, reason, reference }
}

export const noteOf = (isTold: boolean, reason: string | undefined, reference = ''): string =>
  `${isTold ? 'told ' : ''}${isLimit(reason) ? `${reason} ` : ''}${reference}`
