// Browsers have it, and Node from version 22 on.
if (!('withResolvers' in Promise)) {
  const withResolvers = () => {
    let resolve: unknown
    let reject: unknown
    const promise = new Promise((yes, no) => {
      resolve = yes
      reject = no
    })
    return { promise, resolve, reject }
  }
  Object.assign(Promise, { withResolvers })
}
