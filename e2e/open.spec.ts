import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import { npyBytes } from '../src/datasets/testing.ts';
import { drop, dropFromDisk, kept, lenetInTwoFiles, made, paste } from './files.ts';
import { downloaded, expect, measuredAccuracy, openSample, sample, takeHome, test } from './pare.ts';

const lenet = readFileSync(sample('mnist-lenet5.onnx'));
const digits = made(
  'digits.npz',
  zipSync({
    'x.npy': npyBytes(new Float32Array(6 * 784), [6, 1, 28, 28]),
    'y.npy': npyBytes(Int32Array.from([0, 1, 2, 3, 4, 5]), [6]),
  }),
);

test('a folder dropped: the model in it opens with its external data', async ({ page }) => {
  const dir = join(mkdtempSync(join(tmpdir(), 'pare-story-')), 'export');
  mkdirSync(dir);
  const { model, data } = lenetInTwoFiles();
  writeFileSync(join(dir, 'x.onnx'), model);
  writeFileSync(join(dir, 'x.onnx.data'), data);
  await page.goto('/');
  await expect(page.getByRole('button', { name: /LeNet-5/ })).toBeVisible();
  await dropFromDisk(page, dir);
  await expect(page.getByRole('heading', { name: 'Recipe' })).toBeVisible();
  await expect(page.getByText('x.onnx').first()).toBeVisible();
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('a folder of one folder per class dropped on an open model is labelled data', async ({ page }) => {
  const dir = join(mkdtempSync(join(tmpdir(), 'pare-story-')), 'animals');
  const pictures = unzipSync(readFileSync('src/datasets/fixtures/pictures.zip'));
  for (const [path, from] of [
    ['cat/1.png', 'gray.png'],
    ['cat/2.png', 'rgb.png'],
    ['dog/1.png', 'palette.png'],
    ['dog/2.jpg', 'full.jpg'],
  ]) {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    writeFileSync(join(dir, path), pictures[from]);
  }
  await page.goto('/');
  await openSample(page, 'LeNet-5');
  await dropFromDisk(page, dir);
  await expect(page.getByText(/4 samples · 2 classes/)).toBeVisible();
  await expect(page.getByText('dog').first()).toBeVisible();
});

test('a model and its data dropped together: both open, and the verdict is on that data', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('button', { name: /LeNet-5/ })).toBeVisible();
  await drop(page, made('mine.onnx', lenet), digits);
  await expect(page.getByText('digits.npz')).toBeVisible();
  await page.getByRole('button', { name: /8-bit weights/ }).click();
  await measuredAccuracy(page);
  await expect(page.getByText(/on 6 samples/).first()).toBeVisible();
});

test('files pasted: a model, then data for it, then a recipe', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('button', { name: /LeNet-5/ })).toBeVisible();
  await paste(page, made('pasted.onnx', lenet));
  await expect(page.getByText('pasted.onnx').first()).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Recipe' })).toBeVisible();
  await paste(page, digits);
  await expect(page.getByText('digits.npz')).toBeVisible();
  const recipe = { pare: 1, steps: [{ method: 'prune-weights', sparsity: 0.9 }] };
  await paste(page, made('mine.json', JSON.stringify(recipe)));
  await expect(page.getByText(/90\s*%/).first()).toBeVisible();
  await measuredAccuracy(page);
});

test('a folder chosen in the picker opens like one that is dropped', async ({ page }) => {
  const dir = join(mkdtempSync(join(tmpdir(), 'pare-story-')), 'model');
  mkdirSync(dir);
  writeFileSync(join(dir, 'net.onnx'), lenet);
  await page.goto('/');
  await expect(page.getByRole('button', { name: /LeNet-5/ })).toBeVisible();
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Open a folder…' }).click();
  await (await chooser).setFiles(dir);
  await expect(page.getByRole('heading', { name: 'Recipe' })).toBeVisible();
  await expect(page.getByText('net.onnx').first()).toBeVisible();
});

test('a model whose file is deleted is read from the copy that the page keeps', async ({ page }) => {
  const file = join(mkdtempSync(join(tmpdir(), 'pare-story-')), 'mine.onnx');
  writeFileSync(file, lenet);
  await page.goto('/');
  const chosen = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: /^Open…/ }).click();
  await (await chosen).setFiles(file);
  await expect(page.getByRole('heading', { name: 'Recipe' })).toBeVisible();
  await kept(page);
  rmSync(file);
  await page.getByRole('button', { name: /8-bit weights/ }).click();
  expect((await downloaded(await takeHome(page))).length).toBeLessThan(lenet.length / 3);
  await expect(page.getByRole('alert')).toHaveCount(0);
});
