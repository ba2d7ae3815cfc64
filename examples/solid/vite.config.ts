import solid from 'vite-plugin-solid'
import { defineConfig } from 'vite'
import { cookieApi } from '../cookie-api/api.ts'

export default defineConfig({ plugins: [solid(), cookieApi()] })
