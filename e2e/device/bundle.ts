import { basename } from 'node:path';
import type { Page } from '@playwright/test';
import { build, type Rolldown } from 'vite';

/** The files of a test's own bundle, by name. */
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

/**
 * Runs a worker of this folder in the page's origin, where engine rooms can be asked what no control of the page asks them.
 * Service workers must be blocked: requests that one answers never reach these files.
 * @returns asks the worker and waits for its answer
 */
export async function startWorker(page: Page, entry: string): Promise<<Q, A>(question: Q) => Promise<A>> {
  const files = await bundled(`${import.meta.dirname}/${entry}`);
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
  return <Q, A>(question: Q) =>
    page.evaluate((q) => (globalThis as unknown as { ask(m: unknown): Promise<A> }).ask(q), question as unknown);
}
