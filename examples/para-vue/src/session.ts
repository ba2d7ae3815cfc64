import { Environment, ParaWeb } from '@getpara/web-sdk'
import { createSession } from 'outlast'
import { paraBackend } from 'outlast/para'
import { signInAtStandIn } from '../../para-api/signIn'

const apiKey = new URLSearchParams(location.search).get('apiKey') ?? 'DEV_example'

// The stand-in has neither of the two; an app leaves them on.
export const para = new ParaWeb(Environment.DEV, apiKey, { disableWebSockets: true, disableWorkers: true })
export const session = createSession(paraBackend(para, { signIn: () => signInAtStandIn(para) }))
