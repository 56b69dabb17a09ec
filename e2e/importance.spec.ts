import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { memorySource } from '../src/base/source.ts';
import { readModel } from '../src/onnx/read.ts';
import { readFloats } from '../src/onnx/tensor.ts';
import { listWeights } from '../src/onnx/weights.ts';
import { downloadButton, downloaded, expect, openSample, takeHome, test, verdicts } from './pare.ts';

/** A sample with a step added to an empty recipe, where nothing runs by itself. */
async function withStep(page: Page, sample: string, step: RegExp): Promise<void> {
  await page.goto('/');
  await openSample(page, sample);
  await page.getByRole('switch', { name: 'Live' }).click({ force: true });
  await page.getByRole('button', { name: 'Add a step' }).click();
  await page.getByRole('menuitem', { name: step }).click();
}

const pick = (page: Page, tensor: string) =>
  page
    .getByRole('row', { name: new RegExp(tensor) })
    .first()
    .click();

async function accessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`)).toEqual([]);
}

test('importance is measured, cut on its histogram, foretold, and cut so in the file', async ({ page }) => {
  await withStep(page, 'LeNet-300', /^Prune weights/);
  await page.getByRole('button', { name: /^Magnitude/ }).click();
  await page.getByRole('option', { name: /^Taylor/ }).click();
  await expect(page.getByRole('heading', { name: 'Not measured yet' })).toBeVisible();
  await accessible(page);
  await page.getByRole('button', { name: 'Measure importance' }).first().click();
  await expect(page.getByRole('figure', { name: /Whole model.*importance by Taylor/ })).toBeVisible();

  // The slider and the handle on the chart are one threshold; the share follows, and the forecast of the zeros.
  const recipe = page.getByRole('region', { name: 'Recipe', exact: true });
  const threshold = recipe.getByRole('slider', { name: 'Threshold' });
  const sparsity = recipe.getByRole('textbox', { name: 'Sparsity' });
  await threshold.focus();
  for (let i = 0; i < 6; i++) await page.keyboard.press('PageUp');
  await expect(sparsity).not.toHaveValue('50%');
  const handle = page.getByRole('figure').getByRole('slider', { name: 'Threshold' });
  const before = await sparsity.inputValue();
  await handle.focus();
  await page.keyboard.press('Shift+ArrowRight');
  await expect(sparsity).not.toHaveValue(before);
  const share = (await sparsity.inputValue()).replace('%', '');
  const zeros = page.getByRole('definition').filter({ hasText: new RegExp(`^After ~ ${Number(share).toFixed(1)} %$`) });
  await expect(zeros).toBeVisible();
  await accessible(page);

  await verdicts(page).getByRole('button', { name: 'Compress', exact: true }).click();
  await expect(downloadButton(page, undefined, true)).toBeEnabled({ timeout: 60_000 });
  const bytes = await downloaded(await takeHome(page));
  const { proto } = await readModel(memorySource(new Uint8Array(bytes)));
  const weights = await Promise.all(
    listWeights(proto)
      .filter((w) => w.role === 'weight')
      .map((w) => readFloats(w.tensor)),
  );
  const count = (of: (x: number) => boolean) => weights.reduce((n, w) => n + w.filter(of).length, 0);
  // Of 266,200 weights; inside a bin of the sketch, 4 % wide, they are taken as evenly spread.
  expect(Math.abs((100 * count((x) => x === 0)) / count(() => true) - Number(share))).toBeLessThan(0.15);
});

test('a layer’s singular values, and a rank of its own by the mark on them', async ({ page }) => {
  await withStep(page, 'LeNet-300', /^Factorize/);
  await expect(page.getByText('Pick a layer to see its singular values.')).toBeVisible();
  await pick(page, 'fc2.weight');
  await expect(page.getByText(/^Rank 25 of 100 keeps [\d.]+ % of the energy, SQNR [\d.]+ dB/)).toBeVisible();
  await page.getByRole('slider', { name: 'rank', exact: true }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByText(/^Rank 26 of 100 keeps/)).toBeVisible();
  await expect(page.getByRole('switch', { name: 'A rank of its own' })).toBeChecked();
  await page.keyboard.press('End');
  await expect(page.getByText('Above rank 74 two tensors take no less than one')).toBeVisible();
  await accessible(page);
});

test('an inner value is found by its name, and matched', async ({ page }) => {
  await withStep(page, 'LeNet-300', /^Distil/);
  await page.getByRole('button', { name: 'More options' }).click();
  const field = page.getByRole('combobox', { name: 'Inner values to match' });
  await field.fill('relu');
  await expect(page.getByRole('option', { name: /Relu/ })).toHaveCount(2);
  await accessible(page);
  await page.keyboard.press('Enter');
  const chosen = page.getByRole('list', { name: 'Inner values to match' });
  await expect(chosen.getByRole('listitem')).toHaveCount(1);
  await expect(page.getByText('Their weight in the loss')).toBeVisible();
  await chosen.getByRole('button', { name: /^Remove/ }).click();
  await expect(page.getByText('None: only the outputs are matched.')).toBeVisible();
});
