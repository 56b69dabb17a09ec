import type { Page } from '@playwright/test';
import { zipSync } from 'fflate';
import { node } from '../src/onnx/build.ts';
import { makeTensor } from '../src/onnx/tensor.ts';
import { drop, made, matMul, pick, smallModel } from './files.ts';
import { downloadButton, downloaded, expect, measuredAccuracy, openSample, takeHome, test } from './pare.ts';

const note = (page: Page) => page.getByRole('alert');
const ramp = (n: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(i));
const recipeShown = (page: Page) =>
  expect(page.getByRole('heading', { name: 'Recipe' })).toBeVisible({ timeout: 20_000 });

test('a zip bomb is refused before it is unpacked; the data that was open stays', async ({ page }) => {
  await page.goto('/');
  await openSample(page, 'LeNet-5');
  const bomb = zipSync({ 'x.npy': [new Uint8Array(60_000_000), { level: 9 }] });
  expect(bomb.length).toBeLessThan(100_000);
  await drop(page, made('bomb.npz', bomb));
  await expect(note(page)).toContainText('The data passes a safety limit');
  await expect(note(page)).toContainText('bomb');

  // One whose directory lies about the size.
  const view = new DataView(bomb.buffer, bomb.byteOffset, bomb.byteLength);
  view.setUint32(view.getUint32(bomb.length - 6, true) + 24, 1000, true);
  await drop(page, made('liar.npz', bomb));
  await expect(note(page)).toContainText(/more than the 1000 bytes it claims/);

  await page.getByRole('button', { name: /8-bit weights/ }).click();
  await measuredAccuracy(page);
  await expect(page.getByText(/on 2,000 samples/).first()).toBeVisible();
});

test('a run that exhausts the memory of the runtime says so; the model, its result and its file stay', async ({
  page,
}) => {
  // h is a row of 65,536 for each sample; its product with itself has 17 GB.
  const nodes = [
    node('MatMul', ['x', 'w'], ['h'], {}, { name: 'wide' }),
    node('Transpose', ['h'], ['t'], { perm: [1, 0] }),
    node('MatMul', ['t', 'h'], ['huge'], {}, { name: 'the-huge-product' }),
    node('ReduceMax', ['huge'], ['m'], { keepdims: 0 }),
    node('Add', ['x', 'm'], ['y']),
  ];
  const model = await smallModel(nodes, [makeTensor('w', 1, [4, 65536], ramp(4 * 65536))]);
  await page.goto('/');
  await pick(page, made('greedy.onnx', model));
  await recipeShown(page);
  await page.getByRole('button', { name: /8-bit weights/ }).click();
  await expect(downloadButton(page, undefined, true)).toBeEnabled();
  const bytes = await downloaded(await takeHome(page));

  await page.getByRole('button', { name: 'Measure', exact: true }).click();
  await expect(note(page).first()).toContainText('The browser ran out of memory', { timeout: 60_000 });
  await expect(note(page).first()).toContainText('memory/exhausted');
  await expect(page.getByText('greedy.onnx').first()).toBeVisible();
  expect((await downloaded(await takeHome(page))).equals(bytes)).toBe(true);

  // The runtime that ran out is not left behind broken: another model is measured by it.
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Start over' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Start over' }).click();
  await openSample(page, 'LeNet-300-100');
  await page.getByRole('button', { name: /8-bit weights/ }).click();
  await measuredAccuracy(page);
});

test('a dtype the runtime has no kernel for: the model opens and shrinks, and only running it names the node', async ({
  page,
}) => {
  const nodes = [
    matMul('w'),
    node('Cast', ['y0'], ['b'], { to: 16 }),
    node('Sin', ['b'], ['s'], {}, { name: 'sine-of-bfloat16' }),
    node('Cast', ['s'], ['y'], { to: 1 }),
  ];
  nodes[0].output = ['y0'];
  const weights = [makeTensor('w', 1, [4, 4], ramp(16)), makeTensor('complex-one', 14, [2], new Uint8Array(16))];
  await page.goto('/');
  await pick(page, made('halves.onnx', await smallModel(nodes, weights)));
  await recipeShown(page);
  await page.getByText('complex-one').first().click();
  await expect(page.getByText('complex64').first()).toBeVisible();
  await page.getByRole('button', { name: /Half the weights zero/ }).click();
  await expect(downloadButton(page, undefined, true)).toBeEnabled();
  await page.getByRole('button', { name: 'Measure', exact: true }).click();
  await expect(note(page).first()).toContainText('no such operator');
  await expect(note(page).first()).toContainText('sine-of-bfloat16');
  await expect(downloadButton(page, undefined, true)).toBeEnabled();
});

test('an address with an impossible recipe is refused by name, and one that was cut short too', async ({ page }) => {
  const hash = (recipe: object) => `#recipe=${Buffer.from(JSON.stringify(recipe)).toString('base64url')}`;
  const bad = hash({ pare: 1, steps: [{ method: 'prune-weights', sparsity: 1.5 }] });
  await page.goto(`/${bad}`);
  await openSample(page, 'LeNet-5');
  await expect(note(page)).toContainText('The recipe is not valid');
  await expect(note(page)).toContainText('sparsity');

  await page.evaluate(
    (h) => {
      location.hash = h;
    },
    hash({ pare: 1, steps: [{ method: 'quantize-weights', bits: 4 }] }).slice(0, -9),
  );
  await expect(note(page)).toContainText('The recipe is not valid');

  await page.evaluate(
    (h) => {
      location.hash = h;
    },
    hash({ pare: 1, steps: [{ method: 'quantize-weights', bits: 4 }] }),
  );
  await expect(note(page)).toHaveCount(0);
  await measuredAccuracy(page);
});
