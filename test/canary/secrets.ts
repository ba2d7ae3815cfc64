import { SessionError } from '../../src/core'

/** Wherever a session takes something in. Each has to be planted in. */
export const PLACES = [
  'check', 'extend', 'signIn', 'revoke', 'stepUp', 'peek', 'event', 'events', 'clean-up', 'person', 'reason', 'status', 'field', 'garbage',
  'cookie', 'url', 'request header', 'response header', 'body', 'page', 'read', 'challenge', 'classify', 'replay', 'operation', 'signal', 'option', 'endpoint',
] as const
export type Place = (typeof PLACES)[number]

/** In every secret, and in no path of a stack. */
const MARK = 'k4nary5ecret'

/** Beyond what a number can count exactly, so that no time is taken for one. */
const FIRST_NUMBER = 2 ** 60
const NUMBER_STEP = 1024

export type Secrets = ReturnType<typeof createSecrets>

/** Secrets, each of them another one. How often which place had one is counted. */
export function createSecrets() {
  const planted = new Map<Place, number>()
  const objects = new WeakSet<object>()
  let last = 0
  function count(place: Place) {
    planted.set(place, (planted.get(place) ?? 0) + 1)
    return ++last
  }
  const text = (place: Place, part = '') => `${MARK}-${place}.${part}-${String(count(place))}`
  /** One that tells nothing but is not to be seen either. */
  const own = <T extends object>(object: T): T => (objects.add(object), object)

  /** An error as an SDK throws it, with the request and the response on it. */
  function error(place: Place, extra: object = {}): Error {
    const thrown = new TypeError(text(place, 'message'), { cause: new Error(text(place, 'cause')) })
    thrown.name = text(place, 'name')
    thrown.stack = text(place, 'stack')
    return own(
      Object.assign(thrown, {
        code: text(place, 'code'),
        status: FIRST_NUMBER + count(place) * NUMBER_STEP,
        config: { headers: { cookie: text(place, 'cookie') } },
        request: new TextEncoder().encode(text(place, 'bytes')),
        response: { status: 500, data: { lookupId: text(place, 'data') }, headers: new Map([['set-cookie', text(place, 'set-cookie')]]) },
        [Symbol(text(place, 'symbol'))]: text(place, 'hidden'),
        ...extra,
      }),
    )
  }

  /** Something with more on it than was asked for. */
  const laden = <T extends object>(verdict: T, place: Place): T =>
    own({
      ...verdict,
      token: text(place, 'token'),
      pin: FIRST_NUMBER + count(place) * NUMBER_STEP,
      user: { id: text(place, 'id'), shares: new Map([['share', text(place, 'share')]]) },
      [text(place, 'key')]: true,
      [Symbol('hidden')]: text(place, 'symbol'),
    })

  /** Whatever may be thrown: some of it looks like what is known here. */
  const thrown = (place: Place): readonly unknown[] => [
    error(place),
    error(place, { retryAfterMs: 90_000 }),
    error(place, { retryAfterMs: text(place, 'patience') }),
    error(place, { code: 'ERR_SESSION_POPUP_BLOCKED' }),
    error(place, { name: 'SessionError' }),
    error(place, { name: 'SessionError', code: { id: text(place, 'code') } }),
    Object.freeze(error(place)),
    own(new SessionError('ERR_SESSION_UNREACHABLE', text(place, 'own'))),
    own(new SessionError(text(place, 'own') as 'ERR_SESSION_ENDED')),
    text(place, 'thrown'),
    undefined,
    own(new Response(text(place, 'response'), { status: 401, headers: { 'x-token': text(place, 'response') } })),
    own({
      get retryAfterMs() {
        throw error(place)
      },
    }),
    own(new Proxy({}, { get: () => own(error(place)), ownKeys: () => { throw error(place) } })),
    own(() => text(place, 'function')),
  ]

  const isNumber = (value: number) => value >= FIRST_NUMBER && value < FIRST_NUMBER * 2
  return { planted, text, own, error, laden, thrown, number: (place: Place) => FIRST_NUMBER + count(place) * NUMBER_STEP, isSecretNumber: isNumber, isOwn: (value: object) => objects.has(value) }
}

/** The mark as it is and as Base64 and hexadecimal digits show it, wherever it begins. */
const MARKS = new RegExp([MARK, Buffer.from(MARK).toString('hex'), ...['', ' ', '  '].map((before) => btoa(`${before}${MARK}`).slice(before.length && before.length + 1, -4))].join('|'), 'i')

export const isSecret = (text: string) => MARKS.test(text)
