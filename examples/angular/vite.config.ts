import angular from '@analogjs/vite-plugin-angular'
import { defineConfig } from 'vite'
import { cookieApi } from '../cookie-api/api.ts'

export default defineConfig({ plugins: [angular({ tsconfig: 'tsconfig.json' }), cookieApi()] })
