import { Environment, ParaWeb } from '@getpara/web-sdk'

const apiKey = new URLSearchParams(location.search).get('apiKey') ?? 'DEV_example'

// The stand-in has neither sockets nor workers; an app leaves them on.
export const para = new ParaWeb(Environment.DEV, apiKey, { disableWebSockets: true, disableWorkers: true })
