export { simulate } from '../../src/testing'
export { backends } from './backends'
export { limits, ports } from './ports'
