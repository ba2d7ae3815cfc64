import { expectTypeOf } from 'vitest'
import { cookieMaxAge, type Endpoint, type HttpAnswer, httpBackend, type HttpBackendOptions, type JsonBody, jwtExpiry } from '../../src/backends/http'
import type { Call, Reply, SessionBackend } from '../../src/index'
import { createSession } from '../../src/index'

// No annotation, no cast.
createSession(httpBackend({ check: '/session' }))
createSession(httpBackend({ check: new URL('https://api.example/session'), extend: '/extend', revoke: '/end', signIn: async ({ signal }) => signal.throwIfAborted() }))
httpBackend({ check: ({ signal }) => fetch('/session', { signal }), extend: () => new Response() })
httpBackend({ check: '/', read: () => false })
httpBackend({ check: '/', read: ({ json }) => !!json?.['user'] })
httpBackend({ check: '/', read: ({ status, headers }) => ({ status: 'alive', ttlMs: status === 200 ? cookieMaxAge(headers, 'sid') : undefined }) })
httpBackend({ check: '/', read: ({ headers }) => ({ status: 'alive', expiresAt: jwtExpiry(headers.get('x-token')) }) })

// A body that is described is what `read` sees; one that is not has to be looked into with care.
httpBackend({ check: '/', read: ({ json }: HttpAnswer<{ user?: { id: string } } | null>) => !!json?.user && { status: 'alive', subject: json.user.id } })
httpBackend<{ expires: string }>({ check: '/', read: ({ json }) => ({ status: 'alive', expiresAt: Date.parse(json.expires) }) })
// @ts-expect-error the body may be null or empty
httpBackend({ check: '/', read: ({ json }) => !!json['user'] })
// @ts-expect-error a field that nobody has described may be anything
httpBackend({ check: '/', read: ({ json }) => ({ status: 'alive', ttlMs: json?.['ttlMs'] }) })

// More of the person, and what the server does of its own.
httpBackend({ check: '/', stepUp: async ({ challenge: { acrValues } }) => acrValues?.join(' '), checkExtends: true, rotates: true })
// @ts-expect-error a flag is a boolean
httpBackend({ check: '/', rotates: 'yes' })

// The fetches of the platform and of wrappers.
httpBackend({ check: '/', fetch })
httpBackend({ check: '/', fetch: globalThis.fetch, credentials: 'include' })
httpBackend({ check: '/', fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, cookie: 'sid=1' } }) })

// @ts-expect-error nothing to ask
httpBackend({ extend: '/extend' })
// @ts-expect-error without options
httpBackend()
// @ts-expect-error no such option
httpBackend({ check: '/', login: () => {} })
// @ts-expect-error a body is no answer
httpBackend({ check: async () => ({ user: 'ada' }) })
// @ts-expect-error a read that says nothing
httpBackend({ check: '/', read: () => {} })
// @ts-expect-error no such credentials
httpBackend({ check: '/', credentials: 'inculde' })
// @ts-expect-error a status is a number
httpBackend({ check: '/', endedBy: ['401'] })

expectTypeOf(httpBackend).returns.toEqualTypeOf<SessionBackend>()
expectTypeOf(cookieMaxAge).toEqualTypeOf<(headers: Headers, name: string) => number | undefined>()
expectTypeOf(jwtExpiry).toEqualTypeOf<(token: string | null | undefined) => number | undefined>()
expectTypeOf<Endpoint>().toEqualTypeOf<string | URL | ((call: Call) => Response | PromiseLike<Response>)>()
expectTypeOf<HttpAnswer>().toEqualTypeOf<{ readonly status: number; readonly headers: Headers; readonly json: JsonBody }>()
expectTypeOf<NonNullable<HttpBackendOptions['read']>>().toEqualTypeOf<(answer: HttpAnswer) => Reply>()
expectTypeOf<HttpBackendOptions['credentials']>().toEqualTypeOf<RequestCredentials | undefined>()
