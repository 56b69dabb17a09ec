import type { Page, Worker } from '@playwright/test';
import { expect, measuredAccuracy, openSample, test } from './pare.ts';

const worker = (page: Page, name: string): Worker => page.workers().find((w) => w.url().includes(`${name}.worker`))!;

/** Lets an error loose in a worker that no one catches, as a bug or a failed allocation does. */
async function kill(page: Page, name: string, message: string): Promise<void> {
  await worker(page, name).evaluate((text) => {
    setTimeout(() => {
      throw new Error(text);
    });
  }, message);
}

const download = (page: Page) => page.getByRole('button', { name: /^Download/ }).first();
const verdicts = (page: Page) => page.getByRole('region', { name: 'Verdicts', exact: true });

// A worker that dies is an error on the console too.
test.use({ allowed: [/the story/, /allocation failed/] });

test('the model runner dies while it measures: a note says so, and the next measurement works', async ({ page }) => {
  await page.goto('/');
  await openSample(page, 'Residual');
  await page.getByRole('button', { name: /8-bit weights/ }).click();
  await expect(verdicts(page).getByRole('button', { name: 'Cancel' })).toBeVisible({ timeout: 20_000 });
  await expect(download(page)).toBeEnabled({ timeout: 20_000 });
  await kill(page, 'run', 'the story ends it');
  const note = page.getByRole('alert').first();
  await expect(note).toContainText('A background worker stopped');
  await expect(note).toContainText('the story ends it');
  await expect(download(page)).toBeEnabled();

  await page.getByRole('button', { name: 'Measure', exact: true }).click();
  await expect(page.getByRole('alert')).toHaveCount(0);
  await measuredAccuracy(page);
});

test('the compressor dies at rest: nothing is asked of it, nothing is lost, and the next run gives a file', async ({
  page,
}) => {
  await page.goto('/');
  await openSample(page, 'LeNet-5');
  await kill(page, 'engine', 'the story ends it');
  await expect.poll(() => worker(page, 'engine')).toBeUndefined();
  await page.getByRole('button', { name: /8-bit weights/ }).click();
  await expect(download(page)).toBeEnabled({ timeout: 20_000 });
  await measuredAccuracy(page);
});

test('the compressor runs out of memory at work: a note says so, and the next run gives a file', async ({ page }) => {
  await page.goto('/');
  await openSample(page, 'LeNet-5');
  // The error comes just after the call has come, so that the run is surely in flight.
  await worker(page, 'engine').evaluate(() => {
    addEventListener('message', ({ data }) => {
      if (data.path?.[0] !== 'compress') return;
      setTimeout(() => {
        throw new RangeError('Array buffer allocation failed');
      });
    });
  });
  await page.getByRole('button', { name: /8-bit weights/ }).click();
  const note = page.getByRole('alert').first();
  await expect(note).toContainText('The browser ran out of memory');
  await expect(page.getByText('mnist-lenet5.onnx').first()).toBeVisible();

  await page.getByRole('button', { name: 'Measure', exact: true }).click();
  await expect(download(page)).toBeEnabled({ timeout: 20_000 });
  await measuredAccuracy(page);
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('cancel stops a measurement, keeps what is there, and the next one works', async ({ page }) => {
  await page.goto('/');
  await openSample(page, 'Residual');
  await page.getByRole('button', { name: /8-bit weights/ }).click();
  await expect(download(page)).toBeEnabled({ timeout: 20_000 });
  await verdicts(page).getByRole('button', { name: 'Cancel' }).click();
  await expect(verdicts(page).getByRole('button', { name: 'Cancel' })).toHaveCount(0);
  await expect(page.getByRole('alert')).toHaveCount(0);
  await expect(download(page)).toBeEnabled();
  await page.getByRole('button', { name: 'Measure', exact: true }).click();
  await measuredAccuracy(page);
});
