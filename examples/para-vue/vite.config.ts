import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { nodePolyfills } from 'vite-plugin-node-polyfills'

const isCustomElement = (tag: string) => tag === 'outlast-prompt'

export default defineConfig({ plugins: [vue({ template: { compilerOptions: { isCustomElement } } }), nodePolyfills()] })
