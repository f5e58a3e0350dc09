import { defineConfig } from 'vite'

/** The dashboard: `vite build` makes `web/dist`. Targets are old WeChat web views; nothing is inlined, so that the CSP stays strict. */
export default defineConfig({
  root: 'web',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: ['chrome87', 'safari14'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
