import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'
import { cookieApi } from '../cookie-api/api.ts'

export default defineConfig({ plugins: [svelte(), cookieApi()] })
