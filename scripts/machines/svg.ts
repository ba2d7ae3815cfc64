import { type Drawing, type Edge } from './drawn'
import { type Arrow, type Box, CARD, GROUP, headerOf, LABEL, type Point, textOf } from './inner'
import { type Layout, LEGEND, nameIn, PAGE } from './layout'
import { type Chart, contains, lineage, type State } from './read'
import { type Face, faces } from './text'

// The picture. It brings its own paper, so that it is the same on any page, and both of its colour schemes.

/** One hue for each top-level state, in their order. */
const HUES = [258, 156, 212, 350, 34, 186]

/** Of the reader's system, whatever it is; none is wider than what was measured. */
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
export const round = (value: number): number => Math.round(value * 10) / 10
const at = (value: number) => String(round(value))
const font = ({ size, isBold }: Face & { isBold?: boolean }) => `font-size: ${String(size)}px${isBold ? '; font-weight: 650' : ''}`

const style = `
.statechart { --paper: #fff; --card: #fff; --ink: #1d2330; --soft: #566074; --plain: #7b8496; --frame: #dfe3ea; --group-s: 62%; --group-l: 96.5%; --rim-s: 42%; --rim-l: 78%; --name-s: 60%; --name-l: 33%; --arrow-s: 40%; --arrow-l: 52%; font-family: ${FONT} }
@media (prefers-color-scheme: dark) {
  .statechart { --paper: #0d1117; --card: #1a202b; --ink: #e8ecf3; --soft: #a3adbd; --plain: #8a94a6; --frame: #2b323d; --group-s: 30%; --group-l: 12%; --rim-s: 28%; --rim-l: 31%; --name-s: 65%; --name-l: 79%; --arrow-s: 36%; --arrow-l: 60% }
}
${HUES.map((hue, i) => `.statechart .hue-${String(i)} { --hue: ${String(hue)} }`).join('\n')}
.statechart .hue { --group: hsl(var(--hue) var(--group-s) var(--group-l)); --rim: hsl(var(--hue) var(--rim-s) var(--rim-l)); --name: hsl(var(--hue) var(--name-s) var(--name-l)); --arrow: hsl(var(--hue) var(--arrow-s) var(--arrow-l)) }
.statechart .plain { --group: var(--paper); --rim: var(--plain); --name: var(--ink); --arrow: var(--plain) }
.statechart text { fill: var(--soft); ${font(faces.text)} }
.statechart .paper { fill: var(--paper); stroke: var(--frame) }
.statechart .group > rect { fill: var(--group); stroke: var(--rim); stroke-width: 1.5 }
.statechart .card > rect { fill: var(--card); stroke: var(--rim) }
.statechart .junction > rect { fill: var(--arrow) }
.statechart .machine-name { fill: var(--ink); ${font(faces.machine)} }
.statechart .group-name { fill: var(--name); ${font(faces.group)} }
.statechart .card-name { fill: var(--ink); ${font(faces.name)} }
.statechart .way { fill: none; stroke: var(--arrow); stroke-width: 1.5 }
.statechart .head, .statechart .dot { fill: var(--arrow) }
.statechart .plate { fill: var(--card); stroke: var(--rim); stroke-width: .75 }
.statechart .label { fill: var(--ink); ${font(faces.label)} }
.statechart .legend > rect { fill: none; stroke: var(--rim); stroke-dasharray: 3 3 }
.statechart .legend-name { fill: var(--name); ${font(faces.label)}; font-weight: 650 }`

const rect = ({ x, y, width, height }: Box, radius: number, name?: string) => `<rect${name === undefined ? '' : ` class="${name}"`} x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${at(height)}" rx="${String(radius)}"/>`

/** Lines of text; the first one's top is at `y`. */
const text = (lines: readonly string[], x: number, y: number, face: Face, name?: string, anchor?: 'middle') =>
  lines.map((line, i) => `<text${name === undefined ? '' : ` class="${name}"`} x="${at(x)}" y="${at(y + i * face.line + (face.line + face.size * 0.72) / 2)}"${anchor ? ` text-anchor="${anchor}"` : ''}>${escape(line)}</text>`).join('')

const RADIUS = 7

/** Right angles, softened. */
function path(points: readonly Point[]): string {
  const steps = points.map(([x, y], i) => {
    const [before, after] = [points[i - 1], points[i + 1]]
    if (!before || !after) return `${i === 0 ? 'M' : 'L'}${at(x)} ${at(y)}`
    const towards = ([px, py]: Point): Point => {
      const length = Math.hypot(px - x, py - y)
      const share = length === 0 ? 0 : Math.min(RADIUS, length / 2) / length
      return [x + (px - x) * share, y + (py - y) * share]
    }
    const [[ax, ay], [bx, by]] = [towards(before), towards(after)]
    return `L${at(ax)} ${at(ay)}Q${at(x)} ${at(y)} ${at(bx)} ${at(by)}`
  })
  return steps.join('')
}

function head(points: readonly Point[]): string {
  const [[px, py] = [0, 0], [x, y] = [0, 0]] = points.slice(-2)
  const length = Math.hypot(x - px, y - py) || 1
  const [dx, dy] = [(x - px) / length, (y - py) / length]
  const wing = (side: number) => `${at(x - dx * 8.5 - dy * 4.2 * side)} ${at(y - dy * 8.5 + dx * 4.2 * side)}`
  return `<path class="head" d="M${at(x)} ${at(y)}L${wing(1)}L${wing(-1)}Z"/>`
}

