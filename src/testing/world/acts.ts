import type { Life, Seat } from './life'
import { PEOPLE } from './scenario'

/** Something happens, or nothing. */
export function act(life: Life): void {
  const { choices, seats } = life
  // Most people who find themselves signed out sign in again; a world in which nobody does has little to tell.
  const out = seats.find(({ session }) => session.get().state === 'expired.ended')
  if (out && isRunning(out) && choices.chance(0.5)) command(life, out, 'reauthenticate')
  else choices.pick([...acts, ...(life.scenario.shared ? [breakPrimitive] : []), ...(life.scenario.limits ? [use, use, use, use] : []), ...(seats[0]?.canStepUp ? [wantMore, wantMore] : [])])(life)
}

const isRunning = ({ tab }: Seat) => !tab.isGone && !tab.isFrozen && !tab.browser.machine.asleep

/** The first is the harmless one. */
const acts: readonly ((life: Life) => void)[] = [
  () => {},
  // The person.
  withSeat((seat, life) => command(life, seat, 'check')),
  withSeat((seat, life) => command(life, seat, 'extend')),
  withSeat((seat, life) => command(life, seat, 'signOut')),
  // And does not wait until the server has heard of it.
  withSeat((seat, life) => {
    command(life, seat, 'signOut')
    life.world.after(life.choices.between(1_000, 60_000), () => {
      if (isRunning(seat)) command(life, seat, life.choices.pick(['check', 'extend', 'reauthenticate']))
    })
  }),
  withSeat((seat, life) => command(life, seat, 'reauthenticate')),
  withSeat((seat, life) => run(life, seat)),
  withSeat((seat, life) => {
    life.note('cancel')
    seat.session.cancel()
  }),
  (life) => {
    life.person = life.choices.pick(PEOPLE)
    life.note('another person')
  },
  // Tabs.
  (life) => {
    if (life.seats.length >= (life.scenario.shared ? 20 : 4)) return
    life.note('open')
    life.openSeat()
  },
  withSeat(leave),
  withSeat(leave),
  withSeat((seat, life) => {
    life.note('restart', `tab ${seat.tab.number}`)
    seat.release()
    // At once, as React does, or after it has really stopped.
    life.world.after(life.choices.pick([0, 1_000]), () => {
      // Another restart may have come first.
      seat.release()
      seat.release = seat.session.start()
      seat.witness.commanded('check')
    })
  }),
  withSeat((seat, life) => {
    life.note(seat.tab.isHidden ? 'show' : 'hide', `tab ${seat.tab.number}`)
    // Who comes back may ask.
    seat.witness.stirred()
    if (seat.tab.isHidden) seat.tab.show()
    else seat.tab.hide()
  }),
  withSeat((seat, life) => {
    const ms = durationOf(life)
    life.note('freeze', `tab ${seat.tab.number} for ${ms} ms`, ms)
    seat.witness.disturbed()
    losesTime(life, ms)
    seat.tab.freeze()
    life.world.after(ms, () => {
      life.note('resume')
      seat.tab.resume()
    })
  }),
  // The machine.
  sleep,
  sleep,
  (life) => {
    const ms = life.choices.pick([5_000, -5_000, 3_600_000, -3_600_000, 86_400_000])
    life.note('clock set', `by ${ms} ms`)
    life.browser.machine.setClockBy(ms)
    disturb(life, true)
  },
  (life) => {
    const msPerHour = life.choices.pick([100, -100, 2_000])
    life.note('clock drifts')
    life.browser.machine.setDrift(msPerHour)
    life.drifts = true
    disturb(life, true)
  },
  // The network and the server.
  cut,
  cut,
  (life) => {
    life.weather = life.choices.pick(life.forecast)
    life.note('weather', life.weather)
  },
  (life) => {
    life.note('revoked')
    life.world.server.revoke(life.browser.token)
  },
]

function withSeat(act: (seat: Seat, life: Life) => void) {
  return (life: Life) => {
    const running = life.seats.filter(isRunning)
    if (running.length > 0) act(life.choices.pick(running), life)
  }
}

const durationOf = ({ choices, scenario }: Life) => Math.round(scenario.server.lifeMs * choices.pick([0.001, 0.01, 0.1, 0.3, 0.6, 0.75, 1.1]))

/** For so many milliseconds from now. */
function losesTime(life: Life, ms = 0) {
  life.timeLostAt = Math.max(life.timeLostAt, life.world.now() + ms)
}

