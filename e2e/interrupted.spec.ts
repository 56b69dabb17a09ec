import { createHash } from 'node:crypto';
import type { Page } from '@playwright/test';
import { made, pick, wideModel } from './files.ts';
import { downloadButton, downloaded, expect, takeHome, test, verdicts } from './pare.ts';

/** Just under what is compressed by itself while the recipe changes. */
const wide = wideModel(7);
const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const cancel = (page: Page) => verdicts(page).getByRole('button', { name: 'Cancel' });

/** Opens the model and has an 8-bit file of it. */
async function first(page: Page): Promise<string> {
  await page.goto('/');
  await pick(page, made('wide.onnx', await wide));
  await page.getByRole('button', { name: /8-bit weights/ }).click();
  await expect(downloadButton(page, undefined, true)).toBeEnabled({ timeout: 30_000 });
  return sha(await downloaded(await takeHome(page)));
}

/** Begins a run that takes a while. */
async function beginLong(page: Page): Promise<void> {
  await page.getByRole('radio', { name: '6', exact: true }).check({ force: true });
  await page.getByRole('button', { name: /^Symmetric/ }).click();
  await page.getByRole('option', { name: /k-means/ }).click();
  await expect(cancel(page)).toBeVisible();
}

test('a compression that is cancelled leaves the file of the last one, and can be run again', async ({ page }) => {
  const before = await first(page);
  await beginLong(page);
  await cancel(page).click();
  await expect(cancel(page)).toHaveCount(0);
  await expect(page.getByRole('alert')).toHaveCount(0);
  // Back at the recipe of the first file. On a fast machine the 6 bits on the way there had their own file before they were left.
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
  await expect(page.getByRole('radio', { name: '8', exact: true })).toBeChecked();
  await expect(downloadButton(page, undefined, true)).toBeVisible({ timeout: 60_000 });
  expect(sha(await downloaded(await takeHome(page)))).toBe(before);
  await page.keyboard.press('Control+Shift+z');
  await expect(downloadButton(page, undefined, true)).toBeVisible({ timeout: 60_000 });
  expect(sha(await downloaded(await takeHome(page)))).not.toBe(before);
});

test('a tab closed in the middle of a compression: the next one has the model, the recipe and the last file', async ({
  page,
  context,
}) => {
  const before = await first(page);
  await beginLong(page);
  await page.waitForTimeout(1000);
  await expect(cancel(page)).toBeVisible();
  await page.close();

  const again = await context.newPage();
  await again.goto('/');
  await expect(again.getByText('wide.onnx').first()).toBeVisible({ timeout: 20_000 });
  await expect(again.getByRole('radio', { name: '6', exact: true })).toBeChecked();
  await expect(again.getByRole('alert')).toHaveCount(0);
  // The file of before is there still, and the recipe can be run to its end.
  await again.keyboard.press('Control+z');
  await again.keyboard.press('Control+z');
  await expect(downloadButton(again, undefined, true)).toBeVisible({ timeout: 60_000 });
  expect(sha(await downloaded(await takeHome(again)))).toBe(before);
});
