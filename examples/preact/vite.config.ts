import preact from '@preact/preset-vite'
import { defineConfig } from 'vite'
import { cookieApi } from '../cookie-api/api.ts'

export default defineConfig({ plugins: [preact(), cookieApi()] })
