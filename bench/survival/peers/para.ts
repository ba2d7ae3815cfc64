import type { Tab } from '../../../src/testing'
import type { Client } from '../client'
import { answering, ask, type Told } from './answers'
import { versionOf } from './installed'
import { openApp } from './openApp'
import { rememberSignIn } from './tokens'

/** Packages for smart accounts and for Farcaster, which an app installs if it uses them. */
const optional = ['alchemy', 'biconomy', 'cdp', 'gelato', 'pimlico', 'porto', 'rhinestone', 'safe', 'thirdweb', 'zerodev'].map((name) => `@getpara/aa-${name}`)
const instead = {
  ...Object.fromEntries([...optional, '@farcaster/miniapp-sdk'].map((name) => [name, 'peers/pages/nothing.ts'])),
  elliptic: 'peers/pages/elliptic.ts',
}

const PARTNER = { id: 'partner', displayName: 'App', supportedWalletTypes: [], cosmosPrefix: 'cosmos' }
/** What `/touch` says beside who is there. Anything else makes the SDK ask for the partner again on every call. */
const TOUCHED = { sessionId: 'session', sessionLookupId: 'lookup', partnerId: PARTNER.id, supportedWalletTypes: [], cosmosPrefix: 'cosmos' }

/** Whole seconds, as in the cookies of the real one. */
const cookieUntil = (expiresAt: number) => `capsule.sid=s%3Asession.signature; Path=/; Expires=${new Date(expiresAt).toUTCString()}; HttpOnly; SameSite=None`

/** Para's API, as far as it is about sessions: `/touch` asks, `/users/:id/session/keep-alive` extends, `/logout` ends. */
const serverFor = (tab: Tab) =>
  answering(async ({ path, signal }) => {
    const alive =
      (body: object) =>
      ({ subject, expiresAt }: Told) =>
        Response.json({ ...body, userId: subject }, { headers: { 'x-capsule-sid': cookieUntil(expiresAt) } })
    if (path === '/touch') return ask(tab, 'check', signal, alive({ ...TOUCHED, isAuthenticated: true }), () => Response.json({ ...TOUCHED, isAuthenticated: false }))
    if (path.endsWith('/session/keep-alive')) return ask(tab, 'extend', signal, alive({}), () => Response.json({ message: 'unauthorized' }, { status: 401 }))
    if (path === '/logout') return ask(tab, 'revoke', signal, () => Response.json({}), () => Response.json({}))
    if (path === `/partners/${PARTNER.id}`) return Response.json({ partner: PARTNER })
    // The SDK reports its own errors, and does not care for the answer.
    return Response.json({}, { status: path === '/errors/sdk' ? 200 : 404 })
  })

export const para: Client = {
  name: "Para's React provider",
  version: versionOf('@getpara/react-sdk-lite'),
  configuration: 'automatic keep-alive on, as by default; useAccount().isConnected, QueryClient with its defaults (docs.getpara.com/v2/react/guides/sessions-lifecycle)',
  async open(tab) {
    // The cookie comes with the first answer.
    rememberSignIn(tab, '@CAPSULE/userId', ({ subject }) => subject)
    return openApp(tab, 'peers/pages/para.tsx', serverFor(tab), instead)
  },
}
