export { measureEvents } from './events'
export { measureViews } from './views'
