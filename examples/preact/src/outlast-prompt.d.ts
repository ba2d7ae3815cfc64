import type { OutlastPrompt } from 'outlast/element'

declare module 'preact' {
  namespace JSX {
    interface IntrinsicElements { 'outlast-prompt': Pick<OutlastPrompt, 'session'> }
  }
}
