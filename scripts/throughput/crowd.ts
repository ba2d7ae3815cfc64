import { createActor } from 'xstate'
import { createSession, type Session, type SessionBackend } from '../../src/index'
import { sharedMachine } from '../../src/sharedMachine'
import { usedMs } from './rounds'

// `node --expose-gc crowd.mjs COUNT KIND`: so many sessions in one process, as a server has them, on real time.

const [count = 1, kind = 'session'] = [Number(process.argv[2]), process.argv[3]]

// Counts the platform's timers, of which each session has one.
const timers = { held: 0 }
const { setTimeout: arm, clearTimeout: disarm } = globalThis
const armed = new WeakSet<object>()
globalThis.setTimeout = ((callback: () => void, ms: number) => {
  timers.held++
  const timer = arm(() => {
    if (armed.delete(timer)) timers.held--
    callback()
  }, ms)
  armed.add(timer)
  return timer
}) as typeof setTimeout
globalThis.clearTimeout = (timer) => {
  if (typeof timer === 'object' && armed.delete(timer)) timers.held--
  disarm(timer)
}

const backendOf = (person: number): SessionBackend => {
  const alive = async () => ({ status: 'alive', ttlMs: 2 * 3_600_000, subject: `person ${String(person)}` }) as const
  return { check: alive, extend: alive }
}

function heapBytes() {
  for (let i = 0; i < 3; i++) gc?.()
  return process.memoryUsage().heapUsed
}

function make(sessions: Session[], many: number) {
  for (let i = 0; i < many; i++) sessions.push(createSession(backendOf(i)))
}

async function start(sessions: readonly Session[]) {
  const releases = sessions.map((session) => session.start())
  await Promise.all(sessions.map((session) => session.ready()))
  return () => releases.forEach((release) => release())
}

// What the first of all needs is not what each needs.
const first: Session[] = []
make(first, 200)
const release = await start(first)
release()
first.length = 0
await new Promise((resolve) => arm(resolve, 50))

if (kind === 'actor') {
  const before = heapBytes()
  const actors = Array.from({ length: count }, () => createActor(sharedMachine, { input: {} }))
  console.log(JSON.stringify({ count: actors.length, bytes: (heapBytes() - before) / count }))
} else {
  const sessions: Session[] = []
  const empty = heapBytes()
  const before = usedMs()
  make(sessions, count)
  const madeMs = usedMs() - before
  const made = heapBytes()
  const beforeStart = usedMs()
  await start(sessions)
  const startedMs = usedMs() - beforeStart
  const bytes = heapBytes() - empty
  const alive = sessions.filter((session) => session.get().state === 'active.scheduled').length
  if (alive !== count) throw new Error(`${String(count - alive)} of ${String(count)} sessions are not alive`)
  console.log(JSON.stringify({ count, createMicros: (madeMs * 1_000) / count, startMicros: (startedMs * 1_000) / count, createdBytes: (made - empty) / count, bytes: bytes / count, timers: timers.held / count }))
}
process.exit()
