import { expectTypeOf } from 'vitest'
import { type BetterAuthBackendOptions, betterAuthBackend, type BetterAuthClient } from '../../src/backends/betterAuth'
import type { Call, SessionBackend, StepUpCall } from '../../src/index'
import { createSession } from '../../src/index'

// better-auth's own clients are tried in test/servers, where they are installed.
declare const client: BetterAuthClient

// No annotation, no cast.
createSession(betterAuthBackend(client))
createSession(betterAuthBackend(client, { signIn: async ({ signal }) => signal.throwIfAborted(), stepUp: async ({ challenge: { acrValues } }) => acrValues?.join(' ') }))

// What a test or a wrapper has to write at least.
betterAuthBackend({ $fetch: async (_path, { onResponse }) => onResponse({ response: new Response() }), $store: { notify: () => {}, atoms: {} } })

// @ts-expect-error without a client
betterAuthBackend()
// @ts-expect-error nothing to ask
betterAuthBackend({ $store: { notify: () => {}, atoms: {} } })
// @ts-expect-error no such option
betterAuthBackend(client, { login: () => {} })
// @ts-expect-error what ends a session is not for the app to say
betterAuthBackend(client, { endedBy: [403] })

expectTypeOf(betterAuthBackend).returns.toEqualTypeOf<SessionBackend>()
expectTypeOf<BetterAuthBackendOptions>().toEqualTypeOf<{ readonly signIn?: ((call: Call) => unknown) | undefined; readonly stepUp?: ((call: StepUpCall) => unknown) | undefined }>()
