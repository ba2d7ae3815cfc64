import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { cookieApi } from '../cookie-api/api.ts'

export default defineConfig({
  plugins: [react(), cookieApi()],
  build: { rolldownOptions: { input: ['index.html', 'hydrate.html', 'suspense.html'] } },
})
