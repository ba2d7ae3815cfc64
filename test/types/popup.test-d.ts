import { expectTypeOf } from 'vitest'
import { httpBackend } from '../../src/backends/http'
import { paraBackend, type ParaSession, refreshSignIn } from '../../src/backends/para'
import { type BackendEvent, createSession, type SessionBackend } from '../../src/index'
import { createClock } from '../../src/core'
import { createPopup, finishPopup, type Popup, type PopupOptions } from '../../src/popup/createPopup'

const popup = createPopup()
declare const para: ParaSession & { refreshSession(): Promise<string> }

// No annotation, no cast.
createSession({ ...httpBackend({ check: '/session', signIn: (call) => popup.visit('/login', call) }), events: popup.events })
createSession(paraBackend(para, { signIn: refreshSignIn(para, (url, call) => popup.visit(url, call)) }))
createSession(paraBackend(para, { signIn: (call) => popup.visit(() => para.refreshSession(), call) }))
createSession({ check: () => true, signIn: (call) => popup.visit(async ({ signal }) => (await fetch('/link', { signal })).text(), call) })
void popup.visit(new URL('https://id.example/'), new AbortController())
createPopup({ name: 'staging', features: 'popup', clock: createClock() })
finishPopup()
finishPopup({ name: 'staging' })

// @ts-expect-error nobody could give it up
void popup.visit('/login')
// @ts-expect-error nowhere to go
void popup.visit(undefined, new AbortController())
// @ts-expect-error no such option
createPopup({ timeoutMs: 1 })
// @ts-expect-error whoever finishes says nothing else
finishPopup({ token: 'secret' })

expectTypeOf(popup).toEqualTypeOf<Popup>()
expectTypeOf(popup.open()).toEqualTypeOf<boolean>()
expectTypeOf(popup.visit).returns.toEqualTypeOf<Promise<void>>()
expectTypeOf(popup.events).toEqualTypeOf<(listener: (event: BackendEvent) => void) => () => void>()
expectTypeOf(popup.events).toExtend<NonNullable<SessionBackend['events']>>()
expectTypeOf<keyof PopupOptions>().toEqualTypeOf<'name' | 'features' | 'clock'>()
