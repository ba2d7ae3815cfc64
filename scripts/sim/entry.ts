export { simulate } from '../../src/testing'
export { backends, backendsWithStepUp } from './backends'
export { limits, ports } from './ports'
