import { parseArgs } from 'node:util'
import { races, worlds } from './rotation/entry'
import type { Races } from './rotation/race'

// `npm run sim:rotation [-- --runs N] [-- --seed S]`: random lives of two tabs with the refresh tokens of `outlast/oidc`, in each of three
// worlds. Fails when a family of tokens is revoked, or somebody signed out for another reason than a token in doubt.

const { values } = parseArgs({ options: { runs: { type: 'string' }, seed: { type: 'string' } } })
const [runs, from] = [Number(values.runs ?? 1_000), Number(values.seed ?? 1)]
if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(from)) throw new Error('--runs is a number of lives, and --seed that of the first')

const lived: Races[] = []
for (const world of [worlds.strict, worlds.quiet, worlds.patient]) lived.push(await races({ from, runs }, world))

const row = (name: string, ...cells: readonly (string | number)[]) => console.log(name.padEnd(44) + cells.map((cell) => cell.toLocaleString('en').padStart(12)).join(''))
row('a refresh token may be used', 'once', 'once', 'for 60 s')
row('the network', 'bad', 'slow, gone', 'bad')
row('lives of two hours', ...lived.map(({ total }) => total.runs))
row('tokens exchanged', ...lived.map(({ total }) => total.exchanged))
row('  whose answer was lost', ...lived.map(({ total }) => total.lost))
row('tokens left in doubt', ...lived.map(({ total }) => total.inDoubt))
row('tokens used more than once', ...lived.map(({ total }) => total.repeated))
row('lives in which somebody signs in again', ...lived.map(({ total }) => total.ended))
row('  and not for a token in doubt', ...lived.map(({ unexplained }) => unexplained.length))
row('families revoked', ...lived.map(({ total }) => total.revoked))

const seeds = [...new Set(lived.flatMap(({ failed }) => failed))]
if (seeds.length > 0) console.log(`\nTo see them again: --runs 1 --seed ${seeds.join(', ')}`)
process.exitCode = seeds.length > 0 ? 1 : 0
