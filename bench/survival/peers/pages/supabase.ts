import { GoTrueClient } from '@supabase/auth-js'

let shown: boolean | undefined

/** As `createClient` of supabase-js makes it. */
const auth = new GoTrueClient({ url: 'https://project.supabase.co/auth/v1' })

auth.onAuthStateChange((_event, session) => void (shown = session !== null))

export const signedIn = () => shown
