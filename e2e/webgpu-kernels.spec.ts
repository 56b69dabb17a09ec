import { basename } from 'node:path';
import { build, type Rolldown } from 'vite';
import type { SelfTestResult } from '../src/kernels/selftest.ts';
import { expect, test } from './pare.ts';

/** The files of the test's own bundle, by name. */
async function bundled(entry: string): Promise<Map<string, string | Uint8Array>> {
  const made = (await build({
    configFile: false,
    root: import.meta.dirname,
    logLevel: 'error',
    base: './',
    build: {
      write: false,
      target: 'es2022',
      modulePreload: false,
      rolldownOptions: { input: entry, output: { entryFileNames: 'entry.js' }, preserveEntrySignatures: 'strict' },
    },
  })) as Rolldown.RolldownOutput;
  return new Map(made.output.map((o) => [basename(o.fileName), o.type === 'chunk' ? o.code : o.source]));
}

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript',
  mjs: 'text/javascript',
  wasm: 'application/wasm',
};

// Requests that a service worker answers never reach the story's own files.
test.use({ serviceWorkers: 'block' });

test('the kernels give on WebGPU what the loops give, or what its arithmetic explains', async ({ page }) => {
  test.slow();
  const files = await bundled(`${import.meta.dirname}/device/selftest.worker.ts`);
  await page.context().route('**/device-test/**', (route) => {
    const name = basename(new URL(route.request().url()).pathname);
    const body = files.get(name);
    if (body === undefined) return route.fulfill({ status: 404 });
    const headers = { 'Cross-Origin-Embedder-Policy': 'require-corp', 'Cross-Origin-Resource-Policy': 'same-origin' };
    return route.fulfill({
      body: Buffer.from(body as Uint8Array),
      contentType: TYPES[name.split('.').pop()!],
      headers,
    });
  });
  await page.goto('/');
  await page.evaluate(() => {
    const worker = new Worker(`${location.origin}/device-test/entry.js`, { type: 'module' });
    Object.assign(globalThis, {
      ask: (message: unknown) =>
        new Promise((resolve, reject) => {
          worker.onmessage = (e) => resolve(e.data);
          worker.onerror = (e) => reject(new Error(e.message));
          worker.postMessage(message);
        }),
    });
  });
  for (const backend of ['wasm', 'webgpu'] as const) {
    const results = await page.evaluate(
      (b) => (globalThis as unknown as { ask(m: unknown): Promise<SelfTestResult[]> }).ask(b),
      backend,
    );
    for (const { kernel, cases, different, wrong, example } of results) {
      expect(wrong, `${backend} ${kernel}: ${example}`).toBe(0);
      expect(cases, `${backend} ${kernel}`).toBeGreaterThan(10);
      // Sums are taken in another order; all else is the same to the bit on WASM.
      if (backend === 'wasm' && kernel !== 'errorSums') expect(different, kernel).toBe(0);
    }
  }
});
