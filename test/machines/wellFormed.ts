/** Whether a text is one XML element with all its tags closed and its signs escaped. As much of XML as a picture uses. */
export function wellFormed(xml: string): boolean {
  const open: string[] = []
  let rest = xml.trim()
  while (rest !== '') {
    const [tag, close, name = '', attributes = '', single] = /^<(\/?)([A-Za-z][\w-]*)((?:\s+[\w:-]+="[^"<&]*(?:&(?:amp|lt|gt|quot);[^"<&]*)*")*)\s*(\/?)>/.exec(rest) ?? []
    const text = tag ?? /^(?:[^<&]|&(?:amp|lt|gt|quot);)+/.exec(rest)?.[0]
    if (text === undefined) return false
    const names = [...attributes.matchAll(/([\w:-]+)="/g)].map(([, attribute]) => attribute)
    if (new Set(names).size < names.length) return false
    if (tag !== undefined && close === '/' && open.pop() !== name) return false
    if (tag !== undefined && close === '' && single === '') open.push(name)
    rest = rest.slice(text.length)
    if (open.length === 0 && rest !== '') return false
  }
  return open.length === 0 && xml.trim().startsWith('<')
}
