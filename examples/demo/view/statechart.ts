import layout from '../../../machines/session.layout.json'
import picture from '../../../machines/session.svg?raw'
import { byId } from './dom'
import { chainOf, pathOf } from './path'

/** What is marked in the picture; everything else in it is as it was drawn. */
const marks = `
  svg { display: block; width: 100%; height: 100% }
  .paper { visibility: hidden }
  .card > rect, .group > rect { transition: fill 0.25s, stroke 0.25s }
  .group.active > rect { stroke: var(--name); stroke-width: 2.5 }
  .card.active > rect { fill: var(--name); stroke: var(--name) }
  .card.active text { fill: var(--card) }
  .taken .way { stroke: var(--name); stroke-width: 3.5 }
  .taken .head, .taken .dot { fill: var(--name) }
  .taken .plate { fill: var(--group); stroke: var(--name); stroke-width: 2 }
  .legend .taken .label { font-weight: 650; fill: var(--name) }
  @media (prefers-reduced-motion: reduce) { * { transition: none !important } }
`

interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

const whole: Box = { x: 0, y: 0, width: layout.width, height: layout.height }
const MARGIN = 28
/** How long a state that was left stays in the picture, milliseconds. */
const LINGER_MS = 4_000
const PAN_MS = 450

const boxOf = (id: string): Box => layout.states.find(state => state.id === id) ?? whole

/** The statechart, alive: where the session is, how it came there, and a camera that follows. */
export function createStatechart() {
  const host = byId('statechart')
  // Its styles are its own.
  const root = host.attachShadow({ mode: 'open' })
  const svg = document.importNode(new DOMParser().parseFromString(picture, 'image/svg+xml').documentElement, true) as Element as SVGSVGElement
  const style = document.createElement('style')
  style.textContent = marks
  root.append(svg, style)
  svg.querySelectorAll('title').forEach(title => title.remove())
  const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches

  let state = ''
  let visited: { readonly id: string; readonly at: number }[] = []
  let isWhole = false
  let view = whole
  let panning = 0

  function look(at: Box): void {
    cancelAnimationFrame(panning)
    const [from, begun] = [view, performance.now()]
    const step = (now: number) => {
      // The first frame may have begun before this was called.
      const share = isStill ? 1 : Math.min(1, Math.max(0, now - begun) / PAN_MS)
      const eased = 1 - (1 - share) ** 3
      const between = (key: keyof Box) => from[key] + (at[key] - from[key]) * eased
      view = { x: between('x'), y: between('y'), width: between('width'), height: between('height') }
      svg.setAttribute('viewBox', [view.x, view.y, view.width, view.height].map(value => value.toFixed(1)).join(' '))
      if (share < 1) panning = requestAnimationFrame(step)
    }
    step(begun)
  }

  /** Where to look: at where the session is, and for a while at where it was. */
  function follow(now: number): void {
    visited = visited.filter(({ at }, index) => index === visited.length - 1 || now - at < LINGER_MS)
    look(isWhole ? whole : around(visited.map(({ id }) => boxOf(id))))
  }

  function mark(className: string, attribute: string, ids: readonly string[]): void {
    svg.querySelectorAll(`.${className}`).forEach(element => element.classList.remove(className))
    for (const id of ids) svg.querySelector(`[${attribute}="${CSS.escape(id)}"]`)?.classList.add(className)
  }

  const toggle = byId<HTMLButtonElement>('whole-chart')
  toggle.addEventListener('click', () => {
    isWhole = !isWhole
    toggle.setAttribute('aria-pressed', String(isWhole))
    follow(Date.now())
  })

  return {
    moved(event: string, to: string, now: number): void {
      const path = state === '' || event === 'xstate.init' ? [] : pathOf(state, event, to)
      const top = chainOf(`session.${to}`)[1] ?? ''
      state = to
      host.dataset['state'] = to
      host.dataset['path'] = path.join(' ')
      mark('active', 'data-state', chainOf(`session.${to}`).slice(0, 2))
      mark('taken', 'data-transition', path)
      visited = [...visited.filter(({ id }) => id !== top), { id: top, at: now }]
      follow(now)
    },
    /** What was left long ago leaves the picture. */
    tick(now: number): void {
      const [oldest] = visited
      if (visited.length > 1 && oldest && now - oldest.at >= LINGER_MS) follow(now)
    },
  }
}

function around(boxes: readonly Box[]): Box {
  const x = Math.min(...boxes.map(box => box.x)) - MARGIN
  const y = Math.min(...boxes.map(box => box.y)) - MARGIN
  const right = Math.max(...boxes.map(box => box.x + box.width)) + MARGIN
  const bottom = Math.max(...boxes.map(box => box.y + box.height)) + MARGIN
  return { x, y, width: right - x, height: bottom - y }
}
