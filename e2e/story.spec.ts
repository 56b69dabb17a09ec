import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as ort from 'onnxruntime-node';
import {
  downloadButton,
  downloaded,
  expect,
  measuredAccuracy,
  openSample,
  sample,
  takeHome,
  test,
  verdicts,
} from './pare.ts';

const images = gunzipSync(readFileSync(sample('mnist-test-images-idx3-ubyte.gz'))).subarray(16);
const labels = gunzipSync(readFileSync(sample('mnist-test-labels-idx1-ubyte.gz'))).subarray(8);

/** How many of `count` digits, spread evenly over the 2,000, a model file answers right, by a runtime that is not the page's. */
async function countRight(model: Uint8Array, count: number): Promise<number> {
  const session = await ort.InferenceSession.create(model);
  const x = Float32Array.from(images, (p) => p / 255);
  const { logits } = await session.run({ image: new ort.Tensor('float32', x, [labels.length, 1, 28, 28]) });
  const y = logits.data as Float32Array;
  let right = 0;
  for (let k = 0; k < count; k++) {
    const i = Math.floor((k * labels.length) / count);
    const row = y.subarray(i * 10, i * 10 + 10);
    if (row.indexOf(Math.max(...row)) === labels[i]) right++;
  }
  return right;
}

test('open a sample, shrink it, judge it, take it home; a reload keeps it all', async ({ page, words, settings }) => {
  await page.goto('/');
  await openSample(page, 'LeNet-5', words);
  await page.getByRole('button', { name: words.recipe.preset.half8.name }).click();

  // The verdicts measure themselves: size and accuracy of this very recipe.
  const after = await measuredAccuracy(page, words);
  const judged = settings.judgeLimit ?? labels.length;
  await expect(verdicts(page, words).getByText(judged.toLocaleString('en')).first()).toBeVisible();

  const download = await takeHome(page, words);
  expect(download.suggestedFilename()).toBe('mnist-lenet5.pare.onnx');
  const bytes = await downloaded(download);
  expect(((100 * (await countRight(bytes, judged))) / judged).toFixed(2)).toBe(after);

  // The command line makes the same bytes of the recipe that the file names.
  const dir = mkdtempSync(join(tmpdir(), 'pare-story-'));
  const text = bytes.toString('latin1');
  const recipe = text.slice(text.indexOf('{"pare"'), text.indexOf(']}', text.indexOf('{"pare"')) + 2);
  writeFileSync(join(dir, 'recipe.json'), recipe);
  const args = ['--import', 'tsx', 'src/cli/main.ts', 'compress', sample('mnist-lenet5.onnx')];
  execFileSync(process.execPath, [...args, '--recipe', join(dir, 'recipe.json'), '-o', join(dir, 'cli.onnx')]);
  expect(readFileSync(join(dir, 'cli.onnx')).equals(bytes)).toBe(true);

  await page.waitForTimeout(1000);
  await page.reload();
  await expect(page.getByText('mnist-lenet5.onnx').first()).toBeVisible({ timeout: 20_000 });
  await expect(downloadButton(page, words)).toBeEnabled({ timeout: 20_000 });
  expect(await measuredAccuracy(page, words)).toBe(after);
  expect((await downloaded(await takeHome(page, words))).equals(bytes)).toBe(true);
});

test('sliders move the forecast at once, undo takes it back, and the run makes it true', async ({ page, words }) => {
  await page.goto('/');
  await openSample(page, 'LeNet-300-100', words);
  await page.getByRole('switch', { name: words.verdicts.live }).click({ force: true });
  await page.getByRole('button', { name: words.recipe.preset.int8.name }).click();
  const size = verdicts(page, words).getByText(/~\s*[\d.]+ kB/);
  await expect(size).toBeVisible();
  await page.getByRole('radio', { name: '3', exact: true }).check({ force: true });
  await expect(size).toHaveText(/~\s*1[01]\d kB/);
  const forecast = (await size.textContent()) ?? '';
  await page.keyboard.press('Control+z');
  await expect(size).not.toHaveText(forecast);
  await page.keyboard.press('Control+Shift+z');
  await expect(size).toHaveText(forecast);

  await page.getByRole('button', { name: words.verdicts.compress, exact: true }).click();
  await expect(downloadButton(page, words, true)).toBeEnabled({ timeout: 30_000 });
  const real = (await downloaded(await takeHome(page, words))).length / 1000;
  const foretold = Number(/([\d.]+) kB/.exec(forecast)![1]);
  // The forecast knows every tensor to the byte; what it estimates is the overhead of nodes and names.
  expect(Math.abs(foretold - real) / real).toBeLessThan(0.02);
});
