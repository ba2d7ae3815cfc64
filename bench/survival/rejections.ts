/** The pages by the prototype of their promises. */
const pages = new WeakMap<object, unknown[]>()
let listens = false

/** Keeps what a promise of a page was rejected with while nobody listened: Node would end, a browser prints it. */
export function ownRejections(prototype: object, errors: unknown[]) {
  pages.set(prototype, errors)
  if (!listens) process.on('unhandledRejection', keep)
  listens = true
}

function keep(reason: unknown, promise: Promise<unknown>) {
  const errors = pages.get(Object.getPrototypeOf(promise) as object)
  if (errors) errors.push(reason)
  // As without a listener.
  else throw reason
}
