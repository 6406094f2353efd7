// Bundles the status board: src/board -> dist/board, with relative addresses only, so that it works under any path.
import { defineConfig } from 'vite'

export default defineConfig({
  root: 'src/board',
  base: './',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../../dist/board',
    emptyOutDir: true,
    // Browsers that know light-dark(), :has() and <dialog>.
    target: ['chrome123', 'firefox121', 'safari17.5'],
    modulePreload: { polyfill: false },
    // Nothing inside the page itself: its Content-Security-Policy lets in only files of its own origin.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // What is bundled asks that its terms travel with it.
    license: { fileName: 'licences.md' },
  },
})
