let times = 0

/** Called where the gate is rendered with a value, so that anybody can see how often that is: an extension renders nothing. */
export const rendered = (_value: unknown): number => (typeof document === 'undefined' ? 1 : ++times)
