import { chromium } from '@playwright/test';
import { preview } from 'vite';
const server = await preview({ root: process.cwd(), preview: { port: 0, host: 'localhost' } });
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
for (const [w, h, scheme] of [[1440, 900, 'light'], [390, 844, 'dark']] as const) {
  const c = await b.newContext({ viewport: { width: w, height: h }, colorScheme: scheme });
  const p = await c.newPage();
  await p.goto(server.resolvedUrls!.local[0]);
  await p.getByRole('button', { name: /Residual|residual/ }).first().click();
  await p.waitForTimeout(6000);
  await p.evaluate((hash) => { location.hash = hash; }, '#r=' );
  if (w < 1000) await p.getByRole('tab', { name: /Recipe/ }).or(p.getByRole('button', { name: 'Recipe' })).first().click().catch(() => {});
  await p.getByRole('button', { name: /4 bits|4-bit/ }).first().click();
  await p.waitForTimeout(300);
  await p.screenshot({ path: `/tmp/s-${w}-sliding.png` });
  await p.waitForTimeout(12000);
  await p.screenshot({ path: `/tmp/s-${w}-done.png` });
  if (w > 1000) { await p.getByRole('button', { name: 'More to take home' }).click(); await p.waitForTimeout(400); await p.screenshot({ path: `/tmp/s-${w}-menu.png` }); }
  await c.close();
}
await b.close(); process.exit(0);
