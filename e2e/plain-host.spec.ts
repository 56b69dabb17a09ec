import { HOST, PLAIN_HOST } from './hosts.ts';
import { expect, measuredAccuracy, openSample, test } from './pare.ts';

// A host that sets no headers, as many static hosts are.
test.use({ baseURL: PLAIN_HOST });

test('a host without headers: the page becomes isolated by its service worker and measures', async ({ page }) => {
  await page.goto('/');
  await page.waitForFunction(() => crossOriginIsolated, undefined, { timeout: 15_000 });
  await expect(page.getByRole('button', { name: /LeNet-300/ })).toBeVisible();
  await openSample(page, 'LeNet-300-100');
  await page.getByRole('button', { name: /8-bit weights/ }).click();
  await measuredAccuracy(page);
});

test.describe('where service workers are refused', () => {
  test.use({ serviceWorkers: 'block' });

  test('the page works on one thread, and says so', async ({ page }) => {
    await page.goto('/');
    await openSample(page, 'LeNet-300-100');
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
    await page.getByRole('button', { name: /8-bit weights/ }).click();
    await measuredAccuracy(page);
    await page.getByRole('tab', { name: 'Accuracy', exact: true }).click();
    await page.getByRole('button', { name: 'How to measure' }).click();
    await expect(page.getByText(/one thread/).first()).toBeVisible();
  });
});

test.describe('offline', () => {
  // The browser says of each request that it could not make that it could not make it.
  test.use({ allowed: [/ERR_INTERNET_DISCONNECTED/] });

  for (const [host, baseURL] of [
    ['a host without headers', PLAIN_HOST],
    ['a host with headers', HOST],
  ]) {
    test(`after one visit the app, its samples and the runtime work offline: ${host}`, async ({ page, context }) => {
      await page.goto(baseURL);
      await page.waitForFunction(() => crossOriginIsolated && navigator.serviceWorker.controller !== null);
      await openSample(page, 'LeNet-300-100');
      await page.getByRole('button', { name: /8-bit weights/ }).click();
      await measuredAccuracy(page);
      // The rest of the app is copied a few seconds after the page is up.
      const kept = (path: string) =>
        page.evaluate(
          async (url) => (await caches.match(new URL(url, location.href), { ignoreVary: true })) !== undefined,
          path,
        );
      await expect.poll(() => kept('samples/mnist-vit.onnx'), { timeout: 60_000 }).toBe(true);

      await context.setOffline(true);
      await page.reload();
      await expect(page.getByText('mnist-lenet300.onnx').first()).toBeVisible({ timeout: 20_000 });
      await page.getByRole('button', { name: 'Measure', exact: true }).click();
      await measuredAccuracy(page);
      // Some seconds after it is up the page asks for its copies again, in vain here: those that are there stay. Nothing says when
      // the worker has given up, so it gets time.
      await page.evaluate(async () => {
        const { active } = await navigator.serviceWorker.ready;
        active!.postMessage('keep');
        await new Promise((resolve) => setTimeout(resolve, 3000));
      });
      expect(await kept('samples/mnist-lenet5.onnx')).toBe(true);
      // A model that was never opened, with its data.
      await page.getByRole('button', { name: 'More', exact: true }).click();
      await page.getByRole('menuitem', { name: 'Start over' }).click();
      await page.getByRole('alertdialog').getByRole('button', { name: 'Start over' }).click();
      await openSample(page, 'LeNet-5');
      await page.getByRole('button', { name: /8-bit weights/ }).click();
      await measuredAccuracy(page);
    });
  }
});
