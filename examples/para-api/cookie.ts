import type { Faults } from './contract'

const NAME = 'capsule.sid'

/**
 * The string the SDK keeps, sends back and lets apps read. `Expires` has whole seconds, as HTTP dates do,
 * so a reader sees the deadline up to a second early.
 */
export function formatCookie(sessionId: string, expiresAt: number, faults: Faults): string | null {
  if (faults.cookie === 'missing') return null
  const parts = [`${NAME}=s%3A${sessionId}.unsigned`, 'Path=/']
  if (faults.cookie === 'garbage') parts.push('Expires=soon')
  else if (faults.cookie !== 'noExpires') parts.push(`Expires=${new Date(expiresAt).toUTCString()}`)
  parts.push('HttpOnly', 'SameSite=None')
  return parts.join('; ')
}

export function sessionIdFromCookie(cookie: string): string | null {
  return /capsule\.sid=s%3A([^.;]+)/.exec(cookie)?.[1] ?? null
}