function disturb(life: Life, clockSet?: boolean) {
  const { seats } = life
  losesTime(life)
  for (const { witness } of seats) witness.disturbed(clockSet)
}

function command(life: Life, { tab, session, witness }: Seat, name: 'check' | 'extend' | 'signOut' | 'reauthenticate') {
  // While somebody signs in, nobody extends, and it may take a quarter of an hour.
  life.note(name, `tab ${tab.number}`, name === 'reauthenticate' ? 960_000 : 0)
  witness.commanded(name)
  if (name === 'signOut') life.signedOut = true
  if (name === 'signOut' && life.scenario.shared) for (const other of life.seats) other.witness.signsOut()
  void session[name]()
}

function run(life: Life, { tab, session, witness }: Seat) {
  life.note('run', `tab ${tab.number}`)
  witness.commanded('run')
  void session.run(() => witness.ran())
}

/** What RFC 9470 has a resource server say. */
const CHALLENGE = { status: 401, headers: { 'www-authenticate': 'Bearer error="insufficient_user_authentication", max_age=60' } }

/** An operation for which the server wants more of the person: it runs once more at most, and only when that was shown. */
const wantMore = withSeat(({ tab, session, witness }, life) => {
  life.note('wants more', `tab ${tab.number}`)
  witness.commanded('run')
  let runs = 0
  let mayRunAgain = false
  const operation = () => {
    witness.ran()
    if (++runs > 1 && !mayRunAgain) life.fail({ law: 10, what: `tab ${tab.number}: runs an operation again by itself` })
    mayRunAgain = false
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- as `fetch` wrappers do
    throw new Response(null, CHALLENGE)
  }
  void session.run(operation, { replay: () => (mayRunAgain = true) })
})

function leave(seat: Seat, life: Life) {
  const closing = life.choices.pick(['close', 'crash'])
  life.note(closing, `tab ${seat.tab.number}`)
  if (closing === 'close') {
    seat.release()
    seat.tab.close()
  } else seat.tab.vanish()
  life.seats.splice(life.seats.indexOf(seat), 1)
  // A reload; and a world without a tab has nothing to tell.
  if (life.seats.length === 0 || life.choices.pick([true, false])) life.openSeat(seat.tab)
}

function sleep(life: Life) {
  const ms = durationOf(life)
  const { machine } = life.browser
  if (machine.asleep) return
  life.note('sleep', `for ${ms} ms`, ms)
  disturb(life)
  losesTime(life, ms)
  machine.sleep(ms)
  machine.onceAwake(() => {
    life.note('wake')
    if (!life.scenario.tellsOfWakes) return
    for (const { tab, witness } of life.seats) {
      if (tab.isFrozen) continue
      tab.ports.clock.poke()
      witness.woken()
    }
  })
}

/** Somebody presses a key in a page, now and then for a while. */
function use(life: Life) {
  const wait = life.choices.pick([1, 30_000, 300_000])
  withSeat((seat, { world }) => {
    life.note('use', `tab ${seat.tab.number}`)
    const press = (left: number) => {
      if (left === 0 || life.calm || !isRunning(seat)) return
      if (!seat.tab.isHidden) {
        life.usedAt = world.now()
        life.usedIn = seat.tab
        life.usedWallAt = life.browser.machine.wallNow()
        // Whoever is there may ask.
        for (const { witness } of life.seats) witness.stirred()
        seat.witness.pokes()
        // A session without a page's signals is told by its app.
        if (life.scenario.shared) seat.tab.use()
        else seat.session.touch()
      }
      world.after(wait, () => press(left - 1))
    }
    press(5)
  })(life)
}

function breakPrimitive(life: Life) {
  const what = life.choices.pick(['locks', 'store', 'channel', 'notes'] as const)
  const how = life.choices.pick(['works', 'missing', 'throws', 'hangs', 'loses'] as const)
  life.note('primitive', `${what} ${how}`, durationOf(life))
  Object.assign(life.browser.behaviours, { [what]: what === 'notes' && how === 'hangs' ? 'missing' : how })
  life.broken ||= how !== 'works'
}

function cut(life: Life) {
  const ms = durationOf(life)
  life.note('cut', `for ${ms} ms`, ms)
  life.browser.network.cut()
  life.world.after(ms, () => {
    life.note('restored')
    life.browser.network.restore()
    if (life.scenario.shared) for (const seat of life.seats) if (isRunning(seat)) seat.witness.pokes()
  })
}
