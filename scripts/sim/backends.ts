import { httpBackend } from 'outlast/http'
import { paraBackend } from 'outlast/para'
import { importedParaBackend } from 'outlast/para/server'
import type { BackendMaker } from 'outlast/testing'
import { importingClientOf, paraClientOf } from './paraClient'

type Parts = Parameters<BackendMaker>

const http = (tab: Parts[0], signIn: Parts[1], stepUp?: Parts[2]) =>
  httpBackend({ check: '/session', extend: '/session/extend', revoke: '/session/revoke', signIn, stepUp, fetch: (url, init) => tab.fetch(url, init) })

/** The backends that ship, each on a tab of a simulated browser. */
export const backends: { readonly [name: string]: BackendMaker } = {
  http: (tab, signIn) => http(tab, signIn),
  para: (tab, signIn) => paraBackend(paraClientOf(tab), { signIn }),
  imported: (tab, signIn) =>
    importedParaBackend({
      newClient: () => importingClientOf(tab),
      exportedSession: 'an export',
      requestExport: async (call) => {
        await signIn(call)
        return 'another export'
      },
    }),
}

/** The same, and an API that sometimes wants more of a person than to be signed in. */
export const backendsWithStepUp: typeof backends = { ...backends, stepUp: http }
