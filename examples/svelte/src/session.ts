import { createSession } from 'outlast'
import { definePrompt } from 'outlast/element'
import { httpBackend } from 'outlast/http'

const signIn = () => fetch('/api/login', { method: 'POST' })

export const session = createSession(httpBackend({ check: '/api/session', extend: '/api/session/extend', revoke: '/api/session/end', signIn }))

definePrompt()
