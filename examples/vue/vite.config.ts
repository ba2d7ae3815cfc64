import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { cookieApi } from '../cookie-api/api.ts'

export default defineConfig({ plugins: [vue({ template: { compilerOptions: { isCustomElement: (tag) => tag === 'outlast-prompt' } } }), cookieApi()] })
