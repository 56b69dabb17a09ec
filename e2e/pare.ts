import { readFileSync } from 'node:fs';
import { test as base, type Download, expect, type Page } from '@playwright/test';

/**
 * A page that is watched: any request that leaves its origin fails the story, and so does anything on the console that a
 * user would have to call an error.
 */
export const test = base.extend<{ watched: undefined; allowed: RegExp[] }>({
  /** Console errors that a story provokes on purpose. */
  allowed: [[], { option: true }],
  watched: [
    async ({ page, allowed }, use) => {
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

/** Opens a sample of the gallery and waits until its weights have been read. */
export async function openSample(page: Page, title: string): Promise<void> {
  await page
    .getByRole('button', { name: new RegExp(title) })
    .first()
    .click();
  await expect(page.getByRole('heading', { name: 'Recipe' })).toBeVisible({ timeout: 20_000 });
  await expect(page.getByText('What the model will see')).toBeVisible({ timeout: 20_000 });
}

/** The compressed model's accuracy as the verdict says it, in per cent with two digits, once it has been measured. */
export async function measuredAccuracy(page: Page): Promise<string> {
  const verdict = page.getByText(/on [\d,]+ samples/).first();
  await expect(verdict).toBeVisible({ timeout: 60_000 });
  const text = (await page.getByRole('region', { name: 'Verdicts', exact: true }).textContent()) ?? '';
  const [, after] = [...text.matchAll(/([\d.]+) %/g)].map((m) => m[1]);
  return after;
}
