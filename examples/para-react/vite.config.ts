import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { nodePolyfills } from 'vite-plugin-node-polyfills'

// Para's SDK looks for these when it runs, and does without those that are not there. A bundler must not insist on them.
const optional = [/^@getpara\/aa-/, /^@getpara\/\w+-wallet-connectors$/, /^@farcaster\//]

export default defineConfig({
  plugins: [react(), nodePolyfills()],
  build: { rolldownOptions: { external: optional } },
})
