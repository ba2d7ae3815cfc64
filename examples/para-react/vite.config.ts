import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { nodePolyfills } from 'vite-plugin-node-polyfills'

// Para's React SDK asks for these when they are used. Bundlers want them all the same: `setup-para`, which comes with it,
// puts empty packages in the place of some, and this an empty module in the place of all.
const optional = /^@getpara\/(aa-\w+|\w+-wallet-connectors)$|^@farcaster\/.+/
const nothing = fileURLToPath(new URL('src/nothing.ts', import.meta.url))

export default defineConfig({
  plugins: [react(), nodePolyfills()],
  resolve: { alias: [{ find: optional, replacement: nothing }] },
})
