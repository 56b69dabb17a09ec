import { expect, measuredAccuracy, openSample, test } from './pare.ts';

test('both backends judge the same samples, and the page says how far they are apart', async ({ page }) => {
  await page.goto('/');
  await openSample(page, 'LeNet-5');
  await page.getByRole('tab', { name: 'Accuracy', exact: true }).click();
  await page.getByRole('button', { name: 'How to measure' }).click();
  const both = page.getByRole('radio', { name: 'Both', exact: true });
  await expect(both).toBeEnabled({ timeout: 20_000 });
  await both.check({ force: true });
  // Software is slow: as many samples as tell the same story, untimed.
  const choose = (group: string, name: string) =>
    page.getByRole('radiogroup', { name: group }).getByRole('radio', { name, exact: true }).check({ force: true });
  await choose('Samples', '100');
  await choose('Timed runs', 'None');
  await page.getByRole('button', { name: /8-bit weights/ }).click();
  const after = await measuredAccuracy(page);
  expect(Number(after)).toBeGreaterThan(95);
  const compared = page.getByText(/WASM and WebGPU (agree|disagree)/);
  await expect(compared).toBeVisible({ timeout: 20_000 });
  await expect(compared).toHaveText(/within float noise: SQNR [\d.]+ dB, same answer on 100\.00/);
});
