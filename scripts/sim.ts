import { parseArgs } from 'node:util'
import { backendsWithStepUp as backends } from './sim/backends'
import { limits, ports } from './sim/ports'
import { storyOf } from './sim/story'
import { simulate, type SimulateOptions } from '../src/testing'

// `npm run sim -- [--decisions N] [--hours N] [--seed S] [--weather clear|mild|harsh|storm] [--alone] [--json]`: random
// worlds, in which the session runs as shipped; `--alone` for tabs that share nothing, where more of what happens are faults.

const { values } = parseArgs({
  options: { decisions: { type: 'string' }, hours: { type: 'string' }, seed: { type: 'string' }, weather: { type: 'string' }, alone: { type: 'boolean' }, json: { type: 'boolean' } },
})
const number = (text: string | undefined) => (text === undefined ? undefined : Number(text))

const report = await simulate({ seed: Number(values.seed ?? 1), decisions: number(values.decisions), hours: number(values.hours), weather: values.weather as SimulateOptions['weather'], backends, limits, ...(!values.alone && { ports }) })

if (values.json) console.log(JSON.stringify(report, null, 2))
else {
  const { seed, worlds, decisions, steps, virtualHours, calls, faults, acts, lost, unsurvivable, violations } = report
  const row = (name: string, value: string | number) => console.log(`${name.padEnd(28)}${typeof value === 'number' ? value.toLocaleString('en') : value}`)
  const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0)
  const table = (title: string, counts: Record<string, number>) => {
    console.log()
    row(title, sum(counts))
    for (const [name, count] of Object.entries(counts)) row(`  ${name}`, count)
  }
  row('seed', String(seed))
  row('worlds', worlds)
  row('decisions', decisions)
  row('steps', steps)
  row('virtual hours', virtualHours)
  row('sessions lost', lost)
  row('  that nobody could keep', unsurvivable)
  table('calls', calls)
  table('faults', faults)
  table('acts', acts)
  console.log()
  row('violations', violations.length)
  for (const violation of violations) console.log(storyOf(violation))
}
process.exitCode = report.violations.length > 0 ? 1 : 0
