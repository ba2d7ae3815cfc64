import { expectTypeOf } from 'vitest'
import { oidcBackend, type OidcBackend, type OidcBackendOptions, type OidcStore } from '../../src/backends/oidc'
import { createSession, type SessionBackend } from '../../src/index'
import { createClock } from '../../src/core'
import { createPopup } from '../../src/popup/createPopup'
import type { TabPrimitives } from '../../src/tabs/primitives'

const popup = createPopup()
const provider = { issuer: 'https://id.example', clientId: 'app', redirectUri: '/signed-in' }
const backend = oidcBackend(provider)

// No annotation, no cast.
createSession(backend)
createSession({ ...oidcBackend({ ...provider, open: (url, call) => popup.visit(url, call) }), events: popup.events })
oidcBackend({ ...provider, scope: 'openid offline_access email', parameters: { audience: 'https://api.example' }, reuseMs: Infinity, clock: createClock() })
oidcBackend({ ...provider, returnTo: () => '/cart', fetch: (url, init) => fetch(url, init) })
oidcBackend({ ...provider, returnTo: () => new URL('/cart', 'https://app.example') })
oidcBackend({ ...provider, store: { get: async () => undefined, update: async (_, change) => void change(undefined) } })

// @ts-expect-error a browser keeps no secret
oidcBackend({ ...provider, clientSecret: 'secret' })
// @ts-expect-error whose client?
oidcBackend({ issuer: 'https://id.example', redirectUri: '/signed-in' })
// @ts-expect-error where would it return to?
oidcBackend({ issuer: 'https://id.example', clientId: 'app' })
// @ts-expect-error two tabs would not see what the other wrote
oidcBackend({ ...provider, store: { get: async () => undefined, set: async () => undefined } })

expectTypeOf(backend).toEqualTypeOf<OidcBackend>()
expectTypeOf(backend).toExtend<SessionBackend>()
expectTypeOf(backend.accessToken()).toEqualTypeOf<Promise<string | undefined>>()
expectTypeOf(backend.finishSignIn).toEqualTypeOf<(returned?: string | URL) => Promise<string>>()
expectTypeOf(backend.signOutUrl()).toEqualTypeOf<Promise<string | undefined>>()
// Those that the tabs have will do.
expectTypeOf<NonNullable<TabPrimitives['store']>>().toExtend<OidcStore>()
expectTypeOf<keyof OidcBackendOptions>().toEqualTypeOf<
  'issuer' | 'clientId' | 'redirectUri' | 'scope' | 'parameters' | 'reuseMs' | 'open' | 'returnTo' | 'store' | 'fetch' | 'clock'
>()
