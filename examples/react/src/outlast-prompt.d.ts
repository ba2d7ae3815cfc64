import type { OutlastPrompt } from 'outlast/element'

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements { 'outlast-prompt': Pick<OutlastPrompt, 'session'> }
  }
}
