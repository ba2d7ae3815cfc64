import type { SessionBackend } from '../../src/core'
import { httpBackend, type HttpAnswer } from '../../src/backends/http'
import type { Tab } from '../../src/testing'
import type { Choices } from '../../src/testing/world/choices'
import type { Place, Secrets } from './secrets'

export interface SpillParts {
  readonly secrets: Secrets
  readonly dice: Choices
  readonly tab: Tab
  /** How much of what is said is wrong, from 0 to 1. */
  readonly mischief: () => number
  /** Who would sign in. */
  readonly person: () => string
  readonly after: (ms: number, run: () => void) => void
}

export type Tell = (event: 'signedIn' | 'signedOut', ...more: unknown[]) => void
type Kind = 'check' | 'extend' | 'revoke'

const PATHS = { check: '/session', extend: '/session/extend', revoke: '/session/revoke' } as const

/** Backends that spill everything they have: verdicts with more on them, errors of SDKs, and nonsense. */
export function createSpill({ secrets, dice, tab, mischief, person, after }: SpillParts) {
  const { text, laden, thrown, own } = secrets
  const tells = new Set<Tell>()
  const goesWrong = (share = 1) => dice.chance(mischief() * share)
  const fail = (place: Place): never => {
    throw dice.pick(thrown(place))
  }

  const nonsense = (place: Place): unknown =>
    dice.pick<() => unknown>([
      () => text('garbage'),
      () => secrets.number('garbage'),
      () => Symbol(text('garbage')),
      () => laden({ status: text('status') }, place),
      () => laden({ status: 'alive', expiresAt: text('field'), subject: { id: text('field') } }, place),
      () => laden({ status: 'alive', ttlMs: -secrets.number('field'), maxExpiresAt: text('field'), serverNow: [text('field')], permanent: text('field') }, place),
      () => laden({ status: 'alive', subject: secrets.number('field') }, place),
      () => own(new Response(text(place, 'response'))),
      () => own({ get status() { throw secrets.error(place) } }),
      () => own({ then: (_: unknown, reject: (error: unknown) => void) => reject(secrets.error(place)) }),
    ])()

  async function signIn({ signal }: { signal: AbortSignal }) {
    if (dice.chance(0.2)) return fail('signIn')
    await tab.fetch(`/session/sign-in?as=${encodeURIComponent(person())}`, { method: 'POST', signal })
    return laden({ status: 'alive', subject: person() }, 'signIn')
  }

  const extras: Pick<SessionBackend, 'events' | 'peek' | 'stepUp'> = {
    events(listener) {
      if (dice.chance(0.1)) return fail('events')
      const tell = listener as Tell
      tells.add(tell)
      return () => {
        tells.delete(tell)
        if (dice.chance(0.1)) fail('clean-up')
        return text('clean-up')
      }
    },
    peek() {
      if (dice.chance(0.2)) return fail('peek')
      if (dice.chance(0.2)) return nonsense('peek') as never
      return dice.chance(0.5) ? undefined : laden({ status: 'alive' as const, subject: text('person') }, 'peek')
    },
    async stepUp({ challenge }) {
      if (dice.chance(0.3)) return fail('stepUp')
      await new Promise<void>((resolve) => after(dice.between(0, 60_000), resolve))
      return laden({ challenge }, 'stepUp')
    },
  }

  /** As somebody writes it who hands on what there is. */
  function written(): SessionBackend {
    const call = (kind: Kind) => async ({ signal }: { signal: AbortSignal }) => {
      const response = await tab.fetch(PATHS[kind], { method: 'POST', signal }).catch(() => fail(kind))
      if (goesWrong()) return dice.chance(0.5) ? fail(kind) : nonsense(kind)
      if (kind === 'revoke') return response.ok ? laden({ status: text('status') }, 'revoke') : fail('revoke')
      if (response.status === 401) return laden({ status: 'ended', reason: text('reason') }, kind)
      if (!response.ok) return fail(kind)
      const json = (await response.json().catch(() => fail(kind))) as object
      return laden({ status: 'alive', ...json, reason: text('reason') }, kind)
    }
    return {
      check: call('check') as SessionBackend['check'],
      extend: call('extend') as SessionBackend['check'],
      revoke: call('revoke'),
      signIn,
      ...extras,
      classify: () =>
        dice.pick<() => unknown>([
          () => 'unauthenticated',
          () => laden({ acrValues: [text('challenge')], maxAgeMs: 1 }, 'classify'),
          () => text('classify'),
          () => Promise.reject(secrets.error('classify')),
          () => fail('classify'),
          () => undefined,
        ])() as never,
    }
  }

  /** Through HTTP: the same in URLs, headers, bodies, and pages about errors. */
  function http(): SessionBackend {
    const page = () => `<h1>${text('page')}</h1>`
    async function spill(url: string, init: RequestInit): Promise<Response> {
      const headers = { ...(init.headers as object), authorization: `Bearer ${text('request header')}`, cookie: text('request header') }
      const response = await tab.fetch(url, { ...init, headers })
      const more = { 'set-cookie': `sid=${text('response header')}`, 'x-user': text('response header'), 'www-authenticate': `Bearer realm="${text('response header')}"` }
      if (goesWrong()) {
        return dice.pick<() => Response>([
          () => new Response(page(), { status: dice.pick([500, 403, 404, 429, 503]), statusText: text('response header'), headers: { ...more, 'retry-after': dice.pick(['120', text('response header')]) } }),
          () => new Response(page(), { headers: { ...more, 'content-type': 'text/html' } }),
          () => new Response(null, { status: 302, headers: { ...more, location: `https://elsewhere.example/${text('response header')}` } }),
          () => Response.json(nonsenseJson(), { headers: more }),
          () => new Response(`{"token":"${text('body')}`, { headers: { ...more, 'content-type': 'application/json' } }),
          () => Response.json({ expiresAt: 0, subject: text('body') }, { headers: { ...more, date: text('response header') } }),
        ])()
      }
      const body = await response.text()
      if (response.status === 401) return new Response(page(), { status: 401, headers: more })
      if (!/json/.test(response.headers.get('content-type') ?? '') || !body.endsWith('}')) return new Response(body, response)
      const json = JSON.parse(body) as object
      return Response.json({ ...json, token: text('body'), [text('body')]: 1, user: { mail: text('body') } }, { status: response.status, headers: { ...Object.fromEntries(response.headers), ...more } })
    }
    const nonsenseJson = () => dice.pick<unknown>([text('body'), [text('body')], { status: text('body') }, { ttlMs: text('body') }, { status: 'alive', subject: [text('body')] }])
    const read = ({ json }: HttpAnswer<object>) => (goesWrong(0.3) ? fail('read') : (laden({ status: 'alive', ...json }, 'read') as never))
    return {
      ...httpBackend({
        check: `/session?key=${text('url')}`,
        extend: ({ signal }) => (goesWrong(0.3) ? fail('endpoint') : spill(`/session/extend?key=${text('url')}#${text('url')}`, { method: 'POST', signal })),
        revoke: new URL(`https://${text('url')}:secret@app.example/session/revoke`),
        signIn,
        fetch: (url, init) => spill(String(url), init),
        ...(dice.chance(0.5) && { read }),
      }),
      ...extras,
    }
  }

  /** An operation's failure that means something to `httpBackend`. */
  const answers = () =>
    dice.pick<() => object>([
      () => secrets.error('operation', { status: 401 }),
      () => secrets.error('operation', { response: { status: 401, headers: { 'www-authenticate': `Bearer error="insufficient_user_authentication", acr_values="${text('challenge')}", max_age="5"` } } }),
      () => secrets.error('operation'),
      () => own({ text: text('operation') }),
    ])()

  return {
    backend: dice.chance(0.5) ? written() : http(),
    answers,
    /** Something was heard elsewhere, and is told with all that came with it. */
    tell() {
      const event = dice.pick(['signedIn', 'signedOut', text('event'), secrets.error('event')]) as 'signedIn'
      for (const tell of [...tells]) tell(event, laden({}, 'event'))
    },
  }
}

export type Spill = ReturnType<typeof createSpill>
