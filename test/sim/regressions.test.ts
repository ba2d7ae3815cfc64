import { expect, it } from 'vitest'
import { simulate } from 'outlast/testing'
import { backends, backendsWithStepUp } from '../../scripts/sim/backends'
import { limits, ports } from '../../scripts/sim/ports'

/** Worlds in which a law was once broken, by Outlast or in the eyes of a witness who was wrong. */
const groups = [
  {
    where: 'in the world',
    options: { backends },
    worlds: [
      { seed: 1121, what: 'a call that broke at the wake took the only timer with it, and the sleep was forgotten' },
      { seed: 11, what: 'a slow answer made a fixed end waver, and that looked like an extension' },
      { seed: 1401181220, what: 'a page of a captive portal looked like an answer without a person' },
      { seed: 3541994912, what: 'around its end a session is asked again and again' },
      { seed: 2950288822, what: 'without an end, and without keep-alive, nobody asks' },
      { seed: 3428989599, what: 'an earlier call that never settles is waited for once' },
      { seed: 3063303127, what: 'a clock that is put right makes what was known wrong' },
      { seed: 1753545859, what: 'a rotated token used late ends the session' },
      { seed: 2950288812, what: 'a question that could not be asked, because an earlier one is lost' },
      { seed: 1936384588, what: 'a clock set back and a sleep of the same length cancel each other out' },
      { seed: 1903123948, what: 'two restarts at once, and one of them is never released' },
      { seed: 3213987688, what: 'a clock that is an hour wrong, and a server that does not tell the time' },
      { seed: 3269383882, what: 'after the last release nobody is to blame for an end' },
      { seed: 714613677, what: 'nobody extends for the last seconds before an absolute end' },
      { seed: 2285298484, what: 'a page of a captive portal was taken for a sign-in' },
      { seed: 1407289495, what: 'a clock that is set back doubles the patience that a server asked for' },
      { seed: 387294917, what: 'a sign-in that stays open outlasts a short session' },
      { seed: 292295933, what: 'a page of a captive portal counts as an extension, and brings no news' },
      { seed: 3076335696, what: 'many tabs at once, and one whose sign-in takes its time' },
      { seed: 671998885, what: 'a sign-in that stays open until the session is over' },
      { seed: 3767508645, what: 'two questions in one second, and dates in whole seconds' },
      { seed: 3587924845, what: 'the end of a session that another tab has signed out of' },
    ],
  },
  {
    where: 'among the tabs',
    options: { backends, ports, limits },
    worlds: [
      { seed: 3762573803, what: 'an export that waits for the end of an outage was forgotten by a sign-out, and lived on' },
      { seed: 3087896880, what: 'a tab that was answered while the store hung made an extension of its own' },
      { seed: 968285237, what: 'a sign-out of which nothing could be noted, before anybody was answered' },
    ],
  },
  {
    where: 'among the tabs, with a step-up,',
    options: { backends: backendsWithStepUp, ports, limits },
    worlds: [
      { seed: 3568131425, what: 'an extension that was answered after a younger question was forgotten' },
      { seed: 541464582, what: 'a sign-out in one tab, while somebody signs in in another' },
      { seed: 3743443387, what: 'a sign-out after the end, of which a tab that signs in has not heard' },
    ],
  },
  {
    where: 'in the storm, where tabs share nothing,',
    options: { backends: backendsWithStepUp, limits, weather: 'storm' },
    worlds: [
      { seed: 4129328624, what: 'somebody is active in a page of which the others hear nothing' },
      { seed: 1471795108, what: 'a hidden page whose last extension comes a minute late, and whose deadline another' },
      { seed: 910521303, what: 'a question that was answered while the page was frozen, and the deadline has passed since' },
      { seed: 3571421106, what: 'an extension of which another tab was first, and the new end was told with the next' },
      { seed: 98582850, what: 'somebody is active in the very moment in which an idle limit falls due' },
      { seed: 1036231513, what: 'a sign-in whose cookie is on its way while another tab is told that nobody is there' },
    ],
  },
] as const

it.each(groups.flatMap(({ where, options, worlds }) => worlds.map((world) => ({ ...world, where, options }))))('no law is broken $where of seed $seed: $what', async ({ seed, options }) => {
  const { violations } = await simulate({ seed, decisions: 5_000, ...options })
  expect(violations).toEqual([])
})
