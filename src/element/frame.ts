import type { Prompt, PromptKind } from './promptFor'
import type { PromptTexts } from './texts'

/** What a dialog of a kind says and offers. */
interface Wording {
  readonly title: keyof PromptTexts
  readonly text: keyof PromptTexts
  readonly primary: keyof PromptTexts
  readonly secondary: keyof PromptTexts
}

const onlySignIn = { primary: 'signIn', secondary: 'notNow' } as const
const wordings: Record<Exclude<PromptKind, 'ended'>, Wording> = {
  idle: { title: 'idleTitle', text: 'idleText', primary: 'stay', secondary: 'signOut' },
  deadline: { title: 'endTitle', text: 'deadlineText', primary: 'stay', secondary: 'signOut' },
  limit: { title: 'endTitle', text: 'limitText', ...onlySignIn },
  final: { title: 'endTitle', text: 'deadlineText', ...onlySignIn },
}

/** Whether somebody can stay by saying so. */
export const canStay = (kind: PromptKind) => kind === 'idle' || kind === 'deadline'

export const wordingOf = ({ kind }: Prompt, reason: keyof PromptTexts): Wording =>
  kind === 'ended' ? { title: 'endedTitle', text: reason, ...onlySignIn } : wordings[kind]

/** Only where something changed: a live region speaks when it is touched. */
export function say(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text
}

function make<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Readonly<Record<string, string>>, ...children: (Node | string)[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children)
  return element
}

export type Frame = ReturnType<typeof createFrame>

/** The elements of the prompt, without a word in them; no markup made of strings, for strict policies. */
export function createFrame(root: ShadowRoot) {
  const title = make('slot', {})
  const heading = make('h2', { id: 'title', part: 'title', tabindex: '-1' }, title)
  const before = document.createTextNode('')
  const time = make('span', { part: 'time', class: 'time', role: 'timer' })
  const after = document.createTextNode('')
  const hint = make('p', { part: 'hint', class: 'hint' })
  const extra = make('slot', {})
  const primary = make('button', { part: 'button primary', class: 'primary', type: 'button' })
  const secondary = make('button', { part: 'button', type: 'button' })
  /** Inside, because everything outside of a modal dialog is silent. */
  const said = make('p', { class: 'unseen', role: 'status' })
  const panel = make(
    'div',
    { part: 'panel', class: 'panel' },
    heading,
    make('div', { id: 'text' }, make('p', { part: 'text' }, before, time, after), hint, extra),
    make('div', { part: 'actions', class: 'actions' }, primary, secondary),
    said,
  )
  const dialog = make('dialog', { 'aria-labelledby': 'title', 'aria-describedby': 'text' }, panel)
  const unreachable = make('slot', { name: 'unreachable' })
  const strip = make('div', { part: 'strip', class: 'strip', hidden: '' }, unreachable)
  root.append(make('div', { class: 'status', role: 'status' }, strip), dialog)

  return {
    dialog,
    panel,
    primary,
    secondary,
    time,
    said,

    /** Fills the dialog, which is opened and closed by whoever calls. */
    fill(prompt: Prompt, reason: keyof PromptTexts, texts: PromptTexts, problem: keyof PromptTexts | undefined): void {
      const words = wordingOf(prompt, reason)
      const place = prompt.endsAt === undefined ? 'ended' : 'warning'
      const [start = '', end] = texts[words.text].split('{time}')
      dialog.setAttribute('part', `dialog ${place}`)
      title.name = `${place}-title`
      extra.name = place
      say(title, texts[words.title])
      say(before, start)
      say(after, end ?? '')
      time.hidden = end === undefined || prompt.endsAt === undefined
      say(hint, problem ? texts[problem] : '')
      hint.hidden = !problem
      say(primary, texts[words.primary])
      say(secondary, texts[words.secondary])
      // Where no button is safe from a key that was meant for the page, the focus is on none of them.
      primary.autofocus = canStay(prompt.kind)
      heading.autofocus = !primary.autofocus
    },

    showStrip(isShown: boolean, texts: PromptTexts): void {
      strip.hidden = !isShown
      say(unreachable, isShown ? texts.unreachable : '')
    },
  }
}
