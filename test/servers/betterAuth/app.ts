import { createAuthClient } from 'better-auth/client'
import { createSession } from 'outlast'
import { betterAuthBackend } from 'outlast/better-auth'

declare const ADA: { readonly email: string; readonly password: string }

const client = createAuthClient({ sessionOptions: { refetchOnWindowFocus: false } })
const session = createSession(betterAuthBackend(client, { signIn: () => client.signIn.email(ADA) }))

document.querySelector('button')?.addEventListener('click', () => void session.reauthenticate())
session.start()
Object.assign(globalThis, { app: { session, client } })
