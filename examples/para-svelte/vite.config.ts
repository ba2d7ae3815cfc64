import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'
import { nodePolyfills } from 'vite-plugin-node-polyfills'

// Svelte's plugin also bundles for servers, in dev; what is bundled there needs Node's own `module`.
export default defineConfig({ plugins: [svelte(), nodePolyfills({ exclude: ['module'] })] })
