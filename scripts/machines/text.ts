// How much room a text needs, when no font can be asked. The widths are those of DejaVu Sans, the widest of the fonts
// that `system-ui` stands for, so that what fits here fits in each of them.

const perMille: Readonly<Record<string, number>> = {
  ' ': 318, '.': 318, ',': 318, ':': 337, ';': 337, "'": 275, '!': 401, '-': 361, '(': 390, ')': 390, '[': 390, ']': 390, '/': 337, '*': 500, '→': 838, '·': 318, '…': 1000,
  a: 613, b: 635, c: 550, d: 635, e: 616, f: 352, g: 635, h: 634, i: 278, j: 278, k: 579, l: 278, m: 974, n: 634, o: 612, p: 635, q: 635, r: 412, s: 521, t: 393, u: 634, v: 592, w: 818, x: 592, y: 592, z: 525,
  I: 295, J: 295, L: 557, F: 576, P: 604, T: 611, E: 632, S: 635, M: 863, W: 989, O: 788, Q: 788, G: 775, D: 770,
}
/** Any other capital, and any other sign. */
const [CAPITAL, OTHER] = [755, 640]
const BOLDER = 1.13

/** What a text is written in: pixels of its size and height of its line. */
export interface Face {
  readonly size: number
  readonly line: number
  readonly isBold?: boolean
}

export const faces = {
  machine: { size: 20, line: 26, isBold: true },
  group: { size: 16, line: 21, isBold: true },
  name: { size: 13.5, line: 18, isBold: true },
  text: { size: 11.5, line: 15 },
  label: { size: 11, line: 14 },
} as const satisfies Record<string, Face>

export function widthOf(text: string, { size, isBold = false }: Face): number {
  const sum = [...text].reduce((total, sign) => total + (perMille[sign] ?? (/\p{Lu}/u.test(sign) ? CAPITAL : OTHER)), 0)
  return Math.ceil((sum / 1000) * size * (isBold ? BOLDER : 1))
}

export const widest = (lines: readonly string[], face: Face): number => Math.max(0, ...lines.map((line) => widthOf(line, face)))

/** Breaks at spaces, into lines of nearly the same width. */
export function wrap(text: string, width: number, face: Face): string[] {
  const fill = (limit: number) =>
    text.split(' ').reduce<string[]>((lines, word) => {
      const longer = lines.length > 0 ? `${lines.at(-1) ?? ''} ${word}` : word
      return lines.length > 0 && widthOf(longer, face) <= limit ? [...lines.slice(0, -1), longer] : [...lines, word]
    }, [])
  const greedy = fill(width)
  for (let limit = Math.ceil(widthOf(text, face) / greedy.length); limit < width; limit += 4) {
    const even = fill(limit)
    if (even.length === greedy.length) return even
  }
  return greedy
}

/** Pixels; a longer line of a label is broken before its condition. */
const LABEL_WIDTH = 122

/** Breaks after a comma or before a condition, never within one. */
const broken = (line: string, width: number) =>
  line.split(/(?<=,) | (?=\[)/).reduce<string[]>((lines, piece) => {
    const longer = `${lines.at(-1) ?? ''} ${piece}`
    return lines.length > 0 && widthOf(longer, faces.label) <= width ? [...lines.slice(0, -1), longer] : [...lines, piece]
  }, [])

/** The lines of a label one below the other. */
export const stack = (lines: readonly string[]): string[] => lines.flatMap((line) => broken(line, LABEL_WIDTH))

/** The lines of a label side by side, as far as the width goes. */
export const fold = (lines: readonly string[], width: number): string[] =>
  lines
    .flatMap((line) => broken(line, width))
    .reduce<string[]>((folded, line) => {
      const last = folded.at(-1)
      const longer = last?.endsWith(',') || line.startsWith('[') ? `${last ?? ''} ${line}` : `${last ?? ''}, ${line}`
      return last !== undefined && widthOf(longer, faces.label) <= width ? [...folded.slice(0, -1), longer] : [...folded, line]
    }, [])
