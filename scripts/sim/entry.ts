export { simulate } from '../../src/testing'
export { backends } from './backends'
export { ports } from './ports'
