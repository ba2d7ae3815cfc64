/** What an app asks of its own API. An error with the status 401 makes Outlast ask whether the session has ended. */
export async function sendLetter(): Promise<string> {
  const response = await fetch('/api/letters', { method: 'POST' })
  if (!response.ok) throw Object.assign(new Error('The letter was not taken'), { status: response.status })
  return 'Sent'
}

/** Whole seconds until then. */
export const secondsLeft = (at: number | undefined, now: number): number => Math.max(0, Math.round(((at ?? now) - now) / 1_000))
