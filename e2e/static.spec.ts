import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Page, Worker } from '@playwright/test';
import { downloaded, expect, openSample, sample, test } from './pare.ts';

const verdicts = (page: Page) => page.getByRole('region', { name: 'Verdicts', exact: true });
const preset = (page: Page) => page.getByRole('button', { name: /^int8 throughout/ });

/** Accuracy before and after in per cent, once all 2,000 samples have been judged. */
async function accuracies(page: Page): Promise<[before: number, after: number]> {
  await expect(page.getByText('on 2,000 samples')).toBeVisible({ timeout: 90_000 });
  const text = (await verdicts(page).textContent()) ?? '';
  const [, before, after] = /Accuracy.*?([\d.]+) %.*?([\d.]+) %/.exec(text)!;
  return [Number(before), Number(after)];
}

for (const title of ['Residual CNN', 'LeNet-5', 'LeNet-300-100', 'Small vision transformer']) {
  test(`${title}: int8 throughout, on 200 samples for calibration, is within 0.1 pp of float`, async ({ page }) => {
    await page.goto('/');
    await openSample(page, title);
    await preset(page).click();
    await expect(page.getByRole('textbox', { name: 'Samples to calibrate on' })).toHaveValue('200');
    const [before, after] = await accuracies(page);
    // Two of the 2,000 images; what is shown is rounded to a hundredth.
    expect(before - after).toBeLessThan(0.105);
  });
}

test('the command line calibrates as the page does: the same bytes', async ({ page }) => {
  await page.goto('/');
  await openSample(page, 'LeNet-5');
  await preset(page).click();
  await accuracies(page);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page
      .getByRole('button', { name: /^Download/ })
      .first()
      .click(),
  ]);
  const bytes = await downloaded(download);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.getByRole('button', { name: 'More about the recipe' }).click();
  await page.getByRole('menuitem', { name: 'Copy as command line' }).click();
  await expect(page.getByText('Command copied')).toBeVisible();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  // A checkout with the model and the data beside it.
  const dir = mkdtempSync(join(tmpdir(), 'pare-static-'));
  for (const part of ['package.json', 'node_modules', 'src']) symlinkSync(resolve(part), join(dir, part));
  for (const file of readdirSync(sample(''))) symlinkSync(resolve(sample(file)), join(dir, file));
  execFileSync('sh', ['-c', command], { cwd: dir });
  expect(readFileSync(join(dir, download.suggestedFilename())).equals(bytes)).toBe(true);
});

test('a clip that is moved changes the SQNR at once, then the model; undo takes it back', async ({ page }) => {
  await page.goto('/');
  await openSample(page, 'LeNet-5');
  await preset(page).click();
  const [, whole] = await accuracies(page);
  await page.getByRole('tab', { name: 'Activations' }).click();
  const row = page.getByRole('row', { name: /^logits/ });
  await row.click();
  const sqnr = async () => Number(/([\d.]+) dB/.exec((await row.textContent()) ?? '')![1]);
  const calibrated = await sqnr();

  // By keys: far down, so that the right answers' logits are cut off.
  const high = page.getByRole('slider', { name: 'Upper clip' });
  await high.focus();
  for (let i = 0; i < 10; i++) await page.keyboard.press('PageDown');
  expect(await sqnr()).toBeLessThan(calibrated - 10);
  await expect(row).toContainText('by hand');
  await expect(async () => expect((await accuracies(page))[1]).toBeLessThan(whole - 1)).toPass({ timeout: 60_000 });

  await page.getByRole('button', { name: 'As calibrated' }).click();
  expect(await sqnr()).toBe(calibrated);
  await expect(row).not.toContainText('by hand');
  await page.keyboard.press('Control+z');
  await expect(row).toContainText('by hand');
  await page.keyboard.press('Control+Shift+z');
  await expect(row).not.toContainText('by hand');

  // By hand: the line is dragged, and one undo takes back the whole movement.
  const box = (await high.boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x - 120, box.y + 40, { steps: 6 });
  await page.mouse.up();
  await expect(row).toContainText('by hand');
  await page.keyboard.press('Control+z');
  await expect(row).not.toContainText('by hand');
  await expect(async () => expect((await accuracies(page))[1]).toBe(whole)).toPass({ timeout: 60_000 });
});

