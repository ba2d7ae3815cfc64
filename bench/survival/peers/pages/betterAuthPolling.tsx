import { startBetterAuth } from './startBetterAuth'

export { signedIn } from './app'

startBetterAuth({ refetchInterval: 5 * 60 })
