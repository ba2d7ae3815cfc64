import { type RaceOptions, races } from './race'
import { simulatedProvider } from './simulatedProvider'

export { races }

/** Whose tokens they are, and over what network. */
export const worlds = {
  strict: { providerAt: simulatedProvider() },
  quiet: { providerAt: simulatedProvider(), faults: 0 },
  patient: { providerAt: simulatedProvider({ leewayMs: 60_000 }), options: { reuseMs: 60_000 } },
} satisfies { readonly [name: string]: Omit<RaceOptions, 'seed'> }
