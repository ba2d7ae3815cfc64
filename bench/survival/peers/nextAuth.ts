import type { Tab } from '../../../src/testing'
import type { Client } from '../client'
import { answering, ask } from './answers'
import { versionOf } from './installed'
import { openApp } from './openApp'

/** `GET /api/auth/session` with sessions in JSON web tokens, as is the default: each answer starts a new life. Nobody is `{}`. */
const serverFor = (tab: Tab) =>
  answering(({ signal }) =>
    ask(
      tab,
      'extend',
      signal,
      ({ subject, expiresAt }) => Response.json({ user: { name: subject }, expires: new Date(expiresAt).toISOString() }),
      () => Response.json({}),
    ),
  )

export const nextAuth: Client = {
  name: 'next-auth/react',
  version: versionOf('next-auth'),
  configuration: 'SessionProvider with refetchInterval 300 s, refetchOnWindowFocus, refetchWhenOffline false (next-auth.js.org/getting-started/client)',
  open: (tab) => openApp(tab, 'peers/pages/nextAuth.tsx', serverFor(tab)),
}
