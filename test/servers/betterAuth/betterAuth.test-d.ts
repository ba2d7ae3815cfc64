import { createAuthClient } from 'better-auth/client'
import { customSessionClient, inferAdditionalFields, organizationClient, twoFactorClient } from 'better-auth/client/plugins'
import { createAuthClient as createReactClient } from 'better-auth/react'
import { createAuthClient as createSolidClient } from 'better-auth/solid'
import { createAuthClient as createSvelteClient } from 'better-auth/svelte'
import { createAuthClient as createVueClient } from 'better-auth/vue'
import { createSession } from 'outlast'
import { type BetterAuthClient, betterAuthBackend } from 'outlast/better-auth'
import { expectTypeOf } from 'vitest'

// better-auth's own clients are what the backend asks for, as they come: no annotation, no cast.
const client = createAuthClient()
createSession(betterAuthBackend(client))
betterAuthBackend(createReactClient())
betterAuthBackend(createVueClient())
betterAuthBackend(createSvelteClient())
betterAuthBackend(createSolidClient())
betterAuthBackend(createAuthClient({ baseURL: 'https://api.example', fetchOptions: { throw: true } }))
betterAuthBackend(
  createAuthClient({
    plugins: [customSessionClient(), organizationClient(), twoFactorClient(), inferAdditionalFields({ user: { role: { type: 'string' } }, session: { device: { type: 'string' } } })],
  }),
)

// Each member that is asked for is really there, and not `any`.
type IsAny<T> = 0 extends 1 & T ? true : false
expectTypeOf<{ [K in keyof BetterAuthClient]: IsAny<(typeof client)[K]> }[keyof BetterAuthClient]>().toEqualTypeOf<false>()
expectTypeOf<Exclude<keyof BetterAuthClient['$store'], keyof (typeof client)['$store']>>().toEqualTypeOf<never>()
