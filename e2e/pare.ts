import { readFileSync } from 'node:fs';
import { test as base, type Download, expect, type Page } from '@playwright/test';
import { en } from '../src/studio/i18n/en/index.ts';
import { zh } from '../src/studio/i18n/zh/index.ts';
import type { Settings } from '../src/studio/state/types.ts';

/** The words of the page: stories that run in both languages look for these. */
export type Words = typeof en;

export interface Options {
  /** What the page's settings say where they differ from its defaults. */
  settings: Partial<Settings>;
  /** Console errors that a story provokes on purpose. */
  allowed: RegExp[];
}

/**
 * A page that is watched: any request that leaves its origin fails the story, and so does anything on the console that a
 * user would have to call an error.
 */
export const test = base.extend<Options & { watched: undefined; words: Words }>({
  settings: [{}, { option: true }],
  allowed: [[], { option: true }],
  // What zh lacks it takes from en by itself; the words that stories look for are all there.
  words: async ({ locale }, use) => use(locale?.startsWith('zh') ? (zh as unknown as Words) : en),
  watched: [
    async ({ page, allowed, settings }, use) => {
      await page.addInitScript((text) => {
        if (!localStorage.getItem('pare.settings')) localStorage.setItem('pare.settings', text);
      }, JSON.stringify(settings));
      const foreign: string[] = [];
      const errors: string[] = [];
      page.on('request', (request) => {
        const url = new URL(request.url());
        const own = url.hostname === 'localhost' || ['blob:', 'data:'].includes(url.protocol);
        if (!own) foreign.push(request.url());
      });
      page.on('console', (message) => {
        if (message.type() === 'error' && !allowed.some((a) => a.test(message.text()))) errors.push(message.text());
      });
      page.on('pageerror', (error) => errors.push(String(error)));
      await use(undefined);
      expect(foreign, 'requests that left the origin').toEqual([]);
      expect(errors, 'errors on the console').toEqual([]);
    },
    { auto: true },
  ],
});
export { expect };

/** Where a sample file is on disk. */
export const sample = (name: string) => `public/samples/${name}`;

/** The bytes of a download. */
export async function downloaded(download: Download): Promise<Buffer> {
  return readFileSync(await download.path());
}

export const verdicts = (page: Page, words: Words = en) =>
  page.getByRole('region', { name: words.verdicts.title, exact: true });

/** The button that takes the model home: `ready` once it is of this very recipe, so that nothing is left to run. */
export function downloadButton(page: Page, words: Words = en, ready = false) {
  const [named] = words.verdicts.download.split('{{');
  const name = ready ? `^${named}\\S+\\.onnx` : `^(${named}\\S+\\.onnx|${words.verdicts.compressDownload})`;
  return page.getByRole('button', { name: new RegExp(name) });
}

/** Presses it and gives what comes. */
export async function takeHome(page: Page, words: Words = en): Promise<Download> {
  const [download] = await Promise.all([page.waitForEvent('download'), downloadButton(page, words).click()]);
  return download;
}

/** Opens a sample of the gallery and waits until its weights have been read. */
export async function openSample(page: Page, title: string, words: Words = en): Promise<void> {
  await page
    .getByRole('button', { name: new RegExp(title) })
    .first()
    .click();
  await expect(page.getByRole('heading', { name: words.recipe.title, exact: true })).toBeVisible({ timeout: 20_000 });
  await expect(page.getByText(words.data.preview)).toBeVisible({ timeout: 20_000 });
}

/** The compressed model's accuracy as the verdict says it, in per cent with two digits, once it has been measured. */
export async function measuredAccuracy(page: Page, words: Words = en): Promise<string> {
  const [before, after] = words.verdicts.on_other.split('{{n}}').map((part) => part.trim());
  const on = verdicts(page, words)
    .getByText(new RegExp(`${before} *[\\d,]+ *${after}`))
    .first();
  await expect(on).toBeVisible({ timeout: 90_000 });
  const text = (await verdicts(page, words).textContent()) ?? '';
  const [, compressed] = [...text.matchAll(/([\d.]+) %/g)].map((m) => m[1]);
  return compressed;
}
