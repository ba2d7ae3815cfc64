import { startBetterAuth } from './startBetterAuth'

export { signedIn } from './app'

startBetterAuth({})
