import { type Clock, createClock } from './clock'
import type { Random } from './timing'

/** What a session needs of the world around it. */
export interface Ports {
  readonly clock: Clock
  readonly random: Random
}

/** The world as it is. */
export const realPorts = (): Ports => ({ clock: createClock(), random: Math.random })