const way = (points: readonly Point[]) => `<path class="way" d="${path(points)}"/>${head(points)}`

const label = ({ label: box, lines }: Arrow) => (box ? rect(box, 6, 'plate') + text(lines, box.x + box.width / 2, box.y + LABEL.padY, faces.label, 'label', 'middle') : '')

export function svgOf(chart: Chart, drawing: Drawing, layout: Layout): string {
  const { width, height, boxes, arrows, entries, legend } = layout
  const boxOf = (id: string): Box => boxes.get(id) ?? { x: 0, y: 0, width: 0, height: 0 }
  const hueOf = (id: string) => {
    const top = lineage(chart, id).at(-2)
    return top ? `hue hue-${String(chart.root.children.indexOf(top.id) % HUES.length)}` : 'plain'
  }
  const open = (state: State, kind: string) => `<g class="${kind} ${hueOf(state.id)}" data-state="${state.id}"><title>${escape([state.name, state.description].filter(Boolean).join(': '))}</title>`

  const group = (state: State) => {
    const box = boxOf(state.id)
    const { lines, height: headerHeight } = headerOf(state, box.width - 2 * GROUP.padX)
    const top = box.y + headerHeight - lines.length * faces.text.line
    return `${open(state, 'group')}${rect(box, 14)}${text([state.name], box.x + GROUP.padX, top - faces.group.line, faces.group, 'group-name')}${text(lines, box.x + GROUP.padX, top, faces.text)}</g>`
  }
  const leaf = (state: State) => {
    const box = boxOf(state.id)
    if (state.isPassing) return `${open(state, 'junction')}${rect(box, 5)}</g>`
    const top = box.y + CARD.padTop
    return `${open(state, 'card')}${rect(box, 8)}${text([state.name], box.x + CARD.padX, top, faces.name, 'card-name')}${text(textOf(state, CARD.textWidth), box.x + CARD.padX, top + faces.name.line, faces.text)}</g>`
  }
  const arrow = ({ id, source, target }: Edge) => {
    const drawn = arrows.get(id)
    if (!drawn) return ''
    // From a border inwards: without its dot it would seem to come from further outside.
    const [[x, y] = [0, 0]] = drawn.points
    const dot = source !== chart.id && source !== target && contains(chart, source, target) ? `<circle class="dot" cx="${at(x)}" cy="${at(y)}" r="3.5"/>` : ''
    return `<g class="arrow ${hueOf(source)}" data-transition="${id}">${way(drawn.points)}${dot}${label(drawn)}</g>`
  }
  const entry = (id: string) => {
    const drawn = entries.get(id)
    const dot = layout.dots.get(id)
    return drawn && dot ? `<g class="entry ${hueOf(id)}"><circle class="dot" cx="${at(dot.x + dot.width / 2)}" cy="${at(dot.y + dot.height / 2)}" r="${at(dot.width / 2)}"/>${way(drawn.points)}</g>` : ''
  }
  const machine = () => {
    const { lines, height: headerHeight } = headerOf(chart.root, 0)
    const top = PAGE.padTop + headerHeight - lines.length * faces.text.line
    return `<g class="machine plain" data-state="${chart.id}">${text([chart.root.name], PAGE.padX, top - faces.machine.line, faces.machine, 'machine-name')}${text(lines, PAGE.padX, top, faces.text)}</g>`
  }
  const anywhere = () => {
    if (!legend) return ''
    const left = legend.x + LEGEND.pad
    const rows = legend.rows.map(({ target, lines, y }) => {
      const name = `→ ${nameIn(chart, target)}`
      return `<g class="${hueOf(target)}" data-transition="${chart.id}:${target}">${text([name], left, legend.y + y, faces.label, 'legend-name')}${text(lines, left + legend.nameWidth, legend.y + y, faces.label, 'label')}</g>`
    })
    return `<g class="legend plain">${rect(legend, 10)}${text([LEGEND.title], left, legend.y + LEGEND.pad, faces.name, 'card-name')}${rows.join('\n')}</g>`
  }

  const states = [...chart.states.values()]
  const parents = states.filter(({ id, children }) => id !== chart.id && children.length > 0)
  const told = states.filter(({ id, isPassing }) => id !== chart.id && !isPassing).map(({ id, description }) => `${nameIn(chart, id)}: ${description}`)
  return `<svg xmlns="http://www.w3.org/2000/svg" class="statechart" width="${at(width)}" height="${at(height)}" viewBox="0 0 ${at(width)} ${at(height)}" role="img" aria-labelledby="${chart.id}-title ${chart.id}-desc">
<title id="${chart.id}-title">${escape(`The statechart "${chart.id}". ${chart.root.description}`)}</title>
<desc id="${chart.id}-desc">${escape(told.join(' '))}</desc>
<style>${style}
</style>
${rect({ x: 0.5, y: 0.5, width: width - 1, height: height - 1 }, 16, 'paper')}
${[machine(), anywhere(), ...parents.map(group), ...[...entries.keys()].map(entry), ...drawing.edges.map(arrow), ...states.filter(({ children }) => children.length === 0).map(leaf)].filter(Boolean).join('\n')}
</svg>
`
}
