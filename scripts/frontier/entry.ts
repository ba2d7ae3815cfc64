export { clients, outlast } from './clients'
export { runCell } from './days'
export { runHerd } from './herd'
