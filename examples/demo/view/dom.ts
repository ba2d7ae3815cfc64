/** The element that index.html has under this id. */
export function byId<T extends Element = HTMLElement>(id: string): T {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`index.html has no #${id}`)
  return element as Element as T
}

/** A new element; text goes in as text, never as markup. */
export function make<K extends keyof HTMLElementTagNameMap>(tag: K, text?: string, children: readonly Node[] = []): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  if (text !== undefined) element.textContent = text
  element.append(...children)
  return element
}

/** Touches the page only where something changed, so that a live region speaks only when there is news. */
export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text
}

export const clockTime = (at: number): string => new Date(at).toLocaleTimeString('en-GB')