test('a step that needs data says so at its card, and takes the data there', async ({ page }) => {
  await page.goto('/');
  await page
    .getByRole('button', { name: /LeNet-5/ })
    .first()
    .waitFor();
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    page.getByRole('button', { name: /^Open/ }).first().click(),
  ]);
  await chooser.setFiles(sample('mnist-lenet5.onnx'));
  await preset(page).click();
  const recipe = page.getByRole('region', { name: 'Recipe', exact: true });
  await expect(recipe.getByText('This step needs data')).toBeVisible();
  const [data] = await Promise.all([
    page.waitForEvent('filechooser'),
    recipe.getByRole('button', { name: 'Open data…' }).click(),
  ]);
  await data.setFiles([sample('mnist-test-images-idx3-ubyte.gz'), sample('mnist-test-labels-idx1-ubyte.gz')]);
  await accuracies(page);
  await expect(recipe.getByText('This step needs data')).toHaveCount(0);
});

test('the preflight says what falls back, and one click mends it', async ({ page }) => {
  await page.goto('/');
  await openSample(page, 'Residual CNN');
  // The menu closes when the pane behind it moves, as it does while the sample's data arrives.
  await expect(async () => {
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Add a step' }).click({ timeout: 5000 });
    await page.getByRole('menuitem', { name: /Quantize statically/ }).click({ timeout: 5000 });
  }).toPass({ timeout: 60_000 });
  await page.getByRole('radio', { name: 'QInt8', exact: true }).check({ force: true });
  const found = page.getByRole('list', { name: 'Before it runs' });
  await expect(found).toContainText('With signed activations Add ×3 run as floats.');
  await found.getByRole('button', { name: 'Use QUInt8 activations' }).click();
  await expect(page.getByRole('radio', { name: 'QUInt8', exact: true })).toBeChecked();
  await expect(found).not.toContainText('signed activations');
  await found.getByRole('button', { name: 'Simplify first' }).click();
  await expect(page.getByRole('button', { name: 'Remove Simplify' })).toBeVisible();
  await expect(found).not.toContainText('BatchNormalization');
  await expect(found).toContainText('Run quantized: Conv ×16');
});

const engine = (page: Page): Worker => page.workers().find((w) => w.url().includes('engine.worker'))!;

test('cancel stops calibrating at once, in the same worker, and the next run is none the worse', async ({ page }) => {
  await page.goto('/');
  await openSample(page, 'Small vision transformer');
  await preset(page).click();
  await accuracies(page);
  const worker = engine(page);
  // All of 8,000 samples: longer than anybody waits here.
  const samples = page.getByRole('textbox', { name: 'Samples to calibrate on' });
  await samples.fill('0');
  await samples.press('Enter');
  await expect(verdicts(page).getByText('Calibrating on data')).toBeVisible();
  await verdicts(page).getByRole('button', { name: 'Cancel' }).click();
  await expect(verdicts(page).getByText('Calibrating on data')).toHaveCount(0);
  await samples.fill('100');
  await samples.press('Enter');
  await expect(page.getByText('on 2,000 samples')).toHaveCount(0);
  await accuracies(page);
  expect(engine(page)).toBe(worker);
});

test('a worker that hears nothing any more is ended, and another one does its work', async ({ page }) => {
  await page.goto('/');
  await openSample(page, 'LeNet-5');
  const stuck = engine(page);
  await stuck.evaluate(() => {
    addEventListener('message', ({ data }) => {
      if (data.path?.[0] === 'compress') for (;;);
    });
  });
  await preset(page).click();
  const cancel = verdicts(page).getByRole('button', { name: 'Cancel' });
  await cancel.click();
  await expect(cancel).toHaveCount(0);
  await page.getByRole('switch', { name: 'Correct biases for the shift of the mean' }).click({ force: true });
  await accuracies(page);
  expect(engine(page)).not.toBe(stuck);
  await expect(page.getByRole('alert')).toHaveCount(0);
});

for (const [colorScheme, width, height] of [
  ['light', 1440, 900],
  ['dark', 390, 844],
] as const) {
  test(`axe finds nothing in the activations and at the cards: ${colorScheme}, ${width} px wide`, async ({ page }) => {
    const noViolations = async (where: string) => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      const found = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`);
      expect(found, where).toEqual([]);
    };
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height });
    await page.goto('/');
    await page.getByRole('button', { name: /LeNet-5/ }).click();
    await expect(verdicts(page)).toBeVisible({ timeout: 20_000 });
    if (width < 900) await page.getByRole('tab', { name: 'Recipe' }).click();
    await preset(page).click();
    await expect(page.getByRole('list', { name: 'Before it runs' })).toBeVisible();
    await page.getByRole('button', { name: 'More options' }).click();
    await noViolations('cards');
    if (width < 900) await page.getByRole('tab', { name: 'Picture' }).click();
    await page.getByRole('tab', { name: 'Activations' }).click();
    await expect(page.getByRole('slider', { name: 'Upper clip' })).toBeVisible({ timeout: 30_000 });
    await noViolations('activations');
  });
}
