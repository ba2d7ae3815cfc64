import { Environment, Para } from '@getpara/server-sdk'
import { ParaWeb } from '@getpara/web-sdk'
import { expectTypeOf } from 'vitest'
import type { Call, SessionBackend, StepUpCall } from '../../src/index'
import { createSession } from '../../src/index'
import { paraBackend, type ParaBackendOptions, type ParaClient, type ParaSession, refreshSignIn } from '../../src/backends/para'
import { importedParaBackend, type ImportedParaOptions, type ImportedParaSession } from '../../src/backends/paraServer'

// Para's own classes are what the backends ask for, as they come.
expectTypeOf<ParaWeb>().toExtend<ParaSession>()
expectTypeOf<Para>().toExtend<ParaSession>()
expectTypeOf<Para>().toExtend<ImportedParaSession>()

// Each member that is asked for is really there, and not `any`.
type IsAny<T> = 0 extends 1 & T ? true : false
type Asked = keyof ParaSession | keyof ImportedParaSession | 'refreshSession'
expectTypeOf<Exclude<Asked, keyof ParaWeb>>().toEqualTypeOf<never>()
expectTypeOf<Exclude<Asked, keyof Para>>().toEqualTypeOf<never>()
expectTypeOf<{ [K in Asked]: IsAny<ParaWeb[K]> | IsAny<Para[K]> }[Asked]>().toEqualTypeOf<false>()
expectTypeOf<ParaWeb['isSessionActive']>().returns.toEqualTypeOf<Promise<boolean>>()
expectTypeOf<Para['isSessionActive']>().returns.toEqualTypeOf<Promise<boolean>>()
expectTypeOf<ParaWeb['keepSessionAlive']>().returns.toEqualTypeOf<Promise<boolean>>()
expectTypeOf<Para['keepSessionAlive']>().returns.toEqualTypeOf<Promise<boolean>>()
expectTypeOf<ParaWeb['retrieveSessionCookie']>().returns.toEqualTypeOf<string | undefined>()
expectTypeOf<Para['retrieveSessionCookie']>().returns.toEqualTypeOf<string | undefined>()
// The names that are compared with are names that there are.
expectTypeOf<'CONNECTION_ONLY' | 'VERIFICATION'>().toExtend<ParaWeb['externalWalletConnectionType']>()
expectTypeOf<'CONNECTION_ONLY' | 'VERIFICATION'>().toExtend<Para['externalWalletConnectionType']>()

// No annotation, no cast.
const web = new ParaWeb(Environment.DEV, 'key')
createSession(paraBackend(web))
createSession(paraBackend(() => web, { signIn: refreshSignIn(web, (loginUrl) => window.open(loginUrl)) }))
createSession(paraBackend(new Para('key'), { signIn: async ({ signal }) => signal.throwIfAborted() }))
createSession(importedParaBackend({ newClient: () => new Para('key'), requestExport: async () => 'exported' }))
createSession(
  importedParaBackend({
    newClient: async () => new Para('key'),
    exportedSession: undefined,
    requestExport: ({ signal }) => fetch('/export', { signal }).then((response) => response.text()),
  }),
)

// What a test or a wrapper has to write at least.
paraBackend({
  isSessionActive: async () => true,
  keepSessionAlive: async () => true,
  retrieveSessionCookie: () => undefined,
  logout: async () => {},
})
// @ts-expect-error nothing to ask
paraBackend({ keepSessionAlive: async () => true, retrieveSessionCookie: () => undefined, logout: async () => {} })
// @ts-expect-error an answer at once is not Para's
paraBackend({ isSessionActive: () => true, keepSessionAlive: async () => true, retrieveSessionCookie: () => undefined, logout: async () => {} })
// @ts-expect-error no such option
paraBackend(web, { login: () => {} })
// @ts-expect-error without a client
paraBackend()
// @ts-expect-error a client takes one import in its life: give the way to a new one
importedParaBackend({ newClient: new Para('key'), requestExport: async () => 'exported' })
// @ts-expect-error somebody has to be asked when the session has ended
importedParaBackend({ newClient: () => new Para('key'), exportedSession: 'exported' })

expectTypeOf(paraBackend).returns.toEqualTypeOf<SessionBackend>()
expectTypeOf(importedParaBackend).returns.toEqualTypeOf<SessionBackend>()
expectTypeOf(refreshSignIn).returns.toEqualTypeOf<(call: Call) => Promise<void>>()
expectTypeOf<ParaBackendOptions>().toEqualTypeOf<{ readonly signIn?: ((call: Call) => unknown) | undefined; readonly stepUp?: ((call: StepUpCall) => unknown) | undefined }>()
expectTypeOf<keyof ImportedParaOptions>().toEqualTypeOf<'newClient' | 'exportedSession' | 'requestExport'>()
expectTypeOf<ParaClient<Para>>().toEqualTypeOf<Para | (() => Para)>()
