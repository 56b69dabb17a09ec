import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { unzipSync, zipSync } from 'fflate';
import { memorySource } from '../src/base/source.ts';
import { idxBytes, npyBytes } from '../src/datasets/testing.ts';
import { node } from '../src/onnx/build.ts';
import { readModel } from '../src/onnx/read.ts';
import { makeTensor, readRaw } from '../src/onnx/tensor.ts';
import { drop, lenetInTwoFiles, made, pick, smallModel } from './files.ts';
import { expect, measuredAccuracy, openSample, sample, test } from './pare.ts';

const lenet = readFileSync(sample('mnist-lenet5.onnx'));
const note = (page: Page) => page.getByRole('alert');
const recipeShown = (page: Page) =>
  expect(page.getByRole('heading', { name: 'Recipe' })).toBeVisible({ timeout: 20_000 });

test('what is no model says so, and the open model stays', async ({ page }) => {
  await page.goto('/');
  await pick(page, made('poem.onnx', 'Shall I compare thee to a summer’s day?'));
  await expect(note(page)).toContainText('This is not an ONNX model');
  await pick(page, made('half.onnx', lenet.subarray(0, lenet.length >> 1)));
  await expect(note(page)).toContainText('The model file is damaged');

  await openSample(page, 'LeNet-5');
  await expect(note(page)).toHaveCount(0);
  await pick(page, made('half.onnx', lenet.subarray(0, lenet.length >> 1)));
  await expect(note(page)).toContainText('The model file is damaged');
  await expect(page.getByText('mnist-lenet5.onnx').first()).toBeVisible();
  // The engine still has the open model, not only the page.
  await page.getByRole('button', { name: /Half the weights zero/ }).click();
  await measuredAccuracy(page);
});

test('external data: missing it says which file, together they open, and no path leaves the folder', async ({
  page,
}) => {
  const { model, data } = lenetInTwoFiles();
  await page.goto('/');
  await pick(page, made('x.onnx', model));
  await expect(note(page)).toContainText('external data are missing');
  await expect(note(page)).toContainText('x.onnx.data');

  // Of the same length as "x.onnx.data", so that no other byte of the message changes.
  const bad = Buffer.from(model.toString('latin1').replaceAll('x.onnx.data', '../../x.dat'), 'latin1');
  await pick(page, made('x.onnx', bad), made('x.dat', data));
  await expect(note(page)).toContainText('points outside the model');

  await pick(page, made('x.onnx', model), made('x.onnx.data', data.subarray(0, 1000)));
  await expect(note(page)).toContainText('external data does not fit');

  await pick(page, made('x.onnx', model), made('x.onnx.data', data));
  await recipeShown(page);
  await expect(page.getByText('x.onnx').first()).toBeVisible();
  await expect(note(page)).toHaveCount(0);
});

