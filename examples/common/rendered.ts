let times = 0

/** How often the gate was rendered, and with what, so that anybody can see that an extension renders nothing. */
export const rendered = (signedIn: unknown): string => `${String(typeof document === 'undefined' ? 1 : ++times)}: ${String(signedIn)}`
