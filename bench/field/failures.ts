import { DAY, HOUR, MINUTE, SECOND } from '../../scripts/frontier/traces'
import type { Client } from '../survival/client'
import { openScene, type Scene, type SceneOptions } from './scene'

/** A failure that users suffered, as something that may happen to any client. */
export interface Failure {
  readonly row: string
  readonly what: string
  readonly scene: SceneOptions
  /**
   * What is wrong, in a few words, or undefined.
   *
   * @param another opens the same client elsewhere
   */
  run(scene: Scene, another: (options: SceneOptions) => Promise<Scene>): Promise<string | undefined>
}

const LIFE = 2 * HOUR

async function noticesWithin({ wait, shows }: Scene, ms: number): Promise<string | undefined> {
  await wait(ms)
  return shows() === false ? undefined : `still shown alive after ${String(ms / SECOND)} s`
}

const atMost = (calls: number, most: number) => (calls > most ? `${calls.toLocaleString('en')} calls` : undefined)

export const failures: readonly Failure[] = [
  {
    row: 'F01',
    what: 'a laptop wakes after an hour, and has no network for another minute; three hours later the session lives',
    scene: { lifeMs: LIFE },
    async run({ machine, wait, offline, online, lives }) {
      await wait(20 * MINUTE)
      offline()
      machine.sleep(HOUR)
      await wait(HOUR + MINUTE)
      online()
      await wait(3 * HOUR)
      return lives()
    },
  },
  {
    row: 'F02',
    what: 'a session ended in a sleep; whoever looks at the page after the wake is told within ten seconds',
    scene: { lifeMs: LIFE },
    async run(scene) {
      const { machine, tab, wait, offline, online } = scene
      await wait(20 * MINUTE)
      tab.hide()
      offline()
      machine.sleep(5 * HOUR)
      await wait(5 * HOUR)
      tab.show()
      await wait(SECOND)
      online()
      return noticesWithin(scene, 10 * SECOND)
    },
  },
  {
    row: 'F03',
    what: 'a hidden page, whose timers are up to a minute late, keeps a session of fifteen minutes for three hours',
    scene: { lifeMs: 15 * MINUTE },
    async run({ tab, wait, lives }) {
      tab.hide()
      await wait(3 * HOUR)
      return lives()
    },
  },
  {
    row: 'F12',
    what: 'five tabs and an hour of 503: at most one call a minute and tab',
    scene: { lifeMs: LIFE, tabs: 5 },
    async run({ wait, fails, calls, lives }) {
      await wait(20 * MINUTE)
      const before = calls()
      fails({ status: 503 })
      await wait(HOUR)
      fails()
      const during = calls() - before
      await wait(10 * MINUTE)
      return (await lives()) ?? atMost(during, 300)
    },
  },
  {
    row: 'F14',
    what: 'a clock ten minutes fast, and five minutes of 429 now and then: nobody is signed out',
    scene: { lifeMs: 30 * MINUTE, clockMs: 10 * MINUTE },
    async run({ wait, fails, lives }) {
      for (let i = 0; i < 8; i++) {
        await wait(8 * MINUTE)
        fails({ status: 429, retryAfter: '60' })
        await wait(5 * MINUTE)
        fails()
      }
      return lives()
    },
  },
  {
    row: 'F15',
    what: 'a clock three hours fast, sessions of one: four hours later it lives, after at most 20 calls an hour',
    scene: { lifeMs: HOUR, clockMs: 3 * HOUR },
    async run({ wait, calls, lives }) {
      await wait(4 * HOUR)
      return (await lives()) ?? atMost(calls(), 80)
    },
  },
  {
    row: 'F16',
    what: 'a clock ten minutes slow, and a session that ended two minutes before the wake: told within ten seconds',
    scene: { lifeMs: LIFE, clockMs: -10 * MINUTE },
    async run(scene) {
      const { machine, tab, wait } = scene
      await wait(MINUTE)
      tab.hide()
      await wait(SECOND)
      machine.sleep(LIFE + 2 * MINUTE)
      await wait(LIFE + 2 * MINUTE)
      tab.show()
      return noticesWithin(scene, 10 * SECOND)
    },
  },
  {
    row: 'F17',
    what: 'half a minute without network, every ten minutes, for four hours: nobody is signed out',
    scene: { lifeMs: LIFE },
    async run({ lookAway, wait, offline, online, lives }) {
      for (let i = 0; i < 24; i++) {
        await wait(9.5 * MINUTE)
        offline()
        await lookAway()
        await wait(25 * SECOND)
        online()
      }
      return lives()
    },
  },
  {
    row: 'F18',
    what: 'a captive portal answers 200 with a page of its own for ten minutes: nobody is signed out',
    scene: { lifeMs: LIFE },
    async run({ lookAway, wait, fails, lives }) {
      for (let i = 0; i < 4; i++) {
        await wait(35 * MINUTE)
        fails('portal')
        await wait(5 * MINUTE)
        await lookAway()
        await wait(5 * MINUTE)
        fails()
      }
      return lives()
    },
  },
  {
    row: 'F20',
    what: 'ten minutes of 502, 503 and 504 in each of four hours: nobody is signed out',
    scene: { lifeMs: LIFE },
    async run({ lookAway, wait, fails, lives }) {
      for (let i = 0; i < 4; i++) {
        await wait(50 * MINUTE)
        for (const status of [502, 503, 504, 502, 503]) {
          fails({ status })
          await wait(MINUTE)
          await lookAway()
          await wait(55 * SECOND)
        }
        fails()
      }
      return lives()
    },
  },
  {
    row: 'F22',
    what: 'ten tabs for four hours make at most half as many calls again as one',
    scene: { lifeMs: LIFE, tabs: 10 },
    async run(scene, another) {
      const counted = async ({ wait, calls }: Scene) => {
        await wait(MINUTE)
        const before = calls()
        await wait(4 * HOUR)
        return calls() - before
      }
      const [many, one] = [await counted(scene), await counted(await another({ lifeMs: LIFE }))]
      return (await scene.lives()) ?? (many > 1.5 * one ? `${String(many)} calls, and ${String(one)} of one tab` : undefined)
    },
  },
  {
    row: 'F26',
    what: 'a session of 30 days lives through a day with at most 20 calls an hour',
    scene: { lifeMs: 30 * DAY },
    async run({ wait, calls, lives }) {
      await wait(DAY)
      return (await lives()) ?? atMost(calls(), 20 * 24)
    },
  },
  {
    row: 'F28',
    what: 'every use of BroadcastChannel throws: four hours later the session lives',
    scene: { lifeMs: LIFE, tabs: 2, channel: 'throws' },
    async run({ wait, lives }) {
      await wait(4 * HOUR)
      return lives()
    },
  },
  {
    row: 'F29',
    what: 'a page comes back from the back/forward cache, and the session has ended meanwhile: told within ten seconds',
    scene: { lifeMs: LIFE },
    async run(scene) {
      const { tab, wait, revoke } = scene
      await wait(5 * MINUTE)
      tab.hide()
      tab.freeze()
      await wait(5 * MINUTE)
      revoke()
      await wait(5 * MINUTE)
      tab.resume()
      tab.show()
      return noticesWithin(scene, 10 * SECOND)
    },
  },
  {
    row: 'F31',
    what: 'extensions are granted and move nothing: at most 20 calls in the hour that is left',
    scene: { lifeMs: HOUR, limit: 'fixed' },
    async run({ wait, calls, lives }) {
      await wait(55 * MINUTE)
      return (await lives()) ?? atMost(calls(), 20)
    },
  },
]

/** What is wrong with a client in each failure, by its row; an empty word where nothing is. */
export type FieldResults = { readonly [row: string]: string }

export async function runField(client: Client): Promise<FieldResults> {
  const results: { [row: string]: string } = {}
  for (const { row, scene: options, run } of failures) {
    const opened: Scene[] = []
    const open = async (given: SceneOptions) => {
      const scene = await openScene(client, given)
      opened.push(scene)
      return scene
    }
    results[row] = (await run(await open(options), open)) ?? ''
    opened.forEach(({ close }) => close())
  }
  return results
}
