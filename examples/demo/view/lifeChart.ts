import type { SessionView } from 'outlast'
import { byId, make } from './dom'

/** What is drawn, in seconds around now. */
const PAST_S = 90
const AHEAD_S = 30
const WIDTH = PAST_S + AHEAD_S
const HEIGHT = 100
/** The moment before the first sign-in is too narrow for a word. */
const WORTH_A_WORD_MS = 1_000
/** Room above a full life, for the words. */
const HEADROOM = 0.2

interface Span {
  readonly from: number
  to: number | undefined
}

interface Stretch extends Span {
  readonly expiresAt: number | undefined
  readonly kind: 'sure' | 'unsure' | 'out'
}

interface Fault extends Span {
  readonly name: string
}

type Shape = readonly [tag: 'line' | 'polyline' | 'polygon' | 'rect', className: string, attributes: Record<string, number | string>]

/** The time that is left, as it was, is, and will be: it falls evenly, and an extension lifts it. */
export function createLifeChart() {
  const plot = byId<SVGSVGElement>('plot')
  const marks = byId('marks')
  let stretches: Stretch[] = []
  let faults: Fault[] = []
  let troubled = false
  let extensions: { at: number; expiresAt: number }[] = []

  function draw(now: number, lifeMs: number, plannedAt: number | undefined): void {
    const x = (at: number) => PAST_S + (at - now) / 1000
    const y = (leftMs: number) => HEIGHT - (Math.max(0, leftMs) / lifeMs) * HEIGHT * (1 - HEADROOM)
    const oldest = now - PAST_S * 1000
    const inView = ({ to }: Span) => (to ?? now) > oldest
    stretches = stretches.filter(inView)
    faults = faults.filter(inView)
    extensions = extensions.filter(({ at }) => at > oldest)

    const shapes: Shape[] = []
    const words: HTMLElement[] = []
    const band = (span: Span, className: string) =>
      shapes.push(['rect', className, { x: x(span.from), y: 0, width: Math.max(0, x(span.to ?? now) - x(span.from)), height: HEIGHT }])
    const mark = (at: number, leftMs: number, className: string) => words.push(place('', `dot ${className}`, x(at), y(leftMs)))

    for (const fault of faults) {
      band(fault, 'fault')
      words.push(place(fault.name, 'word', Math.max(0, x(fault.from))))
    }
    for (const leftShare of [0.5, 1]) {
      const height = y(leftShare * lifeMs)
      shapes.push(['line', 'grid', { x1: 0, x2: WIDTH, y1: height, y2: height }])
      words.push(place(`${((leftShare * lifeMs) / 1000).toFixed(0)} s`, 'scale', 0, height))
    }
    let before: number | undefined
    for (const stretch of stretches) {
      if (stretch.kind === 'out') {
        band(stretch, 'out')
        const wide = (stretch.to ?? now) - stretch.from > WORTH_A_WORD_MS
        if (wide) words.push(place('Signed out', 'word out', Math.max(0, x(stretch.from))))
      }
      if (before !== undefined && stretch.expiresAt !== undefined) {
        const steps = [before, stretch.expiresAt].map(end => point(x(stretch.from), y(end - stretch.from)))
        shapes.push(['polyline', 'lift', { points: steps.join(' ') }])
      }
      before = stretch.expiresAt
      if (stretch.expiresAt === undefined) continue
      const { from, to = now, expiresAt } = stretch
      const line = `${point(x(from), y(expiresAt - from))} ${point(x(to), y(expiresAt - to))}`
      shapes.push(['polygon', 'area', { points: `${line} ${point(x(to), HEIGHT)} ${point(x(from), HEIGHT)}` }])
      shapes.push(['polyline', stretch.kind, { points: line }])
    }
    shapes.push(['line', 'today', { x1: PAST_S, x2: PAST_S, y1: 0, y2: HEIGHT }])

    const expiresAt = stretches.at(-1)?.expiresAt
    if (expiresAt !== undefined && expiresAt > now) {
      const until = Math.max(now, plannedAt ?? expiresAt)
      const ahead = [point(PAST_S, y(expiresAt - now)), point(x(until), y(expiresAt - until))]
      // What an extension would bring; while they fail, nothing is promised.
      if (plannedAt !== undefined && !troubled) ahead.push(point(x(until), y(lifeMs)), point(x(until + lifeMs), HEIGHT))
      shapes.push(['polyline', 'ahead', { points: ahead.join(' ') }])
      if (plannedAt !== undefined && x(plannedAt) < WIDTH) mark(plannedAt, expiresAt - plannedAt, 'planned')
    }
    for (const { at, expiresAt: end } of extensions) mark(at, end - at, '')
    plot.replaceChildren(...shapes.map(svg))
    marks.replaceChildren(...words)
  }

  return {
    draw,
    /** Begins a new stretch, unless nothing that is drawn has changed. */
    show({ signedIn, certain, expiresAt, problem }: SessionView, now: number): void {
      troubled = problem !== undefined
      const kind = signedIn === false ? 'out' : certain ? 'sure' : 'unsure'
      const end = kind === 'out' ? undefined : expiresAt
      const last = stretches.at(-1)
      if (last?.kind === kind && last.expiresAt === end) return
      if (last !== undefined) last.to = now
      stretches.push({ from: now, to: undefined, expiresAt: end, kind })
    },
    extended: (at: number, expiresAt: number | undefined): void => {
      if (expiresAt !== undefined) extensions.push({ at, expiresAt })
    },
    /** The fault that begins now, or none; the one before ends. */
    broken(name: string | undefined, now: number): void {
      const last = faults.at(-1)
      if (last !== undefined) last.to ??= now
      if (name !== undefined) faults.push({ from: now, to: undefined, name })
    },
  }
}

const point = (x: number, y: number): string => `${x.toFixed(2)},${y.toFixed(2)}`

function svg([tag, className, attributes]: Shape): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag)
  element.setAttribute('class', className)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value))
  return element
}

/** Words and dots are HTML, so that they keep their shape while the plot is stretched. */
function place(text: string, className: string, x: number, y?: number): HTMLElement {
  const element = make('span', text)
  element.className = className
  element.style.left = `${String((x / WIDTH) * 100)}%`
  if (y !== undefined) element.style.top = `${String(y)}%`
  return element
}
