import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { kept } from '../../e2e/files.ts';
import { parseRecipe } from '../../src/recipe/schema.ts';
import { recipeToHash } from '../../src/studio/recipe/shareLink.ts';
import { measured, openTab, renderers } from './chromium.ts';
import { floorsInTab, onFile } from './floor.ts';
import { MemoryWatch } from './memory.ts';

/** Seconds and peak bytes of one piece of work. */
export interface Cost {
  seconds: number;
  peak: number;
}

/** Copies a dropped file into the private file system, by slices of 8 MiB, through a synchronous handle; posts the ms it took. */
const COPY = `onmessage = async ({ data: { file } }) => {
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

/**
 * One visit: copying the weights as they are, opening the model, and each of the recipes, file to file.
 * @param weights the external-data file beside the model, or the model itself
 * @param sizes of outputs, for each of which the time to read the weights and write so much is measured too
 */
export async function visit(
  folder: string,
  model: string,
  weights: string,
  steps: readonly object[],
  sizes: readonly number[] = [],
): Promise<{ copy: Cost; open: Cost; runs: Cost[]; floors: number[] }> {
  const profile = mkdtempSync(join(folder, 'profile-'));
  const tab = await openTab(profile);
  const pids = await renderers(tab);
  const watch = new MemoryWatch(() => pids);
  try {
    const cost = async (seconds: Promise<number>): Promise<Cost> => ({ seconds: await seconds, peak: watch.take() });
    const copied = await cost(onFile<number>(tab, weights, COPY).then((ms) => ms / 1000));
    const floors = sizes.length ? await floorsInTab(tab, weights, sizes) : [];
    watch.take();
    const chosen = tab.page.waitForEvent('filechooser');
    await tab.page.getByRole('button', { name: /^Open…/ }).click();
    await (await chosen).setFiles([...new Set([model, weights])]);
    const open = await cost(measured(tab, 'pare:sketch').then((ms) => ms / 1000));
    await kept(tab.page);
    // What keeping it left for the disk to be written to is not the next run's.
    execFileSync('sync');
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
    return { copy: copied, open, runs, floors };
  } finally {
    watch.stop();
    await tab.close();
    rmSync(profile, { recursive: true });
  }
}
