import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The console: built into `console/dist`, served by the API under `/console/`. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/console/',
  plugins: [react()],
  build: {
    // The browsers of the last two years and a half.
    target: 'baseline-widely-available',
    // Inlined files would be data: URLs, which the content security policy does not permit for scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    emptyOutDir: true,
  },
})
