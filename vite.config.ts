import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/**
 * What every response carries. Isolation (COOP, COEP) gives WASM its threads. The policy lets nothing leave this origin.
 * `public/_headers` says the same to static hosts, and index.html repeats the policy for hosts that send none.
 */
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

/** Gives the service worker the list of files to keep: the app, its samples and icons; not the wasm, kept on first use. */
function offlineList(): Plugin {
  return {
    name: 'pare-offline-list',
    apply: 'build',
    generateBundle(_, bundle) {
      const kept = Object.keys(bundle).filter((name) => name !== 'sw.js' && !/\.(wasm|map)$/.test(name));
      const worker = bundle['sw.js'];
      if (worker?.type !== 'chunk') throw new Error('The build made no sw.js.');
      worker.code = worker.code.replace(/(["'`])__PARE_FILES__\1/, JSON.stringify(JSON.stringify(kept)));
    },
  };
}

/** Leaves out what react-aria says in the thirty languages that the page does not speak (App.tsx sets one of its two). */
function twoLanguages(): Plugin {
  const other = /\/react-(aria|stately|aria-components)\/dist\/.*\/(?!en-US|zh-CN)[a-z]{2}-[A-Z]{2}\.m?js$/;
  return {
    name: 'pare-two-languages',
    apply: 'build',
    enforce: 'pre',
    load: (id) => (other.test(id) ? 'export default {};' : undefined),
  };
}

export default defineConfig({
  // Relative addresses, so that the site works in any folder of any host.
  base: './',
  plugins: [react(), offlineList(), twoLanguages()],
  server: { headers },
  preview: { headers },
  worker: { format: 'es' },
  // The runtime finds its wasm beside itself, which pre-bundling would move.
  optimizeDeps: { exclude: ['onnxruntime-web'] },
  build: {
    target: 'es2022',
    // The minifier rewrites oklch() as hex and lab(); the charts read the tokens as they are written.
    cssMinify: false,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      input: { main: 'index.html', sw: 'src/studio/offline/sw.ts' },
      output: {
        entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
});
