import type { SessionBackend } from '../../../src/backend'
import { httpBackend } from '../../../src/backends/http'
import type { BackendMaker } from '../../../src/testing/world/life'

/** The backend that ships, on a tab. */
export const http: BackendMaker = ({ fetch }, signIn) =>
  httpBackend({ check: '/session', extend: '/session/extend', revoke: '/session/revoke', fetch, signIn })

/** The backend that ships, changed. */
const but =
  (change: (backend: SessionBackend) => Partial<SessionBackend>): BackendMaker =>
  (tab, ...person) => {
    const backend = http(tab, ...person)
    return { ...backend, ...change(backend) }
  }

const offline = () => {
  throw new Error('offline')
}

/** Takes a failure for a no. */
export const hasty = but(({ check }) => ({
  check: async (call) => {
    try {
      return await check(call)
    } catch (error) {
      if (call.signal.aborted) throw error
      return { status: 'ended' }
    }
  },
}))

/** Is never answered. */
export const unanswered = but(() => ({ check: offline }))

/** Says yes to everything, and asks nobody. */
export const credulous = but(() => ({ check: () => true, extend: () => true }))

/** Says yes right after a no, and asks nobody. */
export const forgiving = but(({ check }) => {
  let ended = false
  return {
    check: async (call) => {
      const reply = ended || (await check(call))
      ended = typeof reply === 'object' && reply.status === 'ended'
      return reply
    },
  }
})

/** Signs nobody out at the server. */
export const clinging = but(() => ({ revoke: offline }))

/** Has a timer of its own that never ends. */
export const restless: BackendMaker = (tab, ...person) => {
  const beat = () => void tab.platform.setTimeout(beat, 60_000)
  beat()
  return http(tab, ...person)
}

/** Sets a timer that is too long in the third tab of a world that begins with so many. */
export const crowded: BackendMaker = (tab, ...person) => {
  const { check, ...backend } = http(tab, ...person)
  const tooLong = () => tab.number === 3 && tab.platform.monotonicNow() < 1_000 && tab.platform.setTimeout(() => {}, 2 ** 31)
  return { ...backend, check: (call) => (tooLong(), check(call)) }
}

/** Sets a timer that is too long when it extends for the third time. */
export const tiring: BackendMaker = (tab, ...person) => {
  const { extend, ...backend } = http(tab, ...person)
  let times = 0
  return { ...backend, extend: (call) => (++times === 3 && tab.platform.setTimeout(() => {}, 2 ** 31), extend?.(call) ?? false) }
}

/** Cannot extend. */
export const watching = but(() => ({ extend: undefined }))
