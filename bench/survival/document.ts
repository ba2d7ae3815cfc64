import type { Tab } from '../../src/testing'
import { createTarget } from './target'

/** As much of a document as React needs for components that show nothing, and libraries for its visibility. */
export function createDocument(tab: Tab, guard: (run: () => unknown) => void) {
  const isHidden = () => tab.signals.isHidden()
  const createElement = (name: string) => ({
    ...createTarget(guard),
    nodeType: 1,
    nodeName: name.toUpperCase(),
    tagName: name.toUpperCase(),
    namespaceURI: 'http://www.w3.org/1999/xhtml',
    ownerDocument: document,
    childNodes: [],
    style: {},
    setAttribute() {},
    appendChild: <T>(child: T) => child,
    removeChild: <T>(child: T) => child,
    textContent: '',
  })
  const document = {
    ...createTarget(guard),
    nodeType: 9,
    nodeName: '#document',
    readyState: 'complete',
    cookie: '',
    referrer: '',
    activeElement: null,
    get hidden() {
      return isHidden()
    },
    get visibilityState() {
      return isHidden() ? 'hidden' : 'visible'
    },
    hasFocus: () => !isHidden(),
    createElement,
    documentElement: undefined as unknown,
    head: undefined as unknown,
    body: undefined as unknown,
    querySelector: () => null,
    querySelectorAll: () => [],
    getElementsByTagName: () => [],
    getElementById: () => null,
  }
  for (const name of ['head', 'body', 'documentElement'] as const) document[name] = createElement(name === 'documentElement' ? 'html' : name)
  return document
}
