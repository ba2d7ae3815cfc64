import type { OutlastPrompt } from 'outlast/element'

declare module 'solid-js' {
  namespace JSX {
    interface IntrinsicElements { 'outlast-prompt': { 'prop:session': OutlastPrompt['session'] } }
  }
}