test('a model with external data is judged, and saved with it into a folder that is picked', async ({ page }) => {
  const { model, data } = lenetInTwoFiles();
  await page.goto('/');
  await pick(page, made('x.onnx', model), made('x.onnx.data', data));
  await page.getByRole('button', { name: /8-bit weights/ }).click();
  await page.getByRole('button', { name: 'Measure', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Measure', exact: true })).toBeEnabled({ timeout: 60_000 });
  await expect(page.getByText('Not measured yet.')).toHaveCount(0, { timeout: 60_000 });
  await expect(note(page)).toHaveCount(0);
  // What is kept for a reload is both files, too.
  await page.waitForTimeout(1000);
  await page.reload();
  // No test can answer a picker. The folder that this one gives is of the browser's own kind.
  const folder = () =>
    Object.assign(window, {
      showDirectoryPicker: async () =>
        (await navigator.storage.getDirectory()).getDirectoryHandle('picked', { create: true }),
    });
  await page.evaluate(folder);
  await expect(page.getByRole('button', { name: /^Download/ }).first()).toBeEnabled({ timeout: 20_000 });
  await page
    .getByRole('button', { name: /^Download/ })
    .first()
    .click();
  const saved = () =>
    page.evaluate(async () => {
      const out: Record<string, number[]> = {};
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('picked', { create: true });
      for await (const f of folder.values()) {
        const file = await (f as FileSystemFileHandle).getFile();
        out[f.name] = Array.from(new Uint8Array(await file.arrayBuffer()));
      }
      return out;
    });
  // Both are there, and whole, once the second is. What is being written has another name, which may be gone when it is looked at.
  const written = async () => (await saved().catch(() => undefined))?.['x.pare.onnx.data']?.length ?? 0;
  await expect.poll(written).toBeGreaterThan(400_000);
  const files = await saved();
  const sources = Object.entries(files).map(([name, bytes]) => memorySource(Uint8Array.from(bytes), name));
  expect(sources.map((s) => s.name).sort()).toEqual(['x.pare.onnx', 'x.pare.onnx.data']);
  const back = await readModel(sources.find((s) => s.name === 'x.pare.onnx')!, sources);
  expect(back.external).toEqual(['x.pare.onnx.data']);
  expect(back.bytes).toBeLessThan(data.length / 3);
});

test('weights go to a file of their own on request, and both are one model', async ({ page }) => {
  await page.goto('/');
  await openSample(page, 'LeNet-5');
  await page.getByRole('button', { name: /8-bit weights/ }).click();
  const menu = page.getByRole('button', { name: 'More to take home' });
  const download = page.getByRole('button', { name: /^Download/ }).first();
  await expect(download).toBeEnabled({ timeout: 30_000 });
  await menu.click();
  await page.getByRole('menuitem', { name: /file of their own/ }).click();
  await menu.click();
  const outside = page.getByRole('menuitem', { name: /External data/ });
  await expect(outside).toBeVisible({ timeout: 30_000 });
  const saving = page.waitForEvent('download');
  await outside.click();
  const saved = await saving;
  expect(saved.suggestedFilename()).toBe('mnist-lenet5.pare.onnx.data');
  const bytes = new Uint8Array(readFileSync(await saved.path()));
  expect(bytes.length).toBeGreaterThan(400_000);
  // Asked for once, it is so for the next model too, until it is turned off.
  await page.reload();
  await menu.click();
  await page.getByRole('menuitem', { name: /file of their own/ }).click();
  await expect(download).toBeEnabled({ timeout: 30_000 });
  await menu.click();
  await expect(page.getByRole('menuitem', { name: /file of their own/ })).toBeVisible();
  await expect(outside).toHaveCount(0);
});

test('weights that are not numbers are named and left alone; tensors without elements do no harm', async ({ page }) => {
  const weights = Float32Array.from({ length: 16 }, (_, i) => (i === 5 ? Number.NaN : i / 16));
  const w = makeTensor('my-odd-weight', 1, [4, 4], weights);
  const nodes = [node('MatMul', ['x', 'my-odd-weight'], ['h']), node('MatMul', ['h', 'my-endless-weight'], ['y'])];
  const endless = makeTensor(
    'my-endless-weight',
    1,
    [4, 4],
    weights.map((x) => (Number.isNaN(x) ? Number.NEGATIVE_INFINITY : x)),
  );
  const empty = makeTensor('empty-one', 1, [0, 4], new Float32Array(0));
  const scalar = makeTensor('scalar-one', 1, [], Float32Array.of(2));
  await page.goto('/');
  await pick(page, made('odd.onnx', await smallModel(nodes, [w, endless, empty, scalar])));
  await recipeShown(page);
  await expect(page.getByText(/NaN or infinite values in my-odd-weight, my-endless-weight/)).toBeVisible();
  await page.getByRole('button', { name: /8-bit weights/ }).click();
  await expect(page.getByText(/my-odd-weight.*NaN|NaN.*my-odd-weight/).last()).toBeVisible();
  await expect(page.getByRole('button', { name: /^Download/ }).first()).toBeEnabled();
  await expect(note(page)).toHaveCount(0);
  await page.getByText('empty-one').first().click();
  await expect(page.getByText('A tensor without elements')).toBeVisible();
});

test('a weight that is quantized already is recognised, shown, and left alone', async ({ page }) => {
  const integers = Int8Array.from({ length: 1024 }, (_, i) => ((i * 37) % 200) - 100);
  const floats = Float32Array.from({ length: 1024 }, (_, i) => Math.sin(i));
  const nodes = [
    node('DequantizeLinear', ['of-integers', 'its-scale'], ['d']),
    node('MatMul', ['x', 'd'], ['h']),
    node('MatMul', ['h', 'of-floats'], ['y']),
  ];
  const tensors = [
    makeTensor('of-integers', 3, [4, 256], integers),
    makeTensor('its-scale', 1, [], Float32Array.of(0.01)),
    makeTensor('of-floats', 1, [256, 4], floats),
  ];
  await page.goto('/');
  await pick(page, made('mixed.onnx', await smallModel(nodes, tensors)));
  await recipeShown(page);
  await page.getByRole('button', { name: /All kinds/ }).click();
  await page.getByRole('option', { name: 'Quantized' }).click();
  await expect(page.getByRole('gridcell', { name: 'of-integers' })).toBeVisible();
  await expect(page.getByRole('gridcell', { name: 'of-floats' })).toHaveCount(0);
  await page.getByRole('button', { name: /8-bit weights/ }).click();
  const saving = page.waitForEvent('download');
  await page
    .getByRole('button', { name: /^Download/ })
    .first()
    .click();
  const bytes = new Uint8Array(readFileSync(await (await saving).path()));
  const back = await readModel(memorySource(bytes, 'mixed.pare.onnx'));
  const { initializer } = back.proto.graph!;
  const kept = initializer.find((t) => t.name === 'of-integers')!;
  expect(await readRaw(kept)).toEqual(new Uint8Array(integers.buffer));
  expect(initializer.some((t) => t.name === 'of-floats' && t.dataType === 1)).toBe(false);
});

test('an operator nobody knows: the model opens and shrinks, and only running it fails, naming the node', async ({
  page,
}) => {
  const values = Float32Array.from({ length: 128 }, (_, i) => Math.sin(i));
  const nodes = [
    node('MatMul', ['x', 'w'], ['h'], {}, { name: 'fine' }),
    node('Frobnicate', ['h'], ['y'], {}, { name: 'the-unknown' }),
  ];
  await page.goto('/');
  await pick(page, made('new.onnx', await smallModel(nodes, [makeTensor('w', 1, [4, 32], values)])));
  await recipeShown(page);
  await page.getByRole('button', { name: /8-bit weights/ }).click();
  await expect(page.getByRole('button', { name: /^Download/ }).first()).toBeEnabled();
  await page.getByRole('button', { name: 'Measure', exact: true }).click();
  await expect(note(page).first()).toContainText('no such operator');
  await expect(note(page).first()).toContainText(/Frobnicate|the-unknown/);
  await expect(page.getByText('new.onnx').first()).toBeVisible();
});

test('data of the wrong shape or with impossible labels is refused with a reason', async ({ page }) => {
  await page.goto('/');
  await openSample(page, 'LeNet-5');
  const x = (n: number, ...dims: number[]) => npyBytes(new Float32Array(dims.reduce((a, b) => a * b, n)), [n, ...dims]);
  const y = (...labels: number[]) => npyBytes(Int32Array.from(labels), [labels.length]);
  await drop(page, made('wrong.npz', zipSync({ 'x.npy': x(3, 7), 'y.npy': y(0, 1, 2) })));
  await expect(note(page)).toContainText('does not fit the model’s input');

  await drop(page, made('labels.npz', zipSync({ 'x.npy': x(3, 1, 28, 28), 'y.npy': y(0, 1, 99) })));
  await expect(note(page)).toContainText('Labels do not fit');
  await expect(note(page)).toContainText('99');

  const images = made('a-images-idx3-ubyte', idxBytes([2, 28, 28], new Uint8Array(2 * 784)));
  await drop(page, images, made('a-labels-idx1-ubyte', idxBytes([3], [0, 1, 2])));
  await expect(note(page).filter({ hasText: 'it answers for 3 samples, and there are 2' })).toBeVisible();
  await expect(page.getByText('mnist-lenet5.onnx').first()).toBeVisible();

  await drop(page, made('fine.npz', zipSync({ 'x.npy': x(3, 1, 28, 28), 'y.npy': y(0, 1, 2) })));
  await expect(page.getByText('fine.npz')).toBeVisible();
  await expect(note(page)).toHaveCount(0);
});

test('an impossible recipe is refused by name of the field, and the recipe on the page stays', async ({ page }) => {
  await page.goto('/');
  await openSample(page, 'LeNet-5');
  await page.getByRole('button', { name: /8-bit weights/ }).click();
  const download = page.getByRole('button', { name: /^Download/ }).first();
  await expect(download).toBeEnabled();
  const bad = { pare: 1, steps: [{ method: 'quantize-weights', bits: 99 }] };
  await drop(page, made('bad.json', JSON.stringify(bad)));
  await expect(note(page)).toContainText('The recipe is not valid');
  await expect(note(page)).toContainText('bits');
  await expect(download).toBeEnabled();

  await drop(page, made('bad.json', '{"pare":'));
  await expect(note(page)).toContainText('The recipe is not valid');

  const good = { pare: 1, steps: [{ method: 'prune-weights', sparsity: 0.9 }] };
  await drop(page, made('good.json', JSON.stringify(good)));
  await expect(note(page)).toHaveCount(0);
  await expect(page.getByText(/90\s*%/).first()).toBeVisible();
});

test('a model is replaced only after asking, when work would be lost', async ({ page }) => {
  await page.goto('/');
  await drop(page, made('first.onnx', lenet));
  await recipeShown(page);
  await page.getByRole('button', { name: /8-bit weights/ }).click();

  await drop(page, made('second.onnx', lenet));
  const question = page.getByRole('alertdialog');
  await expect(question).toContainText('Replace the open model?');
  await question.getByRole('button', { name: 'Cancel' }).click();
  await expect(question).toHaveCount(0);
  await expect(page.getByText('first.onnx').first()).toBeVisible();

  await drop(page, made('second.onnx', lenet));
  await question.getByRole('button', { name: 'Replace' }).click();
  await expect(page.getByText('second.onnx').first()).toBeVisible();
  await expect(page.getByText('first.onnx')).toHaveCount(0);

  // Nothing would be lost now, so nothing is asked.
  await drop(page, made('third.onnx', lenet));
  await expect(page.getByText('third.onnx').first()).toBeVisible();
});

test('a zip of image folders becomes labelled data', async ({ page }) => {
  const pictures = unzipSync(readFileSync('src/datasets/fixtures/pictures.zip'));
  const zip = zipSync({
    'set/cat/1.png': pictures['gray.png'],
    'set/cat/2.png': pictures['rgb.png'],
    'set/dog/1.png': pictures['palette.png'],
    'set/dog/2.jpg': pictures['full.jpg'],
  });
  await page.goto('/');
  await openSample(page, 'LeNet-5');
  await drop(page, made('animals.zip', zip));
  await expect(page.getByText('animals.zip')).toBeVisible();
  await expect(page.getByText(/4 samples · 2 classes/)).toBeVisible();
  await expect(page.getByText('cat').first()).toBeVisible();
  await page.getByRole('button', { name: /8-bit weights/ }).click();
  await expect(page.getByText(/on 4 samples/).first()).toBeVisible({ timeout: 20_000 });
});
