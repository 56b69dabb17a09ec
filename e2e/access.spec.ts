import AxeBuilder from '@axe-core/playwright';
import { type Page, test as unwatched } from '@playwright/test';
import { expect, measuredAccuracy, test } from './pare.ts';

async function noViolations(page: Page, state: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`);
  expect(found, state).toEqual([]);
}

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [width, height] of [
    [1440, 900],
    [390, 844],
  ]) {
    test(`axe finds nothing: ${colorScheme}, ${width} px wide`, async ({ page }) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height });
      await page.goto('/');
      await expect(page.getByRole('button', { name: /LeNet-300/ })).toBeVisible();
      await noViolations(page, 'start');
      await page.getByRole('button', { name: /LeNet-300/ }).click();
      await expect(page.getByRole('region', { name: 'Verdicts', exact: true })).toBeVisible({ timeout: 20_000 });
      if (width < 900) await page.getByRole('tab', { name: 'Recipe' }).click();
      await page.getByRole('button', { name: /Half the weights zero/ }).click();
      await expect(page.getByText(/[−+]?\d+\.\d+ pp/).first()).toBeVisible({ timeout: 60_000 });
      await noViolations(page, 'measured');
      if (width < 900) await page.getByRole('tab', { name: 'Picture' }).click();
      for (const tab of ['Accuracy', 'Layers', 'Weights']) {
        await page.getByRole('tab', { name: tab, exact: true }).last().click();
        await noViolations(page, tab);
      }
    });
  }
}

test('in 中文 from the first word to the verdict', async ({ browser }) => {
  const context = await browser.newContext({ locale: 'zh-CN', viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 2 }).first()).toHaveText(/[\u4e00-\u9fff]/);
  await page.getByRole('button', { name: /LeNet-300/ }).click();
  await page
    .getByRole('button', { name: /8 位|8 bit/ })
    .first()
    .click();
  await expect(page.getByText(/\d pp|个百分点/).first()).toBeVisible({ timeout: 60_000 });
  expect(await page.locator('html').getAttribute('lang')).toMatch(/^zh/);
  // What is left in Latin letters are names, units and the words the field writes so.
  const text =
    (await page
      .getByRole('region', { name: /配方|recipe/i })
      .first()
      .textContent()) ?? '';
  expect(text).not.toMatch(/\b(Sparsity|Threshold|Scheme|Symmetric|Channel|Download|Measure)\b/);
  await noViolations(page, '中文');
  await context.close();
});

test('the whole story from the keyboard alone', async ({ page }) => {
  const press = (key: string) => page.keyboard.press(key);
  /** Tabs until something with this name has the focus. */
  const reach = async (name: RegExp, limit = 80) => {
    for (let i = 0; i < limit; i++) {
      const label = await page.evaluate(() => {
        const e = document.activeElement as HTMLInputElement | null;
        return e?.getAttribute('aria-label') ?? e?.labels?.[0]?.textContent ?? e?.textContent ?? '';
      });
      if (name.test(label)) return;
      await press('Tab');
    }
    throw new Error(`${name} cannot be reached`);
  };
  await page.goto('/');
  await expect(page.getByRole('button', { name: /LeNet-300/ })).toBeVisible();
  await press('Tab');
  await reach(/^LeNet-300/);
  await press('Enter');
  await expect(page.getByText('What the model will see')).toBeVisible({ timeout: 20_000 });
  await reach(/^Half the weights zero/);
  await press('Enter');
  await measuredAccuracy(page);
  // A slider moves by the arrows, undo takes it back, and a tensor is picked in the map and let go again.
  await reach(/^Sparsity$/);
  const sparsity = page.getByRole('slider', { name: 'Sparsity' }).first();
  await expect(sparsity).toHaveValue('0.5');
  for (const [key, value] of [
    ['ArrowRight', '0.501'],
    ['PageUp', '0.511'],
    ['Control+z', '0.501'],
    ['Control+z', '0.5'],
  ]) {
    await press(key);
    await expect(sparsity).toHaveValue(value);
  }
  await reach(/^Bytes of each tensor$/, 200);
  await press('Enter');
  await expect(page.getByText('fc1.weight').or(page.getByText('784×300')).first()).toBeVisible();
  await press('Enter');
  await measuredAccuracy(page);
  const waiting = page.waitForEvent('download');
  await reach(/^Download/);
  await press('Enter');
  expect((await waiting).suggestedFilename()).toBe('mnist-lenet300.pare.onnx');
});

unwatched('the policy stops a request that would leave', async ({ page }) => {
  await page.goto('/');
  const blocked = await page.evaluate(() =>
    Promise.all([
      fetch('https://example.com/').then(
        () => false,
        () => true,
      ),
      new Promise((resolve) => {
        document.addEventListener('securitypolicyviolation', () => resolve(true), { once: true });
        setTimeout(() => resolve(false), 2000);
        const image = new Image();
        image.src = 'https://example.com/pixel.png';
      }),
    ]),
  );
  expect(blocked).toEqual([true, true]);
});
