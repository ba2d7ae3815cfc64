import { expectTypeOf } from 'vitest'
import { definePrompt, type OutlastPrompt, type PromptTexts } from '../../src/element/definePrompt'
import { createSession, type Session } from '../../src/index'

definePrompt()
definePrompt('my-prompt')

// No cast.
const prompt = document.createElement('outlast-prompt')
prompt.session = createSession({ check: () => true })
prompt.session = undefined
prompt.session = null
prompt.texts = { stay: 'Bleiben', idleText: 'Noch {time}' }
prompt.texts = undefined
prompt.addEventListener('signin', (event) => event.preventDefault())
for (const found of document.querySelectorAll('outlast-prompt')) expectTypeOf(found).toEqualTypeOf<OutlastPrompt>()

// @ts-expect-error not a session
prompt.session = { get: () => undefined }
// @ts-expect-error no such text
prompt.texts = { leave: 'Go' }
// @ts-expect-error plain strings, so that they may come from JSON
prompt.texts = { stay: () => 'Stay' }
// @ts-expect-error a name
definePrompt(1)

expectTypeOf(prompt).toEqualTypeOf<OutlastPrompt>()
expectTypeOf(prompt).toExtend<HTMLElement>()
expectTypeOf(prompt.session).toEqualTypeOf<Session | undefined>()
expectTypeOf(prompt.texts).toEqualTypeOf<PromptTexts>()
expectTypeOf<PromptTexts[keyof PromptTexts]>().toEqualTypeOf<string>()
expectTypeOf(definePrompt).returns.toEqualTypeOf<void>()
