/** What an app asks of its own API. The answer that is no good is thrown, so that a 401 makes Outlast ask the server. */
export async function sendLetter(): Promise<string> {
  const response = await fetch('/api/letters', { method: 'POST' })
  if (!response.ok) throw response
  return 'Sent'
}

/** Whole seconds until then. */
export const secondsLeft = (at: number | undefined, now: number): number => Math.max(0, Math.round(((at ?? now) - now) / 1_000))
