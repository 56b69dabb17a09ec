import { expect, openSample, test } from './pare.ts';

for (const [width, height] of [
  [1440, 900],
  [1024, 640],
]) {
  test(`the menu of steps opens with a click and stays beside its button: ${width} × ${height}`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await page.goto('/');
    await openSample(page, 'LeNet-300-100');
    const button = page.getByRole('button', { name: 'Add a step' });
    await button.click();
    const menu = page.getByRole('menu');
    await expect(menu).toBeVisible();
    // It must not lie under the pointer, whose release would choose from it.
    await page.waitForTimeout(500);
    const [a, b] = [(await menu.boundingBox())!, (await page.locator('.recipe-add button').boundingBox())!];
    expect(a.y + a.height <= b.y || a.y >= b.y + b.height).toBe(true);
    await page.getByRole('menuitem', { name: /Quantize statically/ }).click();
    await expect(page.getByRole('button', { name: 'Remove Quantize statically' })).toBeVisible();
    await expect(page.getByRole('button', { name: /^Remove / })).toHaveCount(1);
  });
}
