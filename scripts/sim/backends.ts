import { httpBackend } from 'outlast/http'
import { paraBackend } from 'outlast/para'
import { importedParaBackend } from 'outlast/para/server'
import type { BackendMaker } from 'outlast/testing'
import { importingClientOf, paraClientOf } from './paraClient'

/** The backends that ship, each on a tab of a simulated browser. */
export const backends: { readonly [name: string]: BackendMaker } = {
  http: ({ fetch }, signIn) =>
    httpBackend({ check: '/session', extend: '/session/extend', revoke: '/session/revoke', signIn, fetch: (url, init) => fetch(url, init) }),
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
