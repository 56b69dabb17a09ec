import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parseRecipe } from '../../src/recipe/schema.ts';
import { recipeToHash } from '../../src/studio/recipe/shareLink.ts';
import { measured, openTab, peakMemory, readingFloor, type Tab } from './chromium.ts';
import { type Frame, framesDuring } from './frames.ts';
import { makeBert } from './make_bert.ts';
import { median, percentile, printTable } from './table.ts';

const cache = join(import.meta.dirname, '..', '..', '.cache');

/** The 435 MB BERT-base-shaped model, made once. */
export async function bertBase(): Promise<string> {
  mkdirSync(cache, { recursive: true });
  const path = join(cache, 'bert-base.onnx');
  if (!existsSync(path)) await makeBert({}, path);
  return path;
}

/** Gzip bytes of the scripts that the start page loads, as a visitor's first time: from the network, not from the cache of the service worker. */
async function pageWeight(): Promise<number> {
  const tab = await openTab();
  const context = await tab.browser.newContext({ serviceWorkers: 'block' });
  const page = await context.newPage();
  const bodies: Promise<Buffer>[] = [];
  page.on('response', (r) => {
    if (/\.m?js$/.test(new URL(r.url()).pathname)) bodies.push(r.body());
  });
  await page.goto(tab.page.url(), { waitUntil: 'networkidle' });
  const total = (await Promise.all(bodies)).reduce((n, b) => n + gzipSync(b).byteLength, 0);
  await tab.close();
  return total;
}

/** The frames of a drag of the sparsity slider over the whole of its range. */
async function drag(tab: Tab): Promise<Frame[]> {
  const slider = tab.page.getByRole('slider', { name: /sparsity/i }).first();
  const box = (await slider.locator('xpath=ancestor::*[contains(@class,"slider")][1]').boundingBox())!;
  const y = box.y + box.height / 2;
  const thumb = (await slider.boundingBox()) ?? box;
  await tab.page.mouse.move(thumb.x + thumb.width / 2, thumb.y + thumb.height / 2);
  await tab.page.mouse.down();
  const frames = await framesDuring(tab, async () => {
    // Each movement is answered by a frame of its own: the browser hands them over once a frame.
    for (let i = 0; i < 120; i++) await tab.page.mouse.move(box.x + (box.width * (i + 1)) / 122, y);
  });
  await tab.page.mouse.up();
  return frames;
}

/** The page on a model of 110 M parameters, beside the cost of merely reading its file in the same browser. */
export async function run(): Promise<void> {
  const path = await bertBase();
  const size = statSync(path).size;
  const floors: number[] = [];
  const sketches: number[] = [];
  const quantized: number[] = [];
  const peaks: number[] = [];
  let frames: Frame[] = [];
  for (let i = 0; i < 3; i++) {
    // A profile in a folder, as a normal window has one: without it private files are kept in the browser's memory, far slower.
    const profile = mkdtempSync(join(tmpdir(), 'pare-profile-'));
    const tab = await openTab(profile);
    floors.push(await readingFloor(tab, path));
    const chosen = tab.page.waitForEvent('filechooser');
    await tab.page.getByRole('button', { name: /^Open…/ }).click();
    await (await chosen).setFiles(path);
    sketches.push(await measured(tab, 'pare:sketch'));
    await tab.page.getByRole('button', { name: /8-bit weights/ }).click();
    await tab.page.getByRole('button', { name: 'Compress', exact: true }).click();
    quantized.push(await measured(tab, 'pare:compress'));
    peaks.push(await peakMemory(tab));
    if (i === 0) {
      // Keeping the session's files went on behind the run, and tells the page when it is done.
      await tab.page.waitForTimeout(5000);
      const recipe = parseRecipe({ pare: 1, steps: [{ method: 'prune-weights' }] });
      await tab.page.evaluate((hash) => {
        location.hash = hash;
      }, recipeToHash(recipe));
      await tab.page.waitForTimeout(1000);
      frames = await drag(tab);
    }
    await tab.close();
    rmSync(profile, { recursive: true, force: true });
  }
  const floor = median(floors);
  const cpu = frames.map((f) => f.cpu);
  const wall = frames.map((f) => f.wall);
  printTable(
    `BERT-base shape, ${(size / 1e6).toFixed(0)} MB, in the tab (medians of 3; floor: reading the file once through File.slice)`,
    ['what', 'ms', '× floor', 'target'],
    [
      ['reading the file once', floor, 1, ''],
      ['opening, with all sketches', median(sketches), median(sketches) / floor, '≤ 1.3'],
      ['8-bit weights, file to file', median(quantized), median(quantized) / floor, '≤ 1.5'],
    ],
  );
  printTable(
    'Memory and frames',
    ['what', 'value', 'target'],
    [
      ['peak of the tab, MB', median(peaks) / 1e6, `< ${(size / 1e6).toFixed(0)}`],
      ['main thread per frame of a drag, CPU, p95 ms', percentile(cpu, 0.95), '≤ 16'],
      ['main thread per frame of a drag, CPU, median ms', median(cpu), ''],
      ['the same by the clock, tracing included, p95 ms', percentile(wall, 0.95), ''],
      ['JavaScript before a model is opened, kB gzip', (await pageWeight()) / 1e3, '< 250'],
    ],
  );
}
