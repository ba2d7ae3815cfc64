import { Buffer } from 'buffer'

// Para's SDK wants Node's, which its users polyfill.
Object.assign(globalThis, { Buffer })
