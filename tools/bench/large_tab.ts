import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseRecipe } from '../../src/recipe/schema.ts';
import { recipeToHash } from '../../src/studio/recipe/shareLink.ts';
import { measured, openTab, renderers, type Tab } from './chromium.ts';
import { MemoryWatch } from './memory.ts';

/** Seconds and peak bytes of one piece of work. */
export interface Cost {
  seconds: number;
  peak: number;
}

/** How the page itself reads and writes: a File by slices of 8 MiB, a private file through its synchronous handle, in a worker. */
const COPY = `onmessage = async ({ data: file }) => {
  const root = await navigator.storage.getDirectory();
  const handle = await root.getFileHandle('copy', { create: true });
  const out = await handle.createSyncAccessHandle();
  const start = performance.now();
  for (let at = 0; at < file.size; at += 8 << 20) {
    out.write(new Uint8Array(await file.slice(at, at + (8 << 20)).arrayBuffer()), { at });
  }
  out.flush();
  out.close();
  const took = performance.now() - start;
  await root.removeEntry('copy');
  postMessage(took);
}`;

/** Seconds to copy a dropped file into the private file system. */
async function copy({ page }: Tab, path: string): Promise<number> {
  await page.evaluate(() => {
    const input = document.createElement('input');
    input.type = 'file';
    input.id = 'floor';
    document.body.append(input);
  });
  await page.locator('#floor').setInputFiles(path);
  const took = await page.evaluate((code) => {
    const input = document.getElementById('floor') as HTMLInputElement;
    const file = input.files![0];
    input.remove();
    const worker = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })));
    return new Promise<number>((resolve, reject) => {
      worker.onmessage = ({ data }) => {
        worker.terminate();
        resolve(data);
      };
      worker.onerror = (e) => reject(new Error(e.message));
      worker.postMessage(file);
    });
  }, COPY);
  return took / 1000;
}

/** Waits until the page has copied the model into its session, which it does after reading it. */
async function kept({ page }: Tab): Promise<void> {
  await page.waitForFunction(
    async () => {
      const root = await navigator.storage.getDirectory();
      const sessions = await root.getDirectoryHandle('sessions').catch(() => undefined);
      for await (const session of sessions?.values() ?? []) {
        for await (const f of (session as FileSystemDirectoryHandle).values()) if (f.name === 'model.json') return true;
      }
      return false;
    },
    undefined,
    { timeout: 600_000, polling: 500 },
  );
}

/**
 * One visit: copying the weights as they are, opening the model, and each of the recipes, file to file.
 * @param weights the external-data file beside the model, or the model itself
 */
export async function visit(
  folder: string,
  model: string,
  weights: string,
  steps: readonly object[],
): Promise<{ copy: Cost; open: Cost; runs: Cost[] }> {
  const profile = mkdtempSync(join(folder, 'profile-'));
  const tab = await openTab(profile);
  const pids = await renderers(tab);
  const watch = new MemoryWatch(() => pids);
  try {
    const cost = async (seconds: Promise<number>): Promise<Cost> => ({ seconds: await seconds, peak: watch.take() });
    const copied = await cost(copy(tab, weights));
    const chosen = tab.page.waitForEvent('filechooser');
    await tab.page.getByRole('button', { name: /^Open…/ }).click();
    await (await chosen).setFiles([...new Set([model, weights])]);
    const open = await cost(measured(tab, 'pare:sketch').then((ms) => ms / 1000));
    await kept(tab);
    const runs: Cost[] = [];
    for (const step of steps) {
      await tab.page.evaluate(
        (hash) => {
          location.hash = hash;
        },
        recipeToHash(parseRecipe({ pare: 1, steps: [step] })),
      );
      await tab.page.waitForTimeout(1000);
      watch.take();
      await tab.page.getByRole('button', { name: 'Compress', exact: true }).click();
      runs.push(await cost(measured(tab, 'pare:compress', runs.length + 1).then((ms) => ms / 1000)));
    }
    return { copy: copied, open, runs };
  } finally {
    watch.stop();
    await tab.close();
    rmSync(profile, { recursive: true });
  }
}
