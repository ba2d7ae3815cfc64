import type { Tab } from '../../src/testing'

type Handler = ((event: object) => unknown) | null

/** As much of `XMLHttpRequest` as axios uses: an asynchronous request for text, with a time limit. */
export function createXmlHttpRequest({ platform }: Tab, fetch: typeof globalThis.fetch, guard: (run: () => unknown) => void) {
  return class XMLHttpRequest {
    onloadend: Handler = null
    onerror: Handler = null
    ontimeout: Handler = null
    onabort: Handler = null
    readyState = 0
    status = 0
    statusText = ''
    responseText = ''
    responseURL = ''
    response = ''
    responseType = ''
    timeout = 0
    withCredentials = false
    readonly upload = undefined
    #method = 'GET'
    #url = ''
    #sent = new Headers()
    #received = new Headers()
    #abort = new AbortController()

    open(method: string, url: string) {
      this.#method = method
      this.#url = url
      this.readyState = 1
    }
    setRequestHeader(name: string, value: string) {
      this.#sent.append(name, value)
    }
    getAllResponseHeaders() {
      return [...this.#received].map(([name, value]) => `${name}: ${value}\r\n`).join('')
    }
    send(body: string | null = null) {
      const timer = this.timeout > 0 ? platform.setTimeout(() => this.#end('ontimeout'), this.timeout) : undefined
      const { signal } = this.#abort
      void fetch(this.#url, { method: this.#method, headers: this.#sent, body, signal })
        .then(async (answer) => {
          const text = await answer.text()
          if (signal.aborted) return
          this.responseText = this.response = text
          this.#received = answer.headers
          this.status = answer.status
          this.statusText = answer.statusText
          this.responseURL = this.#url
          this.#end('onloadend')
        })
        .catch(() => this.#end('onerror'))
        .finally(() => timer !== undefined && platform.clearTimeout(timer))
    }
    abort() {
      this.#end('onabort')
    }
    #end(how: 'onloadend' | 'onerror' | 'ontimeout' | 'onabort') {
      if (this.readyState === 4) return
      this.readyState = 4
      guard(() => this[how]?.({ type: how.slice(2) }))
      // Whoever waits for the end of it all hears of that as well.
      if (how !== 'onloadend') guard(() => this.onloadend?.({ type: 'loadend' }))
      this.#abort.abort()
    }
  }
}
