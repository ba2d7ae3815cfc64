import { simulate } from '../src/testing'
import { backendsWithStepUp } from './sim/backends'
import { limits } from './sim/ports'
  const { violations } = await simulate({ seed: 3571421106, decisions: 900, backends: backendsWithStepUp, limits, weather: 'storm' } as never)
  console.log(violations.map((v) => [v.law, v.what, v.seed]))
