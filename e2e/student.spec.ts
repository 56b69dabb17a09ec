import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { parseRecipe } from '../src/recipe/schema.ts';
import { recipeToHash } from '../src/studio/recipe/shareLink.ts';
import { drop, made } from './files.ts';
import { downloadButton, expect, measuredAccuracy, openSample, sample, takeHome, test } from './pare.ts';

const LENET300 = 'mnist-lenet300.onnx';
const step = { method: 'distill', steps: 8, evaluateEvery: 4, heldOut: 0.05 };
const recipe = (o: object = {}) => recipeToHash(parseRecipe({ pare: 1, steps: [{ ...step, ...o }] }));

const target = (page: Page) => page.getByRole('group', { name: 'The student’s file' });

async function pickStudent(page: Page, ...files: Parameters<typeof made>[]): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await target(page)
    .getByRole('button', { name: /^Choose/ })
    .click();
  await (await chooser).setFiles(files.map((f) => made(...f)));
}

const lenet300 = (name = LENET300) => [name, readFileSync(sample(LENET300))] as [string, Buffer];

test('another model is the student: chosen at the step, judged, taken home, and there after a reload', async ({
  page,
}) => {
  await page.goto('/');
  await openSample(page, 'LeNet-5');
  await page.evaluate((hash) => {
    location.hash = hash;
  }, recipe());
  await page.getByRole('button', { name: 'The compressed model Student' }).click();
  await page.getByRole('option', { name: /Another model/ }).click();
  await page.getByRole('button', { name: 'More about Another model as the student' }).click();
  await expect(page.getByRole('dialog')).toContainText('SHA-256');
  await page.keyboard.press('Escape');
  // Files that cannot be it say why, and the recipe stays.
  await pickStudent(page, ['notes.onnx', 'no model']);
  await expect(page.getByRole('alert')).toContainText('model/not-onnx');
  await pickStudent(page, lenet300());
  await expect(target(page)).toContainText(/267.k parameters/);
  await expect(page.getByRole('alert')).toHaveCount(0);
  await expect(downloadButton(page, undefined, true)).toBeEnabled({ timeout: 60_000 });
  expect(Number(await measuredAccuracy(page))).toBeGreaterThan(95);
  const taken = await takeHome(page);
  expect(taken.suggestedFilename()).toBe('mnist-lenet5.pare.onnx');
  expect(readFileSync(await taken.path()).length).toBeLessThan(1.1e6);

  await page.reload();
  await expect(target(page)).toContainText(LENET300);
  await expect(target(page)).toContainText(/267.k parameters/);
  await expect(downloadButton(page, undefined, true)).toBeEnabled();
  // And it learns again, from the session's own copy.
  await page.getByRole('switch', { name: 'Pruned weights stay zero' }).click({ force: true });
  await expect(downloadButton(page, undefined, true)).toHaveCount(0);
  await expect(downloadButton(page, undefined, true)).toBeEnabled({ timeout: 60_000 });
});

test('a link asks for the student by name; another file is offered, and one dropped beside opens as the model', async ({
  page,
}) => {
  await page.goto('/');
  await openSample(page, 'LeNet-5');
  const model = { name: 'theirs.onnx', sha256: createHash('sha256').update(lenet300()[1]).digest('hex') };
  await page.evaluate(
    (hash) => {
      location.hash = hash;
    },
    recipe({ student: 'model', model }),
  );
  await expect(target(page)).toContainText('The recipe asks for theirs.onnx');
  await expect(page.getByText('recipe/model-missing')).toBeVisible();
  await dropOn(page, ['mine.onnx', readFileSync(sample('mnist-vit.onnx'))]);
  await expect(page.getByText('mine.onnx is another file')).toBeVisible();
  await page.getByRole('button', { name: 'Use it instead' }).click();
  await expect(target(page)).toContainText('mine.onnx');
  await page.keyboard.press('Control+z');
  await expect(target(page)).toContainText('The recipe asks for theirs.onnx');
  await dropOn(page, lenet300());
  await expect(target(page)).toContainText(/267.k parameters/);
  await expect(downloadButton(page, undefined, true)).toBeEnabled({ timeout: 60_000 });
  await drop(page, made(...lenet300('elsewhere.onnx')));
  await page.getByRole('button', { name: 'Replace' }).click();
  await expect(page.getByText('elsewhere.onnx').first()).toBeVisible();
});

/** Drops a file on the student's place: the browser's own events, seen by the window after it. */
async function dropOn(page: Page, [name, bytes]: [string, Buffer]): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([n, base64]) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], n));
      return data;
    },
    [name, bytes.toString('base64')] as const,
  );
  for (const type of ['dragenter', 'dragover', 'drop']) {
    await target(page).dispatchEvent(type, { dataTransfer: transfer });
  }
  await expect(page.getByText('Drop a model, labelled data or a recipe')).toHaveCount(0);
}
